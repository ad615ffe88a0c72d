//! A record with lists of children that were cut, and how they grow.
//!
//! Source: REST API Developer Guide, "Query": a subquery's result is an object like the outer
//! one, `{"totalSize", "done", "records"[, "nextRecordsUrl"]}`. Clients saw two ways to go on
//! with one that is not done: by its own `nextRecordsUrl`, and by the parent that comes again on
//! a later page with its next children.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize as _};
use serde_json::value::RawValue;
use sfbox_completeness::{CutChildren, Incomplete, Missing};

use super::head::Total;

/// The member that every list of children has. In a JSON text these letters are the name of a
/// member, or all of a text.
const RECORDS: &str = "\"records\"";

/// How deep subqueries go. Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations": five levels since version 58.0.
const LEVELS_MAX: usize = 5;

/// A record, or the text of one of which nothing is missing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Child {
    Whole(String),
    Open(Record),
}

/// A record with its members in their order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    url: Option<String>,
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq)]
enum Member {
    /// As `"Name":"x"`, and its name.
    Plain(String, String),
    List(List),
}

/// A list of records: the result of a subquery, or a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List {
    relationship: String,
    total: Option<u64>,
    done: bool,
    /// Whether it was cut when it came.
    was_cut: bool,
    next: Option<String>,
    pub(crate) children: Vec<Child>,
}

/// What is missing of a relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Below another one as in `Contacts.Cases`.
    pub(crate) relationship: String,
    /// How many records, if the list says how long it is.
    pub(crate) records: Option<u64>,
}

impl From<Cut> for CutChildren {
    fn from(cut: Cut) -> Self {
        Self {
            relationship: cut.relationship,
            records: cut.records.unwrap_or(0),
            exact: cut.records.is_some(),
        }
    }
}

impl From<Cut> for Incomplete {
    fn from(cut: Cut) -> Self {
        Self::Missing(Missing {
            children: vec![cut.into()],
            ..Missing::default()
        })
    }
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        object.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(default = "unknown")]
    total_size: Total,
    done: bool,
    #[serde(borrow, default)]
    next_records_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

fn unknown() -> Total {
    Total(None)
}

impl Child {
    /// A record as it came. `level`: how many subqueries it is below.
    fn read(json: &RawValue, level: usize) -> Self {
        let json = json.get();
        let open = match level < LEVELS_MAX && json.contains(RECORDS) {
            true => Record::read(json, level),
            false => None,
        };
        match open.filter(Record::is_open) {
            Some(record) => Self::Open(record),
            None => Self::Whole(json.to_owned()),
        }
    }

    /// Its text, if nothing is missing any more.
    pub(crate) fn settle(&mut self) {
        if let Self::Open(record) = self
            && !record.is_open()
        {
            *self = Self::Whole(record.to_json());
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// The record's URL. One without children does not say it here: it is not asked for.
    pub(crate) fn url(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Open(record) => record.url.as_deref().map(Cow::Borrowed),
            Self::Whole(json) => url(json),
        }
    }

    /// How long its text is, about.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Whole(json) => json.len(),
            Self::Open(record) => record.bytes(),
        }
    }

    pub(crate) fn to_json(&self) -> Cow<'_, str> {
        match self {
            Self::Whole(json) => Cow::Borrowed(json),
            Self::Open(record) => Cow::Owned(record.to_json()),
        }
    }

    /// Goes on with the same record, which has come again with its next children. `above`: the
    /// relationships to it.
    ///
    /// # Errors
    ///
    /// The children that do not come any more.
    pub(crate) fn absorb(&mut self, again: Self, above: &str) -> Result<(), Cut> {
        if let (Self::Open(record), Some(again)) = (&mut *self, again.into_record()) {
            record.absorb(again, above)?;
        }
        self.settle();
        Ok(())
    }

    fn into_record(self) -> Option<Record> {
        match self {
            Self::Open(record) => Some(record),
            Self::Whole(json) => Record::read(&json, 0),
        }
    }

    /// What is missing, by relationship.
    pub(crate) fn cuts(&self) -> Vec<Cut> {
        match self {
            Self::Whole(_) => Vec::new(),
            Self::Open(record) => record.cuts(""),
        }
    }
}

