//! What the headers of a request say that changes what it is.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::decision::Ambiguity;
use super::json::Json;

/// What the headers of a request say that changes what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signs {
    /// Whether the list of recently viewed records may be changed:
    /// `Sforce-Mru: updateMru=true` (v60).
    pub(super) updates_mru: bool,
    pub(super) compressed: bool,
    pub(super) content: ContentType,
}

/// How the body is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentType {
    Absent,
    /// In UTF-8, as are XML and forms.
    Json,
    Xml,
    Form,
    /// Of another type, or in another character set.
    Other,
}

/// Headers by which servers or what is before them replace the method or path.
const OVERRIDES: [&str; 6] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-method",
    "x-original-url",
    "x-rewrite-url",
];

/// Whether a header, in lower case, replaces the method or the path. Servers that
/// hand headers over as variables take `_` for `-`.
fn overrides(name: &str) -> bool {
    let dashed = |byte| if byte == b'_' { b'-' } else { byte };
    OVERRIDES
        .iter()
        .any(|known| name.len() == known.len() && name.bytes().map(dashed).eq(known.bytes()))
}

fn leaves_mru(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("updateMru=false")
}

impl Signs {
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Ambiguity> {
        if headers.keys().any(|name| overrides(name.as_str())) {
            return Err(Ambiguity::MethodOverride);
        }
        let mut mru = headers.get_all("sforce-mru").iter();
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let content = match (types.next(), types.next()) {
            (None, _) => ContentType::Absent,
            (Some(one), None) => one.to_str().map_or(ContentType::Other, content_type),
            (Some(_), Some(_)) => return Err(Ambiguity::DoubledHeader),
        };
        Ok(Self {
            updates_mru: mru.any(|value| !value.to_str().is_ok_and(leaves_mru)),
            compressed: headers
                .get_all(CONTENT_ENCODING)
                .iter()
                .any(|value| value.as_bytes().trim_ascii() != b"identity"),
            content,
        })
    }

    /// Those of a part of a composite request: the member `httpHeaders`.
    pub(super) fn of_part(headers: Option<&Json>) -> Result<Self, Ambiguity> {
        let mut signs = Self {
            updates_mru: false,
            compressed: false,
            content: ContentType::Json,
        };
        let Some(headers) = headers.filter(|headers| !matches!(headers, Json::Null)) else {
            return Ok(signs);
        };
        let Json::Object(members) = headers else {
            return Err(Ambiguity::MethodOverride);
        };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in members {
            let name = name.trim().to_ascii_lowercase();
            if overrides(&name) || name.contains("@{") {
                return Err(Ambiguity::MethodOverride);
            }
            if seen.contains(&name) {
                return Err(Ambiguity::DoubledHeader);
            }
            if name == "sforce-mru" {
                signs.updates_mru = !matches!(value, Json::Text(value) if leaves_mru(value));
            }
            seen.push(name);
        }
        Ok(signs)
    }
}

fn content_type(value: &str) -> ContentType {
    let mut pieces = value
        .split(';')
        .map(|piece| piece.trim().to_ascii_lowercase());
    let essence = pieces.next().unwrap_or_default();
    if essence == "application/x-www-form-urlencoded" {
        return ContentType::Form;
    }
    let mut parameters = pieces.filter(|piece| !piece.is_empty());
    let utf_8 = parameters.all(|piece| {
        matches!(
            piece.as_str(),
            "charset=utf-8" | "charset=\"utf-8\"" | "charset=utf8"
        )
    });
    match essence.as_str() {
        "application/json" if utf_8 => ContentType::Json,
        "application/xml" | "text/xml" if utf_8 => ContentType::Xml,
        _ => ContentType::Other,
    }
}
