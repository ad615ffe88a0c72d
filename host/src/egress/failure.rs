//! What went wrong with a request: for the component one of `wasi:http`'s codes,
//! for people the words of whoever noticed.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::CertificateError;
use wasmtime_wasi_http::Error;

use super::connect_error::{ConnectError, TunnelError};

/// The last failure of an org's requests, in words. The component's error cannot
/// carry them; the caller's can.
#[derive(Clone, Debug, Default)]
pub struct LastFailure(Arc<Mutex<Option<RequestFailed>>>);

/// A failure in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct RequestFailed {
    pub(crate) text: String,
    /// Whether it is a proxy that failed, or refused.
    pub(crate) is_of_proxy: bool,
    /// Whether it is the policy that denied, or its audit.
    pub(crate) is_of_policy: bool,
    /// What is said to who may not know the operator's files, where that is less.
    pub(crate) in_public: Option<&'static str>,
}

impl From<String> for RequestFailed {
    fn from(text: String) -> Self {
        Self {
            text,
            is_of_proxy: false,
            is_of_policy: false,
            in_public: None,
        }
    }
}

impl LastFailure {
    /// Takes the words, if there are any.
    pub(crate) fn take(&self) -> Option<RequestFailed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn set(&self, words: impl Into<RequestFailed>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.into());
    }

    /// Forgets them: a request was answered since, so they explain nothing that
    /// happens from now on.
    pub(super) fn clear(&self) {
        self.take();
    }
}

