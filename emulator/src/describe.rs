//! What there is: the objects of the org, and all of one object.
//!
//! Source: REST API Developer Guide, "Describe Global", "sObject Describe",
//! "sObject Basic Information", "sObject Layouts", "sObject CompactLayouts",
//! "sObject ApprovalLayouts", "sObject Named Layouts", "Compact Layouts".

mod compact_layout;
mod field;
mod layout;
mod object;

use http::StatusCode;
use http::header::{IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, LAST_MODIFIED};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::clock::http_date;
use crate::error::ApiError;
use crate::http_date;
use crate::id::RecordId;
use crate::recent;
use crate::schema::{RecordType, SObject, Schema};
use crate::sobject::object;

/// The most objects whose compact layouts are asked for at once. Source:
/// "Compact Layouts".
const COMPACT_MAX: usize = 100;

/// Records of the list that basic information has.
const RECENT_MAX: usize = 200;

/// The record type that every object has.
pub(crate) const MASTER: &str = "012000000000000AAA";

/// An API that has objects: their schema, and where they are.
#[derive(Clone, Copy)]
struct Api<'a> {
    call: &'a Call<'a>,
    schema: &'a Schema,
    /// Below the version.
    path: &'static str,
}

impl<'a> Api<'a> {
    /// The org's own objects.
    fn of(call: &'a Call<'a>) -> Self {
        Self {
            call,
            schema: &call.org.schema,
            path: "sobjects",
        }
    }

    /// Where the objects are.
    fn root(self) -> String {
        format!("/services/data/{}/{}", self.call.version, self.path)
    }

    /// Every object, in short.
    fn global(self) -> Result<Answer, ApiError> {
        unless_known(self.call, || {
            let sobjects = self.schema.sobjects().iter();
            let sobjects: Vec<Value> = sobjects
                .map(|sobject| Value::Object(object::summary(self, sobject)))
                .collect();
            json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sobjects})
        })
    }

    /// The object that the path names, in any case.
    fn object(self) -> Result<&'a SObject, ApiError> {
        let sobject = self.schema.named(self.call.segments.get("object"));
        let sobject = sobject.map(|sobject| &**sobject);
        sobject.ok_or_else(ApiError::not_found)
    }

    /// All of the object that the path names.
    fn describe(self) -> Result<Answer, ApiError> {
        let sobject = self.object()?;
        unless_known(self.call, || Value::Object(object::whole(self, sobject)))
    }
}

/// Answers `sobjects`: every object, in short.
pub(crate) fn global(call: &Call<'_>) -> Result<Answer, ApiError> {
    Api::of(call).global()
}

/// Answers `tooling/sobjects`: what developers write.
///
/// Source: Tooling API Developer Guide, "REST Resources".
pub(crate) fn tooling_global(call: &Call<'_>) -> Result<Answer, ApiError> {
    tooling(call, &Schema::tooling()).global()
}

