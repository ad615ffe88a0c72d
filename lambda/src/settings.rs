//! What an operator decides, in the function's environment variables. Pure.
//!
//! The names are those of the command line's options where it has them, and those that
//! all programs have for a proxy.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use sfbox::egress::{AllowedHost, ConnectTo, Proxy, ProxyError};
use sfbox::policy::{AllowedPath, Level, Policy};
use sfbox::{Builder, Runtime};

/// What the names of our variables begin with. Every one of them is known, or a
/// mistake.
const PREFIX: &str = "SFBOX_";

const ORG: &str = "SFBOX_ORG";
const ORGS: &str = "SFBOX_ORGS";
const SESSION_SECRET: &str = "SFBOX_SESSION_SECRET";
const SESSION_TTL: &str = "SFBOX_SESSION_TTL";
const REQUIRE_SHARED: &str = "SFBOX_REQUIRE_SHARED";
const API_VERSION: &str = "SFBOX_API_VERSION";
const ALLOW_HOST: &str = "SFBOX_ALLOW_HOST";
const CONNECT_TO: &str = "SFBOX_CONNECT_TO";
const CACERT: &str = "SFBOX_CACERT";
const POLICY: &str = "SFBOX_POLICY";
const ALLOW_PATH: &str = "SFBOX_ALLOW_PATH";
const ALLOW_ANONYMOUS_APEX: &str = "SFBOX_ALLOW_ANONYMOUS_APEX";
const RESULTS: &str = "SFBOX_RESULTS_QUEUE_URL";

/// The variable in which Lambda tells the function's memory, in MiB. Source: AWS
/// Lambda Developer Guide, "Working with Lambda environment variables".
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// The least memory that a function has, in MiB. Source: AWS Lambda Developer Guide,
/// "Lambda quotas".
const MEMORY_MIB_MIN: usize = 128;

/// The part of the function's memory that the component may have. Past it a call
/// fails; if the whole were used up, Lambda would end the environment.
const MEMORY_PART: usize = 2;

/// The most that it may have, in MiB: the library's own default, room for a few of the
/// longest pages.
const MEMORY_MIB_MAX: usize = 512;

/// What requests may do if nobody says it: everybody who may invoke the function can
/// send them.
const LEVEL: Level = Level::ReadOnly;

/// The settings of an environment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The org of requests that name none.
    pub(crate) org: String,
    /// Further orgs, which requests may name.
    pub(crate) orgs: Vec<String>,
    /// The secret of the org's session, if it has one of its own.
    pub(crate) session_secret: Option<String>,
    /// How long a session lives without use.
    pub(crate) session_ttl: Option<Duration>,
    /// Whether a token that cannot be shared is an error.
    pub(crate) require_shared: bool,
    /// The API version of requests that name none.
    pub(crate) api_version: Option<String>,
    /// Further hosts that requests may go to.
    pub(crate) allow_hosts: Vec<AllowedHost>,
    /// Addresses to dial instead of those of names.
    pub(crate) connect_to: Vec<ConnectTo>,
    /// The proxy to Salesforce and AWS.
    pub(crate) proxy: Option<Proxy>,
    /// A file with further certificate authorities, in PEM.
    pub(crate) cacert: Option<PathBuf>,
    /// The queue that takes the results of queued requests.
    pub(crate) results: Option<String>,
    /// What requests may do, if it is not [`LEVEL`].
    level: Option<Level>,
    /// Paths that are open in spite of it.
    allowed_paths: Vec<AllowedPath>,
    /// Whether anonymous Apex may run.
    anonymous_apex: bool,
    /// The memory of the function, in MiB.
    memory_mib: usize,
}

/// A variable that cannot be used. Its value is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {variable} {why}")]
pub(crate) struct SettingsError {
    variable: String,
    why: &'static str,
}

