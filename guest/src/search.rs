//! Searches: requests built, answers read. Source: REST API Developer Guide, "Search" and
//! "Search with Parameters Using POST".

use http::Method;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::call::{Call, Length, Operation, Path, RESERVED, Repeat};
use crate::contract::search::{FindOptions, Scope, Target};
use crate::contract::types::Parameter;
use crate::error::Error;
use crate::names::{ApiVersion, FieldName, ObjectName};
use crate::sobjects::JSON;
use crate::soql;
use crate::token::Fingerprint;

/// The lengths of a text that is searched for. The limit: over it, operators are ignored (SOQL
/// and SOSL Reference, "SOSL Limits on Search Results").
const TEXT_CHARS: std::ops::RangeInclusive<usize> = 2..=4_000;

/// The most records of a search, and the most to skip.
const RECORDS_MAX: u16 = 2_000;

const LENGTH: Length = Length {
    of: "the SOSL statement",
    remedy: "shorten it, or use `find`, which has no such limit",
};

const FIND: Length = Length {
    of: "a search with parameters",
    remedy: "shorten what it names",
};

/// `search.search`.
pub(crate) struct Search {
    sosl: String,
}

/// `search.find`.
pub(crate) struct Find {
    body: Value,
}

impl Search {
    /// # Errors
    ///
    /// Why the statement cannot be sent.
    pub(crate) fn new(sosl: &str, parameters: &[Parameter]) -> Result<Self, Error> {
        let sosl = soql::bind(sosl, parameters)?;
        soql::checked(&sosl, "SOSL")?;
        Ok(Self { sosl })
    }
}

impl Operation for Search {
    type Output = String;

    fn call(&self) -> Result<Call, Error> {
        let sosl = utf8_percent_encode(&self.sosl, &RESERVED);
        let path = Path::Versioned(format!("search?q={sosl}"));
        Ok(Call::get(path).length(LENGTH).repeat(repeat(&self.sosl)))
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<String, Error> {
        read(&answer)
    }
}

/// A search with UPDATE changes statistics of what it finds. The word in a text counts, too:
/// the request is then not repeated, which harms nothing.
fn repeat(sosl: &str) -> Repeat {
    match soql::has_word(sosl, &["UPDATE"]) {
        true => Repeat::UnlessExecuted,
        false => Repeat::Always,
    }
}

impl Find {
    /// # Errors
    ///
    /// Names the rule that the input breaks.
    pub(crate) fn new(
        text: &str,
        targets: &[Target],
        parameters: &[Parameter],
        options: &FindOptions,
    ) -> Result<Self, Error> {
        let characters = text.chars().count();
        if !TEXT_CHARS.contains(&characters) {
            return Err(refused(format!(
                "the text to search for has {characters} characters, and it may have {} to {}",
                TEXT_CHARS.start(),
                TEXT_CHARS.end()
            )));
        }
        if options.offset.is_some() && targets.len() != 1 {
            return Err(refused("`offset` needs exactly one object to search"));
        }
        let conditions = bound(targets, parameters)?;
        let targets = targets.iter().zip(&conditions);
        let targets: Vec<Value> = targets
            .map(|(target, condition)| object(target, condition.as_deref()))
            .collect::<Result<_, Error>>()?;
        within(options.max_records, 1, "max-records")?;
        within(options.offset, 0, "offset")?;
        let mut body = Map::new();
        let text = soql::without_operators(text);
        body.insert("q".to_owned(), Value::from(text));
        body.insert("in".to_owned(), Value::from(scope(options.scope)));
        number(&mut body, "overallLimit", options.max_records);
        number(&mut body, "offset", options.offset);
        if !targets.is_empty() {
            body.insert("sobjects".to_owned(), Value::Array(targets));
        }
        let body = Value::Object(body);
        Ok(Self { body })
    }
}

impl Operation for Find {
    type Output = String;

    fn call(&self) -> Result<Call, Error> {
        let path = Path::Versioned("parameterizedSearch".to_owned());
        let call = Call::new(Method::POST, path).body(JSON, self.body.to_string());
        // It only reads.
        Ok(call
            .since(ApiVersion::SEARCHES)
            .length(FIND)
            .repeat(Repeat::Always))
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<String, Error> {
        read(&answer)
    }
}

fn read(answer: &Answer) -> Result<String, Error> {
    match answer.is_success() {
        true => answer.text("the result of a search"),
        false => Err(answer.failure()),
    }
}

/// The conditions with their values. Each parameter has to have a place in one of them.
fn bound(targets: &[Target], parameters: &[Parameter]) -> Result<Vec<Option<String>>, Error> {
    let conditions = targets.iter().map(|target| target.condition.as_deref());
    if parameters.is_empty() {
        return Ok(conditions
            .map(|condition| condition.map(str::to_owned))
            .collect());
    }
    // Bound together, so that a parameter may have its places in any of them.
    let conditions: Vec<Option<&str>> = conditions.collect();
    for condition in conditions.iter().flatten() {
        if condition.contains(SEPARATOR) {
            return Err(refused("a condition has a control character"));
        }
    }
    let joined: Vec<&str> = conditions.iter().flatten().copied().collect();
    let joined = soql::bind(&joined.join(&format!(" {SEPARATOR} ")), parameters)?;
    let mut bound = joined.split(SEPARATOR).map(|one| one.trim().to_owned());
    let conditions = conditions.iter();
    Ok(conditions
        .map(|condition| condition.and_then(|_| bound.next()))
        .collect())
}

/// Stands between conditions. No literal has it: a control character in a text is escaped.
const SEPARATOR: char = '\u{1}';

fn object(target: &Target, condition: Option<&str>) -> Result<Value, Error> {
    let mut members = Map::new();
    let name = ObjectName::parse(&target.object)?.to_string();
    members.insert("name".to_owned(), Value::from(name));
    let fields = target
        .fields
        .iter()
        .map(|field| Ok(FieldName::parse(field)?.to_string()));
    let fields: Vec<String> = fields.collect::<Result<_, Error>>()?;
    if !fields.is_empty() {
        members.insert("fields".to_owned(), Value::from(fields));
    }
    if let Some(condition) = condition {
        members.insert("where".to_owned(), Value::from(condition));
    }
    within(target.max_records, 1, "max-records")?;
    number(&mut members, "limit", target.max_records);
    Ok(Value::Object(members))
}

fn number(members: &mut Map<String, Value>, name: &str, value: Option<u16>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), Value::from(value));
    }
}

