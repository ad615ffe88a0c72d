//! An OCI registry that has one component, and gives it to everybody.
//!
//! Sources: OCI Distribution Specification, "Pulling manifests" and "Pulling blobs";
//! CNCF TAG Runtime, "Wasm OCI Artifact layout".

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// A blob, or the manifest.
struct Content {
    kind: &'static str,
    digest: String,
    bytes: Bytes,
}

impl Content {
    fn new(kind: &'static str, bytes: Vec<u8>) -> Self {
        let digest = Sha256::digest(&bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            kind,
            digest: format!("sha256:{digest}"),
            bytes: bytes.into(),
        }
    }

    fn described(&self) -> serde_json::Value {
        json!({"mediaType": self.kind, "digest": self.digest, "size": self.bytes.len()})
    }
}

/// Serves a component under any name while the test's runtime lives.
pub(crate) async fn serve(component: &Path) -> SocketAddr {
    let layer = Content::new(LAYER, std::fs::read(component).unwrap());
    let config = json!({"architecture": "wasm", "os": "wasip2", "layerDigests": [layer.digest]});
    let config = Content::new(CONFIG, config.to_string().into());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.described(),
        "layers": [layer.described()],
    });
    let manifest = Content::new(MANIFEST, manifest.to_string().into());
    let contents = Arc::new([manifest, config, layer]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let contents = Arc::clone(&contents);
            let service = service_fn(move |request: http::Request<_>| {
                let answer = answer(&contents, request.uri().path());
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

fn answer(contents: &[Content; 3], path: &str) -> http::Response<Full<Bytes>> {
    let found = if path.contains("/manifests/") {
        contents.first()
    } else {
        contents
            .iter()
            .find(|content| path.ends_with(&content.digest))
    };
    match found {
        Some(content) => http::Response::builder()
            .header("content-type", content.kind)
            .header("docker-content-digest", &content.digest)
            .body(Full::new(content.bytes.clone())),
        // `/v2/` asks whether this is a registry.
        None if path == "/v2/" => http::Response::builder().body(Full::default()),
        None => http::Response::builder().status(404).body(Full::default()),
    }
    .unwrap()
}
