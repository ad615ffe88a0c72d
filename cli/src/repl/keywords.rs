//! The keywords of SOQL that are proposed.
//!
//! Source: SOQL and SOSL Reference, "SOQL SELECT Syntax", "Aggregate Functions" and
//! "Date Formats and Date Literals".

/// Keywords, functions and literals.
const KEYWORDS: [&str; 57] = [
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "INCLUDES",
    "EXCLUDES",
    "ORDER",
    "GROUP",
    "BY",
    "HAVING",
    "ASC",
    "DESC",
    "NULLS",
    "FIRST",
    "LAST",
    "LIMIT",
    "OFFSET",
    "USING",
    "SCOPE",
    "WITH",
    "TYPEOF",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "FIELDS(",
    "ROLLUP(",
    "CUBE(",
    "COUNT(",
    "COUNT_DISTINCT(",
    "SUM(",
    "AVG(",
    "MIN(",
    "MAX(",
    "FORMAT(",
    "toLabel(",
    "convertCurrency(",
    "CALENDAR_YEAR(",
    "CALENDAR_MONTH(",
    "NULL",
    "TRUE",
    "FALSE",
    "TODAY",
    "YESTERDAY",
    "TOMORROW",
    "THIS_WEEK",
    "LAST_WEEK",
    "THIS_MONTH",
    "LAST_MONTH",
    "THIS_YEAR",
    "LAST_YEAR",
    "LAST_N_DAYS:",
    "NEXT_N_DAYS:",
];

/// The keywords that begin with a word. They are in lower case if the word is.
pub(super) fn beginning(word: &str) -> Vec<String> {
    let is_lower = word.chars().any(char::is_alphabetic) && !word.contains(char::is_uppercase);
    let begins = |keyword: &&&str| {
        let head = keyword.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    let found = KEYWORDS.iter().filter(begins);
    found
        .map(|keyword| match is_lower {
            true => keyword.to_ascii_lowercase(),
            false => (*keyword).to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_proposed_in_the_case_of_the_word() {
        assert_eq!(beginning("SEL"), ["SELECT"]);
        assert_eq!(beginning("sel"), ["select"]);
        assert_eq!(beginning("Wh"), ["WHERE", "WHEN"]);
        assert_eq!(beginning("").len(), KEYWORDS.len());
        assert!(beginning("é").is_empty());
    }
}
