//! The command line: what was typed, and which command it means.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::global::Global;
use crate::hint::Typed;
use crate::target::Target;
use crate::telemetry::LogFormat;
use crate::wrong_line::Refused;
use crate::{
    api_versions, completions, config, create, delete, describe, get, help, key, limits, man, org,
    progress, proxy, query, repeated, repl, report, rest, search, serve, session, update, upsert,
    verdict, wrong_line,
};
#[cfg(feature = "emulator")]
use crate::{demo, emulate};

/// Run queries against Salesforce, with one login that all your processes share
///
/// A secret holds the org's credentials and the access token that all processes
/// reuse. The secret is in AWS Secrets Manager, or it is a file. Data goes to
/// stdout, everything else to stderr.
#[derive(Debug, Parser)]
#[command(name = "sfbox", version, override_usage = "sfbox [OPTIONS] <COMMAND>", after_long_help = AFTER, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Exit status:
  0    done
  1    Salesforce refused the request, or the outcome of a write is unknown
  2    wrong usage or configuration, or not supported
  3    credentials missing or unreadable; Salesforce refused the login, or refused a token
       that it had just issued
  4    try again later: rate limited, timeout, unreachable, session ended during a query,
       status 5xx, no answer from the secret store or the source of AWS credentials, full disk
  5    denied by a rule of sfbox, such as a host that is not allowed, or by the proxy
  6    an answer that cannot be read, or an incomplete result
  101  a bug
  130  interrupted (Ctrl-C); 143 terminated; 128 + N ended by signal N

Examples:
  sfbox --demo query \"SELECT Id, Name FROM Account LIMIT 3\"
  sfbox --org prod/salesforce query \"SELECT Id FROM Contact\" --output ndjson | wc -l
  sfbox --demo create Account Name=Acme
  sfbox --demo rest GET limits
  sfbox --org prod/salesforce org check
  sfbox emulate --rows 100000";

#[derive(Debug, Subcommand)]
enum Command {
    // A comment here would hide all but the first line of its own from `--help`.
    Query(Box<query::Query>),
    Repl(repl::Repl),
    Search(search::Search),
    Get(get::Get),
    Create(Box<create::Create>),
    Update(Box<update::Update>),
    Upsert(Box<upsert::Upsert>),
    Delete(Box<delete::Delete>),
    Describe(describe::Describe),
    Rest(rest::Rest),
    Limits(limits::Limits),
    ApiVersions(api_versions::ApiVersions),
    /// Show, renew or remove the session that all processes share
    #[command(subcommand)]
    Session(session::Session),
    /// Add, list, remove and check orgs
    #[command(subcommand)]
    Org(org::Org),
    Serve(serve::Serve),
    /// Add, list and revoke keys for `sfbox serve`
    #[command(subcommand)]
    Key(key::Key),
    #[cfg(feature = "emulator")]
    Emulate(emulate::Emulate),
    Completions(completions::Completions),
    Config(config::Config),
    Man(man::Man),
    #[command(hide = true)]
    Options(help::Options),
}

impl Cli {
    /// Reads the command line; prints help or what is wrong with it, and exits,
    /// as `clap` does.
    pub(crate) fn from_command_line() -> Self {
        let command = proxy::with_variable(help::arranged(Self::command()));
        let arguments = repeated::before_the_command(&command, std::env::args_os());
        Self::read(&command, &arguments).unwrap_or_else(|error| error.exit())
    }

    fn read(command: &clap::Command, arguments: &[OsString]) -> Result<Self, clap::Error> {
        let refused = |refused: Refused| refused.of(command);
        let applied = config::apply(command.clone(), arguments)
            .map_err(|why| refused(Refused::value(&why)))?;
        if let Some(warning) = applied.warning {
            report::warn(&warning);
        }
        let matches = applied
            .command
            .try_get_matches_from(arguments)
            .map_err(wrong_line::advised)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.global.proxy_place = proxy::Place::of(&matches);
        cli.without_conflicts(&matches).map_err(refused)
    }

