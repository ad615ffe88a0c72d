//! Where a request goes: its path in segments, and its parameters decoded. What
//! can be read in two ways is no address.

use std::borrow::Cow;

use super::allowed_path::method_name;
use super::decision::Ambiguity;

/// What a parameter is named after that replaces the method, folded.
const METHOD: &str = "httpmethod";

/// A path and a query that can be read in one way.
pub(super) struct Address<'a> {
    /// As they are sent, without the slash that may end a path.
    pub(super) segments: Vec<&'a str>,
    /// The last segment, percent-decoded, where decoding changes it.
    pub(super) decoded_value: Option<String>,
    /// Names and values, decoded.
    pub(super) parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The value of `_HttpMethod`.
    pub(super) method: Option<&'static str>,
    /// Whether the path is spelled without a slash at its end, and there is no
    /// question mark.
    pub(super) exact: bool,
    /// Whether a `@{reference}` of a composite request is in the query.
    pub(super) reference_in_query: bool,
}

impl<'a> Address<'a> {
    pub(super) fn read(path: &'a str, query: Option<&'a str>) -> Result<Self, Ambiguity> {
        let (segments, slash) = segments(path)?;
        let decoded_value = decoded_value(&segments)?;
        let mut address = Self {
            segments,
            decoded_value,
            parameters: Vec::new(),
            method: None,
            exact: !slash && query.is_none(),
            reference_in_query: false,
        };
        if let Some(query) = query {
            address.read_query(query)?;
        }
        Ok(address)
    }

    fn read_query(&mut self, query: &'a str) -> Result<(), Ambiguity> {
        if query.bytes().any(|byte| matches!(byte, b';' | b'#')) {
            return Err(Ambiguity::Semicolon);
        }
        if has_control(query) {
            return Err(Ambiguity::ControlCharacter);
        }
        let mut seen: Vec<Cow<'a, str>> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(raw_name, true)?;
            let value = decoded(raw_value, true)?;
            if has_control(&name) || value.contains('\0') {
                return Err(Ambiguity::ControlCharacter);
            }
            if has_escape(&name) {
                return Err(Ambiguity::Encoding);
            }
            let folded = folded(&name);
            // Most names are too short for it.
            if folded.len() >= METHOD.len() && folded.contains(METHOD) {
                let known = method_name(raw_value).filter(|_| raw_name == "_HttpMethod");
                if known.is_none() || self.method.is_some() {
                    return Err(Ambiguity::MethodOverride);
                }
                self.method = known;
            }
            if seen.contains(&folded) {
                return Err(Ambiguity::DoubledParameter);
            }
            seen.push(folded);
            self.reference_in_query |= has_reference(&name) || has_reference(&value);
            self.parameters.push((name, value));
        }
        self.reference_in_query |= has_reference(query);
        Ok(())
    }

    /// A parameter's value, by a name in lower case and in any spelling.
    pub(super) fn parameter(&self, folded: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(name, _)| is_spelling(name.trim(), folded));
        found.map(|(_, value)| &**value)
    }

    /// Whether a segment has a `@{reference}` of a composite request.
    pub(super) fn reference_in_path(&self) -> bool {
        self.segments.iter().any(|segment| has_reference(segment))
            || self.decoded_value.as_deref().is_some_and(has_reference)
    }

    /// Whether anonymous Apex is named, in whatever spelling or place: the code
    /// that takes it at Salesforce may be more lenient than the table.
    pub(super) fn names_anonymous_apex(&self) -> bool {
        const NAME: &str = "executeanonymous";
        let names =
            |text: &str| text.len() >= NAME.len() && text.to_ascii_lowercase().contains(NAME);
        self.segments.iter().any(|segment| names(segment))
            || self.decoded_value.as_deref().is_some_and(names)
            || self.parameter("anonymousbody").is_some()
    }
}

