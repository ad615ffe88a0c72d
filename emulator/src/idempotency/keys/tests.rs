//! What keys say of requests.

use bytes::Bytes;
use http::StatusCode;

use super::*;

fn key(number: u64) -> Key {
    Key::parse(&format!("{number:08x}-0000-4000-8000-000000000000")).expect("a key")
}

fn attempt(user: u64, request: &[u8]) -> Attempt {
    Attempt {
        user: RecordId::new("005", user),
        request: request.to_vec(),
    }
}

fn answer(status: StatusCode, bytes: usize) -> Answer {
    let mut answer = Answer::empty(status);
    answer.body = Bytes::from(vec![b'x'; bytes]);
    answer
}

/// In short what a request gets.
fn told(keys: &mut Keys, claim: &Claim, attempt: &Attempt, now_ms: i64) -> String {
    match keys.begin(claim, attempt.clone(), now_ms) {
        Verdict::New => "new".to_owned(),
        Verdict::Repeat(answer) => format!("{} {}", answer.status.as_u16(), answer.body.len()),
        Verdict::OtherRequest => "other request".to_owned(),
        Verdict::OtherUser => "other user".to_owned(),
        Verdict::UnderWay { retry_after_s } => format!("wait {retry_after_s}"),
    }
}

#[test]
fn a_request_is_carried_out_once() {
    let mut keys = Keys::default();
    let (claim, own) = (Claim::new(key(1), 1), attempt(1, b"a"));
    assert_eq!(told(&mut keys, &claim, &own, 0), "new");
    // Another attempt while the first one is under way.
    let second = Claim::new(key(1), 2);
    assert_eq!(told(&mut keys, &second, &own, 5), "wait 1");
    assert_eq!(
        told(&mut keys, &second, &attempt(1, b"b"), 5),
        "other request"
    );
    assert_eq!(told(&mut keys, &second, &attempt(2, b"a"), 5), "other user");
    // It cannot end what it did not begin.
    keys.keep(&second, &answer(StatusCode::OK, 1), 6);
    keys.release(&second);
    assert_eq!(told(&mut keys, &second, &own, 7), "wait 1");
    keys.keep(&claim, &answer(StatusCode::CREATED, 3), 8);
    // A request drops its claim after its answer was kept.
    keys.release(&claim);
    assert_eq!(told(&mut keys, &second, &own, 9), "201 3");
    assert_eq!(
        told(&mut keys, &second, &attempt(1, b"b"), 9),
        "other request"
    );
    assert_eq!(told(&mut keys, &second, &attempt(2, b"a"), 9), "other user");
    assert_eq!(told(&mut keys, &Claim::new(key(2), 3), &own, 9), "new");
}

#[test]
fn a_key_is_new_after_thirty_days() {
    let mut keys = Keys::default();
    let (claim, own) = (Claim::new(key(1), 1), attempt(1, b"a"));
    let kept = 1_000;
    keys.begin(&claim, own.clone(), 0);
    keys.keep(&claim, &answer(StatusCode::OK, 1), kept);
    let next = Claim::new(key(1), 2);
    assert_eq!(told(&mut keys, &next, &own, kept + KEPT_MS - 1), "200 1");
    assert_eq!(keys.in_use(kept + KEPT_MS - 1), 1);
    assert_eq!(keys.in_use(kept + KEPT_MS), 0);
    let other = attempt(1, b"b");
    assert_eq!(told(&mut keys, &next, &other, kept + KEPT_MS), "new");
    let foreign = Claim::new(key(2), 3);
    keys.add_foreign(key(2), RecordId::new("005", 2), 0);
    assert_eq!(told(&mut keys, &foreign, &own, KEPT_MS - 1), "other user");
    assert_eq!(told(&mut keys, &foreign, &own, KEPT_MS), "new");
}

#[test]
fn a_failure_leaves_its_key_unused() {
    let mut keys = Keys::default();
    let (claim, own) = (Claim::new(key(1), 1), attempt(1, b"a"));
    keys.begin(&claim, own.clone(), 0);
    keys.keep(&claim, &answer(StatusCode::BAD_REQUEST, 1), 1);
    assert_eq!(told(&mut keys, &claim, &attempt(1, b"b"), 2), "new");
    keys.release(&claim);
    assert_eq!(keys.in_use(2), 0);
}

#[test]
fn only_answers_of_at_most_nine_megabytes_are_kept() {
    for (bytes, again) in [
        (ANSWER_BYTES_MAX, format!("200 {ANSWER_BYTES_MAX}")),
        (ANSWER_BYTES_MAX + 1, "new".to_owned()),
    ] {
        let mut keys = Keys::default();
        let (claim, own) = (Claim::new(key(1), 1), attempt(1, b"a"));
        keys.begin(&claim, own.clone(), 0);
        keys.keep(&claim, &answer(StatusCode::OK, bytes), 1);
        assert_eq!(told(&mut keys, &claim, &own, 2), again);
    }
}

#[test]
fn a_request_that_was_cut_off_is_under_way_for_its_time() {
    let mut keys = Keys::default();
    let (claim, own) = (Claim::new(key(1), 1), attempt(1, b"a"));
    keys.begin(&claim, own.clone(), 0);
    keys.interrupt(&Claim::new(key(1), 9), 1);
    keys.interrupt(&claim, 2_500);
    let next = Claim::new(key(1), 2);
    for (now_ms, expected) in [
        (0, "wait 3"),
        (500, "wait 2"),
        (2_499, "wait 1"),
        (2_500, "new"),
    ] {
        assert_eq!(told(&mut keys, &next, &own, now_ms), expected, "{now_ms}");
    }
}

#[test]
fn the_oldest_answers_are_forgotten_first() {
    let mut keys = Keys::default();
    let own = attempt(1, b"a");
    let largest = u64::try_from(ALL_BYTES_MAX / ANSWER_BYTES_MAX).expect("a number");
    for number in 0..=largest {
        let claim = Claim::new(key(number), number);
        keys.begin(&claim, own.clone(), 0);
        let now_ms = i64::try_from(number).expect("a time");
        keys.keep(&claim, &answer(StatusCode::OK, ANSWER_BYTES_MAX), now_ms);
        assert!(keys.bytes <= ALL_BYTES_MAX);
    }
    let told =
        |keys: &mut Keys, number: u64| told(keys, &Claim::new(key(number), 1_000), &own, 100);
    assert_eq!(told(&mut keys, 0), "new");
    assert_eq!(told(&mut keys, 1), format!("200 {ANSWER_BYTES_MAX}"));
}