impl Record {
    fn read(json: &str, level: usize) -> Option<Self> {
        let Members(members) = serde_json::from_str(json).ok()?;
        let mut record = Self {
            url: None,
            members: Vec::with_capacity(members.len()),
        };
        for (name, value) in members {
            let value = value.get();
            if name == "attributes" {
                record.url = address(value);
            }
            let list = match value.starts_with('{') && value.contains(RECORDS) {
                true => List::read(&name, value, level + 1),
                false => None,
            };
            record.members.push(match list {
                Some(list) => Member::List(list),
                None => Member::Plain(format!("{}:{value}", text(&name)), name),
            });
        }
        Some(record)
    }

    /// Its lists of children.
    pub(crate) fn lists(&mut self) -> impl Iterator<Item = &mut List> {
        self.members.iter_mut().filter_map(|member| match member {
            Member::List(list) => Some(list),
            Member::Plain(..) => None,
        })
    }

    fn is_open(&self) -> bool {
        self.members.iter().any(|member| match member {
            Member::List(list) => list.is_open(),
            Member::Plain(..) => false,
        })
    }

    fn bytes(&self) -> usize {
        let members = self.members.iter().map(|member| match member {
            Member::Plain(json, _) => json.len() + 1,
            Member::List(list) => list.bytes(),
        });
        members.sum::<usize>() + 2
    }

    fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.bytes());
        self.write(&mut json);
        json
    }

    fn write(&self, out: &mut String) {
        out.push('{');
        for (number, member) in self.members.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            match member {
                Member::Plain(json, _) => out.push_str(json),
                Member::List(list) => {
                    out.push_str(&text(&list.relationship));
                    out.push(':');
                    list.write(out);
                }
            }
        }
        out.push('}');
    }

    fn absorb(&mut self, again: Self, above: &str) -> Result<(), Cut> {
        for member in again.members {
            let Member::List(more) = member else {
                continue;
            };
            let known = self.members.iter_mut().find(|member| match member {
                Member::Plain(_, name) => *name == more.relationship,
                Member::List(list) => list.relationship == more.relationship,
            });
            match known {
                Some(Member::List(list)) => list.absorb(more, above)?,
                // It had none on the page before.
                Some(plain) => *plain = Member::List(more),
                None => self.members.push(Member::List(more)),
            }
        }
        Ok(())
    }

    fn cuts(&self, above: &str) -> Vec<Cut> {
        let lists = self.members.iter().filter_map(|member| match member {
            Member::List(list) => Some(list),
            Member::Plain(..) => None,
        });
        lists.flat_map(|list| list.cuts(above)).collect()
    }
}

impl List {
    /// A page. `None`: it is not one.
    pub(crate) fn page(json: &str) -> Option<Self> {
        Self::read("", json, 0)
    }

    fn read(relationship: &str, json: &str, level: usize) -> Option<Self> {
        let read: Listed<'_> = serde_json::from_str(json).ok()?;
        let children = read.records.into_iter();
        Some(Self {
            relationship: relationship.to_owned(),
            total: read.total_size.0,
            done: read.done,
            was_cut: !read.done,
            next: read.next_records_url.map(Cow::into_owned),
            children: children.map(|child| Child::read(child, level)).collect(),
        })
    }

    fn is_open(&self) -> bool {
        !self.done || self.children.iter().any(Child::is_open)
    }

    pub(crate) fn relationship(&self) -> &str {
        &self.relationship
    }

    /// Where its next children are, if they have a place of their own.
    pub(crate) fn next(&self) -> Option<&str> {
        self.next.as_deref().filter(|_| !self.done)
    }

    /// Takes the page that [`Self::next`] named.
    pub(crate) fn take_page(&mut self, page: Self) {
        (self.done, self.next) = (page.done, page.next);
        self.children.extend(page.children);
    }

    /// Forgets what is not needed of children of which nothing is missing any more.
    pub(crate) fn settle(&mut self) {
        self.children.iter_mut().for_each(Child::settle);
    }

    pub(crate) fn bytes(&self) -> usize {
        let children = self.children.iter().map(|child| child.bytes() + 1);
        children.sum::<usize>() + self.relationship.len() + 60
    }