/// The chain of causes in one line. None of the libraries in it knows a header
/// or a body.
pub(super) fn words(error: &(dyn StdError + 'static)) -> RequestFailed {
    let mut words = Vec::new();
    for cause in chain(error) {
        let text = cause.to_string();
        if !words
            .last()
            .is_some_and(|last: &String| last.contains(&text))
        {
            words.push(text);
        }
    }
    RequestFailed {
        is_of_proxy: chain(error).any(is_of_proxy),
        ..RequestFailed::from(words.join(": "))
    }
}

/// Whether it is about the proxy itself, and not about the org behind it.
fn is_of_proxy(cause: &(dyn StdError + 'static)) -> bool {
    let why = cause.downcast_ref::<TunnelError>();
    why.is_some_and(|why| !matches!(why, TunnelError::Tls(_)))
}

/// The code for a failed request or body.
pub(super) fn code(error: &(dyn StdError + 'static)) -> Error {
    for cause in chain(error) {
        if let Some(error) = cause.downcast_ref::<ConnectError>() {
            return of_connect(error);
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            if error.is_timeout() {
                return Error::ConnectionReadTimeout;
            }
            if error.is_parse() {
                return Error::HttpProtocolError;
            }
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return of_tls(error);
        }
    }
    Error::ConnectionTerminated
}

fn of_connect(error: &ConnectError) -> Error {
    match error {
        ConnectError::Dns(why) => Error::DnsError {
            rcode: Some(why.to_string()),
            info_code: None,
        },
        ConnectError::Prohibited(_) => Error::DestinationIpProhibited,
        ConnectError::Timeout => Error::ConnectionTimeout,
        ConnectError::NotNeeded => Error::ConnectionTerminated,
        ConnectError::Tcp { why, .. } => match why.kind() {
            io::ErrorKind::TimedOut => Error::ConnectionTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Error::DestinationIpUnroutable
            }
            io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
            _ => Error::DestinationUnavailable,
        },
        ConnectError::Proxy { why, .. } => of_tunnel(why),
        ConnectError::Tls(why) => of_handshake(&**why),
    }
}

/// Of a proxy that cannot be reached nothing follows for the org's host: it may be there.
/// One that answers with a 5xx has not found it, as if there were no such host.
fn of_tunnel(error: &TunnelError) -> Error {
    match error {
        TunnelError::Refused { status, .. } if status.is_server_error() => Error::ConnectionRefused,
        TunnelError::Refused { status, .. } if matches!(status.as_u16(), 408 | 429) => {
            Error::DestinationUnavailable
        }
        TunnelError::Unauthenticated
        | TunnelError::WrongCredentials
        | TunnelError::Refused { .. } => Error::HttpRequestDenied,
        TunnelError::Tls(why) => of_handshake(&**why),
        TunnelError::Unreachable(why) => match of_handshake(&**why) {
            // The name is the proxy's.
            Error::DestinationNotFound => Error::TlsCertificateError,
            other => other,
        },
        TunnelError::Unreadable(_) | TunnelError::Early | TunnelError::Late => {
            Error::DestinationUnavailable
        }
    }
}

fn of_handshake(error: &(dyn StdError + 'static)) -> Error {
    let cause = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    // Without a word of TLS, the server hung up in the middle of it.
    cause.map_or(Error::DestinationUnavailable, of_tls)
}

fn of_tls(error: &rustls::Error) -> Error {
    match error {
        // Someone else is there, which is not the same as nobody to trust.
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Error::DestinationNotFound,
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Error::TlsCertificateError
        }
        rustls::Error::AlertReceived(alert) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: Some(format!("{alert:?}")),
        },
        _ => Error::TlsProtocolError,
    }
}

/// Every cause, those inside of I/O errors included, which `source` skips.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error = *error;
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tls(error: rustls::Error) -> ConnectError {
        ConnectError::Tls(Box::new(io::Error::new(io::ErrorKind::InvalidData, error)))
    }

    #[test]
    fn a_failure_has_its_own_code() {
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let refused = |kind: io::ErrorKind| ConnectError::Tcp {
            address: ([1, 1, 1, 1], 443).into(),
            why: kind.into(),
        };
        assert!(matches!(code(&tls(expired)), Error::TlsCertificateError));
        let other = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
        assert!(matches!(code(&tls(other)), Error::DestinationNotFound));
        let cut = ConnectError::Tls(Box::new(io::Error::from(io::ErrorKind::UnexpectedEof)));
        assert!(matches!(code(&cut), Error::DestinationUnavailable));
        let decode = rustls::Error::DecryptError;
        assert!(matches!(code(&tls(decode)), Error::TlsProtocolError));
        let refusal = refused(io::ErrorKind::ConnectionRefused);
        assert!(matches!(code(&refusal), Error::ConnectionRefused));
        assert!(matches!(
            code(&ConnectError::Timeout),
            Error::ConnectionTimeout
        ));
        let private = ConnectError::Prohibited([127, 0, 0, 1].into());
        assert!(matches!(code(&private), Error::DestinationIpProhibited));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(matches!(code(&reset), Error::ConnectionTerminated));
    }

    #[test]
    fn the_words_are_those_of_whoever_noticed() {
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let words = words(&tls(expired));
        assert!(
            words.text.starts_with("TLS failed: ") && words.text.contains("Expired"),
            "{words}"
        );
        assert!(!words.is_of_proxy);
    }

    fn proxy(why: TunnelError) -> ConnectError {
        let proxy = "proxy.example:3128".parse::<super::super::Proxy>().unwrap();
        let proxy = proxy.endpoint().clone();
        ConnectError::Proxy { proxy, why }
    }

    fn answered(status: u16) -> ConnectError {
        proxy(TunnelError::Refused {
            target: "acme.my.salesforce.com:443".to_owned(),
            status: http::StatusCode::from_u16(status).unwrap(),
        })
    }

    #[test]
    fn a_proxy_that_refuses_denies_and_one_that_fails_is_no_word_about_the_org() {
        for denied in [
            proxy(TunnelError::Unauthenticated),
            proxy(TunnelError::WrongCredentials),
            answered(302),
            answered(400),
            answered(403),
            answered(499),
        ] {
            assert!(
                matches!(code(&denied), Error::HttpRequestDenied),
                "{denied}"
            );
        }
        for gone in [500, 502, 503, 504, 599].map(answered) {
            assert!(matches!(code(&gone), Error::ConnectionRefused), "{gone}");
        }
        let refused = || ConnectError::Tcp {
            address: ([127, 0, 0, 1], 3128).into(),
            why: io::ErrorKind::ConnectionRefused.into(),
        };
        for passing in [
            answered(408),
            answered(429),
            proxy(TunnelError::Late),
            proxy(TunnelError::Early),
            proxy(TunnelError::Unreachable(Box::new(refused()))),
        ] {
            assert!(
                matches!(code(&passing), Error::DestinationUnavailable),
                "{passing}"
            );
        }
        let foreign = || {
            let error = rustls::Error::InvalidCertificate(CertificateError::NotValidForName);
            Box::new(io::Error::other(error))
        };
        let of_proxy = proxy(TunnelError::Unreachable(foreign()));
        assert!(matches!(code(&of_proxy), Error::TlsCertificateError));
        let of_org = proxy(TunnelError::Tls(foreign()));
        assert!(matches!(code(&of_org), Error::DestinationNotFound));
        assert!(words(&of_proxy).is_of_proxy && !words(&of_org).is_of_proxy);
        let told = words(&proxy(TunnelError::Unreachable(Box::new(refused()))));
        assert_eq!(
            told.text,
            "the proxy proxy.example:3128 cannot be reached: no connection to \
             127.0.0.1:3128: connection refused"
        );
    }
}
