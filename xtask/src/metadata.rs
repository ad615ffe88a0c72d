//! What an artifact says of itself.

use anyhow::Context as _;
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Source, Version};

/// The variable with the URL of the sources, where whoever releases publishes them.
const SOURCE: &str = "SFBOX_SOURCE";

/// The component, with its name, version, licence and description in it: where
/// the OCI tools look for them. With the URL of its sources as well, if
/// `SFBOX_SOURCE` has it.
///
/// # Errors
///
/// When it is no component, or that is no URL.
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
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(name.to_owned());
    metadata.description = AddMetadataField::Set(Description::new(description.to_owned()));
    // The workspace has one version and one licence, and these are this crate's, too.
    metadata.version = AddMetadataField::Set(Version::new(env!("CARGO_PKG_VERSION")));
    let licence = Licenses::new(env!("CARGO_PKG_LICENSE"));
    metadata.licenses =
        AddMetadataField::Set(licence.context("the licence is no SPDX expression")?);
    if let Some(source) = source {
        let source = Source::new(source).with_context(|| format!("{SOURCE} is no URL"))?;
        metadata.source = AddMetadataField::Set(source);
    }
    metadata.to_wasm(component)
}

#[cfg(test)]
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
        let refused = with_source(&component, "acme", "Does it", Some("here")).unwrap_err();
        assert!(refused.to_string().contains(SOURCE), "{refused}");
        assert!(with_source(&component, "acme", "Does it", None).is_ok());
    }
}
