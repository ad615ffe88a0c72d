//! What became of each record, whatever the answers are.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn rows_that_wait_for_a_record_are_sent_again_five_times_and_together() {
    let many = create(&accounts(401), options()).unwrap();
    let mut requests = Vec::new();
    let (outcomes, waits) = run(&many, |rows| {
        requests.push(rows.to_vec());
        let row = |&row: &usize| match row % 100 {
            // Two parents, whose rows are in different requests at first.
            7 | 8 => refused(
                "UNABLE_TO_LOCK_ROW",
                if row % 100 == 7 { "003B" } else { "003A" },
            ),
            9 => refused("STRING_TOO_LONG", "m"),
            _ => saved(row),
        };
        Ok(rows.iter().map(row).collect())
    });
    assert_eq!(waits.len(), 5);
    assert!(
        waits.windows(2).all(|pair| pair[1] == pair[0] * 2),
        "{waits:?}"
    );
    assert_eq!(requests[3], [8, 108, 208, 308, 7, 107, 207, 307]);
    assert_eq!(requests.len(), 3 + 5);
    let outcomes = outcomes.unwrap();
    assert!(outcomes.stopped.is_none());
    for (row, outcome) in outcomes.outcomes.iter().enumerate() {
        match row % 100 {
            7..=9 => assert!(matches!(outcome, Outcome::Refused(_)), "{row}"),
            _ => assert!(matches!(outcome, Outcome::Saved(_)), "{row}"),
        }
    }
    // One that is no longer locked is saved.
    let mut tries = 0;
    let (outcomes, waits) = run(&create(&accounts(1), options()).unwrap(), |_| {
        tries += 1;
        Ok(vec![match tries {
            1 => refused("UNABLE_TO_LOCK_ROW", "m"),
            _ => saved(0),
        }])
    });
    assert!(matches!(outcomes.unwrap().outcomes[0], Outcome::Saved(_)));
    assert_eq!(waits.len(), 1);
}

#[test]
fn with_all_or_none_a_request_is_sent_again_as_a_whole() {
    let whole = ManyOptions {
        all_or_none: true,
        batch_size: Some(2),
        ..options()
    };
    let many = create(&accounts(4), whole).unwrap();
    let mut requests = Vec::new();
    let (outcomes, _) = run(&many, |rows| {
        requests.push(rows.to_vec());
        let back = || refused("ALL_OR_NONE_OPERATION_ROLLED_BACK", "m");
        Ok(match rows {
            [0, 1] if requests.len() == 1 => vec![refused("UNABLE_TO_LOCK_ROW", "m"), back()],
            [0, 1] => vec![saved(0), saved(1)],
            _ => vec![back(), refused("STRING_TOO_LONG", "m")],
        })
    });
    assert_eq!(requests, [vec![0, 1], vec![2, 3], vec![0, 1]]);
    let outcomes = outcomes.unwrap().outcomes;
    assert!(matches!(
        &outcomes[..],
        [
            Outcome::Saved(_),
            Outcome::Saved(_),
            Outcome::RolledBack,
            Outcome::Refused(_)
        ]
    ));
}