    /// `--demo` brings its own org, store and address, and what is about a whole
    /// store is about no org of it. Only what was typed counts: a variable of the
    /// environment is a default, not a contradiction.
    fn without_conflicts(mut self, matches: &ArgMatches) -> Result<Self, Refused> {
        const NAME: (&str, &str) = ("org", "--org");
        const SESSION: (&str, &str) = ("session_secret", "--session-secret");
        let without_org = match &self.command {
            Command::Org(org) => org.of_a_store(),
            Command::Key(key) => key.without_org(),
            Command::Query(_)
            | Command::Search(_)
            | Command::Repl(_)
            | Command::Get(_)
            | Command::Create(_)
            | Command::Update(_)
            | Command::Upsert(_)
            | Command::Delete(_)
            | Command::Describe(_)
            | Command::Rest(_)
            | Command::Limits(_)
            | Command::ApiVersions(_)
            | Command::Serve(_)
            | Command::Session(_) => None,
            #[cfg(feature = "emulator")]
            Command::Emulate(_) => Some("emulate"),
            Command::Completions(_) => Some("completions"),
            Command::Config(_) => Some("config"),
            Command::Man(_) => Some("man"),
            Command::Options(_) => None,
        };
        if let Some(command) = without_org {
            refuse(matches, command, &[NAME, SESSION])?;
        }
        if self.global.quiet {
            refuse(matches, "--quiet", &[("verbose", "--verbose")])?;
        }
        self.judge_policy(|id| is_typed(matches, id))?;
        #[cfg(feature = "emulator")]
        if self.global.demo {
            let own = [
                NAME,
                ("store", "--store"),
                SESSION,
                ("connect_to", "--connect-to"),
                ("proxy", "--proxy"),
            ];
            refuse(matches, "--demo", &own)?;
            let without_demo = match &self.command {
                Command::Key(_) => Some("key"),
                _ => without_org,
            };
            if let Some(command) = without_demo {
                return Err(Refused::conflict(command, "--demo"));
            }
        }
        Ok(self)
    }

    /// Refuses a policy that contradicts itself. A prompt only reads unless something else was
    /// typed.
    fn judge_policy(&mut self, is_typed: impl Fn(&str) -> bool) -> Result<(), Refused> {
        let policy = &mut self.global.policy;
        match &self.command {
            Command::Key(key) if key.is_read_only() => policy.without_conflicts_read_only(is_typed),
            Command::Repl(repl) if repl.is_read_only() => {
                policy.without_conflicts_read_only(is_typed)?;
                policy.only_read();
                Ok(())
            }
            _ => policy.without_conflicts(is_typed),
        }
    }

    /// Decides whether this process colours anything, and whether it says more than
    /// what is wrong.
    pub(crate) fn choose_manner(&self) {
        self.global.color.choose();
        if self.global.quiet {
            progress::be_quiet();
        }
    }

    /// Prints what ended the command, and answers with the exit status.
    pub(crate) fn report(&self, error: &anyhow::Error) -> u8 {
        report::report_once(error, Typed::of(&self.global), self.explanation())
    }

