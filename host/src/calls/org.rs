//! The calls of `wit/org.wit`.

use super::{DescribeOptions, Options, calls};

calls! { org:
    /// Describes an object, as JSON: its fields, child relationships and record types.
    ///
    /// # Errors
    ///
    /// See `describe` in `wit/org.wit`.
    describe = "describe" call_describe(object: &str; DescribeOptions) -> String;

    /// Describes all objects in short, as JSON.
    ///
    /// # Errors
    ///
    /// See `describe-all` in `wit/org.wit`.
    describe_all = "describe all" call_describe_all(; DescribeOptions) -> String;

    /// Answers the org's limits, as JSON.
    ///
    /// # Errors
    ///
    /// See `limits` in `wit/org.wit`.
    limits = "limits" call_limits(; Options) -> String;

    /// Answers the versions of the REST API that the org has, as JSON.
    ///
    /// # Errors
    ///
    /// See `versions` in `wit/org.wit`.
    versions = "versions" call_versions(; Options) -> String;

    /// Answers the user and the org of the session, as JSON.
    ///
    /// # Errors
    ///
    /// See `identity` in `wit/org.wit`.
    identity = "identity" call_identity(; Options) -> String;
}