#[test]
fn a_failed_request_hides_no_success_and_stops_what_would_fail_alike() {
    let many = |verb: &str| {
        let small = ManyOptions {
            batch_size: Some(1),
            ..options()
        };
        let ids = |number| format!(r#"{{"Id":"{}"}}"#, id(number));
        match verb {
            "create" => Many::create("A", &accounts(3), small),
            _ => Many::update("A", &(0..3).map(ids).collect::<Vec<_>>(), small),
        }
        .unwrap()
        .0
    };
    let unexpected = || Error::unreadable("x");
    let limited = || Error::wait(Some(1));
    for (verb, error, second, stops) in [
        ("create", Error::OutcomeUnknown, "unknown", false),
        (
            "create",
            api("MALFORMED_ID", Remedy::FixRequest),
            "refused",
            false,
        ),
        (
            "create",
            api("REQUEST_LIMIT_EXCEEDED", Remedy::Wait),
            "not-sent",
            true,
        ),
        ("create", Error::Timeout, "not-sent", true),
        ("update", Error::Timeout, "unknown", true),
        (
            "create",
            Error::Unreachable("x".to_owned()),
            "not-sent",
            true,
        ),
        (
            "update",
            Error::Unreachable("x".to_owned()),
            "unknown",
            true,
        ),
        ("create", limited(), "not-sent", true),
        ("update", limited(), "unknown", true),
        ("create", Error::SessionChanged, "not-sent", true),
        ("create", Error::Denied("x".to_owned()), "not-sent", true),
        ("create", unexpected(), "unknown", true),
    ] {
        let many = many(verb);
        let (outcomes, _) = run(&many, |rows| match rows {
            [1] => Err(error.clone()),
            rows => Ok(rows.iter().map(|&row| saved(row)).collect()),
        });
        let outcomes = outcomes.unwrap();
        let name = |outcome: &Outcome| match outcome {
            Outcome::Saved(_) => "saved",
            Outcome::Refused(_) => "refused",
            Outcome::RolledBack => "rolled-back",
            Outcome::Unknown => "unknown",
            Outcome::NotSent => "not-sent",
        };
        let names: Vec<&str> = outcomes.outcomes.iter().map(name).collect();
        let third = if stops { "not-sent" } else { "saved" };
        assert_eq!(names, ["saved", second, third], "{verb} {error:?}");
        assert_eq!(outcomes.stopped.is_some(), stops, "{verb} {error:?}");
    }
    // Nothing was sent: that is an error, and no list of records.
    let (nothing, _) = run(&many("create"), |_| Err(Error::SessionChanged));
    assert_eq!(nothing.err(), Some(Error::SessionChanged));
}

/// What a request comes to, by chance.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 1..60)
}

proptest! {
    #[test]
    fn every_record_has_one_outcome_and_none_is_sent_after_it_was_saved(
        number in 1_usize..60,
        batch_size in 1_u8..20,
        all_or_none: bool,
        dice in answers(),
    ) {
        let options = ManyOptions { all_or_none, batch_size: Some(batch_size), ..options() };
        let many = create(&accounts(number), options).unwrap();
        let mut dice = dice.into_iter().cycle();
        let mut done = BTreeSet::new();
        let mut doubled = false;
        let (outcomes, _) = run(&many, |rows| {
            doubled |= rows.iter().any(|row| done.contains(row));
            match dice.next().unwrap() % 16 {
                0 => { done.extend(rows); return Err(Error::OutcomeUnknown) }
                1 => return Err(Error::Timeout),
                2 => { done.extend(rows); return Err(Error::unreadable("x")) }
                _ => {}
            }
            let saved: Vec<Saved> = rows.iter().map(|&row| match dice.next().unwrap() % 4 {
                0 => refused("UNABLE_TO_LOCK_ROW", "m"),
                1 => refused("STRING_TOO_LONG", "m"),
                _ => saved(row),
            }).collect();
            let is_whole = saved.iter().all(|row| row.success);
            if all_or_none && !is_whole {
                let back = |row: Saved| match row.success {
                    true => refused("ALL_OR_NONE_OPERATION_ROLLED_BACK", "m"),
                    false => row,
                };
                return Ok(saved.into_iter().map(back).collect());
            }
            done.extend(rows.iter().zip(&saved).filter(|(_, row)| row.success).map(|(row, _)| *row));
            Ok(saved)
        });
        prop_assert!(!doubled, "a record may have been created twice");
        if let Ok(outcomes) = outcomes {
            prop_assert_eq!(outcomes.outcomes.len(), number);
            for (row, outcome) in outcomes.outcomes.iter().enumerate() {
                match outcome {
                    Outcome::Saved(saved) => prop_assert!(saved.id == id(row) && done.contains(&row)),
                    Outcome::Unknown => prop_assert!(done.contains(&row)),
                    Outcome::Refused(_) | Outcome::RolledBack | Outcome::NotSent => prop_assert!(!done.contains(&row)),
                }
            }
        }
    }
}
