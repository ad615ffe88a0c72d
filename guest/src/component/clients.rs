//! The orgs that this instance of the component knows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::wasi::Wasi;
use crate::client::Client;

/// How many orgs' sessions an instance remembers. A host that gives every org an
/// instance of its own needs one; the others forget the first when they come to
/// another past it, which costs a read of its secret.
const ORGS_MAX: usize = 64;

thread_local! {
    static ORGS: RefCell<BTreeMap<String, Rc<Client<Wasi>>>> = RefCell::default();
}

/// The calls on `org`.
pub(super) fn client(org: String) -> Rc<Client<Wasi>> {
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
