//! From the global options to an org that can be called.

use sfbox::{Org, Runtime};

use super::Global;
use super::verdict::Usage;

/// Builds a runtime for the one org of the command line.
pub(super) async fn open(global: &Global) -> anyhow::Result<(Runtime, Org)> {
    let name = global.org.as_deref().ok_or(Usage(
        "no org: name its secret with `--org` or SFBOX_ORG, or try `--demo`",
    ))?;
    let mut builder = global.store.add_to(global.builder()?).await?;
    if let Some(session) = &global.session_secret {
        builder = builder.session_secret(name, session);
    }
    let runtime = builder.org(name).build()?;
    let org = runtime.org(name)?;
    Ok((runtime, org))
}
