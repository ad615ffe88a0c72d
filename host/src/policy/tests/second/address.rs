//! Paths and queries, for the second judge.

pub(super) fn read_path(path: &str) -> Option<Vec<&str>> {
    if path == "/" {
        return Some(Vec::new());
    }
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if path
        .bytes()
        .any(|b| !(0x21..=0x7e).contains(&b) || b";\\#?".contains(&b))
    {
        return None;
    }
    let mut all = trimmed.split('/');
    if all.next() != Some("") {
        return None;
    }
    let segments: Vec<&str> = all.collect();
    if segments.is_empty() || segments.iter().any(|one| ["", ".", ".."].contains(one)) {
        return None;
    }
    let encoded = segments.iter().filter(|one| one.contains('%')).count();
    if encoded > 0 {
        let value = segments.len() == 7
            && segments[0] == "services"
            && segments[1] == "data"
            && segments[3] == "sobjects"
            && encoded == 1
            && segments[6].contains('%');
        let text = if value {
            percent(segments[6], false)?
        } else {
            return None;
        };
        if text.contains(char::is_control) || percent_left(&text) {
            return None;
        }
        if text
            .replace('\\', "/")
            .split('/')
            .any(|piece| piece == "." || piece == "..")
        {
            return None;
        }
    }
    Some(segments)
}

pub(super) fn read_query(query: Option<&str>) -> Option<Vec<(String, String)>> {
    let mut read: Vec<(String, String)> = Vec::new();
    let query = query.unwrap_or_default();
    if query.contains(|c: char| c == ';' || c == '#' || c.is_control()) {
        return None;
    }
    for piece in query.split('&') {
        if piece.is_empty() {
            continue;
        }
        let at = piece.find('=').unwrap_or(piece.len());
        let (name, value) = (&piece[..at], piece.get(at + 1..).unwrap_or_default());
        let (plain_name, plain_value) = (percent(name, true)?, percent(value, true)?);
        if plain_name.contains(char::is_control)
            || plain_value.contains('\0')
            || percent_left(&plain_name)
        {
            return None;
        }
        let lower = plain_name.trim().to_lowercase();
        if lower.contains("httpmethod") {
            let methods = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
            if name != "_HttpMethod" || !methods.contains(&value) {
                return None;
            }
        }
        if read
            .iter()
            .any(|(other, _)| other.trim().to_lowercase() == lower)
        {
            return None;
        }
        read.push((plain_name, plain_value));
    }
    Some(read)
}

pub(super) fn percent(text: &str, plus: bool) -> Option<String> {
    let mut out: Vec<u8> = Vec::new();
    for (index, piece) in text.split('%').enumerate() {
        let piece = if plus {
            piece.replace('+', " ")
        } else {
            piece.to_owned()
        };
        if index == 0 {
            out.extend(piece.bytes());
            continue;
        }
        let hex = piece.get(..2)?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        out.push(u8::from_str_radix(hex, 16).ok()?);
        out.extend(piece.bytes().skip(2));
    }
    String::from_utf8(out).ok()
}

pub(super) fn unescape(text: &str) -> String {
    percent(text, false).unwrap_or_default()
}

pub(super) fn percent_left(text: &str) -> bool {
    let pieces = text.split('%').skip(1);
    pieces
        .filter_map(|piece| piece.as_bytes().get(..2))
        .any(|two| two.iter().all(u8::is_ascii_hexdigit))
}
