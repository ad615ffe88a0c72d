//! The WIT adapter: the only module that knows what the component is built from.

use secrecy::ExposeSecret as _;

mod bindings {
    #![expect(
        unsafe_code,
        reason = "generated code: the WIT files carry the documentation"
    )]

    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        inline: "
            package sfbox:wasmcloud-secrets@0.1.0;

            world wasmcloud-secrets {
                import wasmcloud:secrets/store@2.1.0;
                import wasmcloud:secrets/reveal@2.1.0;
                export sfbox:client/secret-store@0.4.0;
            }
        ",
        generate_all,
    });

    use super::WasmcloudSecrets;
    export!(WasmcloudSecrets);
}

use bindings::exports::sfbox::client::secret_store::{
    Claimed, Document, Entry, Error, Guest, Settings,
};
use bindings::wasmcloud::secrets::reveal::reveal;
use bindings::wasmcloud::secrets::store::{self, SecretValue, SecretsError};

struct WasmcloudSecrets;

impl Guest for WasmcloudSecrets {
    async fn get(org: String) -> Result<Document, Error> {
        let secret = store::get(org).await?;
        let SecretValue::String(text) = reveal(&secret).await else {
            return Err(Error::Malformed);
        };
        let document = crate::document(&text).ok_or(Error::Malformed)?;
        let entries = document.entries.into_iter();
        Ok(Document {
            version: document.version,
            entries: entries
                .map(|(key, value)| Entry {
                    key,
                    value: value.expose_secret().to_owned(),
                })
                .collect(),
            writable: false,
            settings: Settings {
                session_ttl_s: None,
                require_shared: false,
            },
        })
    }

    async fn replace(
        _org: String,
        _version: String,
        _changes: Vec<(String, Option<String>)>,
    ) -> Result<String, Error> {
        Err(Error::Denied)
    }

    async fn claim(_org: String, _key: String) -> Result<Claimed, Error> {
        Ok(Claimed::Unsupported)
    }

    async fn release(_org: String, _key: String, _refusal: Option<String>) -> Result<(), Error> {
        Ok(())
    }
}

impl From<SecretsError> for Error {
    /// What the host says of its failure is left out: it could be anything.
    fn from(error: SecretsError) -> Self {
        match error {
            // Which names there are is for the host to decide: as for one that was
            // not configured, nobody can probe.
            SecretsError::NotFound => Self::Denied,
            SecretsError::Upstream(_) | SecretsError::Io(_) => Self::Unavailable,
        }
    }
}
