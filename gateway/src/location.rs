//! Where an answer leads a client. Pure.
//!
//! A client follows `Location` with what it was given as its token, which here is a key (jsforce
//! sends all headers again). So in an address at Salesforce the door stands in the place of the
//! host, and so in `Link`, by which clients find the next page. What an Apex class names elsewhere
//! stays, and so do Salesforce's hosts of files, which take no token.

use http::HeaderMap;
use http::header::{CONTENT_LOCATION, HeaderName, HeaderValue, LINK, LOCATION, REFRESH};
use http::uri::Uri;
use sfbox_secret::Host;

const NAMES: [HeaderName; 2] = [LOCATION, CONTENT_LOCATION];

/// Lets these headers of an answer lead to the door where they led to an org. `Refresh` is for
/// browsers, and is left out.
pub(crate) fn lead_here(headers: &mut HeaderMap, door: &str) {
    headers.remove(REFRESH);
    links_here(headers, door);
    for name in NAMES {
        let mut values = headers.get_all(&name).iter();
        let led = match (values.next(), values.next()) {
            (None, _) => continue,
            // An address has only ASCII.
            (Some(value), None) => value.to_str().ok().and_then(|text| at_the_door(text, door)),
            // Nobody knows which of them a client takes.
            (Some(_), Some(_)) => None,
        };
        match led {
            Some(address) => headers.insert(name, address),
            None => headers.remove(name),
        };
    }
}

/// The same of `Link`, by which an answer names its next page. One that cannot be read is left
/// out.
fn links_here(headers: &mut HeaderMap, door: &str) {
    let links: Vec<HeaderValue> = headers.get_all(LINK).iter().cloned().collect();
    headers.remove(LINK);
    for link in links {
        let led = link.to_str().ok().and_then(|text| link_here(text, door));
        if let Some(link) = led.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.append(LINK, link);
        }
    }
}

/// One value, in which each address is between `<` and `>` (RFC 8288, section 3).
fn link_here(mut text: &str, door: &str) -> Option<String> {
    let mut led = String::with_capacity(text.len());
    while let Some((before, rest)) = text.split_once('<') {
        let (address, rest) = rest.split_once('>')?;
        let address = at_the_door(address, door)?;
        led = led + before + "<" + address.to_str().ok()? + ">";
        text = rest;
    }
    Some(led + text)
}

/// The address that a client is told; absent for one that cannot be read, since nobody knows
/// where a client would go.
fn at_the_door(address: &str, door: &str) -> Option<HeaderValue> {
    if is_relative(address) {
        return HeaderValue::from_str(address).ok();
    }
    let uri: Uri = address.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
    let authority = uri.authority().filter(|_| is_web)?;
    if authority.as_str().contains('@') {
        return None;
    }
    // The dot of an absolute name changes nothing.
    let host = authority.host();
    match Host::parse(host.strip_suffix('.').unwrap_or(host)) {
        None => HeaderValue::from_str(address).ok(),
        Some(_) => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            HeaderValue::from_str(&format!("{door}{path}")).ok()
        }
    }
}

/// Whether an address is one at the host that answers, for any reader.
fn is_relative(address: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let has_scheme = || address.contains(':') && !address.starts_with('/');
    address.bytes().all(is_plain) && !address.starts_with("//") && !has_scheme()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: &str = "https://localhost:8443";

    fn led(address: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            LOCATION,
            HeaderValue::from_bytes(address.as_bytes()).unwrap(),
        );
        lead_here(&mut headers, DOOR);
        let told = headers.get(LOCATION)?.to_str().unwrap();
        Some(told.to_owned())
    }

    #[test]
    fn an_address_at_salesforce_becomes_one_at_the_door() {
        for (address, expected) in [
            (
                "https://acme.my.salesforce.com/services/data/v66.0/sobjects/A/1?x=y",
                "https://localhost:8443/services/data/v66.0/sobjects/A/1?x=y",
            ),
            (
                "https://LOGIN.Salesforce.com:443/id/00D/005",
                "https://localhost:8443/id/00D/005",
            ),
            ("http://test.salesforce.com", "https://localhost:8443/"),
            (
                "/services/data/v66.0/sobjects/A/1",
                "/services/data/v66.0/sobjects/A/1",
            ),
            (
                "https://acme.my.salesforce.com./x",
                "https://localhost:8443/x",
            ),
            ("sobjects/A/1", "sobjects/A/1"),
            ("?a=b", "?a=b"),
            ("https://pay.example/x", "https://pay.example/x"),
            (
                "https://acme--c.documentforce.com/file?id=1",
                "https://acme--c.documentforce.com/file?id=1",
            ),
            (
                "https://evilsalesforce.com/x",
                "https://evilsalesforce.com/x",
            ),
        ] {
            assert_eq!(led(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn an_address_that_can_be_read_in_two_ways_is_left_out() {
        for address in [
            "//acme.my.salesforce.com/x",
            "/\\acme.my.salesforce.com/x",
            "https:\\\\acme.my.salesforce.com/x",
            "https://a@acme.my.salesforce.com/x",
            "https:/acme.my.salesforce.com/x",
            "https:\\\\evil.example/services/data",
            "https:evil.example",
            "ftp://evil.example/services/data",
            "//evil.example/services/data/v66.0",
            "/\\evil.example/services/data/v66.0",
            "javascript:alert(1)",
            "/\t/acme.my.salesforce.com/x",
            "https://acme.my.salesforce.com/\u{e9}",
        ] {
            assert_eq!(led(address), None, "{address}");
        }
    }

    #[test]
    fn of_two_addresses_none_is_told() {
        let mut headers = HeaderMap::new();
        for address in ["/a", "/b"] {
            headers.append(LOCATION, HeaderValue::from_static(address));
        }
        lead_here(&mut headers, DOOR);
        assert!(headers.is_empty());
    }

    #[test]
    fn an_answer_without_an_address_gets_none() {
        let mut headers = HeaderMap::new();
        lead_here(&mut headers, DOOR);
        assert!(headers.is_empty());
    }

    #[test]
    fn links_lead_to_the_door_and_nobody_is_sent_on() {
        let mut headers = HeaderMap::new();
        for link in [
            "<https://acme.my.salesforce.com/services/apexrest/a?page=2>; rel=\"next\", </a>; rel=first",
            "<https://pay.example/x>; rel=help",
            "<//acme.my.salesforce.com/x>; rel=next",
            "<https://acme.my.salesforce.com/x",
        ] {
            headers.append(LINK, HeaderValue::from_static(link));
        }
        let refresh = "5; url=https://acme.my.salesforce.com/x";
        headers.insert(REFRESH, HeaderValue::from_static(refresh));
        lead_here(&mut headers, DOOR);
        let links: Vec<_> = headers.get_all(LINK).iter().collect();
        let expected = [
            "<https://localhost:8443/services/apexrest/a?page=2>; rel=\"next\", </a>; rel=first",
            "<https://pay.example/x>; rel=help",
        ];
        assert_eq!(links, expected);
        assert_eq!(headers.len(), 2, "{headers:?}");
    }
}
