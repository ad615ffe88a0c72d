//! The component with the adapter over `wasmcloud:secrets` in it, on a host that
//! gives it such secrets.

use std::collections::HashMap;

use sfbox_emulator::Emulator;
use wasmtime::component::{Accessor, HasData, Linker, Resource};

use crate::conversation::Guest as _;
use crate::secret::{ORG, Secret};
use crate::wasi_0_3;
use crate::world::World;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../adapters/wasmcloud/wit",
        inline: "
            package test:wasmcloud;

            world host {
                import wasmcloud:secrets/store@2.1.0;
                import wasmcloud:secrets/reveal@2.1.0;
            }
        ",
        with: { "wasmcloud:secrets/store.secret": super::Handle },
    });
}

use bindings::wasmcloud::secrets::{reveal, store};

const CONSUMER_SECRET: &str = "CANARY-consumer-secret";
const QUERY: &str = "SELECT Id FROM Account LIMIT 1";

/// What the component has of a secret until it is revealed: its key.
#[expect(unreachable_pub, reason = "generated code re-exports it")]
pub struct Handle(String);

/// The host's secrets.
fn secrets() -> HashMap<&'static str, store::SecretValue> {
    let text = format!(
        r#"{{"Domain":"acme.my","ConsumerKey":"key","ConsumerSecret":"{CONSUMER_SECRET}"}}"#
    );
    HashMap::from([
        (ORG, store::SecretValue::String(text)),
        ("broken", store::SecretValue::String("[]".to_owned())),
        ("bytes", store::SecretValue::Bytes(b"{}".to_vec())),
    ])
}

struct Secrets;

impl HasData for Secrets {
    type Data<'a> = &'a mut World;
}

impl store::Host for &mut World {}

impl store::HostSecret for &mut World {
    fn drop(&mut self, secret: Resource<Handle>) -> wasmtime::Result<()> {
        self.table.delete(secret)?;
        Ok(())
    }
}

impl store::HostWithStore<World> for Secrets {
    async fn get(
        accessor: &Accessor<World, Self>,
        key: String,
    ) -> Result<Resource<Handle>, store::SecretsError> {
        if key == "down" {
            return Err(store::SecretsError::Upstream("CANARY-upstream".to_owned()));
        }
        if !secrets().contains_key(key.as_str()) {
            return Err(store::SecretsError::NotFound);
        }
        let handle = accessor.with(|mut access| access.get().table.push(Handle(key)));
        handle.map_err(|_| store::SecretsError::Io("no room".to_owned()))
    }
}

impl reveal::Host for &mut World {}

impl reveal::HostWithStore<World> for Secrets {
    async fn reveal(
        accessor: &Accessor<World, Self>,
        secret: Resource<Handle>,
    ) -> store::SecretValue {
        let key = accessor.with(|mut access| access.get().table.get(&secret).unwrap().0.clone());
        secrets().remove(key.as_str()).unwrap()
    }
}

fn link(linker: &mut Linker<World>) {
    store::add_to_linker::<_, Secrets>(linker, |world| world).unwrap();
    reveal::add_to_linker::<_, Secrets>(linker, |world| world).unwrap();
}

async fn component(emulator: &Emulator, org: &'static str) -> wasi_0_3::Host {
    let world = World::new(emulator, &Secret::new("unused"));
    let name = "sfbox-with-wasmcloud-secrets";
    wasi_0_3::Host::run(name, world, link).await.of(org)
}

async fn emulator() -> Emulator {
    Emulator::builder()
        .my_domain("acme.my")
        .credentials("key", CONSUMER_SECRET)
        .body_length_required()
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn each_instance_logs_in_with_the_hosts_secret_and_renews_by_itself() {
    let emulator = emulator().await;
    let control = emulator.control();
    let mut first = component(&emulator, ORG).await;
    first.query(QUERY, None).await.unwrap();
    first.query(QUERY, None).await.unwrap();
    assert_eq!(control.stats().logins, 1);
    component(&emulator, ORG)
        .await
        .query(QUERY, None)
        .await
        .unwrap();
    assert_eq!(control.stats().logins, 2, "nothing is stored");
    control.expire_sessions();
    first.query(QUERY, None).await.unwrap();
    assert_eq!(control.stats().logins, 3);
    let status = first.status().await.unwrap();
    assert!(status.contains("shared: false"), "{status}");
    assert!(!status.contains("CANARY"), "{status}");
}

#[tokio::test]
async fn what_the_host_does_not_give_is_told_by_its_kind() {
    let emulator = emulator().await;
    for (org, kind) in [
        ("other", "Denied"),
        ("down", "Unavailable"),
        ("broken", "Malformed"),
        ("bytes", "Malformed"),
    ] {
        let refused = component(&emulator, org).await.query(QUERY, None).await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(kind), "{org}: {refused}");
        assert!(!refused.contains("CANARY"), "{refused}");
    }
    assert_eq!(emulator.control().stats().logins, 0);
}
