//! Where descriptions come from: one function for all who ask for one as it is.

use anyhow::Context as _;
use sfbox::{DescribeOptions, Options, Org};

use crate::object_name::ObjectName;

/// An API that describes objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// The org's records.
    Data,
    /// What developers write.
    Tooling,
}

/// The description of an object, or of all objects in short, as Salesforce wrote it.
///
/// # Errors
///
/// Those of a call.
pub(crate) async fn read(
    org: &Org,
    options: &Options,
    api: Api,
    object: Option<&ObjectName>,
) -> anyhow::Result<Vec<u8>> {
    let options = DescribeOptions {
        call: options.clone(),
        tooling: api == Api::Tooling,
    };
    let described = match object {
        None => {
            let all = org.describe_all(&options).await;
            all.context("the list of objects cannot be read")?
        }
        Some(name) => {
            let one = org.describe(&name.to_string(), &options).await;
            one.with_context(|| format!("the description of {name} cannot be read"))?
        }
    };
    Ok(described.into_bytes())
}
