//! The options that say which requests may leave.

use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use sfbox::policy::{AllowedPath, Level, Policy};

use crate::wrong_line::Refused;

/// Their group.
const POLICY: &str = "Policy";

/// What an operator lets out to an org. The environment can only forbid more: what allows
/// something stands on the command line or in the file.
#[derive(Args, Debug)]
pub(crate) struct PolicyOptions {
    /// Allow only requests that certainly do not write
    #[arg(long, global = true, help_heading = POLICY, hide_short_help = true, env = "SFBOX_READ_ONLY", value_parser = BoolishValueParser::new())]
    read_only: bool,
    /// Refuse requests that delete, that may delete, or that sfbox does not know
    #[arg(long, global = true, help_heading = POLICY, hide_short_help = true, env = "SFBOX_NO_DELETE", value_parser = BoolishValueParser::new())]
    no_delete: bool,
    /// Allow this path in spite of `--read-only` or `--no-delete`, as in "POST
    /// /services/apexrest/orders/*"; `*` is one segment, and `**` at the end is one or
    /// more segments
    #[arg(
        long,
        global = true,
        help_heading = POLICY,
        hide_short_help = true,
        value_name = "METHOD PATTERN"
    )]
    allow_path: Vec<AllowedPath>,
    /// Allow anonymous Apex, which is refused otherwise
    #[arg(long, global = true, help_heading = POLICY, hide_short_help = true)]
    allow_anonymous_apex: bool,
    /// Append JSON lines to this file: one for each refused request, and two for each request
    /// that may write, before and after it is sent
    #[arg(long, global = true, help_heading = POLICY, hide_short_help = true, env = "SFBOX_AUDIT", value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

impl PolicyOptions {
    /// The policy. If both levels are set, one of them by default, the stricter counts.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            level: self.level(),
            allowed: self.allow_path.clone(),
            anonymous_apex: self.allow_anonymous_apex,
            within: None,
        }
    }

    /// For a command that reads unless somebody says that it may write.
    pub(crate) fn only_read(&mut self) {
        self.read_only = true;
    }

    fn level(&self) -> Level {
        if self.read_only {
            Level::ReadOnly
        } else if self.no_delete {
            Level::NoDelete
        } else {
            Level::Everything
        }
    }

    /// Refuses what contradicts itself. `is_typed` says whether an option was typed.
    pub(crate) fn without_conflicts(&self, is_typed: impl Fn(&str) -> bool) -> Result<(), Refused> {
        if is_typed("read_only") && is_typed("no_delete") {
            return Err(Refused::conflict("--read-only", "--no-delete"));
        }
        // It would look as if only this path were allowed.
        if is_typed("allow_path") && self.level() == Level::Everything {
            return Err(Refused::value(
                "'--allow-path' needs '--read-only' or '--no-delete': without them every path is \
                 allowed",
            ));
        }
        Ok(())
    }

    /// The same for a command whose level is read-only unless something else is typed:
    /// there a path that is allowed says something.
    pub(crate) fn without_conflicts_read_only(
        &self,
        is_typed: impl Fn(&str) -> bool,
    ) -> Result<(), Refused> {
        self.without_conflicts(|id| id != "allow_path" && is_typed(id))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        policy: PolicyOptions,
    }

    fn parsed(words: &[&str]) -> PolicyOptions {
        let words = ["sfbox"].iter().chain(words);
        Line::try_parse_from(words).unwrap().policy
    }

    #[test]
    fn the_default_lets_everything_out_but_anonymous_apex() {
        let policy = parsed(&[]).policy();
        assert_eq!(policy, Policy::default());
        assert_eq!(policy.level, Level::Everything);
    }

    #[test]
    fn each_option_is_part_of_the_policy() {
        assert_eq!(parsed(&["--read-only"]).policy().level, Level::ReadOnly);
        assert_eq!(parsed(&["--no-delete"]).policy().level, Level::NoDelete);
        let both = parsed(&["--read-only", "--no-delete"]).policy();
        assert_eq!(both.level, Level::ReadOnly, "the stricter one");
        let allowed = [
            "--allow-path",
            "POST /services/apexrest/a",
            "--allow-path=GET /services/apexrest/**",
            "--allow-anonymous-apex",
        ];
        let policy = parsed(&allowed).policy();
        assert_eq!((policy.allowed.len(), policy.anonymous_apex), (2, true));
        assert!(Line::try_parse_from(["sfbox", "--allow-path", "/services/x"]).is_err());
    }

    #[test]
    fn contradictions_are_refused_where_they_were_typed() {
        let refused = |words: &[&str], typed: &[&str]| {
            let options = parsed(words);
            options.without_conflicts(|id| typed.contains(&id)).is_err()
        };
        let levels = ["--read-only", "--no-delete"];
        assert!(refused(&levels, &["read_only", "no_delete"]));
        assert!(!refused(&levels, &["no_delete"]));
        let path = ["--allow-path", "GET /services/apexrest/a"];
        assert!(refused(&path, &["allow_path"]));
        assert!(!refused(&path, &[]));
        assert!(!refused(
            &[&path[..], &["--no-delete"]].concat(),
            &["allow_path"]
        ));
        let read_only = |words: &[&str], typed: &[&str]| {
            let options = parsed(words);
            options
                .without_conflicts_read_only(|id| typed.contains(&id))
                .is_err()
        };
        assert!(!read_only(&path, &["allow_path"]));
        assert!(read_only(&levels, &["read_only", "no_delete"]));
    }
}
