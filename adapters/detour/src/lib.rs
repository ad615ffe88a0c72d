//! Leads the requests of a component to `sfbox emulate`.
//!
//! A host that is not ours connects to the names in URLs and trusts authorities of its
//! own: it knows nothing of an org on this machine. Composed between a component and its
//! host, this one sends each request for a host of Salesforce to the address in
//! [`VARIABLE`] instead, as plain HTTP. The component in front of it is as it is shipped,
//! and believes that it speaks with Salesforce. Every other request, such as one for AWS,
//! goes on as it is.

#[cfg(feature = "wasi-0-2")]
mod wasi_0_2;
#[cfg(not(feature = "wasi-0-2"))]
mod wasi_0_3;

use sfbox_secret::Host;

/// The environment variable with the emulator's address, as `127.0.0.1:8080`.
pub const VARIABLE: &str = "SFBOX_DETOUR";

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Where it would have gone without a detour.
    Straight,
    /// To this address, as plain HTTP.
    Led(String),
    /// Nowhere: a request for Salesforce must not reach Salesforce because a variable was
    /// forgotten.
    Nowhere,
}

/// The way of a request for `authority`, with a component's variables.
fn way(authority: Option<&str>, environment: Vec<(String, String)>) -> Way {
    if !authority.is_some_and(is_salesforce) {
        return Way::Straight;
    }
    let mut variables = environment.into_iter();
    let address = variables.find(|(name, _)| name == VARIABLE);
    match address {
        Some((_, address)) if !address.is_empty() => Way::Led(address),
        _ => Way::Nowhere,
    }
}

/// Whether a host, perhaps with a port, is one of Salesforce's.
fn is_salesforce(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    Host::parse(host).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let all = all.iter();
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_for_salesforce_is_led_to_the_address() {
        let environment = [("HOME", "/"), (VARIABLE, "127.0.0.1:8080")];
        for authority in [
            "acme.my.salesforce.com",
            "Acme.my.salesforce.com:443",
            "acme.my.salesforce.mil",
            "acme.my.sfcrmproducts.cn",
        ] {
            let led = way(Some(authority), variables(&environment));
            assert_eq!(led, Way::Led("127.0.0.1:8080".to_owned()), "{authority}");
        }
    }

    #[test]
    fn anything_else_goes_on_as_it_is() {
        let environment = [(VARIABLE, "127.0.0.1:8080")];
        for authority in [
            None,
            Some("secretsmanager.eu-central-1.amazonaws.com"),
            Some("169.254.170.2"),
            Some("[fd00:ec2::23]"),
            Some("localhost:5000"),
            Some("acme.my.salesforce.com.evil.example"),
            Some(""),
        ] {
            for environment in [&environment[..], &[]] {
                let way = way(authority, variables(environment));
                assert_eq!(way, Way::Straight, "{authority:?}");
            }
        }
    }

    #[test]
    fn without_an_address_salesforce_is_not_asked() {
        for environment in [
            &[][..],
            &[(VARIABLE, "")],
            &[("SFBOX_DETOURS", "127.0.0.1:8080")],
        ] {
            let way = way(Some("acme.my.salesforce.com"), variables(environment));
            assert_eq!(way, Way::Nowhere);
        }
    }
}