impl Settings {
    /// Reads the variables of an environment; those that are not ours are nobody's
    /// business here. An empty one counts as absent, since a template's parameter
    /// can only be empty.
    ///
    /// # Errors
    ///
    /// At a variable of ours that is unknown or cannot be used, without an org, and
    /// without a size of memory that a function can have.
    pub(crate) fn read(
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        let mut proxies = HashMap::new();
        let mut memory_mib = None;
        for (name, value) in variables {
            let name = name.to_string_lossy();
            if names_a_proxy(&name) {
                let value = value.to_string_lossy().into_owned();
                proxies.insert(name.clone().into_owned(), value);
            }
            if name == MEMORY {
                memory_mib = memory(&value);
                if memory_mib.is_none() {
                    return Err(SettingsError::memory());
                }
            }
            if name.starts_with(PREFIX) && !value.is_empty() {
                let value = value.into_string().map_err(|_| "is not UTF-8");
                value
                    .and_then(|value| settings.set(&name, value))
                    .map_err(|why| SettingsError::new(&name, why))?;
            }
        }
        let proxy = Proxy::from_variables(|name| proxies.get(name).cloned());
        settings.proxy = proxy.map_err(|refused| {
            let why = match refused.why {
                ProxyError::Socks(_) => {
                    "names a SOCKS proxy: only http:// and https:// ones can be used"
                }
                _ => "must be http://HOST:PORT or https://HOST:PORT of a proxy",
            };
            SettingsError::new(refused.variable, why)
        })?;
        if settings.org.is_empty() {
            return Err(SettingsError::new(
                ORG,
                "is missing: it names the secret with the org's credentials",
            ));
        }
        settings.memory_mib = memory_mib.ok_or_else(SettingsError::memory)?;
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), &'static str> {
        match name {
            ORG => self.org = value,
            ORGS => self.orgs = list(&value, "cannot be read")?,
            SESSION_SECRET => self.session_secret = Some(value),
            SESSION_TTL => {
                let seconds = value.parse().map_err(|_| "must be a number of seconds")?;
                self.session_ttl = Some(Duration::from_secs(seconds));
            }
            REQUIRE_SHARED => {
                self.require_shared = value.parse().map_err(|_| "must be true or false")?;
            }
            API_VERSION => self.api_version = Some(value),
            ALLOW_HOST => self.allow_hosts = list(&value, "must be a list of HOST or HOST:PORT")?,
            CONNECT_TO => {
                self.connect_to = list(&value, "must be a list of HOST:PORT:HOST:PORT")?;
            }
            CACERT => self.cacert = Some(value.into()),
            POLICY => self.level = Some(level(&value)?),
            ALLOW_PATH => self.allowed_paths = paths(&value)?,
            ALLOW_ANONYMOUS_APEX => {
                self.anonymous_apex = value.parse().map_err(|_| "must be true or false")?;
            }
            // Its consumers rely on nothing that only a FIFO queue has, and a message
            // to one would need a group.
            RESULTS if value.ends_with(".fifo") => return Err("must name a standard queue"),
            RESULTS => self.results = Some(value),
            _ => return Err("is not one of sfbox's: see docs/lambda.md"),
        }
        Ok(())
    }

    /// What requests may do.
    fn policy(&self) -> Policy {
        Policy {
            level: self.level.unwrap_or(LEVEL),
            allowed: self.allowed_paths.clone(),
            anonymous_apex: self.anonymous_apex,
            within: None,
        }
    }

    /// The host library's builder, without a store. `cacert` is the text of that
    /// file.
    pub(crate) fn builder(&self, cacert: Option<Vec<u8>>) -> Builder {
        let memory_mib = (self.memory_mib / MEMORY_PART).min(MEMORY_MIB_MAX);
        let mut builder = Runtime::builder()
            .org(&self.org)
            .policy(self.policy())
            .require_shared(self.require_shared)
            .memory(memory_mib << 20);
        for org in &self.orgs {
            builder = builder.org(org);
        }
        if let Some(secret) = &self.session_secret {
            builder = builder.session_secret(&self.org, secret);
        }
        if let Some(ttl) = self.session_ttl {
            builder = builder.session_ttl(ttl);
        }
        for host in &self.allow_hosts {
            builder = builder.allow_host(host.clone());
        }
        for target in &self.connect_to {
            builder = builder.connect_to(target.clone());
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        match cacert {
            Some(pem) => builder.extra_ca(pem),
            None => builder,
        }
    }
}

impl SettingsError {
    /// The file of `SFBOX_CACERT` cannot be read.
    pub(crate) fn cacert() -> Self {
        Self::new(CACERT, "names a file that cannot be read")
    }