    /// What explains the command that was used.
    fn explanation(&self) -> &'static str {
        match &self.command {
            Command::Query(_) => {
                "`sfbox help query` explains this command, `sfbox help options` the common options"
            }
            Command::Search(_) => {
                "`sfbox help search` explains this command, `sfbox help options` the common options"
            }
            Command::Repl(_) => {
                "`sfbox help repl` explains this command, `sfbox help options` the common options"
            }
            Command::Get(_) => {
                "`sfbox help get` explains this command, `sfbox help options` the common options"
            }
            Command::Create(_) => {
                "`sfbox help create` explains this command, `sfbox help options` the common options"
            }
            Command::Update(_) => {
                "`sfbox help update` explains this command, `sfbox help options` the common options"
            }
            Command::Upsert(_) => {
                "`sfbox help upsert` explains this command, `sfbox help options` the common options"
            }
            Command::Delete(_) => {
                "`sfbox help delete` explains this command, `sfbox help options` the common options"
            }
            Command::Describe(_) => {
                "`sfbox help describe` explains this command, `sfbox help options` the common options"
            }
            Command::Rest(_) => {
                "`sfbox help rest` explains this command, `sfbox help options` the common options"
            }
            Command::Limits(_) => {
                "`sfbox help limits` explains this command, `sfbox help options` the common options"
            }
            Command::ApiVersions(_) => {
                "`sfbox help api-versions` explains this command, `sfbox help options` the common \
                 options"
            }
            Command::Session(_) => {
                "`sfbox help session` explains this command, `sfbox help options` the common options"
            }
            Command::Org(_) => {
                "`sfbox help org` explains these commands, `sfbox help options` the common options"
            }
            Command::Serve(_) => {
                "`sfbox help serve` explains this command, `sfbox help options` the common options"
            }
            Command::Key(_) => {
                "`sfbox help key` explains these commands, `sfbox help options` the common options"
            }
            #[cfg(feature = "emulator")]
            Command::Emulate(_) => "`sfbox help emulate` explains this command",
            Command::Completions(_) => "`sfbox help completions` explains this command",
            Command::Config(_) => "`sfbox help config` explains this command",
            Command::Man(_) => "`sfbox help man` explains this command",
            Command::Options(_) => verdict::EXPLANATION,
        }
    }

    pub(crate) fn verbosity(&self) -> u8 {
        self.global.verbose
    }

    /// Whether other processes are served, or something goes on while a command prints, so
    /// that more than one thread pays.
    pub(crate) fn needs_threads(&self) -> bool {
        #[cfg(feature = "emulator")]
        if matches!(self.command, Command::Emulate(_)) {
            return true;
        }
        matches!(self.command, Command::Serve(_) | Command::Repl(_))
    }

    pub(crate) fn log_format(&self) -> LogFormat {
        self.global.log_format
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Whatever ends the command early; [`verdict::of`] knows the exit status.
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let options = &self.global.options();
        match &self.command {
            Command::Query(query) => self.on_org(async |org| query.run(org, options).await).await,
            Command::Search(search) => {
                self.on_org(async |org| search.run(org, options).await)
                    .await
            }
            Command::Repl(repl) => {
                let typed = Typed::of(&self.global);
                self.on_org(async |org| repl.run(org, options, typed).await)
                    .await
            }
            Command::Get(get) => self.on_org(async |org| get.run(org, options).await).await,
            Command::Create(create) => {
                self.on_org(async |org| create.run(org, options).await)
                    .await
            }
            Command::Update(update) => {
                self.on_org(async |org| update.run(org, options).await)
                    .await
            }
            Command::Upsert(upsert) => {
                self.on_org(async |org| upsert.run(org, options).await)
                    .await
            }
            Command::Delete(delete) => {
                self.on_org(async |org| delete.run(org, options).await)
                    .await
            }
            Command::Describe(describe) => {
                self.on_org(async |org| describe.run(org, options).await)
                    .await
            }
            Command::Rest(rest) => self.on_org(async |org| rest.run(org, options).await).await,
            Command::Limits(limits) => {
                self.on_org(async |org| limits.run(org, options).await)
                    .await
            }
            Command::ApiVersions(versions) => {
                self.on_org(async |org| versions.run(org, options).await)
                    .await
            }
            Command::Session(session) => {
                self.on_org(async |org| session.run(org, options).await)
                    .await
            }
            #[cfg(feature = "emulator")]
            Command::Serve(serve) if self.global.demo => {
                let global = &self.global;
                demo::run(global, async |target| serve.run_on(global, target).await).await
            }
            Command::Serve(serve) => serve.run(&self.global).await,
            Command::Key(key) => key.run(&self.global).await,
            #[cfg(feature = "emulator")]
            Command::Emulate(emulate) => emulate.run().await,
            Command::Completions(completions) => completions.run(Self::command()).await,
            Command::Config(config) => config.run(&Self::command()),
            Command::Man(man) => man.run(Self::command()),
            Command::Options(options) => options.run(Self::command()),
            Command::Org(org::Org::Add(add)) => add.run(&self.global).await,
            Command::Org(org::Org::List(list)) => list.run(&self.global).await,
            Command::Org(org::Org::Remove(remove)) => remove.run(&self.global).await,
            Command::Org(org::Org::Check(check)) => {
                self.on_target(async |target| check.run(target, options).await)
                    .await
            }
        }
    }

    /// Runs a command that makes calls of one org.
    async fn on_org(
        &self,
        calls: impl AsyncFnOnce(&sfbox::Org) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.on_target(async |target| target.call(calls).await)
            .await
    }

    /// Runs a command that is for one org.
    async fn on_target(
        &self,
        command: impl AsyncFnOnce(Target) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        #[cfg(feature = "emulator")]
        if self.global.demo {
            return demo::run(&self.global, command).await;
        }
        command(Target::of(&self.global).await?).await
    }
}

/// Refuses options beside `with`, each an id and how it is typed.
fn refuse(matches: &ArgMatches, with: &str, options: &[(&str, &str)]) -> Result<(), Refused> {
    match options.iter().find(|(id, _)| is_typed(matches, id)) {
        Some((_, option)) => Err(Refused::conflict(with, option)),
        None => Ok(()),
    }
}

