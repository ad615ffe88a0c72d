//! One exchange: from the head of a request to the beginning of its answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Version};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use jiff::Timestamp;
use sfbox::{Attempts, policy};

use crate::access::{Access, method_name};
use crate::arriving::Arriving;
use crate::authority::Authority;
use crate::carry::{Carried, carry};
use crate::door::Door;
use crate::login::{log_in, revoke};
use crate::pace::Exchange;
use crate::passage::{Passage, Record};
use crate::passed_over::PassedOver;
use crate::refusal::Refusal;
use crate::target::Target;
use crate::upstream::{self, Body};
use crate::{headers, packing, target};

/// What is noted of a request whose client left before the answer, as nginx notes it.
const CLIENT_LEFT: u16 = 499;

/// What is answered.
enum Answer {
    Carried(Carried),
    Own(http::Response<Bytes>),
}

/// Answers one request. `scheme` is that of the connection.
pub(crate) fn respond(
    door: Arc<Door>,
    scheme: &'static str,
    request: http::Request<Incoming>,
    exchange: Exchange,
) -> BoxFuture<'static, Result<http::Response<Passage>, Infallible>> {
    // Boxed: a connection is smaller while it is idle, and there are thousands.
    responded(door, scheme, request, exchange).boxed()
}

async fn responded(
    door: Arc<Door>,
    scheme: &'static str,
    request: http::Request<Incoming>,
    exchange: Exchange,
) -> Result<http::Response<Passage>, Infallible> {
    let (parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    let access = Access {
        began: Timestamp::now(),
        key: None,
        org: None,
        method: method_name(&parts.method),
        route: policy::route(parts.uri.path()),
        status: CLIENT_LEFT,
        bytes: 0,
        took: Duration::ZERO,
        attempts: Attempts::default(),
        whole: false,
        code: None,
    };
    let fault = exchange.fault();
    let pulse = exchange.pulse();
    let takes_gzip = !is_head && packing::is_asked(&parts.headers);
    let mut record = Record::begin(
        access,
        door.log.clone(),
        Arc::clone(&door.metrics),
        exchange,
    );
    let body = PassedOver::new(body, parts.version);
    let body = Arriving::new(body, pulse, parts.version).boxed_unsync();
    let answer = match fault {
        Some(fault) => Err(headers::broken(fault)),
        None if parts.version < Version::HTTP_11 => Err(old_version()),
        None => answer(&door, scheme, parts, body, &mut record).await,
    };
    let (mut response, key) = match answer {
        Ok(Answer::Carried(carried)) => {
            let response = match takes_gzip {
                true => packing::packed(carried.response),
                false => carried.response,
            };
            (response, Some((carried.key, carried.place)))
        }
        Ok(Answer::Own(response)) => (response.map(upstream::whole), None),
        Err(refusal) => {
            record.access.code = Some(refusal.code);
            (refusal.response().map(upstream::whole), None)
        }
    };
    if fault.is_some() {
        // Nobody knows what further bytes would mean.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    record.access.status = response.status().as_u16();
    door.metrics
        .answered(record.access.status, record.begun.elapsed());
    let response = match is_head {
        true => without_body(response),
        false => response,
    };
    record.promised = length(&response);
    Ok(response.map(|body| match key {
        Some((key, place)) => {
            let moving = key.answers(&record.exchange.cut());
            Passage::of_key(body, record, moving, place)
        }
        None => Passage::own(body, record),
    }))
}

async fn answer(
    door: &Door,
    scheme: &'static str,
    parts: Parts,
    body: Body,
    record: &mut Record,
) -> Result<Answer, Refusal> {
    let whole = target::whole(&parts)?;
    headers::check(&parts.headers)?;
    let asked = Authority::of(&parts).filter(|asked| door.is_called(asked));
    let asked = asked.ok_or_else(misdirected)?;
    // Who asks by another name does not learn what the door has.
    let target = Target::read(&parts.method, &whole)?;
    let url = format!("{scheme}://{asked}");
    match target {
        Target::Carried(path) => carry(door, path, parts, body, &url, record)
            .await
            .map(Answer::Carried),
        Target::Login => log_in(door, &parts.headers, body, &url, record)
            .await
            .map(Answer::Own),
        Target::Revoke => revoke(door, &parts.headers, body, record)
            .await
            .map(Answer::Own),
    }
}

/// What is answered to HTTP/1.0, in which an answer of unknown length that is cut looks whole.
fn old_version() -> Refusal {
    Refusal::new(
        StatusCode::HTTP_VERSION_NOT_SUPPORTED,
        "SFBOX_HTTP_VERSION",
        "the door speaks HTTP/1.1 and HTTP/2; a proxy before it must not use HTTP/1.0",
    )
}

fn misdirected() -> Refusal {
    Refusal::new(
        StatusCode::MISDIRECTED_REQUEST,
        "SFBOX_MISDIRECTED",
        "this door has another name: `sfbox serve --host NAME` adds one",
    )
}

/// How long the body of an answer is, if its head says so or is going to.
fn length(response: &http::Response<Body>) -> Option<u64> {
    let header = response.headers().get(CONTENT_LENGTH);
    let header = header.and_then(|value| value.to_str().ok()?.parse().ok());
    header.or_else(|| response.body().size_hint().exact())
}

/// The answer to a HEAD, which has the headers of its body and not the body.
fn without_body(response: http::Response<Body>) -> http::Response<Body> {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        head.headers
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    let nothing = Empty::new().map_err(|never| match never {});
    http::Response::from_parts(head, nothing.boxed_unsync())
}
