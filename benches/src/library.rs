//! sfbox as a library on the org of the bench.

use sfbox::secret_store::MemoryStore;
use sfbox::{Builder, Runtime};

use crate::org::{Org, SECRET};

/// What a runtime is built by, with a session of the org that is named [`SECRET`].
///
/// # Errors
///
/// When the org is not one of Salesforce's.
pub fn builder(org: Org) -> anyhow::Result<Builder> {
    let target = format!("{}:443:127.0.0.1:{}", org.host, org.port);
    Ok(Runtime::builder()
        .store(MemoryStore::new([(SECRET, org.secret()?.to_string())]))
        .org(SECRET)
        .connect_to(target.parse()?)
        .extra_ca(org.ca_pem))
}
