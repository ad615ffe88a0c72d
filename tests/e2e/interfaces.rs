//! A component that does not export every interface of the contract, as one that is older
//! than the host: what it has is called, and a call of what it lacks says so.

use std::fs;
use std::num::NonZeroUsize;

use sfbox::secret_store::MemoryStore;
use sfbox::{
    Builder, ConfigError, Error, Failure, Options, Org, QueryOptions, RestMethod, RestOptions,
    RestRequest, Runtime,
};

use workspace::root;

const SECRET: &str = r#"{"Domain":"acme.my","ConsumerKey":"k","ConsumerSecret":"s"}"#;

/// A runtime with this component, for one org.
fn builder(image: &str) -> Builder {
    let path = root().join("target/component").join(image);
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    let builder = Runtime::builder()
        .store(MemoryStore::new([("acme", SECRET)]))
        .org("acme")
        .workers(NonZeroUsize::MIN);
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    unsafe {
        builder.native_image(image)
    }
}

async fn query(org: &Org) -> Option<u64> {
    let page = org.query("x", &QueryOptions::default()).await.unwrap();
    page.total_size
}

fn unsupported<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), "unsupported");
    assert!(!error.verdict().retryable);
    match error {
        Error::Call { failure, .. } => match *failure {
            Failure::Unsupported(why) => why,
            other => panic!("{other:?}"),
        },
        Error::Lost { .. } => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_component_that_lacks_an_interface_runs_and_says_so_when_that_is_called() {
    let runtime = builder("only-query.cwasm").build().unwrap();
    let org = runtime.org("acme").unwrap();
    assert_eq!(query(&org).await, Some(0));
    let options = Options::default();
    for why in [
        unsupported(org.session_status(&options).await),
        unsupported(org.renew_session(&options).await),
        unsupported(org.forget_session(&options).await),
    ] {
        for words in [
            "interface `session`",
            "sfbox:client/session@",
            "use the built-in component",
        ] {
            assert!(why.contains(words), "{why}");
        }
    }
    let request = RestRequest {
        method: RestMethod::Get,
        path: "limits".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let why = unsupported(org.rest(&request, &RestOptions::default()).await);
    assert!(why.contains("interface `rest`"), "{why}");
    assert_eq!(query(&org).await, Some(0), "its instance goes on");
}

#[test]
fn a_component_without_any_of_the_interfaces_is_refused_before_it_is_called() {
    let Err(ConfigError::Component(why)) = builder("only-types.cwasm").build() else {
        panic!("it is no component of ours");
    };
    for interface in ["sfbox:client/query@", "sfbox:client/session@"] {
        assert!(why.to_string().contains(interface), "{why}");
    }
}
