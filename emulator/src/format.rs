//! The format in which an answer is asked for, or in which a body is.
//!
//! Source: REST API Developer Guide, "REST API Architecture"; Salesforce Help,
//! "Identity URLs" and "OAuth 2.0 Web Server Flow", the parameter `format`.

use http::header::ACCEPT;

use crate::request::Request;

/// A format that Salesforce writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    /// As a form in a body is written. Only OAuth's endpoints have it.
    UrlEncoded,
}

impl Format {
    /// The format of a media type without parameters.
    pub(crate) fn of_media_type(kind: &str) -> Option<Self> {
        match kind.to_ascii_lowercase().as_str() {
            "application/json" => Some(Self::Json),
            "application/xml" | "text/xml" => Some(Self::Xml),
            "application/x-www-form-urlencoded" => Some(Self::UrlEncoded),
            _ => None,
        }
    }

    /// The format that a request's parameter `format` or, without one, its
    /// `Accept` asks for; `None` if neither names any. An unknown parameter is
    /// an error.
    pub(crate) fn asked(request: &Request, parameter: Option<&str>) -> Result<Option<Self>, ()> {
        match parameter {
            Some("json") => Ok(Some(Self::Json)),
            Some("xml") => Ok(Some(Self::Xml)),
            Some("urlencoded") => Ok(Some(Self::UrlEncoded)),
            Some(_) => Err(()),
            None => Ok(accepted(request)),
        }
    }
}

/// Whether a request accepts XML and nothing else that is known: such a request
/// cannot be answered here. One that accepts JSON too gets JSON, though
/// Salesforce would send what the list names first.
pub(crate) fn is_xml_only(request: &Request) -> bool {
    accepted(request) == Some(Format::Xml)
}

/// Whether `Accept` names JSON itself: a wildcard does not.
pub(crate) fn names_json(request: &Request) -> bool {
    let mut lists = request.headers(&ACCEPT);
    lists.any(|list| {
        list.split(',')
            .any(|range| kind(range) == Some(Format::Json))
    })
}

fn kind(range: &str) -> Option<Format> {
    Format::of_media_type(range.split(';').next()?.trim())
}

/// JSON if `Accept` allows it, else the first format that it names.
fn accepted(request: &Request) -> Option<Format> {
    let formats: Vec<Format> = request
        .headers(&ACCEPT)
        .flat_map(|list| list.split(','))
        .filter_map(|range| match range.split(';').next()?.trim() {
            // Java's own client sends the lone asterisk.
            "*/*" | "*" | "application/*" => Some(Format::Json),
            _ => kind(range),
        })
        .collect();
    let json = formats.iter().find(|format| **format == Format::Json);
    json.or(formats.first()).copied()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn accepting(list: &str) -> Request {
        let request = http::Request::builder().header(ACCEPT, list).body(());
        let parts = request.expect("a request").into_parts().0;
        Request::new(parts, Bytes::new())
    }

    #[test]
    fn json_is_answered_to_all_who_accept_it() {
        for (list, format) in [
            ("application/json", Some(Format::Json)),
            ("Application/JSON;charset=UTF-8", Some(Format::Json)),
            ("*/*", Some(Format::Json)),
            ("text/html, *; q=.2, */*; q=.2", Some(Format::Json)),
            ("application/xml,application/json", Some(Format::Json)),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Some(Format::Json),
            ),
            ("application/xml", Some(Format::Xml)),
            ("text/xml; q=1", Some(Format::Xml)),
            ("application/xml, text/html", Some(Format::Xml)),
            (
                "application/x-www-form-urlencoded",
                Some(Format::UrlEncoded),
            ),
            ("text/csv", None),
            ("", None),
        ] {
            assert_eq!(Format::asked(&accepting(list), None), Ok(format), "{list}");
            let is_xml = format == Some(Format::Xml);
            assert_eq!(is_xml_only(&accepting(list)), is_xml, "{list}");
        }
    }

    #[test]
    fn a_wildcard_names_nothing() {
        for (list, names) in [
            ("text/html, application/json;q=0.5", true),
            ("*/*", false),
            ("application/xml", false),
        ] {
            assert_eq!(names_json(&accepting(list)), names, "{list}");
        }
    }

    #[test]
    fn a_parameter_comes_before_the_header() {
        let request = accepting("application/json");
        for (parameter, format) in [
            ("xml", Ok(Some(Format::Xml))),
            ("json", Ok(Some(Format::Json))),
            ("urlencoded", Ok(Some(Format::UrlEncoded))),
            ("yaml", Err(())),
            ("", Err(())),
        ] {
            assert_eq!(Format::asked(&request, Some(parameter)), format);
        }
    }
}
