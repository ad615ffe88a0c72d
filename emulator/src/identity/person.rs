//! All that is told of a user.

use serde_json::{Map, Value, json};

use crate::id::RecordId;
use crate::org::USERNAME;
use crate::version::ApiVersion;

const FIRST_NAME: &str = "Integration";
const LAST_NAME: &str = "User";
const NICK_NAME: &str = "user";

/// The user's time zone and language: those by which the org writes and sorts.
const TIME_ZONE: &str = "GMT";
const LOCALE: &str = "en_US";

/// When the user was last changed: before the org's first record.
const LAST_MODIFIED: &str = "2024-01-15T00:00:00Z";

/// The app's "Run As" user, and in which org.
pub(super) struct Person {
    /// The URL that names org and user.
    pub(super) id_url: String,
    pub(super) org_id: RecordId,
    pub(super) user_id: RecordId,
    /// The org's URL.
    pub(super) url: String,
    /// The version in the URLs of the APIs; without one they have a place for it.
    pub(super) version: Option<ApiVersion>,
}

impl Person {
    /// As the identity URL answers.
    pub(super) fn as_identity(&self) -> Value {
        json!({
            "id": self.id_url,
            "asserted_user": true,
            "user_id": self.user_id.as_str(),
            "organization_id": self.org_id.as_str(),
            "username": USERNAME,
            "nick_name": NICK_NAME,
            "display_name": self.name(),
            "email": USERNAME,
            "email_verified": true,
            "first_name": FIRST_NAME,
            "last_name": LAST_NAME,
            "timezone": TIME_ZONE,
            "photos": self.photos(),
            "addr_street": null,
            "addr_city": null,
            "addr_state": null,
            "addr_country": "US",
            "addr_zip": null,
            "mobile_phone": null,
            "mobile_phone_verified": false,
            "is_lightning_login_user": false,
            "status": {"created_date": null, "body": null},
            "urls": self.urls(),
            "active": true,
            "user_type": "STANDARD",
            "language": LOCALE,
            "locale": LOCALE,
            "utcOffset": 0,
            "last_modified_date": LAST_MODIFIED,
            "is_app_installed": true,
        })
    }

    /// As the UserInfo endpoint answers: the same by OpenID Connect's names.
    pub(super) fn as_claims(&self) -> Value {
        json!({
            "sub": self.id_url,
            "user_id": self.user_id.as_str(),
            "organization_id": self.org_id.as_str(),
            "preferred_username": USERNAME,
            "nickname": NICK_NAME,
            "name": self.name(),
            "email": USERNAME,
            "email_verified": true,
            "given_name": FIRST_NAME,
            "family_name": LAST_NAME,
            "zoneinfo": TIME_ZONE,
            "photos": self.photos(),
            "profile": format!("{}/{}", self.url, self.user_id),
            "picture": self.photo('F'),
            "address": {"country": "US"},
            "is_salesforce_integration_user": false,
            "urls": self.urls(),
            "active": true,
            "user_type": "STANDARD",
            "language": LOCALE,
            "locale": LOCALE,
            "utcOffset": 0,
            "updated_at": LAST_MODIFIED,
            "is_app_installed": true,
        })
    }

    fn name(&self) -> String {
        format!("{FIRST_NAME} {LAST_NAME}")
    }

    fn photos(&self) -> Value {
        json!({"picture": self.photo('F'), "thumbnail": self.photo('T')})
    }

    fn photo(&self, size: char) -> String {
        format!("{}/profilephoto/005/{size}", self.url)
    }

    fn urls(&self) -> Value {
        const SOAP: [(&str, &str); 4] = [
            ("enterprise", "c"),
            ("metadata", "m"),
            ("partner", "u"),
            ("tooling_soap", "T"),
        ];
        const REST: [(&str, &str); 11] = [
            ("rest", ""),
            ("sobjects", "sobjects/"),
            ("search", "search/"),
            ("query", "query/"),
            ("recent", "recent/"),
            ("tooling_rest", "tooling/"),
            ("feeds", "chatter/feeds"),
            ("groups", "chatter/groups"),
            ("users", "chatter/users"),
            ("feed_items", "chatter/feed-items"),
            ("feed_elements", "chatter/feed-elements"),
        ];
        let Self { url, .. } = self;
        let version = match self.version {
            Some(version) => format!("{}.0", version.number()),
            None => "{version}".to_owned(),
        };
        let org = self.org_id.short();
        let soap = SOAP.map(|(name, kind)| {
            let url = format!("{url}/services/Soap/{kind}/{version}/{org}");
            (name.to_owned(), Value::from(url))
        });
        let rest = REST.map(|(name, path)| {
            let url = format!("{url}/services/data/v{version}/{path}");
            (name.to_owned(), Value::from(url))
        });
        let mut urls: Map<String, Value> = soap.into_iter().chain(rest).collect();
        let profile = format!("{url}/{}", self.user_id);
        urls.insert("profile".to_owned(), profile.into());
        urls.insert("custom_domain".to_owned(), url.as_str().into());
        Value::Object(urls)
    }
}
