//! What an instance serves.

use sfbox_secret::SecretName;

use crate::policy::Policy;

/// What an instance of the component serves: one org, under one policy. So whatever
/// leaves an instance is judged without asking who called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Served {
    pub(crate) org: SecretName,
    pub(crate) policy: Policy,
}
