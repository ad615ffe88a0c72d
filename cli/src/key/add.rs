//! `sfbox key add`.

use std::io::{Write as _, stdout};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use sfbox::policy::{Level, Policy};
use sfbox::secret_store::SecretName;
use sfbox_gateway::{Entry, Key, Name, Rate, Term, Terms};

use super::Folder;
use crate::global::Global;
use crate::report::remark;
use crate::verdict::Usage;

/// Create a key for `sfbox serve`, and print it once
///
/// A key opens one org. It may only read, unless `--write` is given. `--no-delete`,
/// `--allow-path` and `--allow-anonymous-apex` (see `sfbox help options`) are part of
/// the key. Only a hash of it is stored: stdout has the only copy.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox key add reports --org prod/salesforce
  sfbox key add orders --org prod/salesforce --write --no-delete --expires 90d --rate 10/s")]
pub(crate) struct Add {
    /// What people call the key, and what logs show; also the `client_id` of a login
    #[arg(value_name = "NAME")]
    name: Name,
    /// Allow requests that write
    #[arg(long)]
    write: bool,
    /// How long the key is valid: minutes, hours or days
    #[arg(long, value_name = "TIME", default_value_t = Term::DEFAULT)]
    expires: Term,
    /// How many requests a second, or a minute, such as `10/s` or `600/m` [default: no limit]
    #[arg(long, value_name = "N/s")]
    rate: Option<Rate>,
    /// How many requests at once [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    #[command(flatten)]
    folder: Folder,
}

impl Add {
    /// Whether the key may write.
    pub(super) fn may_write(&self) -> bool {
        self.write
    }

    pub(super) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let org = global.org.as_deref().ok_or(Usage::new(
            "no org was given: set `--org` or SFBOX_ORG to the name of its secret",
        ))?;
        SecretName::parse(org)
            .map_err(|why| Usage::new(format!("`{org}` is not a valid name of a secret: {why}")))?;
        let terms = Terms {
            name: self.name.clone(),
            org: org.to_owned(),
            policy: policy(global.policy.policy(), self.write),
            term: self.expires,
            rate: self.rate,
            concurrency: self.concurrency,
        };
        let key = Key::generate()?;
        let policy = terms.policy.to_string();
        let entry = Entry::new(&key, terms, Timestamp::now());
        let file = self.folder.keys()?;
        file.add(&entry).await.context("the key was not added")?;
        writeln!(stdout().lock(), "{}", key.expose())?;
        remark(&format!(
            "key `{}` for the org `{org}`: {policy}, valid until {:.0}; it is not shown again",
            entry.name, entry.expires
        ));
        Ok(())
    }
}

/// What a new key may do: it reads, unless somebody says that it may write. An option of the
/// environment can only forbid more.
fn policy(asked: Policy, write: bool) -> Policy {
    Policy {
        level: if write { asked.level } else { Level::ReadOnly },
        ..asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_unless_it_may_write() {
        let asked = |level| Policy {
            level,
            ..Policy::default()
        };
        for (level, write, expected) in [
            (Level::Everything, false, Level::ReadOnly),
            (Level::Everything, true, Level::Everything),
            (Level::NoDelete, false, Level::ReadOnly),
            (Level::NoDelete, true, Level::NoDelete),
            (Level::ReadOnly, true, Level::ReadOnly),
        ] {
            assert_eq!(policy(asked(level), write).level, expected);
        }
    }
}