/// Whether an option was typed: no variable, and nothing in the file.
fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    config::deepest(matches).value_source(id) == Some(ValueSource::CommandLine)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        let command = Cli::command();
        let words = line.split(' ').map(OsString::from);
        let arguments = repeated::before_the_command(&command, words);
        let matches = command.clone().try_get_matches_from(arguments)?;
        let cli = Cli::from_arg_matches(&matches)?;
        cli.without_conflicts(&matches)
            .map_err(|refused| refused.of(&command))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_go_before_or_after_the_command() {
        let before = parse("sfbox --org acme --timeout 5 session status").unwrap();
        let after = parse("sfbox session status --org acme --timeout 5").unwrap();
        for cli in [before, after] {
            assert_eq!(cli.global.org.as_deref(), Some("acme"));
            assert_eq!(cli.global.options().timeout, Some(Duration::from_secs(5)));
        }
    }

    #[test]
    fn an_option_that_may_be_repeated_counts_before_and_after_the_command() {
        let line = "sfbox -v --connect-to a:1:b:2 --allow-host=x.example query --connect-to c:1:d:2 \
                    q -v --allow-host y.example --connect-to=e:1:f:2 -v";
        let global = parse(line).unwrap().global;
        assert_eq!(global.connect_to.len(), 3);
        assert_eq!(global.allow_host.len(), 2);
        assert_eq!(global.verbose, 3);
    }

    #[test]
    fn what_people_type_elsewhere_is_understood() {
        for line in [
            "sfbox --target-org acme query x",
            "sfbox query --query x --target-org=acme",
            "sfbox query --target-org acme --query=x --json",
        ] {
            let cli = parse(line).unwrap();
            assert_eq!(cli.global.org.as_deref(), Some("acme"), "{line}");
            assert!(matches!(cli.command, Command::Query(_)), "{line}");
        }
        for line in [
            "sfbox query x --query y",
            "sfbox query --query y --file z",
            "sfbox query x --json --output csv",
            "sfbox org list --json --output csv",
        ] {
            let refused = parse(line).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ArgumentConflict);
        }
        for line in ["sfbox org list --json", "sfbox session status --json"] {
            assert!(parse(line).is_ok(), "{line}");
        }
    }

    #[cfg(feature = "emulator")]
    #[test]
    fn the_demo_brings_its_own_org_store_and_address() {
        assert!(parse("sfbox --demo session status").is_ok());
        for typed in [
            "--org acme",
            "--store file:/x",
            "--session-secret x",
            "--connect-to a:1:b:2",
            "--proxy http://a:1",
        ] {
            assert!(
                parse(&format!("sfbox --demo {typed} session status")).is_err(),
                "{typed}"
            );
            assert!(
                parse(&format!("sfbox session status {typed} --demo")).is_err(),
                "{typed}"
            );
        }
    }

    #[test]
    fn quiet_and_verbose_are_contradictions() {
        for line in [
            "sfbox -q -v options",
            "sfbox --quiet options --verbose",
            "sfbox -v options -q",
        ] {
            let refused = parse(line).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ArgumentConflict, "{line}");
        }
        assert!(parse("sfbox -q options").is_ok());
    }

    #[test]
    fn what_is_about_a_whole_store_takes_no_org() {
        let add = "sfbox org add acme";
        for line in [add, "sfbox org list", "sfbox --store file:/x org list"] {
            assert!(parse(line).is_ok(), "{line}");
        }
        for line in [add, "sfbox org list", "sfbox org remove acme"] {
            for typed in ["--org x", "--session-secret x"] {
                assert!(parse(&format!("{line} {typed}")).is_err(), "{line} {typed}");
            }
        }
    }

    #[cfg(feature = "emulator")]
    #[test]
    fn the_demo_has_an_org_to_check_and_no_store_to_add_to() {
        assert!(parse("sfbox --demo org check").is_ok());
        for line in ["sfbox --demo org add acme", "sfbox org list --demo"] {
            let refused = parse(line).unwrap_err();
            assert!(
                refused.to_string().contains("cannot be used with '--demo'"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_prompt_only_reads_unless_it_may_write() {
        use sfbox::policy::Level;

        let path = "--allow-path \"GET /services/apexrest/a\"";
        for (line, level) in [
            ("sfbox repl", Level::ReadOnly),
            ("sfbox repl --no-delete", Level::ReadOnly),
            ("sfbox repl --read-only", Level::ReadOnly),
            ("sfbox repl --write", Level::Everything),
            ("sfbox repl --write --no-delete", Level::NoDelete),
            ("sfbox repl --write --read-only", Level::ReadOnly),
            ("sfbox query x", Level::Everything),
        ] {
            let policy = parse(line).unwrap().global.policy.policy();
            assert_eq!(policy.level, level, "{line}");
        }
        assert!(parse(&format!("sfbox repl --write {path}")).is_err());
    }

    #[test]
    fn the_timeout_is_bounded() {
        for (seconds, accepted) in [("0", false), ("1", true), ("3600", true), ("3601", false)] {
            let parsed = parse(&format!("sfbox --timeout {seconds} session status"));
            assert_eq!(parsed.is_ok(), accepted, "{seconds}");
        }
    }
}
