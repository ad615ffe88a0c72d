//! Secrets in the text of answers: a server, or a proxy before it, may repeat what
//! it was sent. Nothing of that reaches a caller.

mod body;
mod escape;

use std::collections::VecDeque;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use http::header::{AUTHORIZATION, HeaderName};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{ApiError, ApiFailure, Error, SecretError};
use crate::platform::Request;
use escape::{ESCAPES, escaped_length};

/// The header of Bulk API 1.0 that a session travels in.
pub(crate) const SFDC_SESSION: HeaderName = HeaderName::from_static("x-sfdc-session");

/// What is written in a secret's place.
const REDACTED: &str = "[redacted]";

/// The shortest secret that is looked for, in bytes: a shorter one may be any
/// word.
const SECRET_BYTES_MIN: usize = 8;

/// How many secrets are known at once, of which the last count: an instance has
/// one set of credentials and one session, and each may be replaced while a call
/// is under way.
const SECRETS_MAX: usize = 16;

/// How many steps each byte of a text is worth: a secret and a text can be such that
/// each place in the text looks like the secret for long. What is not searched is not
/// shown.
const STEPS_PER_LETTER_MAX: usize = 64;

/// The secrets that were sent.
#[derive(Default)]
pub(crate) struct Redaction {
    secrets: VecDeque<SecretString>,
}

impl Redaction {
    /// The secrets of one request.
    pub(crate) fn of(request: &Request) -> Self {
        let mut redaction = Self::default();
        redaction.learn(request);
        redaction
    }

    /// Remembers the secrets of a request: a token, or a consumer secret with the
    /// header that it is sent in.
    pub(crate) fn learn(&mut self, request: &Request) {
        let session = request.headers().get(SFDC_SESSION);
        if let Some(session) = session.and_then(|value| value.to_str().ok()) {
            self.add(session);
        }
        let header = request.headers().get(AUTHORIZATION);
        let Some(header) = header.and_then(|value| value.to_str().ok()) else {
            return;
        };
        let Some((_, credentials)) = header.split_once(' ') else {
            return;
        };
        self.add(credentials);
        if header.starts_with("Basic ")
            && let Ok(pair) = BASE64_STANDARD.decode(credentials)
            && let Ok(pair) = String::from_utf8(pair)
            && let Some((_, secret)) = pair.split_once(':')
        {
            self.add(secret);
        }
    }

    /// Remembers one secret.
    pub(crate) fn add(&mut self, secret: &str) {
        let is_known = |known: &SecretString| known.expose_secret() == secret;
        if secret.len() < SECRET_BYTES_MIN || self.secrets.iter().any(is_known) {
            return;
        }
        self.secrets.push_back(secret.into());
        if self.secrets.len() > SECRETS_MAX {
            self.secrets.pop_front();
        }
    }

    /// The text without the secrets, however they are written in it.
    pub(crate) fn text(&self, text: String) -> String {
        let mut text = text;
        for secret in &self.secrets {
            let secret = secret.expose_secret();
            text = without(text, secret);
            for encoded in base64_forms(secret) {
                text = without(text, &encoded);
            }
        }
        text
    }

    /// The bytes without the secrets, which are the same bytes if they have none: what is
    /// not text stays as it is, too. `None`: they resemble a secret in too many places to
    /// be searched.
    pub(crate) fn body(&self, body: Vec<u8>) -> Option<Vec<u8>> {
        let mut body = body;
        for secret in &self.secrets {
            let secret = secret.expose_secret();
            let mut forms = base64_forms(secret);
            forms.insert(0, secret.to_owned());
            forms.retain(|form| form.len() >= SECRET_BYTES_MIN);
            body = body::without(body, &forms, REDACTED)?;
        }
        Some(body)
    }

    /// The error without the secrets.
    pub(crate) fn error(&self, error: Error) -> Error {
        let text = |words| self.text(words);
        match error {
            Error::Api(failure) => Error::Api(self.failure(failure)),
            Error::RefusedToken(failure) => Error::RefusedToken(self.failure(failure)),
            Error::Login(mut refusal) => {
                refusal.code = text(refusal.code);
                refusal.description = text(refusal.description);
                refusal.request_id = refusal.request_id.map(text);
                Error::Login(refusal)
            }
            Error::UnexpectedAnswer(mut unexpected) => {
                unexpected.reason = text(unexpected.reason);
                unexpected.request_id = unexpected.request_id.map(text);
                Error::UnexpectedAnswer(unexpected)
            }
            Error::Unreachable(why) => Error::Unreachable(text(why)),
            Error::Gone(why) => Error::Gone(text(why)),
            Error::Denied(why) => Error::Denied(text(why)),
            Error::InvalidInput(why) => Error::InvalidInput(text(why)),
            Error::Unsupported(why) => Error::Unsupported(text(why)),
            Error::Secret(SecretError::Malformed(why)) => {
                Error::Secret(SecretError::Malformed(text(why)))
            }
            Error::Secret(SecretError::Store(_))
            | Error::SessionChanged
            | Error::PreconditionFailed
            | Error::Ambiguous(_)
            | Error::OutcomeUnknown
            | Error::RateLimited(_)
            | Error::Timeout => error,
        }
    }

