//! What a client shows: in the headers where it would show a token, or at a login. Pure.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName};

use crate::refusal::Refusal;

/// The header of Bulk API 1.0 (Bulk API Developer Guide, "Set a Session Header").
pub(crate) const SFDC_SESSION: HeaderName = HeaderName::from_static("x-sfdc-session");

/// How a token begins in `Authorization`. The second is what Salesforce's first clients
/// sent, and some still do (restforce).
const SCHEMES: [&str; 2] = ["bearer", "oauth"];

/// The one token that a request shows.
///
/// # Errors
///
/// `None` for a request without one; a request that shows two different ones shows none
/// that counts.
pub(crate) fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let mut sessions = headers.get_all(SFDC_SESSION).iter();
    let bearer = match authorizations.next() {
        None => None,
        Some(value) => Some(token(value.to_str().ok()?)?),
    };
    let session = match sessions.next() {
        None => None,
        Some(value) => Some(value.to_str().ok()?.trim()),
    };
    if authorizations.next().is_some() || sessions.next().is_some() {
        return None;
    }
    match (bearer, session) {
        (Some(bearer), Some(session)) if bearer != session => None,
        (bearer, session) => bearer.or(session),
    }
}

/// Whether a path has the key in it that these headers show, percent-encoded or not: an org,
/// and its logs, would get it.
pub(crate) fn is_in(path: &str, headers: &HeaderMap) -> bool {
    let Some(key) = shown(headers).filter(|key| !key.is_empty()) else {
        return false;
    };
    let decoded = percent_encoding::percent_decode_str(path).collect::<Vec<u8>>();
    let mut windows = decoded.windows(key.len());
    windows.any(|window| window == key.as_bytes())
}

fn token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let known = SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    known.then(|| token.trim())
}

/// A login: the name of a key, and the key.
#[derive(PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// Bytes of the longest form that is read.
pub(crate) const FORM_BYTES_MAX: usize = 16 << 10;

impl Login {
    /// Reads a login by client credentials, in either of the two ways that clients have:
    /// `Basic`, or two members of the form (RFC 6749, section 2.3.1).
    ///
    /// # Errors
    ///
    /// What is answered to any other. The words are Salesforce's.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let form = Form::read(headers, body)?;
        match form.get("grant_type")? {
            None => {
                return Err(Refusal::of_login(
                    "invalid_request",
                    "missing required parameter: grant_type",
                ));
            }
            Some("client_credentials") => {}
            Some(_) => {
                return Err(Refusal::of_login(
                    "unsupported_grant_type",
                    "grant type not supported",
                ));
            }
        }
        let of_form = match (form.get("client_id")?, form.get("client_secret")?) {
            (Some(id), Some(secret)) => Some((id.to_owned(), secret.to_owned())),
            _ => None,
        };
        let of_header = match headers.get(AUTHORIZATION) {
            None => None,
            Some(value) => Some(basic(value.as_bytes()).ok_or_else(wrong)?),
        };
        let (client_id, client_secret) = match (of_header, of_form) {
            (Some(header), Some(form)) if header != form => return Err(wrong()),
            (header, form) => header.or(form).ok_or_else(wrong)?,
        };
        Ok(Self {
            client_id,
            client_secret,
        })
    }
}

/// The key that is to be revoked.
///
/// # Errors
///
/// When the form names none.
pub(crate) fn revoked(headers: &HeaderMap, body: &[u8]) -> Result<String, Refusal> {
    let form = Form::read(headers, body)?;
    form.get("token")?
        .map(str::to_owned)
        .ok_or_else(|| Refusal::of_login("invalid_request", "missing required parameter: token"))
}

/// What is answered to wrong credentials, whatever is wrong with them.
pub(crate) fn wrong() -> Refusal {
    Refusal::of_login("invalid_client", "invalid client credentials")
}

