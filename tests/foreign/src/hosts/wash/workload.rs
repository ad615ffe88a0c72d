//! What wasmCloud's operator says to a host that is to run something.
//!
//! Source: wasmCloud, `proto/wasmcloud/runtime/v2/workload.proto`, as JSON.

use std::net::SocketAddr;

use serde_json::{Map, Value, json};

/// The name under which the component is served.
pub(super) const HOST: &str = "sfbox.localhost";

/// The component with an adapter in it, and what these find.
pub(super) struct Workload<'a> {
    pub(super) adapter: &'a str,
    pub(super) environment: &'a [(&'a str, &'a str)],
    /// What `wasmcloud:secrets` answers; nothing: it is not asked for.
    pub(super) secrets: &'a [(&'a str, &'a str)],
}

impl Workload<'_> {
    /// As a host is told of it, which fetches it from that registry.
    pub(super) fn described(&self, registry: SocketAddr) -> Value {
        let component = json!({
            "name": "sfbox",
            "image": format!("{registry}/test/sfbox:1"),
            // One instance that stays, and is given several calls at once: else each
            // call has an instance of its own, and logs in.
            "poolSize": 1,
            "maxConcurrency": 32,
            "localResources": {
                "environment": object(self.environment),
                "allowedHosts": ["127.0.0.1"],
            },
        });
        let mut interfaces = vec![json!({
            "namespace": "wasi", "package": "http", "version": "0.3.0",
            "interfaces": ["handler"], "config": {"host": HOST},
        })];
        if !self.secrets.is_empty() {
            interfaces.push(json!({
                "namespace": "wasmcloud", "package": "secrets", "version": "2.1.0",
                "interfaces": ["store", "reveal"], "config": object(self.secrets),
            }));
        }
        json!({
            "workloadId": "sfbox",
            "workload": {
                "namespace": "default",
                "name": "sfbox",
                "witWorld": {"components": [component], "hostInterfaces": interfaces},
            },
        })
    }
}

fn object(members: &[(&str, &str)]) -> Map<String, Value> {
    let members = members.iter();
    members
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect()
}