/// Whether a name is this one in lower case, as Unicode has it.
fn is_spelling(name: &str, folded: &str) -> bool {
    match name.is_ascii() {
        true => name.eq_ignore_ascii_case(folded),
        false => name.to_lowercase() == folded,
    }
}

/// The segments of a path, and whether a slash ends it.
fn segments(path: &str) -> Result<(Vec<&str>, bool), Ambiguity> {
    let path = path.strip_prefix('/').ok_or(Ambiguity::PathCharacter)?;
    if path.is_empty() {
        return Ok((Vec::new(), false));
    }
    let (path, slash) = match path.strip_suffix('/') {
        Some(shorter) => (shorter, true),
        None => (path, false),
    };
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" => return Err(Ambiguity::DoubleSlash),
            "." | ".." => return Err(Ambiguity::DotSegment),
            _ => segments.push(segment),
        }
    }
    if path.bytes().any(|byte| byte == b';') {
        return Err(Ambiguity::Semicolon);
    }
    let is_path_character = |byte: u8| byte.is_ascii_graphic() && !b"\\#?".contains(&byte);
    if !path.bytes().all(is_path_character) {
        return Err(Ambiguity::PathCharacter);
    }
    Ok((segments, slash))
}

/// The last segment of `sobjects/{object}/{field}/{value}`, decoded where that
/// changes it: the only place where a path may be percent-encoded, because
/// external ids have slashes.
fn decoded_value(segments: &[&str]) -> Result<Option<String>, Ambiguity> {
    if !segments.iter().any(|segment| segment.contains('%')) {
        return Ok(None);
    }
    let [
        "services",
        "data",
        version,
        "sobjects",
        object,
        field,
        value,
    ] = segments
    else {
        return Err(Ambiguity::Encoding);
    };
    if [version, object, field]
        .iter()
        .any(|part| part.contains('%'))
    {
        return Err(Ambiguity::Encoding);
    }
    let decoded = decoded(value, false)?;
    if has_control(&decoded) {
        return Err(Ambiguity::ControlCharacter);
    }
    if has_escape(&decoded) {
        return Err(Ambiguity::Encoding);
    }
    let pieces: Vec<&str> = decoded.split(['/', '\\']).collect();
    if pieces.iter().any(|piece| matches!(*piece, "." | "..")) {
        return Err(Ambiguity::DotSegment);
    }
    Ok(Some(decoded.into_owned()))
}

/// A text, percent-decoded once.
fn decoded(text: &str, plus_is_space: bool) -> Result<Cow<'_, str>, Ambiguity> {
    let changes = |byte| byte == b'%' || byte == b'+' && plus_is_space;
    if !text.bytes().any(changes) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = bytes.next().and_then(digit).ok_or(Ambiguity::Encoding)?;
                let low = bytes.next().and_then(digit).ok_or(Ambiguity::Encoding)?;
                high << 4 | low
            }
            b'+' if plus_is_space => b' ',
            byte => byte,
        });
    }
    let out = String::from_utf8(out).map_err(|_| Ambiguity::Encoding)?;
    Ok(Cow::Owned(out))
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Whether a text has a `@{reference}`. One character is found faster than two.
fn has_reference(text: &str) -> bool {
    text.contains('@') && text.contains("@{")
}

/// Whether a text has a control character. ASCII, which most texts are, is checked faster.
fn has_control(text: &str) -> bool {
    match text.is_ascii() {
        true => text.bytes().any(|byte| byte.is_ascii_control()),
        false => text.chars().any(char::is_control),
    }
}

/// A parameter's name as servers compare it that are lenient: without the spaces around it
/// and in lower case.
fn folded<'a>(name: &Cow<'a, str>) -> Cow<'a, str> {
    match name {
        Cow::Borrowed(name) if !name.contains(|c: char| c.is_uppercase() || !c.is_ascii()) => {
            Cow::Borrowed(name.trim())
        }
        name => Cow::Owned(name.trim().to_lowercase()),
    }
}

/// Whether a decoded text could be decoded once more.
fn has_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|window| {
        matches!(window, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}
