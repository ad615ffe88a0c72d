//! What a component says of itself.

use anyhow::ensure;
use wasm_encoder::{ComponentNameSection, ComponentSection as _, CustomSection};

/// The variable with the URL of the sources, for a release that is published.
const SOURCE: &str = "SFBOX_SOURCE";

/// The first bytes of every component, and of no module: the component model's
/// binary format, "Component Definitions".
const PREAMBLE: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// The component, with its name, version, licence and description in it. With the
/// URL of its sources as well, if `SFBOX_SOURCE` has it.
///
/// Each is a custom section with text, as the tool convention "Registry Metadata"
/// of the component model's OCI artifacts has them: `wasm-tools metadata show` and
/// registries read these.
///
/// # Errors
///
/// When it is no component, or the source is no URL.
pub(crate) fn add(component: &[u8], name: &str, description: &str) -> anyhow::Result<Vec<u8>> {
    let source = std::env::var(SOURCE).ok();
    with_source(component, name, description, source.as_deref())
}

fn with_source(
    component: &[u8],
    name: &str,
    description: &str,
    source: Option<&str>,
) -> anyhow::Result<Vec<u8>> {
    ensure!(component.starts_with(&PREAMBLE), "{name} is no component");
    let mut described = component.to_vec();
    let mut names = ComponentNameSection::new();
    names.component(name);
    names.append_to_component(&mut described);
    // The workspace has one version and one licence, and these are this crate's, too.
    let mut sections = vec![
        ("description", description),
        ("version", env!("CARGO_PKG_VERSION")),
        ("licenses", env!("CARGO_PKG_LICENSE")),
    ];
    if let Some(source) = source {
        ensure!(is_url(source), "{SOURCE}={source} is no URL");
        sections.push(("source", source));
    }
    for (name, text) in sections {
        let section = CustomSection {
            name: name.into(),
            data: text.as_bytes().into(),
        };
        section.append_to_component(&mut described);
    }
    Ok(described)
}

/// Whether it is a URL of the web: sources are published nowhere else.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use wasm_metadata::Payload;

    use super::*;

    #[test]
    fn a_component_tells_what_it_is() {
        let component = wat::parse_str("(component)").unwrap();
        let source = "https://example.com/sfbox";
        let told = with_source(&component, "acme", "Does it", Some(source)).unwrap();
        let payload = Payload::from_binary(&told).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some("acme"));
        let told = metadata.source.as_ref().map(ToString::to_string);
        assert_eq!(told.as_deref(), Some(source));
        let text = |field: Option<String>| field.unwrap();
        assert_eq!(
            text(metadata.description.as_ref().map(ToString::to_string)),
            "Does it"
        );
        assert_eq!(
            text(metadata.licenses.as_ref().map(ToString::to_string)),
            "Apache-2.0"
        );
        assert_eq!(
            text(metadata.version.as_ref().map(ToString::to_string)),
            env!("CARGO_PKG_VERSION")
        );
    }

    #[test]
    fn a_source_that_is_no_url_is_refused() {
        let component = wat::parse_str("(component)").unwrap();
        for source in ["here", "https://", "https://a b", "file:///sfbox"] {
            let refused = with_source(&component, "acme", "Does it", Some(source)).unwrap_err();
            assert!(refused.to_string().contains(SOURCE), "{refused}");
        }
        assert!(with_source(&component, "acme", "Does it", None).is_ok());
    }

    #[test]
    fn a_module_is_refused() {
        let module = wat::parse_str("(module)").unwrap();
        assert!(with_source(&module, "acme", "Does it", None).is_err());
    }
}