/// Name and password of a header `Basic` (RFC 7617), percent-decoded as RFC 6749, section
/// 2.3.1, wants it; a key and its name have no characters that this changes.
fn basic(value: &[u8]) -> Option<(String, String)> {
    let value = std::str::from_utf8(value).ok()?;
    let (scheme, pair) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(pair.trim()).ok()?).ok()?;
    let (name, password) = pair.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The members of a form, decoded.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next();
        let is_form = essence.is_some_and(|essence| {
            essence
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(Refusal::of_login(
                "invalid_request",
                "expected a form: application/x-www-form-urlencoded",
            ));
        }
        Ok(Self(form_urlencoded::parse(body).into_owned().collect()))
    }

    /// The member of this name, if it is there and says anything.
    ///
    /// # Errors
    ///
    /// When it is there twice (RFC 6749, section 3.2).
    fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut found = self.0.iter().filter(|(other, _)| other == name);
        let first = found.next().map(|(_, value)| value.as_str());
        match found.next() {
            None => Ok(first.filter(|value| !value.is_empty())),
            Some(_) => Err(Refusal::of_login(
                "invalid_request",
                "a parameter is there twice",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        headers
    }

    #[test]
    fn a_key_is_found_in_a_path_however_it_is_encoded() {
        let headers = headers(&[("authorization", "Bearer sfbox_k")]);
        for (path, is) in [
            ("/services/data/v66.0/query?q=sfbox_k", true),
            ("/id/1/2?x=1&h_token=sfbox%5Fk", true),
            ("/services/data/%73fbox_k/limits", true),
            ("/services/data/v66.0/query?q=sfbox_", false),
            ("/", false),
        ] {
            assert_eq!(is_in(path, &headers), is, "{path}");
        }
        assert!(!is_in("/sfbox_k", &HeaderMap::new()));
    }

    #[test]
    fn a_key_is_shown_in_either_header() {
        for pairs in [
            &[("authorization", "Bearer k")][..],
            &[("authorization", "bearer  k ")],
            &[("authorization", "OAuth k")],
            &[("x-sfdc-session", "k")],
            &[("authorization", "Bearer k"), ("x-sfdc-session", "k")],
        ] {
            assert_eq!(shown(&headers(pairs)), Some("k"), "{pairs:?}");
        }
        for pairs in [
            &[][..],
            &[("authorization", "k")],
            &[("authorization", "Basic k")],
            &[("authorization", "Bearer k"), ("x-sfdc-session", "j")],
            &[("authorization", "Basic j"), ("x-sfdc-session", "k")],
            &[("authorization", "Bearer k"), ("authorization", "Bearer k")],
            &[("x-sfdc-session", "k"), ("x-sfdc-session", "k")],
            &[("cookie", "sid=k")],
        ] {
            assert_eq!(shown(&headers(pairs)), None, "{pairs:?}");
        }
    }

    const FORM: (&str, &str) = (
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );

    fn login(pairs: &[(&'static str, &str)], body: &str) -> Result<(String, String), &'static str> {
        Login::read(&headers(pairs), body.as_bytes())
            .map(|login| (login.client_id, login.client_secret))
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_login_has_its_credentials_in_the_form_or_in_the_header() {
        let pair = Ok(("n".to_owned(), "k:é".to_owned()));
        let form = "grant_type=client_credentials&client_id=n&client_secret=k%3A%C3%A9";
        let basic = format!("Basic {}", BASE64_STANDARD.encode("n:k:é"));
        assert_eq!(login(&[FORM], form), pair);
        let header = [FORM, ("authorization", basic.as_str())];
        assert_eq!(login(&header, "grant_type=client_credentials"), pair);
        assert_eq!(login(&header, form), pair);
    }

    #[test]
    fn any_other_login_is_refused_in_salesforces_words() {
        let basic = format!("Basic {}", BASE64_STANDARD.encode("n:other"));
        let header = [FORM, ("authorization", basic.as_str())];
        let form = "grant_type=client_credentials&client_id=n&client_secret=k";
        assert_eq!(login(&header, form), Err("invalid_client"));
        for (body, code) in [
            ("", "invalid_request"),
            ("grant_type=", "invalid_request"),
            (
                "grant_type=password&client_id=n&client_secret=k",
                "unsupported_grant_type",
            ),
            ("grant_type=client_credentials", "invalid_client"),
            (
                "grant_type=client_credentials&client_id=n",
                "invalid_client",
            ),
            (
                "grant_type=client_credentials&client_id=n&client_secret=k&client_id=n",
                "invalid_request",
            ),
        ] {
            assert_eq!(login(&[FORM], body), Err(code), "{body}");
        }
        assert_eq!(login(&[], form), Err("invalid_request"));
        assert_eq!(
            login(&[("content-type", "application/json")], form),
            Err("invalid_request")
        );
        for value in ["Basic", "Basic !", "Basic bg==", "Bearer k"] {
            let header = [FORM, ("authorization", value)];
            assert_eq!(
                login(&header, "grant_type=client_credentials"),
                Err("invalid_client")
            );
        }
    }

    #[test]
    fn a_key_is_revoked_by_the_form() {
        let of = |body: &str| revoked(&headers(&[FORM]), body.as_bytes());
        assert_eq!(of("token=k&token_type_hint=access_token").unwrap(), "k");
        assert_eq!(of("token=").unwrap_err().code, "invalid_request");
        assert_eq!(of("").unwrap_err().code, "invalid_request");
    }
}