    /// Entries of Salesforce's list of errors, without the secrets.
    pub(crate) fn errors(&self, errors: &mut [ApiError]) {
        for error in errors {
            error.code = self.text(std::mem::take(&mut error.code));
            error.message = self.text(std::mem::take(&mut error.message));
            for field in &mut error.fields {
                *field = self.text(std::mem::take(field));
            }
            error.details = error.details.take().map(|details| self.text(details));
        }
    }

    fn failure(&self, mut failure: ApiFailure) -> ApiFailure {
        self.errors(&mut failure.errors);
        failure.request_id = failure.request_id.map(|id| self.text(id));
        failure
    }
}

/// How a secret looks in base64: by itself, or inside of something longer, where
/// it can begin at three places. Only the characters that are its own.
fn base64_forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let whole = BASE64_STANDARD_NO_PAD.encode(&bytes);
        // The first characters are shared with what stands before, and the last one
        // with what stands behind.
        let from = (before * 8).div_ceil(6);
        let until = bytes.len() * 8 / 6;
        let own = whole.get(from..until).unwrap_or_default().to_owned();
        let url_safe = own.replace('+', "-").replace('/', "_");
        if url_safe != own {
            forms.push(url_safe);
        }
        forms.push(own);
    }
    forms
}

/// The text without `secret`: as it is, or with any of its characters escaped.
fn without(text: String, secret: &str) -> String {
    if secret.len() < SECRET_BYTES_MIN {
        return text;
    }
    let text = if text.contains(secret) {
        text.replace(secret, REDACTED)
    } else {
        text
    };
    let mut kept = String::with_capacity(text.len());
    let starts = |letter: char| {
        let byte = u8::try_from(letter);
        secret.starts_with(letter) || byte.is_ok_and(|byte| ESCAPES.contains(&byte))
    };
    let mut rest = text.as_str();
    let mut steps = text.len().saturating_mul(STEPS_PER_LETTER_MAX);
    while let Some(letter) = rest.chars().next() {
        let escaped = starts(letter)
            .then(|| escaped_length(rest.as_bytes(), secret.as_bytes(), &mut steps))
            .flatten();
        if steps == 0 {
            kept.push_str(REDACTED);
            return kept;
        }
        if let Some(after) = escaped.and_then(|length| rest.get(length..)) {
            kept.push_str(REDACTED);
            rest = after;
        } else {
            kept.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_that_looks_like_the_secret_everywhere_is_not_searched_for_long_nor_shown() {
        let secret = "%".repeat(8_000);
        let text = format!("{}x", "%".repeat(7_999)).repeat(64);
        let mut redaction = Redaction::default();
        redaction.add(&secret);
        let shown = redaction.text(text.clone());
        assert!(shown.ends_with(REDACTED));
        assert!(shown.len() < text.len());
    }

    use base64::prelude::BASE64_URL_SAFE;
    use proptest::prelude::*;

    use super::*;
    use crate::error::{OauthError, Remedy, Unexpected};

    const TOKEN: &str = "00D!AQ.x_y/z+\"a\\b%25&c";

    fn knowing(secrets: &[&str]) -> Redaction {
        let mut redaction = Redaction::default();
        for secret in secrets {
            redaction.add(secret);
        }
        redaction
    }

    fn all_escaped(secret: &str, escape: impl Fn(u8) -> String) -> String {
        secret.bytes().map(escape).collect()
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let redaction = knowing(&[TOKEN]);
        let json = serde_json::to_string(TOKEN).unwrap();
        let html = TOKEN.replace('&', "&amp;").replace('"', "&quot;");
        for written in [
            TOKEN.to_owned(),
            json.trim_matches('"').to_owned(),
            json.trim_matches('"').replace('/', "\\/"),
            html,
            percent_encoding::utf8_percent_encode(TOKEN, percent_encoding::NON_ALPHANUMERIC)
                .to_string(),
            all_escaped(TOKEN, |byte| format!("%{byte:02x}")),
            all_escaped(TOKEN, |byte| format!("%25{byte:02X}")),
            all_escaped(TOKEN, |byte| format!("\\u{byte:04x}")),
            all_escaped(TOKEN, |byte| format!("&#{byte};")),
            all_escaped(TOKEN, |byte| format!("&#x{byte:x};")),
        ] {
            let told = redaction.text(format!("before {written} after"));
            assert_eq!(told, "before [redacted] after", "{written}");
        }
    }

    #[test]
    fn a_secret_in_base64_is_found_wherever_it_begins() {
        let redaction = knowing(&[TOKEN]);
        for before in ["", "a", "ab", "Bearer ", "key:", "{\"t\":\""] {
            for after in ["", "z", "zz", "\"}"] {
                let whole = format!("{before}{TOKEN}{after}");
                for encoded in [
                    BASE64_STANDARD.encode(&whole),
                    BASE64_URL_SAFE.encode(&whole),
                ] {
                    let told = redaction.text(format!("x {encoded} y"));
                    assert!(told.contains(REDACTED), "{whole}: {told}");
                    // All but what its first and last characters share with others.
                    let own = TOKEN.len() * 8 / 6 - 2;
                    let most = "x  y".len() + encoded.len() - own + REDACTED.len();
                    assert!(told.len() <= most, "{told}");
                }
            }
        }
    }

    #[test]
    fn a_short_secret_is_any_word_and_other_text_stays_as_it_is() {
        let redaction = knowing(&["1234567", "12345678"]);
        assert_eq!(
            redaction.text("1234567 12345678".to_owned()),
            "1234567 [redacted]"
        );
        for text in [
            "",
            "é 你 % %2 %zz \\ \\u \\u00 & &# &#; &amp +",
            "1234 5678",
        ] {
            assert_eq!(redaction.text(text.to_owned()), text);
        }
    }

    #[test]
    fn a_request_tells_what_must_not_come_back() {
        let with = |value: &str| {
            let request = http::Request::get("https://a.example").header(AUTHORIZATION, value);
            request.body(bytes::Bytes::new()).unwrap()
        };
        let mut redaction = Redaction::of(&with("Bearer CANARY-token"));
        let pair = BASE64_STANDARD.encode("key:CANARY:secret");
        redaction.learn(&with(&format!("Basic {pair}")));
        redaction.learn(
            &http::Request::get("https://a.example")
                .body(bytes::Bytes::new())
                .unwrap(),
        );
        let told = redaction.text(format!("CANARY-token CANARY:secret Basic {pair} key"));
        assert_eq!(told, "[redacted] [redacted] Basic [redacted] key");
    }

    #[test]
    fn the_last_secrets_count() {
        let mut redaction = Redaction::default();
        for number in 0..=SECRETS_MAX {
            redaction.add(&format!("secret-{number:04}"));
            redaction.add(&format!("secret-{number:04}"));
        }
        assert_eq!(redaction.secrets.len(), SECRETS_MAX);
        assert_eq!(redaction.text("secret-0000".to_owned()), "secret-0000");
        assert_eq!(redaction.text("secret-0001".to_owned()), REDACTED);
    }

    #[test]
    fn every_text_of_an_error_is_searched() {
        const SECRET: &str = "CANARY-secret";
        let redaction = knowing(&[SECRET]);
        let text = || format!("a {SECRET} b");
        let api = || ApiFailure {
            status: 400,
            errors: vec![ApiError {
                code: text(),
                message: text(),
                fields: vec![text()],
                remedy: Remedy::Unknown,
                details: Some(text()),
            }],
            request_id: Some(text()),
        };
        for error in [
            Error::Api(api()),
            Error::RefusedToken(api()),
            Error::Login(OauthError {
                status: 400,
                code: text(),
                description: text(),
                request_id: Some(text()),
            }),
            Error::UnexpectedAnswer(Unexpected {
                status: 400,
                reason: text(),
                request_id: Some(text()),
            }),
            Error::Secret(SecretError::Malformed(text())),
            Error::InvalidInput(text()),
            Error::Unsupported(text()),
            Error::Unreachable(text()),
            Error::Gone(text()),
            Error::Denied(text()),
        ] {
            let told = format!("{:?}", redaction.error(error));
            assert!(told.contains("a [redacted] b"), "{told}");
            assert!(!told.contains("CANARY"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_secret_is_left_in_any_text(
            secret in "[ -~]{8,40}",
            before in ".{0,20}",
            after in ".{0,20}",
        ) {
            let redaction = knowing(&[&secret]);
            let told = redaction.text(format!("{before}{secret}{after}"));
            prop_assert!(!told.contains(&secret));
        }
    }
}
