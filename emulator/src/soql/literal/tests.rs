use jiff::civil;
use proptest::prelude::*;

use super::*;

#[test]
fn numbers_are_integers_while_they_fit() {
    for (source, literal) in [
        ("5", Literal::Integer(5)),
        ("-5", Literal::Integer(-5)),
        ("0005", Literal::Integer(5)),
        ("20240101", Literal::Integer(20_240_101)),
        ("9223372036854775807", Literal::Integer(i64::MAX)),
        (
            "9223372036854775808",
            Literal::Double(9_223_372_036_854_775_808.0),
        ),
        ("1.5", Literal::Double(1.5)),
        (".5", Literal::Double(0.5)),
        ("-.5", Literal::Double(-0.5)),
    ] {
        assert_eq!(Literal::number(source), Ok(literal), "{source}");
    }
    let most = "9".repeat(308);
    assert!(matches!(Literal::number(&most), Ok(Literal::Double(_))));
    assert_eq!(Literal::number(&"9".repeat(309)), Err(Fault::NoLiteral));
}

#[test]
fn a_currency_is_a_code_and_an_amount() {
    let currency = |code: &str, amount| {
        Ok(Literal::Currency {
            code: code.to_owned(),
            amount,
        })
    };
    for (source, literal) in [
        ("USD5000", currency("USD", 5_000.0)),
        ("usd500.01", currency("USD", 500.01)),
        ("USD-500", currency("USD", -500.0)),
        ("EUR+.5", currency("EUR", 0.5)),
        ("USD5.", currency("USD", 5.0)),
    ] {
        assert_eq!(Literal::currency(source), literal, "{source}");
    }
    for source in [
        "USDX5", "US5", "USD", "USD5e3", "USDinf", "U1D5", "é5", "USD5..5",
    ] {
        assert_eq!(Literal::currency(source), Err(Fault::NoLiteral), "{source}");
    }
}

/// REST itself writes offsets without a colon, and an incremental query sends
/// them back.
#[test]
fn datetimes_are_instants() {
    for (source, ms) in [
        ("1970-01-01T00:00:01Z", 1_000),
        ("1970-01-01t00:00:01z", 1_000),
        ("1970-01-01T00:00:00.250Z", 250),
        ("1970-01-01T00:00:00.2Z", 200),
        ("1970-01-01T00:00:00.250999Z", 250),
        ("1970-01-01T01:00:00.250+01:00", 250),
        ("1970-01-01T01:00:00.250+0100", 250),
        ("1970-01-01T00:00:00.000+0000", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("1970-01-01T23:59:00+23:59", 0),
        ("1969-12-31T00:01:00-2359", 0),
    ] {
        assert_eq!(
            Literal::date_time(source),
            Ok(Literal::DateTime(ms)),
            "{source}"
        );
    }
}

#[test]
fn a_time_is_told_in_gmt() {
    for (source, time) in [
        ("10:00:00Z", civil::time(10, 0, 0, 0)),
        ("10:00:00.125z", civil::time(10, 0, 0, 125_000_000)),
        ("10:00:00+01:00", civil::time(9, 0, 0, 0)),
        ("00:30:00+0100", civil::time(23, 30, 0, 0)),
    ] {
        assert_eq!(Literal::time(source), Ok(Literal::Time(time)), "{source}");
    }
}

#[test]
fn what_only_looks_like_one_is_invalid() {
    for source in ["2023-02-29", "2024-00-01", "2024-13-01", "0000-00-00"] {
        assert_eq!(
            Literal::date(source),
            Err(Fault::Invalid("date")),
            "{source}"
        );
    }
    for source in [
        "2020-52-12t12:12:00-05:00",
        "2020-12-12t12:12:00-25:00",
        "2020-12-12T12:12:00+24:00",
        "2020-12-12T12:12:00+23:60",
        "2020-12-12T12:12:00+9999",
        "2020-12-12T25:00:00Z",
        "2020-12-12T12:60:00Z",
        "2020-12-12T12:12:61Z",
    ] {
        assert_eq!(
            Literal::date_time(source),
            Err(Fault::Invalid("datetime")),
            "{source}"
        );
    }
    for source in ["24:00:00Z", "10:00:00+24:00"] {
        assert_eq!(
            Literal::time(source),
            Err(Fault::Invalid("time")),
            "{source}"
        );
    }
}

#[test]
fn years_end_where_salesforces_do() {
    for (source, valid) in [
        ("1700-01-01", true),
        ("1699-12-31", false),
        ("4000-12-31", true),
        ("4001-01-01", false),
    ] {
        let date = Literal::date(source);
        assert_eq!(date.is_ok(), valid, "{source}");
        assert!(valid || date == Err(Fault::OutOfCalendar), "{source}");
    }
    for (source, valid) in [
        ("4000-12-31T23:59:59Z", true),
        ("4001-01-01T00:00:00Z", false),
        ("4000-12-31T23:59:59-01:00", false),
        ("1700-01-01T00:00:00Z", true),
        ("1700-01-01T00:00:00+01:00", false),
        ("9999-12-31T23:59:59-23:59", false),
    ] {
        let instant = Literal::date_time(source);
        assert_eq!(instant.is_ok(), valid, "{source}");
        assert!(valid || instant == Err(Fault::OutOfCalendar), "{source}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(source in "[-+0-9A-Zé][-+.:0-9A-Zé]{0,30}") {
        let _ = Literal::number(&source);
        let _ = Literal::currency(&source);
        let _ = Literal::date(&source);
        let _ = Literal::date_time(&source);
        let _ = Literal::time(&source);
    }
}
