//! References of parts to each other, for the second judge.

use super::Question;
use super::address::{read_path, read_query};
use super::places::{Kind, kind, unambiguous_shape};
use super::statements::without_strings;

/// Whether `id` of the answer is an id.
pub(super) fn answers_ids(asked: &Question<'_>) -> Option<bool> {
    let shape = unambiguous_shape(&read_path(asked.path)?)?.unwrap_or_default();
    let rows = "~/sobjects/O ~/sobjects/O/Id ~/sobjects/O/I ~/sobjects/O/F/X ~/composite/sobjects \
                ~/composite/sobjects/O ~/composite/sobjects/O/F";
    let rows = rows.replace('~', "services/data/V");
    if rows.split_whitespace().any(|row| row == shape) {
        return Some(true);
    }
    let get = ["GET", "HEAD"].contains(&asked.method);
    if !get || kind(&shape, "GET") != Some(Kind::Soql) {
        return Some(false);
    }
    let parameters = read_query(asked.query)?;
    let statement = parameters
        .iter()
        .find(|(name, _)| name.trim().to_lowercase() == "q");
    Some(statement.is_some_and(|(_, text)| {
        let Some(bare) = without_strings(text, false) else {
            return false;
        };
        let words = |text: &str| {
            let upper = text.to_ascii_uppercase();
            let split = upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            split.map(str::to_owned).collect::<Vec<_>>()
        };
        let first = text.split('(').next().unwrap_or_default();
        words(first).contains(&"FROM".to_owned()) && !words(&bare).contains(&"GROUP".to_owned())
    }))
}

pub(super) fn with_placeholders(url: &str, with_ids: &[String]) -> String {
    let mut pieces = url.split("@{");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let id = piece.find('}').filter(|end| {
            let name = &piece[..*end];
            let start = name.find(['.', '[']).unwrap_or(name.len());
            name.to_lowercase().ends_with(".id")
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_.[]".contains(&b))
                && with_ids.iter().any(|known| *known == name[..start])
        });
        match id {
            Some(end) => out = out + "000000000000000" + &piece[end + 1..],
            None => out = out + "@{" + piece,
        }
    }
    out
}
