//! The WIT adapter: the only module that knows what the component is built from.

use secrecy::ExposeSecret as _;

use crate::secrets::{Refused, members};

mod bindings {
    #![expect(
        unsafe_code,
        reason = "generated code: the WIT files carry the documentation"
    )]

    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package sfbox:environment@0.1.0;

            world environment {
                import wasi:cli/environment@0.3.0;
                export sfbox:client/secret-store@0.4.0;
            }
        ",
        generate_all,
    });

    use super::Environment;
    export!(Environment);
}

use bindings::exports::sfbox::client::secret_store::{
    Claimed, Document, Entry, Error, Guest, Settings,
};
use bindings::wasi::cli::environment::get_environment;

/// The version of every secret: the environment of a process does not change.
const VERSION: &str = "1";

struct Environment;

impl Guest for Environment {
    async fn get(org: String) -> Result<Document, Error> {
        let environment = get_environment();
        let variable = environment
            .iter()
            .find(|(name, _)| name == crate::VARIABLE)
            .map(|(_, value)| value.as_str());
        let members = members(variable, &org)?;
        Ok(Document {
            version: VERSION.to_owned(),
            entries: members
                .into_iter()
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

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            // As for a name that a host was not configured for: nobody can probe.
            Refused::Unknown => Self::Denied,
            Refused::Malformed => Self::Malformed,
        }
    }
}