/// Answers `tooling/sobjects/{object}`: nobody has viewed any.
pub(crate) fn tooling_basic(call: &Call<'_>) -> Result<Answer, ApiError> {
    let schema = Schema::tooling();
    let api = tooling(call, &schema);
    let body = json!({
        "objectDescribe": object::summary(api, api.object()?),
        "recentItems": [],
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// Answers `tooling/sobjects/{object}/describe`.
pub(crate) fn tooling_describe(call: &Call<'_>) -> Result<Answer, ApiError> {
    tooling(call, &Schema::tooling()).describe()
}

fn tooling<'a>(call: &'a Call<'a>, schema: &'a Schema) -> Api<'a> {
    let path = "tooling/sobjects";
    Api { call, schema, path }
}

/// Answers `GET sobjects/{object}`: the object in short, and its records that
/// were viewed last.
pub(crate) fn basic(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    let items = recent::items(call, Some(&sobject.name), RECENT_MAX)?;
    let body = json!({
        "objectDescribe": object::summary(Api::of(call), sobject),
        "recentItems": items,
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// All of an object, for resources that tell it in another form.
pub(crate) fn whole(call: &Call<'_>, sobject: &SObject) -> Map<String, Value> {
    object::whole(Api::of(call), sobject)
}

/// The layout of an object, for the same.
pub(crate) fn layout_of(call: &Call<'_>, sobject: &SObject) -> Value {
    layout::layout(&call.org.schema, sobject)
}

/// Answers `sobjects/{object}/describe`: all of an object.
pub(crate) fn describe(call: &Call<'_>) -> Result<Answer, ApiError> {
    Api::of(call).describe()
}

/// Answers `sobjects/{object}/describe/layouts`. Of an object with several
/// record types each layout has to be asked for.
pub(crate) fn layouts(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = layoutable(call)?;
    let layouts = if sobject.record_types.is_empty() {
        json!([layout::layout(&call.org.schema, sobject)])
    } else {
        Value::Null
    };
    Ok(layouts_with(call, sobject, &layouts))
}

/// Answers `sobjects/{object}/describe/namedLayouts/{layout}`.
pub(crate) fn named_layout(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = layoutable(call)?;
    let name = call.segments.get("layout");
    if sobject.named_layouts.iter().all(|known| *known != *name) {
        return Err(ApiError::not_found());
    }
    let layouts = json!([layout::layout(&call.org.schema, sobject)]);
    Ok(layouts_with(call, sobject, &layouts))
}

fn layouts_with(call: &Call<'_>, sobject: &SObject, layouts: &Value) -> Answer {
    let mappings: Vec<Value> = types(sobject)
        .map(|of| layout::mapping(Api::of(call), sobject, &of))
        .collect();
    let body = json!({
        "layouts": layouts,
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [!sobject.record_types.is_empty()],
    });
    Answer::json(StatusCode::OK, &body)
}

/// Answers `sobjects/{object}/describe/layouts/{record_type}`.
pub(crate) fn layout(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = layoutable(call)?;
    record_type(sobject, call.segments.get("record_type"))?;
    Ok(Answer::json(
        StatusCode::OK,
        &layout::layout(&call.org.schema, sobject),
    ))
}

/// Answers `sobjects/Global/describe/layouts`: what people can do wherever they
/// are, which is nothing here.
pub(crate) fn global_layouts(_: &Call<'_>) -> Result<Answer, ApiError> {
    let body = json!({
        "layouts": [layout::empty()],
        "recordTypeMappings": [],
        "recordTypeSelectorRequired": [false],
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// Answers `sobjects/{object}/describe/compactLayouts`.
pub(crate) fn compact_layouts(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = layoutable(call)?;
    let body = compact_layout::all(call, sobject, types(sobject));
    Ok(Answer::json(StatusCode::OK, &body))
}

/// Answers `sobjects/{object}/describe/compactLayouts/{record_type}`; `primary`
/// is the one of the master.
pub(crate) fn compact_layout(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = layoutable(call)?;
    let segment = call.segments.get("record_type");
    if segment != "primary" {
        record_type(sobject, segment)?;
    }
    Ok(Answer::json(
        StatusCode::OK,
        &compact_layout::system(sobject),
    ))
}

/// Answers `compactLayouts?q=`: the primary compact layouts of several objects.
pub(crate) fn compact_layouts_of(call: &Call<'_>) -> Result<Answer, ApiError> {
    let names = call.request.parameter("q");
    let names = names.ok_or_else(|| ApiError::missing_parameter("q"))?;
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    if names.len() > COMPACT_MAX {
        return Err(ApiError::missing_parameter("q"));
    }
    let mut layouts = Map::new();
    for name in names {
        let sobject = call.org.schema.named(name);
        let sobject = sobject.filter(|sobject| sobject.layoutable);
        let sobject = sobject.ok_or_else(ApiError::not_found)?;
        layouts.insert(sobject.name.to_string(), compact_layout::system(sobject));
    }
    Ok(Answer::json(StatusCode::OK, &layouts))
}

/// Answers `sobjects/{object}/describe/approvalLayouts`: the org has no approval
/// process.
pub(crate) fn approval_layouts(call: &Call<'_>) -> Result<Answer, ApiError> {
    layoutable(call)?;
    Ok(Answer::json(
        StatusCode::OK,
        &json!({"approvalLayouts": []}),
    ))
}

/// Answers a layout of an approval process: there is none.
pub(crate) fn no_layout(call: &Call<'_>) -> Result<Answer, ApiError> {
    layoutable(call)?;
    Err(ApiError::not_found())
}

fn layoutable<'a>(call: &Call<'a>) -> Result<&'a SObject, ApiError> {
    let sobject = object(call)?;
    if sobject.layoutable {
        return Ok(sobject);
    }
    Err(ApiError::not_found())
}

/// An object's record types, the master as the last.
fn types(sobject: &SObject) -> impl Iterator<Item = RecordType> + '_ {
    let master = master(sobject.record_types.iter().all(|of| !of.default));
    let master = master.into_iter();
    sobject.record_types.iter().cloned().chain(master)
}

fn master(is_default: bool) -> Option<RecordType> {
    Some(RecordType {
        id: RecordId::parse(MASTER)?,
        developer_name: "Master".into(),
        name: "Master".into(),
        active: true,
        default: is_default,
    })
}

/// The record type that a segment names, in 15 or 18 characters.
fn record_type(sobject: &SObject, segment: &str) -> Result<RecordType, ApiError> {
    let id = RecordId::parse(segment).ok_or_else(ApiError::not_found)?;
    let mut types = types(sobject);
    types.find(|of| of.id == id).ok_or_else(ApiError::not_found)
}

/// Answers what a client does not know yet: 304, if the schema has not changed
/// since the date of `If-Modified-Since`; 412, if it has changed since that of
/// `If-Unmodified-Since`. Dates that cannot be read are ignored.
///
/// Source: REST API Developer Guide, "Conditional Request Headers".
fn unless_known(call: &Call<'_>, body: impl FnOnce() -> Value) -> Result<Answer, ApiError> {
    let changed_s = call.org.schema_changed_ms.div_euclid(1_000);
    let date = |name| {
        let date = call.request.header(name).and_then(http_date::read);
        date.map(|date| date.as_second())
    };
    if date(&IF_UNMODIFIED_SINCE).is_some_and(|since| changed_s > since) {
        return Err(ApiError::precondition_failed());
    }
    let answer = if date(&IF_MODIFIED_SINCE).is_some_and(|since| changed_s <= since) {
        Answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        Answer::json(StatusCode::OK, &body())
    };
    Ok(match http_date(call.org.schema_changed_ms) {
        Some(date) => answer.with(LAST_MODIFIED, date),
        None => answer,
    })
}

#[cfg(test)]
mod tests;
