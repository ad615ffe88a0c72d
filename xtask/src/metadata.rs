//! What an artifact says of itself.

use anyhow::Context as _;
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};

/// The component, with its name, version, licence and description in it: where
/// the OCI tools look for them.
///
/// # Errors
///
/// When it is no component.
pub(crate) fn add(component: &[u8], name: &str, description: &str) -> anyhow::Result<Vec<u8>> {
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(name.to_owned());
    metadata.description = AddMetadataField::Set(Description::new(description.to_owned()));
    // The workspace has one version and one licence, and these are this crate's, too.
    metadata.version = AddMetadataField::Set(Version::new(env!("CARGO_PKG_VERSION")));
    let licence = Licenses::new(env!("CARGO_PKG_LICENSE"));
    metadata.licenses =
        AddMetadataField::Set(licence.context("the licence is no SPDX expression")?);
    metadata.to_wasm(component)
}

#[cfg(test)]
mod tests {
    use wasm_metadata::Payload;

    use super::*;

    #[test]
    fn a_component_tells_what_it_is() {
        let told = add(&wat::parse_str("(component)").unwrap(), "acme", "Does it").unwrap();
        let payload = Payload::from_binary(&told).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some("acme"));
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
}
