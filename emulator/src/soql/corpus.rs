//! The documented grammar in statements: what is valid, and what is refused with
//! which code, place and words.

use super::error::SoqlError;
use super::parse;

const VALID: &str = include_str!("corpus/valid.txt");
const WRONG: &str = include_str!("corpus/wrong.txt");

/// The lines that are no comments, with the characters that the signs stand for.
fn lines(corpus: &str) -> Vec<String> {
    let lines: Vec<String> = corpus
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.replace('⏎', "\n").replace('⇥', "\t"))
        .collect();
    assert!(lines.len() >= 200, "a corpus of {} lines", lines.len());
    lines
}

/// All that differs at once, because a change of the grammar moves many.
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn valid_statements_are_read_as_what_they_say() {
    let fault = |line: String| {
        let (soql, written) = line.split_once(" ⇒ ").unwrap_or((&line, &line));
        let read = parse(soql).map(|query| query.to_string());
        (read.as_deref() != Ok(written)).then(|| format!("{soql}\n  reads as {read:?}"))
    };
    assert_none(
        &lines(VALID)
            .into_iter()
            .filter_map(fault)
            .collect::<Vec<_>>(),
    );
}

/// Row, column and last line of a message.
fn told(error: &SoqlError) -> (String, &str) {
    let Some((echo, words)) = error.message.rsplit_once("\nERROR at Row:") else {
        return ("-".to_owned(), &error.message);
    };
    assert!(echo.ends_with('^'), "{error}");
    let (place, words) = words.split_once('\n').expect("words");
    (place.replace(":Column:", ":"), words)
}

#[test]
fn wrong_statements_are_refused_with_code_place_and_words() {
    let fault = |line: String| {
        let columns: Vec<&str> = line.splitn(5, '\t').collect();
        let [code, place, source, words, soql] = columns[..] else {
            return Some(format!("five columns: {line}"));
        };
        if !["captured", "grammar", "unconfirmed"].contains(&source) {
            return Some(format!("a source: {line}"));
        }
        let Err(error) = parse(soql) else {
            return Some(format!("{soql}\n  is read"));
        };
        let is = (error.code.as_str(), told(&error));
        (is != (code, (place.to_owned(), words)))
            .then(|| format!("{soql}\n  is refused with {is:?}"))
    };
    assert_none(
        &lines(WRONG)
            .into_iter()
            .filter_map(fault)
            .collect::<Vec<_>>(),
    );
}
