//! What went wrong with a request: for the component one of `wasi:http`'s codes,
//! for people the words of whoever noticed.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::CertificateError;
use wasmtime_wasi_http::Error;

use super::connector::ConnectError;

/// The last failure of an org's requests, in words. The component's error cannot
/// carry them; the caller's can.
#[derive(Clone, Debug, Default)]
pub struct LastFailure(Arc<Mutex<Option<String>>>);

impl LastFailure {
    /// Takes the words, if there are any.
    pub(crate) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn set(&self, words: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words);
    }

    /// Forgets them: a request was answered since, so they explain nothing that
    /// happens from now on.
    pub(super) fn clear(&self) {
        self.take();
    }
}

/// The chain of causes in one line. None of the libraries in it knows a header
/// or a body.
pub(super) fn words(error: &(dyn StdError + 'static)) -> String {
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
    words.join(": ")
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
        ConnectError::Tls(why) => {
            let why: &(dyn StdError + 'static) = &**why;
            let cause = chain(why).find_map(|cause| cause.downcast_ref::<rustls::Error>());
            // Without a word of TLS, the server hung up in the middle of it.
            cause.map_or(Error::DestinationUnavailable, of_tls)
        }
    }
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
            words.starts_with("TLS failed: ") && words.contains("Expired"),
            "{words}"
        );
    }
}
