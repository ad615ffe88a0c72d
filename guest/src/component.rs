//! The WIT adapter: the only module that knows what the component is built from.
//!
//! The contract's exports become [`Client`]'s methods, and its imports
//! [`Platform`](crate::platform::Platform)'s, once for each version of WASI:
//! `wasi_0_3` is the product, `wasi_0_2` for hosts that have nothing newer. What
//! both share is named alike in both, so that the rest is written once.

mod conversion;
#[cfg(any(test, feature = "wasi-0-2"))]
mod event_loop;
mod failure;
mod message;
mod room;
#[cfg(feature = "wasi-0-2")]
mod wasi_0_2;
#[cfg(not(feature = "wasi-0-2"))]
mod wasi_0_3;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::client::Client;
#[cfg(feature = "wasi-0-2")]
use wasi_0_2::{Wasi, exports, secret_store, wasi_http};
#[cfg(not(feature = "wasi-0-2"))]
use wasi_0_3::{Wasi, exports, secret_store, wasi_http};

/// How many orgs' sessions an instance remembers. A host that gives every org an
/// instance of its own needs one; the others forget the first when they come to
/// another past it, which costs a read of its secret.
const ORGS_MAX: usize = 64;

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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

/// 584 years at most.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
