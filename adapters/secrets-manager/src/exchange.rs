//! The one way that anything is sent: a request, its answer read whole, and what
//! passes by itself tried again.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use sfbox_secret::Kind;
use sfbox_secret::aws::{ATTEMPT_TIMEOUT, OPERATION_TIMEOUT};

use crate::platform::{Answer, Platform, Request, Unanswered};
use crate::retry;

/// Sends `request` until an answer stands that is no refusal, or a refusal that
/// does. `refusal` tells them apart, and an answer has up to `limit` bytes.
pub(crate) async fn exchange<P: Platform>(
    platform: &P,
    request: &Request,
    limit: usize,
    refusal: impl Fn(&Answer) -> Option<Kind>,
) -> Result<Answer, Kind> {
    let start = platform.monotonic();
    let passed = || platform.monotonic().saturating_sub(start);
    let remaining = || OPERATION_TIMEOUT.saturating_sub(passed());
    let mut attempt = 1;
    loop {
        let within = ATTEMPT_TIMEOUT.min(remaining());
        let failed = match attempt_once(platform, request, limit, within).await {
            Ok(answer) => match refusal(&answer) {
                None => return Ok(answer),
                // Neither AWS's nor a fault that passes: it would be the same again.
                Some(Kind::Unavailable) if !answer.status().is_server_error() => {
                    return Err(Kind::Unavailable);
                }
                Some(refused) => refused,
            },
            Err(Unanswered::Lost) => Kind::Unavailable,
            Err(Unanswered::Refused) => return Err(Kind::Denied),
            Err(Unanswered::TooLong) => return Err(Kind::Unavailable),
        };
        match retry::wait(failed, attempt, platform.random(), remaining()) {
            Some(wait) => platform.sleep(wait).await,
            None => return Err(failed),
        }
        attempt += 1;
    }
}

/// An answer within a time, its body included.
async fn attempt_once<P: Platform>(
    platform: &P,
    request: &Request,
    limit: usize,
    within: Duration,
) -> Result<Answer, Unanswered> {
    let answering = pin!(platform.send(request.clone(), limit));
    match select(answering, pin!(platform.sleep(within))).await {
        Either::Left((answered, _)) => answered,
        Either::Right(((), _)) => Err(Unanswered::Lost),
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use secrecy::SecretString;

    use super::*;
    use crate::fake_platform::{FakePlatform, Reply, answer};

    const LIMIT: usize = 10;

    fn run(replies: Vec<Reply>) -> (Result<u16, Kind>, usize, Duration) {
        let platform = FakePlatform::new(replies);
        let request = Request::new(SecretString::default());
        let refusal = |answer: &Answer| match answer.status().as_u16() {
            200 => None,
            429 => Some(Kind::Throttled(None)),
            404 => Some(Kind::NotFound),
            _ => Some(Kind::Unavailable),
        };
        let outcome = block_on(exchange(&platform, &request, LIMIT, refusal));
        let status = outcome.map(|answer| answer.status().as_u16());
        (status, platform.sent().len(), platform.monotonic())
    }

    fn status(status: u16) -> Reply {
        Reply::Answer(answer(status, "{}"))
    }

    #[test]
    fn what_passes_is_sent_again_and_what_stands_is_not() {
        let lost = || Reply::Unanswered(Unanswered::Lost);
        for (replies, outcome, sent) in [
            (vec![status(200)], Ok(200), 1),
            (vec![status(500), lost(), status(200)], Ok(200), 3),
            (vec![status(429), status(200)], Ok(200), 2),
            (
                vec![status(429), status(429), status(429)],
                Err(Kind::Throttled(None)),
                3,
            ),
            (vec![lost(), lost(), lost()], Err(Kind::Unavailable), 3),
            (vec![status(404)], Err(Kind::NotFound), 1),
            (vec![status(400)], Err(Kind::Unavailable), 1),
            (
                vec![Reply::Unanswered(Unanswered::Refused)],
                Err(Kind::Denied),
                1,
            ),
            (
                vec![Reply::Unanswered(Unanswered::TooLong)],
                Err(Kind::Unavailable),
                1,
            ),
        ] {
            let (found, times, _) = run(replies);
            assert_eq!((found, times), (outcome, sent));
        }
    }

    #[test]
    fn an_attempt_ends_and_so_does_the_whole() {
        let (outcome, sent, took) = run(vec![Reply::Never, status(200)]);
        assert_eq!((outcome, sent), (Ok(200), 2));
        assert!(
            took >= ATTEMPT_TIMEOUT && took < OPERATION_TIMEOUT,
            "{took:?}"
        );
        let (outcome, sent, took) = run(vec![Reply::Never, Reply::Never, Reply::Never]);
        assert_eq!(outcome, Err(Kind::Unavailable));
        assert!(sent <= 3 && took <= OPERATION_TIMEOUT, "{sent} {took:?}");
    }
}
