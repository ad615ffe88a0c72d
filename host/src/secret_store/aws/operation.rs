//! The operations of Secrets Manager that are called, by AWS's names.

pub(super) use sfbox_secret::aws::{GET, MOVE, PUT};

/// Makes a secret.
pub(super) const CREATE: &str = "CreateSecret";

/// Marks a secret for deletion.
pub(super) const DELETE: &str = "DeleteSecret";

/// Tells the names of the account's secrets.
pub(super) const LIST: &str = "ListSecrets";

/// Tells what is known of a secret, but not its text.
pub(super) const DESCRIBE: &str = "DescribeSecret";
