//! What went wrong on the way, of the core's few kinds.

use crate::contract::wasi::http::types as wasi_http;
use crate::platform::TransportError;

/// `wasi:http`'s forty ways to fail are a few of ours: was it sent, and may it work
/// later?
pub(super) fn transport_error(code: wasi_http::ErrorCode) -> TransportError {
    use TransportError::{
        Denied, Late, Lost, NoHost, NotSent, Unreadable, Unsendable, Untrusted, WrongHost,
    };
    use wasi_http::ErrorCode as E;

    let text = |text: &str| text.to_owned();
    match code {
        E::DnsTimeout => NoHost(text("the name's address could not be found in time")),
        E::DnsError(error) => NoHost(format!(
            "the name has no address{}",
            error
                .rcode
                .map(|rcode| format!(" ({rcode})"))
                .unwrap_or_default()
        )),
        // What our host says of a certificate for another name.
        E::DestinationNotFound => WrongHost(text("there is no such host")),
        E::DestinationUnavailable => NotSent(text("the destination is unavailable")),
        E::DestinationIpUnroutable => NotSent(text("there is no route to the destination")),
        E::ConnectionRefused => NoHost(text("the connection was refused")),
        E::ConnectionTimeout => NoHost(text("connecting took too long")),
        E::ConnectionLimitReached => NotSent(text("there are too many connections")),
        E::ConnectionTerminated => Lost(text("the connection was cut")),
        E::ConnectionReadTimeout => Lost(text("no answer came in time")),
        E::ConnectionWriteTimeout => Lost(text("the request could not be sent in time")),
        E::HttpResponseTimeout => Late,
        E::HttpResponseIncomplete => Lost(text("the answer broke off")),
        E::HttpProtocolError => Lost(text("the connection spoke no proper HTTP")),
        E::TlsProtocolError => Untrusted(text("TLS could not be agreed on")),
        E::TlsCertificateError => Untrusted(text("the TLS certificate is not to be trusted")),
        E::TlsAlertReceived(alert) => Untrusted(format!(
            "the server refused TLS{}",
            alert
                .alert_message
                .map(|alert| format!(" ({alert})"))
                .unwrap_or_default()
        )),
        E::HttpRequestDenied | E::DestinationIpProhibited => Denied,
        E::HttpRequestLengthRequired
        | E::HttpRequestBodySize(_)
        | E::HttpRequestMethodInvalid
        | E::HttpRequestUriInvalid
        | E::HttpRequestUriTooLong
        | E::HttpRequestHeaderSectionSize(_)
        | E::HttpRequestHeaderSize(_)
        | E::HttpRequestTrailerSectionSize(_)
        | E::HttpRequestTrailerSize(_) => Unsendable(text("the host refuses the request's form")),
        E::HttpResponseHeaderSectionSize(_)
        | E::HttpResponseHeaderSize(_)
        | E::HttpResponseTrailerSectionSize(_)
        | E::HttpResponseTrailerSize(_) => Unreadable(text("the answer's headers are too long")),
        E::HttpResponseBodySize(_) => Unreadable(text("the answer is too long for the host")),
        E::HttpResponseTransferCoding(_) | E::HttpResponseContentCoding(_) => {
            Unreadable(text("the answer's coding cannot be undone"))
        }
        E::HttpUpgradeFailed | E::LoopDetected | E::ConfigurationError => {
            Unsendable(text("the host cannot send the request"))
        }
        E::InternalError(why) => Lost(format!(
            "the host failed{}",
            why.map(|why| format!(" ({why})")).unwrap_or_default()
        )),
    }
}