    /// The size of memory is missing, or no function has it. Without this the library
    /// that speaks with Lambda would panic (`lambda_runtime::Config::from_env`).
    fn memory() -> Self {
        Self::new(
            MEMORY,
            "must be a number of MiB, from 128 on, as Lambda sets it",
        )
    }

    fn new(variable: &str, why: &'static str) -> Self {
        Self {
            variable: variable.to_owned(),
            why,
        }
    }
}

/// The function's memory, in MiB: an `i32`, as `lambda_runtime::Config` has it.
fn memory(value: &OsStr) -> Option<usize> {
    let mib: i32 = value.to_str()?.parse().ok()?;
    let mib = usize::try_from(mib).ok()?;
    (mib >= MEMORY_MIB_MIN).then_some(mib)
}

/// Whether a variable says which proxy to use, and for which hosts none.
fn names_a_proxy(name: &str) -> bool {
    Proxy::VARIABLES.contains(&name) || Proxy::NO_PROXY_VARIABLES.contains(&name)
}

/// A level, by the name that the library prints.
fn level(value: &str) -> Result<Level, &'static str> {
    match value {
        "read-only" => Ok(Level::ReadOnly),
        "no-delete" => Ok(Level::NoDelete),
        "everything" => Ok(Level::Everything),
        _ => Err("must be read-only, no-delete or everything"),
    }
}

/// Paths with their methods. A semicolon stands in no path that can be sent.
fn paths(value: &str) -> Result<Vec<AllowedPath>, &'static str> {
    let entries = value.split(';').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    let why = "must be a list of METHOD /services/PATTERN, separated by semicolons";
    entries
        .map(|entry| entry.parse().map_err(|_| why))
        .collect()
}

