use rusqlite::types::Value;

use super::*;

fn evaluated(sql: &str) -> Value {
    let connection = Connection::open_in_memory().expect("a database");
    define(&connection).expect("functions");
    connection
        .query_row(&format!("SELECT {sql}"), [], |row| row.get(0))
        .expect(sql)
}

fn integer(value: i64) -> Value {
    Value::Integer(value)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The examples of the guide, "Date Functions".
#[test]
fn parts_of_dates_are_the_documented_ones() {
    for (sql, value) in [
        ("calendar_month('2009-12-01')", integer(12)),
        ("calendar_quarter('2009-04-01')", integer(2)),
        ("calendar_year('2009-09-22')", integer(2009)),
        ("day_in_month('2009-02-20')", integer(20)),
        ("day_in_week('2024-01-14')", integer(1)),
        ("day_in_week('2024-01-13')", integer(7)),
        ("day_in_year('2009-02-01')", integer(32)),
        ("day_only(1253647390000)", text("2009-09-22")),
        ("hour_in_day(1253643790000)", integer(18)),
        ("week_in_month('2009-04-10')", integer(2)),
        ("week_in_month('2009-04-07')", integer(1)),
        ("week_in_year('2009-01-03')", integer(1)),
        ("week_in_year('2009-01-08')", integer(2)),
        ("fiscal_month('2009-01-31')", integer(1)),
        ("fiscal_quarter('2009-12-31')", integer(4)),
        ("fiscal_year('2009-12-31')", integer(2009)),
        ("hour_in_day(-1)", integer(23)),
        ("calendar_year(-1)", integer(1969)),
        ("calendar_year(null)", Value::Null),
        ("day_only(null)", Value::Null),
    ] {
        assert_eq!(evaluated(sql), value, "{sql}");
    }
}

#[test]
fn nulls_are_like_nothing_and_include_only_the_empty_choice() {
    for (sql, value) in [
        ("is_like(null, '%')", integer(0)),
        ("is_like('ab', 'A_')", integer(1)),
        ("includes('A;b;C', 'A;B')", integer(1)),
        ("includes('A;b', 'A;C')", integer(0)),
        ("includes('AB', 'A')", integer(0)),
        ("includes(null, 'A')", integer(0)),
        ("includes(null, '')", integer(1)),
        ("includes('A', '')", integer(0)),
        ("fold(null)", Value::Null),
    ] {
        assert_eq!(evaluated(sql), value, "{sql}");
    }
}

#[test]
fn picklists_have_labels_and_an_order() {
    for (sql, value) in [
        (r#"label('hot', '{"HOT":"Heiß"}')"#, text("Heiß")),
        (r#"label('A;x', '{"A":"Alpha"}')"#, text("Alpha;x")),
        (r#"label(null, '{"A":"Alpha"}')"#, Value::Null),
        (
            r#"rank('Hot', '["HOT","COLD"]') < rank('cold', '["HOT","COLD"]')"#,
            integer(1),
        ),
        (
            r#"rank('cold', '["HOT","COLD"]') < rank('a', '["HOT","COLD"]')"#,
            integer(1),
        ),
        (r#"rank(null, '[]')"#, Value::Null),
    ] {
        assert_eq!(evaluated(sql), value, "{sql}");
    }
}

#[test]
fn extremes_ignore_nulls_and_the_order_of_rows() {
    for (rows, function, value) in [
        ("('B'), ('a'), (null)", "least", text("a")),
        ("('B'), ('a'), (null)", "greatest", text("B")),
        ("('a'), ('A')", "least", text("A")),
        ("('A'), ('a')", "greatest", text("A")),
        ("(null)", "least", Value::Null),
    ] {
        let sql = format!("{function}(fold(v), v) FROM (SELECT column1 AS v FROM (VALUES {rows}))");
        assert_eq!(evaluated(&sql), value, "{sql}");
    }
}

#[test]
fn sums_of_integers_do_not_overflow() {
    for (rows, value) in [
        ("(1), (2), (null)", integer(3)),
        ("(null)", Value::Null),
        (
            "(9223372036854775807), (1)",
            Value::Real(9_223_372_036_854_775_808.0),
        ),
        (
            "(9223372036854775807), (1), (-1)",
            integer(9_223_372_036_854_775_807),
        ),
    ] {
        let sql = format!("sum_of_integers(column1) FROM (VALUES {rows})");
        assert_eq!(evaluated(&sql), value, "{rows}");
    }
}

#[test]
fn sums_of_fractions_are_decimal() {
    for (rows, value) in [
        ("(0.1), (0.2), (null)", Value::Real(0.3)),
        ("(0.2), (0.1)", Value::Real(0.3)),
        ("(0.1), (0.1), (0.1), (0.7), (-1.0)", Value::Real(0.0)),
        ("(1e16), (0.25), (-1e16)", Value::Real(0.25)),
        ("(999999999999999.99), (0.01)", Value::Real(1e15)),
        ("(2.0), (1.5)", Value::Real(3.5)),
        ("(1e308), (1e308)", Value::Real(f64::INFINITY)),
        ("(null)", Value::Null),
    ] {
        let sql = format!("sum_of_fractions(column1) FROM (VALUES {rows})");
        assert_eq!(evaluated(&sql), value, "{rows}");
    }
}
