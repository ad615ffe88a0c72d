//! The names of a secret's members, in both layouts.

/// The org's My Domain: `acme.my`, its host or its URL. This name and the next four are
/// those of the Python package `simple-salesforce-extends`.
pub const DOMAIN: &str = "Domain";

/// The app's consumer key.
pub const CONSUMER_KEY: &str = "ConsumerKey";

/// The app's consumer secret.
pub const CONSUMER_SECRET: &str = "ConsumerSecret";

/// The session's access token.
pub const SESSION_ID: &str = "SessionId";

/// The host of the session's instance.
pub const INSTANCE: &str = "Instance";

/// What the session's other members do not say: an object of our own.
pub const SESSION_INFO: &str = "SessionInfo";

/// The app's consumer key in the layout of AWS managed external secrets, type
/// `SalesforceClientSecret` (AWS Secrets Manager User Guide, "Managed external secrets:
/// Salesforce"). The next two are of the same layout, which has no place for a session.
pub const MANAGED_CONSUMER_KEY: &str = "consumerKey";

/// The app's consumer secret in that layout.
pub const MANAGED_CONSUMER_SECRET: &str = "consumerSecret";

/// The URL of the org's My Domain in that layout.
pub const BASE_URI: &str = "baseUri";

/// The members that are credentials, in both layouts.
pub const CREDENTIALS: [&str; 6] = [
    DOMAIN,
    CONSUMER_KEY,
    CONSUMER_SECRET,
    MANAGED_CONSUMER_KEY,
    MANAGED_CONSUMER_SECRET,
    BASE_URI,
];

/// The members that are the session, in both layouts. The component owns them.
pub const SESSION: [&str; 3] = [SESSION_ID, INSTANCE, SESSION_INFO];
