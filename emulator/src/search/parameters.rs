//! A search without SOSL.
//!
//! Source: REST API Developer Guide, "Search with Parameters in the URI", "Search
//! with Parameters in the Request Body".

use serde::Deserialize;
use serde_json::Value;

use crate::error::ApiError;
use crate::request::Request;
use crate::soql::{OFFSET_MAX, SoqlError};
use crate::sosl::{Find, Group, ROWS_MAX, Reserved, Returning, Search, malformed};

/// Parameters that change nothing here: this org has no articles, and corrects no
/// spelling.
const WITHOUT_EFFECT: [&str; 3] = ["spellCorrection", "updateTracking", "updateViewStat"];

/// Parameters that would change a result, and are not supported.
const UNSUPPORTED: [&str; 7] = [
    "dataCategory",
    "dataCategories",
    "division",
    "metadata",
    "netWorkIds",
    "pricebookId",
    "snippet",
];

/// The parameters of a body. Numbers come as such or as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    q: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    sobjects: Vec<Object>,
    #[serde(rename = "in")]
    group: Option<String>,
    overall_limit: Option<Value>,
    default_limit: Option<Value>,
    offset: Option<Value>,
    #[serde(flatten)]
    others: serde_json::Map<String, Value>,
}

/// What is wanted of an object.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Object {
    name: String,
    #[serde(default)]
    fields: Vec<String>,
    limit: Option<Value>,
    order_by: Option<String>,
    #[serde(rename = "where")]
    condition: Option<String>,
}

/// The search that a body asks for.
pub(super) fn of_body(body: Body) -> Result<Search, ApiError> {
    for name in body.others.keys() {
        check(name)?;
    }
    let number = |value: &Option<Value>, name: &'static str, most: usize| {
        let value = value.as_ref();
        value.map(|value| number(value, name, most)).transpose()
    };
    let default_limit = number(&body.default_limit, "defaultLimit", ROWS_MAX)?;
    let offset_max = usize::try_from(OFFSET_MAX).unwrap_or(usize::MAX);
    let offset = number(&body.offset, "offset", offset_max)?;
    if offset.is_some() && body.sobjects.len() != 1 {
        return Err(malformed("offset can be used only with a single sobject"));
    }
    let returning = body.sobjects.into_iter().map(|object| {
        let limit = number(&object.limit, "limit", ROWS_MAX)?.or(default_limit);
        Ok(returning(object, &body.fields, limit, offset))
    });
    Ok(Search {
        find: Find::parse(&body.q, Reserved::Punctuation)?,
        group: body.group.as_deref().map_or(Ok(Group::All), Group::named)?,
        returning: returning.collect::<Result<_, ApiError>>()?,
        limit: number(&body.overall_limit, "overallLimit", ROWS_MAX)?.unwrap_or(ROWS_MAX),
    })
}

/// The search that the parameters of a URI ask for.
pub(super) fn of_uri(request: &Request) -> Result<Search, ApiError> {
    let query = request.parameter("q");
    let mut body = Body {
        q: query.ok_or_else(|| ApiError::missing_parameter("q"))?,
        fields: list(request.parameter("fields")),
        sobjects: Vec::new(),
        group: request.parameter("in"),
        overall_limit: request.parameter("overallLimit").map(Value::from),
        default_limit: request.parameter("defaultLimit").map(Value::from),
        offset: request.parameter("offset").map(Value::from),
        others: serde_json::Map::new(),
    };
    for (name, value) in request.parameters() {
        if name == "sobject" {
            // Several can be in one list, as clients write them.
            for name in value.split(',') {
                let own = |parameter: &str| request.parameter(&format!("{name}.{parameter}"));
                body.sobjects.push(Object {
                    name: name.to_owned(),
                    fields: list(own("fields")),
                    limit: own("limit").map(Value::from),
                    order_by: own("orderBy"),
                    condition: own("where"),
                });
            }
        } else {
            check(&name)?;
        }
    }
    of_body(body)
}

fn list(names: Option<String>) -> Vec<String> {
    let names = names.unwrap_or_default();
    let names = names.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Refuses what this emulator does not have. What nobody knows is ignored, as
/// elsewhere in URIs.
fn check(name: &str) -> Result<(), ApiError> {
    if WITHOUT_EFFECT.contains(&name) || !UNSUPPORTED.contains(&name) {
        return Ok(());
    }
    let what = format!("the parameter {name} of a search");
    Err(SoqlError::unsupported(&what).into())
}

/// A number up to `most`, as such or as text. The words are the emulator's own.
fn number(value: &Value, name: &'static str, most: usize) -> Result<usize, ApiError> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let number = text.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| ApiError::missing_parameter(name))
}

fn returning(
    object: Object,
    fields: &[String],
    limit: Option<usize>,
    offset: Option<usize>,
) -> Returning {
    let own = if object.fields.is_empty() {
        fields
    } else {
        &object.fields
    };
    let mut clauses = Vec::new();
    clauses.extend(
        object
            .condition
            .map(|condition| format!("WHERE {condition}")),
    );
    clauses.extend(object.order_by.map(|order| {
        // `NULLS_FIRST` here, `NULLS FIRST` in SOQL.
        let words = order.split_whitespace().map(|word| {
            let is_nulls = word
                .get(..6)
                .is_some_and(|begin| begin.eq_ignore_ascii_case("nulls_"));
            if is_nulls {
                word.replacen('_', " ", 1)
            } else {
                word.to_owned()
            }
        });
        format!("ORDER BY {}", words.collect::<Vec<_>>().join(" "))
    }));
    clauses.extend(limit.map(|rows| format!("LIMIT {rows}")));
    clauses.extend(offset.map(|rows| format!("OFFSET {rows}")));
    Returning {
        object: object.name,
        fields: if own.is_empty() {
            "Id".to_owned()
        } else {
            own.join(", ")
        },
        clauses: clauses.join(" "),
    }
}