fn within(value: Option<u16>, least: u16, name: &str) -> Result<(), Error> {
    match value {
        Some(value) if !(least..=RECORDS_MAX).contains(&value) => Err(refused(format!(
            "`{name}` is not from {least} to {RECORDS_MAX}"
        ))),
        _ => Ok(()),
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::All => "ALL",
        Scope::Name => "NAME",
        Scope::Email => "EMAIL",
        Scope::Phone => "PHONE",
        Scope::Sidebar => "SIDEBAR",
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::InvalidInput(why.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::types;

    fn options() -> FindOptions {
        FindOptions {
            call: types::Options::default(),
            scope: Scope::Name,
            max_records: Some(7),
            offset: None,
        }
    }

    fn target(object: &str, condition: Option<&str>) -> Target {
        Target {
            object: object.to_owned(),
            fields: vec!["Id".to_owned(), "Name".to_owned()],
            condition: condition.map(str::to_owned),
            max_records: Some(3),
        }
    }

    fn parameter(name: &str) -> Parameter {
        Parameter {
            name: name.to_owned(),
            values: vec![types::Value::Text("O'Hara".to_owned())],
        }
    }

    #[test]
    fn a_search_with_parameters_is_a_body() {
        let targets = [
            target("Account", Some("Name = :name")),
            target("Contact", None),
            target("Lead", Some("LastName = :other OR Name = :name")),
        ];
        let parameters = [parameter("name"), parameter("other")];
        let find = Find::new("a*b", &targets, &parameters, &options()).unwrap();
        assert_eq!(
            find.body,
            json!({
                "q": r"a\*b",
                "in": "NAME",
                "overallLimit": 7,
                "sobjects": [
                    {"name": "Account", "fields": ["Id", "Name"], "limit": 3, "where": r"Name = 'O\'Hara'"},
                    {"name": "Contact", "fields": ["Id", "Name"], "limit": 3},
                    {"name": "Lead", "fields": ["Id", "Name"], "limit": 3,
                     "where": r"LastName = 'O\'Hara' OR Name = 'O\'Hara'"},
                ]
            })
        );
        assert_eq!(find.call().unwrap().manner().repeat, Repeat::Always);
    }

    #[test]
    fn what_a_search_cannot_have_is_refused() {
        let find = |text: &str, targets: &[Target], options: &FindOptions| {
            let found = Find::new(text, targets, &[], options);
            found.map(|_| ()).map_err(|error| error.to_string())
        };
        for (characters, is) in [(1, false), (2, true), (4_000, true), (4_001, false)] {
            let found = find(&"é".repeat(characters), &[], &options());
            assert_eq!(found.is_ok(), is, "{characters}");
        }
        let with = |max_records, offset| FindOptions {
            max_records,
            offset,
            ..options()
        };
        let one = [target("Account", None)];
        for (targets, options, is) in [
            (&one[..], with(Some(1), Some(0)), true),
            (&one[..], with(Some(2_000), Some(2_000)), true),
            (&one[..], with(Some(0), None), false),
            (&one[..], with(Some(2_001), None), false),
            (&one[..], with(None, Some(2_001)), false),
            (&[], with(None, Some(1)), false),
            (&[target("Account?x=", None)][..], options(), false),
        ] {
            assert_eq!(find("ab", targets, &options).is_ok(), is, "{options:?}");
        }
        let unused = Find::new("ab", &one, &[parameter("name")], &options());
        assert!(unused.is_err());
    }

    #[test]
    fn a_statement_is_sent_with_its_values() {
        let search = Search::new(
            "FIND :t RETURNING A(Id)",
            &[Parameter {
                name: "t".to_owned(),
                values: vec![types::Value::Text("a{b".to_owned())],
            }],
        );
        let search = search.unwrap();
        assert_eq!(search.sosl, r"FIND {a\{b} RETURNING A(Id)");
        assert_eq!(search.call().unwrap().manner().repeat, Repeat::Always);
        let writes = Search::new("FIND {x} update viewstat", &[]).unwrap();
        assert_eq!(
            writes.call().unwrap().manner().repeat,
            Repeat::UnlessExecuted
        );
        assert!(Search::new(" ", &[]).is_err());
    }
}
