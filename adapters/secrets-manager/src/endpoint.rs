//! Where Secrets Manager is.

use http::Uri;

/// Whether the variables with endpoints are to be left alone.
const IGNORED: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// The variables with an endpoint; the first one counts (SDKs and Tools Reference
/// Guide, "Service-specific endpoints").
const URLS: [&str; 2] = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];

/// The variables with the region; the first one counts.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The longest region: a label of a host name (RFC 1035, section 2.3.4).
const REGION_BYTES_MAX: usize = 63;

/// Where to send requests, and for which region to sign them.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Absolute.
    pub(crate) uri: Uri,
    pub(crate) region: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoEndpoint {
    /// No variable names a region.
    NoRegion,
    /// It has other characters than `[a-z0-9-]`, or too many.
    Region,
    /// The endpoint is no URL of http or https without user, query and fragment.
    Url,
}

/// The endpoint that the variables name: an own one, or AWS's of the region.
pub(crate) fn endpoint<'a>(
    variable: impl Fn(&str) -> Option<&'a str>,
) -> Result<Endpoint, NoEndpoint> {
    let region = REGIONS.iter().find_map(|name| variable(name));
    let region = region.ok_or(NoEndpoint::NoRegion)?;
    // It becomes part of a host name.
    let is_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.len() > REGION_BYTES_MAX || !region.bytes().all(is_label) {
        return Err(NoEndpoint::Region);
    }
    let ignored = variable(IGNORED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let configured = URLS.iter().find_map(|name| variable(name));
    let uri = match configured.filter(|_| !ignored) {
        Some(url) => parse(url)?,
        None => format!("https://secretsmanager.{region}.{}/", suffix(region))
            .parse()
            .map_err(|_| NoEndpoint::Region)?,
    };
    Ok(Endpoint {
        uri,
        region: region.to_owned(),
    })
}

fn parse(url: &str) -> Result<Uri, NoEndpoint> {
    let uri: Uri = url.parse().map_err(|_| NoEndpoint::Url)?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_user = uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'));
    if is_web && !has_user && uri.query().is_none() && !url.contains('#') {
        Ok(uri)
    } else {
        Err(NoEndpoint::Url)
    }
}

/// The partition's domain. Source: `partitions.json` of the AWS SDKs.
fn suffix(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "amazonaws.com.cn",
        _ if region.starts_with("us-iso-") => "c2s.ic.gov",
        _ if region.starts_with("us-isob-") => "sc2s.sgov.gov",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&'static str, &'static str)]) -> Result<String, NoEndpoint> {
        let find = |name: &str| variables.iter().find(|(own, _)| *own == name);
        let found = endpoint(|name| find(name).map(|(_, value)| *value))?;
        Ok(format!("{} {}", found.region, found.uri))
    }

    #[test]
    fn an_endpoint_is_the_regions_unless_a_variable_names_one() {
        let region = ("AWS_REGION", "eu-west-1");
        let own = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:5000");
        let all = ("AWS_ENDPOINT_URL", "https://proxy.example/aws/");
        let default = "eu-west-1 https://secretsmanager.eu-west-1.amazonaws.com/";
        for (variables, found) in [
            (vec![region], default),
            (vec![region, ("AWS_DEFAULT_REGION", "x")], default),
            (
                vec![("AWS_DEFAULT_REGION", "cn-north-1")],
                "cn-north-1 https://secretsmanager.cn-north-1.amazonaws.com.cn/",
            ),
            (vec![region, all], "eu-west-1 https://proxy.example/aws/"),
            (vec![region, all, own], "eu-west-1 http://127.0.0.1:5000/"),
            (vec![region, all, own, (IGNORED, "TRUE")], default),
        ] {
            assert_eq!(of(&variables).as_deref(), Ok(found), "{variables:?}");
        }
    }

    #[test]
    fn every_partition_has_its_domain() {
        for (region, domain) in [
            ("eu-central-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-northwest-1", "amazonaws.com.cn"),
            ("us-iso-east-1", "c2s.ic.gov"),
            ("us-isob-east-1", "sc2s.sgov.gov"),
        ] {
            assert_eq!(suffix(region), domain, "{region}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        let long: &'static str = Box::leak("a".repeat(REGION_BYTES_MAX).into_boxed_str());
        let longer: &'static str = Box::leak("a".repeat(REGION_BYTES_MAX + 1).into_boxed_str());
        assert!(of(&[("AWS_REGION", long)]).is_ok());
        let region = ("AWS_REGION", "eu-west-1");
        for (variables, refused) in [
            (vec![], NoEndpoint::NoRegion),
            (vec![("AWS_REGION", longer)], NoEndpoint::Region),
            (vec![("AWS_REGION", "evil.example/")], NoEndpoint::Region),
            (vec![("AWS_REGION", "EU")], NoEndpoint::Region),
            (
                vec![region, ("AWS_ENDPOINT_URL", "localhost:1")],
                NoEndpoint::Url,
            ),
            (vec![region, ("AWS_ENDPOINT_URL", "/path")], NoEndpoint::Url),
            (
                vec![region, ("AWS_ENDPOINT_URL", "ftp://x/")],
                NoEndpoint::Url,
            ),
            (
                vec![region, ("AWS_ENDPOINT_URL", "http://u@x/")],
                NoEndpoint::Url,
            ),
            (
                vec![region, ("AWS_ENDPOINT_URL", "http://x/?q")],
                NoEndpoint::Url,
            ),
            (
                vec![region, ("AWS_ENDPOINT_URL", "http://x/#f")],
                NoEndpoint::Url,
            ),
        ] {
            assert_eq!(of(&variables), Err(refused), "{variables:?}");
        }
    }
}
