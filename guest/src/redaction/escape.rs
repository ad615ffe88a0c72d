//! One character of a secret, escaped: as in a URL, in JSON or in HTML.

/// The longest of HTML's numbers that is read, in bytes: `&#0000033;` has leading
/// zeros, as some write it.
const REFERENCE_BYTES_MAX: usize = 12;

/// How many steps each byte of a secret is worth when it is looked for: two, and
/// room for some that lead nowhere.
const STEPS_PER_BYTE_MAX: usize = 4;

/// HTML's names for what it has to escape.
const ENTITIES: [(&[u8], u8); 5] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
];

/// How an escape begins.
pub(super) const ESCAPES: [u8; 4] = *b"%\\&+";

/// How long the secret is at the start of the text, if it is there.
pub(super) fn escaped_length(text: &[u8], secret: &[u8], steps: &mut usize) -> Option<usize> {
    let (mut length, mut found) = (0, 0);
    // Nearly always there is one way to read on, or none, and nothing to remember.
    loop {
        *steps = steps.checked_sub(1)?;
        let Some(byte) = secret.get(found) else {
            return Some(length);
        };
        let rest = text.get(length..).unwrap_or_default();
        let is_plain = rest.first() == Some(byte);
        match (
            is_plain,
            twice_escaped(rest, *byte),
            length_of_escape(rest, *byte),
        ) {
            (true, None, None) => length += 1,
            (false, Some(escape), None) | (false, None, Some(escape)) => length += escape,
            (false, None, None) => return None,
            _ => break,
        }
        found += 1;
    }
    every_way(text, secret, (length, found), steps)
}

/// The same from here on, where there is more than one way to read on.
fn every_way(text: &[u8], secret: &[u8], from: (usize, usize), steps: &mut usize) -> Option<usize> {
    // What looks like an escape can also be the secret's own characters. Both ways
    // are gone, the escape first; only a secret made of escapes makes that long.
    let mut ways = vec![from];
    for _ in 0..secret.len().saturating_mul(STEPS_PER_BYTE_MAX) {
        *steps = steps.checked_sub(1)?;
        let (length, found) = ways.pop()?;
        let Some(byte) = secret.get(found) else {
            return Some(length);
        };
        let rest = text.get(length..).unwrap_or_default();
        if rest.first() == Some(byte) {
            ways.push((length + 1, found + 1));
        }
        let escapes = [twice_escaped(rest, *byte), length_of_escape(rest, *byte)];
        for escape in escapes.into_iter().flatten() {
            ways.push((length + escape, found + 1));
        }
    }
    None
}

/// How long a byte is that is escaped twice, as when a URL is put into a URL.
fn twice_escaped(text: &[u8], byte: u8) -> Option<usize> {
    let digits = text.starts_with(b"%25").then(|| text.get(3..5)).flatten();
    (hex(digits) == Some(u32::from(byte))).then_some(5)
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok()
}

/// How long the escape of one byte is at the start of the text, if it is there: as
/// in a URL, in JSON or in HTML.
fn length_of_escape(text: &[u8], byte: u8) -> Option<usize> {
    let is_byte = |value: Option<u32>| value == Some(u32::from(byte));
    match text {
        [b'%', ..] if is_byte(hex(text.get(1..3))) => Some(3),
        [b'\\', b'u', ..] if is_byte(hex(text.get(2..6))) => Some(6),
        [b'\\', b'x', ..] if is_byte(hex(text.get(2..4))) => Some(4),
        [b'\\', next, ..] if *next == byte && !byte.is_ascii_alphanumeric() => Some(2),
        [b'&', b'#', ..] => length_of_reference(text, byte),
        [b'&', ..] => {
            let mut names = ENTITIES.iter();
            let named = names.find(|(name, named)| *named == byte && text.starts_with(name));
            named.map(|(name, _)| name.len())
        }
        [b'+', ..] if byte == b' ' => Some(1),
        _ => None,
    }
}

/// The same of HTML's numbers, as in `&#33;` and `&#x21;`.
fn length_of_reference(text: &[u8], byte: u8) -> Option<usize> {
    let end = text
        .iter()
        .take(REFERENCE_BYTES_MAX)
        .position(|b| *b == b';')?;
    let digits = std::str::from_utf8(text.get(2..end)?).ok()?;
    let value = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    (value == Ok(u32::from(byte))).then_some(end + 1)
}
