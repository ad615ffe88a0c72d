//! A component as an OCI image layout: a folder that any OCI tool can push.
//!
//! Sources: OCI Image Format, "Image Layout" and "Manifest"; CNCF TAG Runtime,
//! "Wasm OCI Artifact layout".
//!
//! Why not by `oci-spec` 0.10 (Apache-2.0, maintained by the youki project):
//!
//! * Its annotations are a `HashMap`, which is written in another order each time. A
//!   release must be the same bytes each time. Only `serde_json::Value`, which is what
//!   stands here, would bring them into an order.
//! * It does not have the config of a WebAssembly component.
//! * It adds 17 crates and 15 s to a build, and would replace 15 lines of JSON.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wasm_metadata::Payload;

use super::digest;
use crate::full::compose;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// Writes `component` to `folder`, as of `created` (RFC 3339), tagged with the
/// version that is in it.
///
/// # Errors
///
/// When it is no component, or the folder cannot be written.
pub(super) fn write(folder: &Path, component: &[u8], created: &str) -> anyhow::Result<()> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let put = |media_type: &str, bytes: &[u8]| -> anyhow::Result<Value> {
        let digest = digest(bytes);
        fs::write(blobs.join(&digest), bytes)?;
        Ok(json!({
            "mediaType": media_type,
            "digest": format!("sha256:{digest}"),
            "size": bytes.len(),
        }))
    };
    let layer = put(LAYER, component)?;
    let interfaces = compose::interfaces(component)?;
    let config = json!({
        "created": created,
        "architecture": "wasm",
        // What the layout calls every component, whatever it imports.
        "os": "wasip2",
        "layerDigests": [layer["digest"]],
        "component": {"exports": interfaces.exports, "imports": interfaces.imports},
    });
    let config = put(CONFIG, config.to_string().as_bytes())?;
    let annotations = annotations(component, created)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
        "annotations": annotations,
    });
    let mut manifest = put(MANIFEST, manifest.to_string().as_bytes())?;
    let version = &annotations["org.opencontainers.image.version"];
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": version});
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest]});
    fs::write(folder.join("index.json"), index.to_string())?;
    let layout = json!({"imageLayoutVersion": "1.0.0"});
    fs::write(folder.join("oci-layout"), layout.to_string())?;
    Ok(())
}

/// What the component tells of itself, under OCI's names.
fn annotations(component: &[u8], created: &str) -> anyhow::Result<Value> {
    let payload = Payload::from_binary(component)?;
    let metadata = payload.metadata();
    let text = |field: Option<String>| field.map_or(Value::Null, Value::String);
    let mut annotations = json!({
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.title": metadata.name,
        "org.opencontainers.image.description":
            text(metadata.description.as_ref().map(ToString::to_string)),
        "org.opencontainers.image.licenses":
            text(metadata.licenses.as_ref().map(ToString::to_string)),
        "org.opencontainers.image.source":
            text(metadata.source.as_ref().map(ToString::to_string)),
        "org.opencontainers.image.version":
            text(metadata.version.as_ref().map(ToString::to_string)),
    });
    if let Some(members) = annotations.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Ok(annotations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata;

    #[test]
    fn every_digest_is_that_of_its_blob_from_the_index_to_the_component() {
        let component = wat::parse_str(
            r#"(component (import "test:test/a" (instance)) (instance $i)
                (export "test:test/b" (instance $i)))"#,
        )
        .unwrap();
        let component = metadata::add(&component, "acme", "Does it").unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &component, "2026-01-02T03:04:05+00:00").unwrap();

        let text = |name: &str| fs::read(folder.path().join(name)).unwrap();
        let layout: Value = serde_json::from_slice(&text("oci-layout")).unwrap();
        assert_eq!(layout["imageLayoutVersion"], "1.0.0");
        let blob = |descriptor: &Value| {
            let hash = descriptor["digest"].as_str().unwrap();
            let hash = hash.strip_prefix("sha256:").unwrap();
            let bytes = text(&format!("blobs/sha256/{hash}"));
            assert_eq!(digest(&bytes), hash);
            assert_eq!(descriptor["size"], bytes.len());
            bytes
        };
        let index: Value = serde_json::from_slice(&text("index.json")).unwrap();
        let tag = &index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"];
        assert_eq!(tag, env!("CARGO_PKG_VERSION"));
        let manifest: Value = serde_json::from_slice(&blob(&index["manifests"][0])).unwrap();
        let told = &manifest["annotations"];
        assert_eq!(told["org.opencontainers.image.title"], "acme");
        assert_eq!(told["org.opencontainers.image.licenses"], "Apache-2.0");
        let config: Value = serde_json::from_slice(&blob(&manifest["config"])).unwrap();
        assert_eq!(config["component"]["imports"], json!(["test:test/a"]));
        assert_eq!(config["component"]["exports"], json!(["test:test/b"]));
        assert_eq!(config["layerDigests"][0], manifest["layers"][0]["digest"]);
        assert_eq!(blob(&manifest["layers"][0]), component);
    }
}