/// The entries of a list, which commas or spaces separate.
fn list<T: std::str::FromStr>(value: &str, why: &'static str) -> Result<Vec<T>, &'static str> {
    value
        .split([',', ' '])
        .filter(|entry| !entry.is_empty())
        .map(|entry| entry.parse().map_err(|_| why))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads variables beside the one that Lambda always sets.
    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables = [(MEMORY, "128")]
            .into_iter()
            .chain(variables.iter().copied());
        Settings::read(variables.map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn every_variable_is_read() {
        let settings = read(&[
            (ORG, "acme"),
            (ORGS, "beta,team/gamma"),
            (SESSION_SECRET, "acme/session"),
            (SESSION_TTL, "7200"),
            (REQUIRE_SHARED, "true"),
            (API_VERSION, "v65.0"),
            (ALLOW_HOST, "files.example.com files.example.org:8443"),
            (CONNECT_TO, "acme.my.salesforce.com:443:127.0.0.1:8443"),
            (CACERT, "/opt/ca.pem"),
            (RESULTS, "https://sqs.eu-central-1.amazonaws.com/1/results"),
            (POLICY, "no-delete"),
            (
                ALLOW_PATH,
                "GET,POST /services/apexrest/orders/*; GET /services/apexrest/stock;",
            ),
            (ALLOW_ANONYMOUS_APEX, "true"),
            (MEMORY, "256"),
            ("HTTPS_PROXY", "http://proxy.example:3128"),
            ("NO_PROXY", ".amazonaws.com"),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(settings.org, "acme");
        assert_eq!(settings.orgs, ["beta", "team/gamma"]);
        assert_eq!(settings.session_secret.as_deref(), Some("acme/session"));
        assert_eq!(settings.session_ttl, Some(Duration::from_secs(7_200)));
        assert!(settings.require_shared);
        assert_eq!(settings.api_version.as_deref(), Some("v65.0"));
        assert_eq!(settings.allow_hosts.len(), 2);
        assert_eq!(settings.connect_to.len(), 1);
        assert_eq!(settings.cacert, Some("/opt/ca.pem".into()));
        assert!(settings.results.is_some());
        let policy = settings.policy();
        assert_eq!(policy.level, Level::NoDelete);
        assert_eq!(policy.allowed.len(), 2);
        assert!(policy.anonymous_apex);
        assert_eq!(settings.memory_mib, 256);
        let proxy: Proxy = "http://proxy.example:3128".parse().unwrap();
        assert_eq!(settings.proxy, Some(proxy.no_proxy(".amazonaws.com")));
    }

    #[test]
    fn requests_only_read_unless_somebody_says_more() {
        for (variables, level) in [
            (&[(ORG, "acme")][..], Level::ReadOnly),
            (&[(ORG, "acme"), (POLICY, "")], Level::ReadOnly),
            (&[(ORG, "acme"), (POLICY, "read-only")], Level::ReadOnly),
            (&[(ORG, "acme"), (POLICY, "everything")], Level::Everything),
        ] {
            let policy = read(variables).unwrap().policy();
            assert_eq!(policy.level, level, "{variables:?}");
            assert!(policy.allowed.is_empty() && !policy.anonymous_apex);
        }
    }

    #[test]
    fn an_empty_variable_is_absent() {
        let expected = Settings {
            org: "acme".to_owned(),
            memory_mib: 128,
            ..Settings::default()
        };
        let empty = [
            SESSION_SECRET,
            SESSION_TTL,
            ORGS,
            RESULTS,
            "SFBOX_NEW",
            "HTTPS_PROXY",
            "NO_PROXY",
        ];
        let mut variables = vec![(ORG, "acme")];
        variables.extend(empty.map(|name| (name, "")));
        assert_eq!(read(&variables), Ok(expected));
    }

    /// Lambda sets it, and whatever runs functions in its place.
    #[test]
    fn any_size_of_memory_starts_or_is_refused_by_name() {
        let read = |value: Option<&OsStr>| {
            let org = (ORG.into(), "acme".into());
            let memory = value.map(|value| (MEMORY.into(), value.to_owned()));
            Settings::read([org].into_iter().chain(memory))
        };
        for (value, mib) in [
            ("128", 128),
            ("0010240", 10_240),
            ("2147483647", i32::MAX as usize),
        ] {
            let settings = read(Some(value.as_ref())).unwrap();
            assert_eq!(settings.memory_mib, mib);
            // Nothing overflows on the way to the most.
            _ = settings.builder(None);
        }
        let texts = [
            "",
            "0",
            "1",
            "127",
            "-128",
            "128.5",
            "128MB",
            " 128",
            "1e3",
            "½",
            "2147483648",
        ];
        let not_utf_8: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"128\xff");
        let wrong = texts.map(OsStr::new).into_iter().chain([not_utf_8]);
        // A variable that is missing is refused in the words of a wrong one.
        for value in wrong.map(Some).chain([None]) {
            let refused = read(value).unwrap_err();
            assert_eq!(refused, SettingsError::memory(), "{value:?}");
        }
        assert_eq!(
            SettingsError::memory().to_string(),
            "the environment variable AWS_LAMBDA_FUNCTION_MEMORY_SIZE must be a number of MiB, \
             from 128 on, as Lambda sets it"
        );
    }

    #[test]
    fn a_mistake_is_named_and_its_value_is_not_repeated() {
        for (name, value) in [
            ("SFBOX_STORE", "canary"),
            ("SFBOX_TYPO", "canary"),
            (SESSION_TTL, "canary"),
            (SESSION_TTL, "-1"),
            (REQUIRE_SHARED, "canary"),
            (ALLOW_HOST, "a.example,127.0.0.1"),
            (CONNECT_TO, "canary"),
            (POLICY, "canary"),
            (POLICY, "Read-Only"),
            (ALLOW_PATH, "GET /canary"),
            (ALLOW_PATH, "GET /services/apexrest/a, GET /canary"),
            (ALLOW_ANONYMOUS_APEX, "canary"),
            ("HTTPS_PROXY", "socks5://u:canary@proxy.example"),
            ("all_proxy", "http://u:can/ary@proxy.example"),
            (
                RESULTS,
                "https://sqs.eu-central-1.amazonaws.com/1/canary.fifo",
            ),
        ] {
            let refused = read(&[(ORG, "acme"), (name, value)]).unwrap_err();
            assert_eq!(refused.variable, name);
            let told = refused.to_string();
            assert!(told.contains(name) && !told.contains("canary"), "{told}");
        }
        assert_eq!(read(&[]).unwrap_err().variable, ORG);
    }
}
