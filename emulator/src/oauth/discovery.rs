//! Where OAuth's endpoints are.
//!
//! Source: Salesforce Help, "Query for the OpenID Connect Configuration", and
//! OpenID Connect Discovery 1.0, section 3. Only what this emulator serves is
//! named: it has neither an authorization endpoint nor keys.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::org::{Org, SCOPE};
use crate::request::Request;
use crate::segments::Segments;

/// Answers `/.well-known/openid-configuration`. Nobody has to log in for it.
pub(crate) fn discovery(org: &Org, request: &Request, _: &Segments) -> Answer {
    let url = org.names.url(request.asked());
    let configuration = json!({
        "issuer": url,
        "token_endpoint": format!("{url}/services/oauth2/token"),
        "revocation_endpoint": format!("{url}/services/oauth2/revoke"),
        "introspection_endpoint": format!("{url}/services/oauth2/introspect"),
        "userinfo_endpoint": format!("{url}/services/oauth2/userinfo"),
        "scopes_supported": [SCOPE],
        "subject_types_supported": ["public"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    Answer::json(StatusCode::OK, &configuration)
}
