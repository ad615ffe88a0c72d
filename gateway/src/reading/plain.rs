//! A request that nobody can read in two ways, and what may be in it.

use std::net::Ipv6Addr;

/// A request, as it was found in bytes or as it reached an org.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(super) method: String,
    /// Its path and its query.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Body,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Whole(Vec<u8>),
    /// What there was of one that broke off, or that broke a rule.
    Cut(Vec<u8>),
}

/// Where an API is.
const ROOTS: [&str; 3] = ["/services/data", "/services/apexrest", "/services/async"];

/// What says how one connection works, who the client is, or where it was sent.
const FORBIDDEN: &str = " accept-encoding authorization connection content-length cookie cookie2 \
    expect forwarded host http2-settings keep-alive te trailer trailers transfer-encoding upgrade \
    via x-real-ip x-sfdc-session ";

impl Plain {
    /// Whether it is another request as it reaches the org.
    pub(super) fn is(&self, other: &Self) -> bool {
        if other.is_login() {
            // The door asks for the list of resources, and who the user is.
            return self.method == "GET"
                && self.target == "/services/data/v66.0/"
                && self.headers.is_empty()
                && self.body == Body::Whole(Vec::new());
        }
        let is_kept = |header: &&(String, Vec<u8>)| other.headers.contains(*header);
        let body = match (&self.body, &other.body) {
            (Body::Whole(own), Body::Whole(other)) => own == other,
            (Body::Cut(own), Body::Whole(other) | Body::Cut(other)) => other.starts_with(own),
            (Body::Whole(_), Body::Cut(_)) => false,
        };
        self.method == other.method
            && self.target == other.carried_target()
            && self.headers.iter().filter(is_kept).count() == self.headers.len()
            && body
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn is_login(&self) -> bool {
        self.method == "POST" && self.path().trim_start_matches('/') == "services/oauth2/token"
    }

    /// The target without what the door takes off: slashes at its beginning, a fragment at its
    /// end, and in an identity's query the token.
    fn carried_target(&self) -> String {
        let target = self.target.split('#').next().unwrap_or_default();
        let target = format!("/{}", target.trim_start_matches('/'));
        let Some((path, query)) = target.split_once('?') else {
            return target;
        };
        if !path.starts_with("/id/") {
            return target;
        }
        let mut left = Vec::new();
        let mut is_any_gone = false;
        for pair in query.split('&') {
            let name = pair.split('=').next().unwrap_or_default();
            match is_token(name) {
                true => is_any_gone = true,
                false => left.push(pair),
            }
        }
        match left.is_empty() && is_any_gone {
            true => path.to_owned(),
            false => format!("{path}?{}", left.join("&")),
        }
    }

    /// It has one method, one path where an API is, and nothing that is not for an org.
    pub(super) fn assert_is_plain(&self) {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        assert!(methods.contains(&&*self.method), "{self:?}");
        let is_visible = |byte: u8| (0x21..=0x7e).contains(&byte);
        assert!(self.target.bytes().all(is_visible), "{self:?}");
        assert!(!self.target.contains('#'), "{self:?}");
        assert!(!self.target.contains(super::KEY), "{self:?}");
        let path = self.path();
        let is_below = |root: &str| path == root || path.starts_with(&format!("{root}/"));
        if path.starts_with("/id/") {
            assert!(["GET", "HEAD"].contains(&&*self.method), "{self:?}");
            let ids: Vec<&str> = path.split('/').collect();
            let is_id = |id: &str, kind: &str| {
                [15, 18].contains(&id.len())
                    && id.starts_with(kind)
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            let is_whole = ids.len() == 4 && is_id(ids[2], "00D") && is_id(ids[3], "005");
            assert!(is_whole, "{self:?}");
        } else {
            assert!(ROOTS.into_iter().any(is_below), "{self:?}");
        }
        for (name, value) in &self.headers {
            let is_forbidden = FORBIDDEN.contains(&format!(" {name} "))
                || name.starts_with("proxy-")
                || name.starts_with("x-forwarded-");
            assert!(!is_forbidden, "{name}: {self:?}");
            let is_name = !name.is_empty() && name.bytes().all(is_of_a_token);
            assert!(is_name && *name == name.to_lowercase(), "{name}");
            let is_odd = |byte: &u8| *byte == 0x7f || *byte < 0x20 && *byte != b'\t';
            assert!(!value.iter().any(is_odd), "{name}: {self:?}");
        }
    }
}

/// Whether the name of a parameter is one of a token's, as a form writes it.
fn is_token(name: &str) -> bool {
    let spaced = name.replace('+', " ");
    let mut pieces = spaced.split('%');
    let mut plain = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| {
            let mut digits = digits.bytes();
            digits.all(|digit| digit.is_ascii_hexdigit())
        });
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                plain.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None => {
                plain.push(b'%');
                plain.extend_from_slice(piece.as_bytes());
            }
        }
    }
    let plain = String::from_utf8_lossy(&plain).to_ascii_lowercase();
    ["oauth_token", "access_token"].contains(&plain.trim())
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_of_a_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a request that is addressed so may be for the door: a name of this machine, and a
/// port.
pub(super) fn is_the_door(authority: &str) -> bool {
    let lower = authority.to_ascii_lowercase();
    let (host, port) = match lower.rfind(':') {
        Some(colon) if !lower[colon..].contains(']') => lower.split_at(colon),
        _ => (&*lower, ""),
    };
    let port = port.strip_prefix(':').unwrap_or_default();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_loopback = address.and_then(|address| address.parse().ok()) == Some(Ipv6Addr::LOCALHOST);
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (is_loopback || ["localhost", "127.0.0.1"].contains(&host))
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{} {}", self.method, self.target)?;
        for (name, value) in &self.headers {
            writeln!(out, "{name}: {}", value.escape_ascii())?;
        }
        match &self.body {
            Body::Whole(body) => write!(out, "whole: {}", body.escape_ascii()),
            Body::Cut(body) => write!(out, "cut: {}", body.escape_ascii()),
        }
    }
}
