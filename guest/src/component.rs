//! The WIT adapter: the only module that knows what the component is built from.
//!
//! Its exports become [`Client`]'s methods, here; its imports are
//! [`Platform`](crate::platform::Platform)'s, in `wasi`. Each conversion is one
//! function that names every case.

mod wasi;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::client::{Client, Options};
use crate::error::{self, Error, SecretError};
use crate::platform::StoreError;
use crate::query;
use crate::session;

mod bindings {
    #![expect(
        unsafe_code,
        reason = "generated code: the WIT files carry the documentation"
    )]

    wit_bindgen::generate!({
        path: "../wit",
        world: "client",
        generate_all,
    });

    use super::Component;
    export!(Component);
}

use bindings::exports::sfbox::client as exports;
use wasi::Wasi;

/// How many orgs' sessions an instance remembers. A host that gives every org an
/// instance of its own needs one; the others forget the first when they come to
/// another past it, which costs a read of its secret.
const ORGS_MAX: usize = 64;

struct Component;

thread_local! {
    static ORGS: RefCell<BTreeMap<String, Rc<Client<Wasi>>>> = RefCell::default();
}

fn client(org: String) -> Rc<Client<Wasi>> {
    ORGS.with_borrow_mut(|orgs| {
        if let Some(client) = orgs.get(&org) {
            return Rc::clone(client);
        }
        if orgs.len() >= ORGS_MAX {
            orgs.pop_first();
        }
        let client = Rc::new(Client::new(Wasi, org.clone()));
        orgs.insert(org, Rc::clone(&client));
        client
    })
}

impl exports::query::Guest for Component {
    async fn query(
        org: String,
        soql: String,
        options: exports::query::QueryOptions,
    ) -> Result<exports::query::Page, exports::types::Error> {
        let rows = match options.rows {
            exports::query::Rows::Live => query::Rows::Live,
            exports::query::Rows::All => query::Rows::All,
        };
        let page = client(org)
            .query(&soql, rows, options.batch_size, &options.call.into())
            .await?;
        Ok(page.into())
    }

    async fn query_more(
        org: String,
        next: String,
        options: exports::query::QueryOptions,
    ) -> Result<exports::query::Page, exports::types::Error> {
        let page = client(org)
            .query_more(&next, options.batch_size, &options.call.into())
            .await?;
        Ok(page.into())
    }
}

impl exports::session::Guest for Component {
    async fn status(
        org: String,
        options: exports::session::SessionOptions,
    ) -> Result<exports::session::SessionStatus, exports::types::Error> {
        Ok(client(org).status(&options.call.into()).await?.into())
    }

    async fn renew(
        org: String,
        options: exports::session::SessionOptions,
    ) -> Result<exports::session::SessionStatus, exports::types::Error> {
        Ok(client(org).renew(&options.call.into()).await?.into())
    }

    async fn forget(
        org: String,
        options: exports::session::SessionOptions,
    ) -> Result<(), exports::types::Error> {
        Ok(client(org).forget(&options.call.into()).await?)
    }
}

impl From<exports::types::Options> for Options {
    fn from(options: exports::types::Options) -> Self {
        Self {
            timeout_ms: options.timeout_ms,
            api_version: options.api_version,
        }
    }
}

impl From<query::Page> for exports::query::Page {
    fn from(page: query::Page) -> Self {
        Self {
            body: page.body,
            total_size: page.total_size,
            next: page.next,
        }
    }
}

impl From<session::Status> for exports::session::SessionStatus {
    fn from(status: session::Status) -> Self {
        Self {
            origin: match status.origin {
                session::Origin::None => exports::session::Origin::None,
                session::Origin::Stored => exports::session::Origin::Stored,
                session::Origin::Login => exports::session::Origin::Login,
            },
            instance: status.instance,
            issued_at_ms: status.issued_at_ms,
            expires_at_ms: status.expires_at_ms,
            shared: status.shared,
            note: status.note,
        }
    }
}

impl From<Error> for exports::types::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(failure) => Self::Api(failure.into()),
            Error::Login(error) => Self::Login(exports::types::OauthError {
                status: error.status,
                code: error.code,
                description: error.description,
                request_id: error.request_id,
            }),
            Error::RefusedToken(failure) => Self::RefusedToken(failure.into()),
            Error::Secret(error) => Self::Secret(error.into()),
            Error::InvalidInput(why) => Self::InvalidInput(why),
            Error::SessionChanged => Self::SessionChanged,
            Error::RateLimited(seconds) => Self::RateLimited(seconds),
            Error::Timeout => Self::Timeout,
            Error::Unreachable(why) => Self::Unreachable(why),
            Error::Denied(why) => Self::Denied(why),
            Error::UnexpectedAnswer(unexpected) => {
                Self::UnexpectedAnswer(exports::types::Unexpected {
                    status: unexpected.status,
                    reason: unexpected.reason,
                    request_id: unexpected.request_id,
                })
            }
        }
    }
}

impl From<error::ApiFailure> for exports::types::ApiFailure {
    fn from(failure: error::ApiFailure) -> Self {
        let errors = failure
            .errors
            .into_iter()
            .map(|error| exports::types::ApiError {
                code: error.code,
                message: error.message,
                fields: error.fields,
            })
            .collect();
        Self {
            status: failure.status,
            errors,
            request_id: failure.request_id,
        }
    }
}

impl From<SecretError> for exports::types::SecretError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Malformed(why) => Self::Malformed(why),
            SecretError::Store(StoreError::Malformed) => {
                Self::Malformed("it is not a JSON object".to_owned())
            }
            SecretError::Store(StoreError::NotFound) => Self::NotFound,
            SecretError::Store(StoreError::Denied) => Self::Denied,
            SecretError::Store(StoreError::Conflict) => Self::Conflict,
            SecretError::Store(StoreError::Throttled(seconds)) => Self::Throttled(seconds),
            SecretError::Store(StoreError::Unavailable) => Self::Unavailable,
        }
    }
}
