//! The component with an adapter in it, in a host that knows nothing of sfbox.

use std::fs;

use wasmtime::component::{Component, Linker, ResourceTable, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use workspace::root;

use crate::settings;

const SECRETS: &str = r#"{"acme": {"Domain": "acme.my", "ConsumerKey": "key",
    "ConsumerSecret": "CANARY-consumer-secret", "SessionId": "CANARY-token",
    "Instance": "acme.my.salesforce.com"}, "broken": []}"#;

struct Foreign {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Foreign {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

fn component(engine: &Engine) -> Component {
    let path = root().join("target/component/sfbox-with-environment.cwasm");
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    unsafe { Component::deserialize(engine, image) }.unwrap()
}

/// What the host is told of `org`'s session, as text.
async fn status(org: &str, environment: &[(&str, &str)]) -> String {
    let engine = Engine::new(&settings::config()).unwrap();
    let component = component(&engine);
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p3::add_to_linker(&mut linker).unwrap();
    // What is asked here sends nothing: if it did, it would end in a trap.
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let host = Foreign {
        wasi: WasiCtx::builder().envs(environment).build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&engine, host);
    store.set_epoch_deadline(1);
    let instance = linker
        .instantiate_async(&mut store, &component)
        .await
        .unwrap();
    let session = contract::id("session").unwrap();
    let session = instance
        .get_export_index(&mut store, None, &session)
        .unwrap();
    let status = instance
        .get_export_index(&mut store, Some(&session), "status")
        .unwrap();
    let status = instance.get_func(&mut store, status).unwrap();
    let options = Val::Record(vec![
        ("timeout-ms".to_owned(), Val::Option(None)),
        ("api-version".to_owned(), Val::Option(None)),
    ]);
    let mut results = [Val::Bool(false)];
    let arguments = [Val::String(org.to_owned()), options];
    store
        .run_concurrent(async |accessor| {
            status
                .call_concurrent(accessor, &arguments, &mut results)
                .await
        })
        .await
        .unwrap()
        .unwrap();
    format!("{results:?}")
}

#[test]
fn no_secret_store_is_left_to_import() {
    let engine = Engine::new(&settings::config()).unwrap();
    let component = component(&engine).component_type();
    let mut imports: Vec<&str> = component.imports(&engine).map(|(name, _)| name).collect();
    imports.sort_unstable();
    assert_eq!(
        imports,
        [
            "wasi:cli/environment@0.3.0",
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/system-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/client@0.3.0",
            "wasi:http/types@0.3.0",
            "wasi:random/random@0.3.0",
        ]
    );
}

#[tokio::test]
async fn a_session_of_the_environment_is_found_and_its_token_is_not_told() {
    let told = status("acme", &[("OTHER", "{}"), ("SFBOX_SECRETS", SECRETS)]).await;
    assert!(told.contains("stored"), "{told}");
    assert!(told.contains("acme.my.salesforce.com"), "{told}");
    assert!(!told.contains("CANARY"), "{told}");
}

#[tokio::test]
async fn an_org_that_is_not_there_is_denied_whether_others_are_or_not() {
    let other = status("other", &[("SFBOX_SECRETS", SECRETS)]).await;
    let none = status("acme", &[]).await;
    assert!(other.contains("denied"), "{other}");
    assert_eq!(other, none);
}

#[tokio::test]
async fn a_secret_that_is_no_object_is_malformed() {
    let told = status("broken", &[("SFBOX_SECRETS", SECRETS)]).await;
    assert!(told.contains("malformed"), "{told}");
}