    /// Goes on with the same list of the parent that has come again.
    fn absorb(&mut self, more: Self, above: &str) -> Result<(), Cut> {
        if !self.is_open() {
            // It was complete, and has come again.
            return Ok(());
        }
        let path = path(above, &self.relationship);
        self.done = more.done;
        self.next = more.next;
        let mut more = more.children.into_iter();
        // Only the last child can have been cut.
        if let Some(last) = self.children.last_mut().filter(|last| last.is_open())
            && let Some(first) = more.next()
        {
            match (last.url(), first.url()) {
                (Some(one), Some(other)) if one == other => last.absorb(first, &path)?,
                _ => self.children.push(first),
            }
        }
        self.children.extend(more);
        self.end(&path)
    }

    /// Judges a list that was cut, when no more of it comes. `path`: its relationships.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub(crate) fn end(&self, path: &str) -> Result<(), Cut> {
        let came = self.children.len() as u64;
        let total = self.total.filter(|_| self.done && self.was_cut);
        match total.map_or(0, |total| total.saturating_sub(came)) {
            0 => Ok(()),
            missing => Err(Cut {
                relationship: path.to_owned(),
                records: Some(missing),
            }),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.bytes());
        self.write(&mut json);
        json
    }

    fn write(&self, out: &mut String) {
        let came = self.children.len() as u64;
        let total = self.total.map(|total| total.max(came).to_string());
        let total = total.as_deref().unwrap_or("-1");
        out.push_str(&format!(r#"{{"totalSize":{total},"done":{}"#, self.done));
        if let Some(next) = &self.next {
            out.push_str(&format!(r#","nextRecordsUrl":{}"#, text(next)));
        }
        out.push_str(",\"records\":[");
        for (number, child) in self.children.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            match child {
                Child::Whole(json) => out.push_str(json),
                Child::Open(record) => record.write(out),
            }
        }
        out.push_str("]}");
    }

    fn cuts(&self, above: &str) -> Vec<Cut> {
        let path = path(above, &self.relationship);
        let mut cuts = Vec::new();
        for child in &self.children {
            if let Child::Open(record) = child {
                cuts.extend(record.cuts(&path));
            }
        }
        if !self.done {
            let came = self.children.len() as u64;
            let missing = self.total.map(|total| total.saturating_sub(came));
            cuts.push(Cut {
                relationship: path,
                // Nothing can be missing of a list that is not done: its length is wrong.
                records: missing.filter(|missing| *missing > 0),
            });
        }
        cuts
    }
}

/// The relationships to a list, as in `Contacts.Cases`.
pub(crate) fn path(above: &str, relationship: &str) -> String {
    let separator = if above.is_empty() { "" } else { "." };
    format!("{above}{separator}{relationship}")
}

/// The URL of a record.
pub(crate) fn url(record: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        attributes: Attributes<'a>,
    }
    let named: Named<'_> = serde_json::from_str(record).ok()?;
    named.attributes.url
}

fn address(attributes: &str) -> Option<String> {
    let attributes: Attributes<'_> = serde_json::from_str(attributes).ok()?;
    attributes.url.map(Cow::into_owned)
}

/// A text as JSON.
fn text(text: &str) -> String {
    let mut json = Vec::with_capacity(text.len() + 2);
    // Writing a text into memory does not fail.
    _ = text.serialize(&mut serde_json::Serializer::new(&mut json));
    String::from_utf8(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(url: &str, children: &str) -> String {
        format!(r#"{{"attributes":{{"type":"A","url":"{url}"}},"Name":"a\"b","Bs":{children}}}"#)
    }

    fn list(total: i64, done: bool, next: Option<&str>, records: &str) -> String {
        let next = next.map_or_else(String::new, |next| format!(r#","nextRecordsUrl":"{next}""#));
        format!(r#"{{"totalSize":{total},"done":{done}{next},"records":[{records}]}}"#)
    }

    fn page(record: &str) -> List {
        List::page(&list(1, true, None, record)).unwrap()
    }

    #[test]
    fn a_record_of_which_nothing_is_missing_stays_as_it_came() {
        for json in [
            record("/a", "null"),
            record("/a", &list(1, true, None, r#"{ "Id":1.50 }"#)),
            record("/a", r#"{"records":"x"}"#),
        ] {
            let page = page(&json);
            assert_eq!(page.children, [Child::Whole(json.clone())]);
            assert_eq!(page.to_json(), list(1, true, None, &json));
        }
    }

    #[test]
    fn a_list_grows_by_its_own_pages() {
        let cut = record("/a", &list(3, false, Some("/n"), r#"{"Id":1},{"Id":2}"#));
        let mut page = page(&cut);
        let Child::Open(open) = &mut page.children[0] else {
            panic!("it was cut")
        };
        let children = open.lists().next().unwrap();
        assert_eq!(children.next(), Some("/n"));
        children.take_page(List::page(&list(3, true, None, r#"{"Id":3}"#)).unwrap());
        page.settle();
        let whole = record("/a", &list(3, true, None, r#"{"Id":1},{"Id":2},{"Id":3}"#));
        assert_eq!(page.children, [Child::Whole(whole)]);
    }

    #[test]
    fn a_record_goes_on_when_it_comes_again() {
        let b = |number: u32, list: &str| {
            format!(r#"{{"attributes":{{"url":"/b{number}"}},"Cs":{list}}}"#)
        };
        let first = record(
            "/a",
            &list(
                3,
                false,
                None,
                &[
                    b(1, &list(1, true, None, "{}")),
                    b(2, &list(2, false, None, r#"{"C":1}"#)),
                ]
                .join(","),
            ),
        );
        let again = record(
            "/a",
            &list(
                3,
                true,
                None,
                &[b(2, &list(2, true, None, r#"{"C":2}"#)), b(3, "null")].join(","),
            ),
        );
        let mut held = page(&first).children.remove(0);
        assert_eq!(held.url().as_deref(), Some("/a"));
        let cuts = held.cuts();
        let names: Vec<&str> = cuts.iter().map(|cut| &*cut.relationship).collect();
        assert_eq!(names, ["Bs.Cs", "Bs"]);
        assert_eq!((cuts[0].records, cuts[1].records), (Some(1), Some(1)));
        held.absorb(page(&again).children.remove(0), "").unwrap();
        let whole = record(
            "/a",
            &list(
                3,
                true,
                None,
                &[
                    b(1, &list(1, true, None, "{}")),
                    b(2, &list(2, true, None, r#"{"C":1},{"C":2}"#)),
                    b(3, "null"),
                ]
                .join(","),
            ),
        );
        assert_eq!(held, Child::Whole(whole));
    }

    #[test]
    fn a_list_that_ends_early_is_noticed() {
        let b = |list: &str| format!(r#"{{"attributes":{{"url":"/b"}},"Cs":{list}}}"#);
        let open = record("/a", &list(1, true, None, &b(&list(3, false, None, "{}"))));
        let short = record("/a", &list(1, true, None, &b(&list(3, true, None, "{}"))));
        let mut held = page(&open).children.remove(0);
        let missing = held
            .absorb(page(&short).children.remove(0), "")
            .unwrap_err();
        assert_eq!(
            (&*missing.relationship, missing.records),
            ("Bs.Cs", Some(1))
        );
        // One that was whole when it came is not counted.
        let whole = List::page(&list(3, true, None, "{}")).unwrap();
        assert_eq!(whole.end("Bs"), Ok(()));
    }

    #[test]
    fn a_relationship_that_begins_on_a_later_page_is_taken() {
        let first = r#"{"attributes":{"url":"/a"},"Bs":{"totalSize":2,"done":false,"records":[{}]},"Cs":null}"#;
        let again = r#"{"attributes":{"url":"/a"},"Bs":{"totalSize":2,"done":true,"records":[{}]},"Cs":{"totalSize":1,"done":true,"records":[{}]}}"#;
        let mut held = page(first).children.remove(0);
        held.absorb(page(again).children.remove(0), "").unwrap();
        let whole = r#"{"attributes":{"url":"/a"},"Bs":{"totalSize":2,"done":true,"records":[{},{}]},"Cs":{"totalSize":1,"done":true,"records":[{}]}}"#;
        assert_eq!(held, Child::Whole(whole.to_owned()));
    }

    #[test]
    fn a_records_url_is_in_its_attributes() {
        assert_eq!(url(&record("/a", "null")).as_deref(), Some("/a"));
        assert_eq!(url(r#"{"attributes":{"type":"AggregateResult"}}"#), None);
        assert_eq!(url("{}"), None);
    }
}
