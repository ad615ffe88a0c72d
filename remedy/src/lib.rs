//! What helps against an error of Salesforce's API, by its code: the one table, which the
//! component and the host share.
//!
//! Sources: SOAP API Developer Guide, "ExceptionCode" and "StatusCode"; REST API Developer
//! Guide, "Status Codes and Error Responses"; captures of answers where neither says more
//! than the name.

/// What helps against an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Change the request or its data.
    FixRequest,
    /// Let an administrator grant a permission, or enable a feature.
    FixPermission,
    /// Send the same again in a moment.
    Retry,
    /// Send the same again in minutes or hours.
    Wait,
    /// The record or the resource does not exist, or no longer exists.
    Gone,
    /// The code is not in the table.
    Unknown,
}

/// Sorted by code, so that a code is found by halving.
const REMEDIES: [(&str, Remedy); 155] = {
    use Remedy::{FixPermission, FixRequest, Gone, Retry, Wait};
    [
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", FixRequest),
        ("ALREADY_IN_PROCESS", FixRequest),
        ("ALREADY_REDUCED", FixRequest),
        ("AMBIGUOUS_RELATIONSHIP", FixRequest),
        ("API_CURRENTLY_DISABLED", Retry),
        ("API_DISABLED_FOR_ORG", FixPermission),
        ("APP_NOT_FOUND", Gone),
        ("ASSIGNEE_TYPE_REQUIRED", FixRequest),
        ("ASYNC_API_DISABLED", FixPermission),
        ("BAD_CUSTOM_ENTITY_PARENT_DOMAIN", FixRequest),
        ("BATCH_PROCESSING_HALTED", FixRequest),
        ("BCC_NOT_ALLOWED_IF_BCC_COMPLIANCE_ENABLED", FixRequest),
        ("CANNOT_CASCADE_PRODUCT_ACTIVE", FixRequest),
        ("CANNOT_CREATE_ANOTHER_MANAGED_PACKAGE", FixRequest),
        ("CANNOT_DEACTIVATE_DIVISION", FixRequest),
        ("CANNOT_DELETE_MANAGED_OBJECT", FixRequest),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", FixRequest),
        ("CANNOT_FREEZE_SELF", FixRequest),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", FixRequest),
        ("CANNOT_MODIFY_MANAGED_OBJECT", FixRequest),
        ("CANNOT_REPARENT_RECORD", FixRequest),
        ("CANNOT_UPDATE_CONVERTED_LEAD", FixRequest),
        ("CIRCULAR_DEPENDENCY", FixRequest),
        ("CIRCULAR_OBJECT_GRAPH", FixRequest),
        ("CLIENT_NOT_ACCESSIBLE_FOR_USER", FixPermission),
        ("CLIENT_REQUIRE_UPDATE_FOR_USER", FixPermission),
        ("CONTENT_ALREADY_AN_ERROR", FixRequest),
        ("CUSTOM_CLOB_FIELD_LIMIT_EXCEEDED", FixRequest),
        ("CUSTOM_ENTITY_OR_FIELD_LIMIT", FixRequest),
        ("CUSTOM_METADATA_LIMIT_EXCEEDED", FixRequest),
        ("CYCLE_DETECTED", FixRequest),
        ("DELETE_FAILED", FixRequest),
        ("DELETE_OPERATION_TOO_LARGE", FixRequest),
        ("DELETE_REQUIRED_ON_CASCADE", FixPermission),
        ("DEPENDENCY_EXISTS", FixRequest),
        ("DUPLICATES_DETECTED", FixRequest),
        ("DUPLICATE_COMM_NICKNAME", FixRequest),
        ("DUPLICATE_DEVELOPER_NAME", FixRequest),
        ("DUPLICATE_EXTERNAL_ID", FixRequest),
        ("DUPLICATE_USERNAME", FixRequest),
        ("DUPLICATE_VALUE", FixRequest),
        ("EMAIL_NOT_PROCESSED_DUE_TO_PRIOR_ERROR", FixRequest),
        ("EMPTY_SCONTROL_FILE_NAME", FixRequest),
        ("ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", FixRequest),
        ("ENTITY_IS_ARCHIVED", Gone),
        ("ENTITY_IS_DELETED", Gone),
        ("ENTITY_IS_LOCKED", FixPermission),
        ("ENVIRONMENT_HUB_MEMBERSHIP_CONFLICT", FixRequest),
        ("EXCEEDED_ID_LIMIT", FixRequest),
        ("EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", FixRequest),
        ("EXCEEDED_QUOTA", Wait),
        ("EXTERNAL_OBJECT_AUTHENTICATION_EXCEPTION", FixPermission),
        ("EXTERNAL_OBJECT_CONNECTION_EXCEPTION", Retry),
        ("EXTERNAL_OBJECT_EXCEPTION", Retry),
        ("FEED_NOT_ENABLED_FOR_OBJECT", FixPermission),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", FixRequest),
        ("FIELD_FILTER_VALIDATION_EXCEPTION", FixRequest),
        ("FIELD_INTEGRITY_EXCEPTION", FixRequest),
        ("FIELD_NOT_UPDATABLE", FixRequest),
        ("FILE_EXTENSION_NOT_ALLOWED", FixRequest),
        ("FILE_SIZE_LIMIT_EXCEEDED", FixRequest),
        ("FILTERED_LOOKUP_LIMIT_EXCEEDED", FixRequest),
        ("FUNCTIONALITY_NOT_ENABLED", FixPermission),
        ("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", Retry),
        ("ILLEGAL_QUERY_PARAMETER_VALUE", FixRequest),
        ("INACTIVE_OWNER_OR_USER", FixRequest),
        ("INACTIVE_PORTAL", FixPermission),
        ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", Wait),
        ("INSUFFICIENT_ACCESS", FixPermission),
        (
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            FixPermission,
        ),
        ("INSUFFICIENT_ACCESS_OR_READONLY", FixPermission),
        ("INVALIDJOB", FixRequest),
        ("INVALIDJOBSTATE", FixRequest),
        ("INVALID_ACCESS_LEVEL", FixRequest),
        ("INVALID_ARGUMENT_TYPE", FixRequest),
        ("INVALID_ASSIGNEE_TYPE", FixRequest),
        ("INVALID_ASSIGNMENT_RULE", FixRequest),
        ("INVALID_BATCH_OPERATION", FixRequest),
        ("INVALID_BATCH_REQUEST", FixRequest),
        ("INVALID_CONTENT_TYPE", FixRequest),
        ("INVALID_CROSS_REFERENCE_KEY", Gone),
        ("INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD", FixRequest),
        ("INVALID_CURRENCY_CORP_RATE", FixRequest),
        ("INVALID_CURRENCY_ISO", FixRequest),
        ("INVALID_EMAIL_ADDRESS", FixRequest),
        ("INVALID_EXTERNAL_ID_FIELD_NAME", FixRequest),
        ("INVALID_FIELD", FixRequest),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", FixPermission),
        ("INVALID_FIELD_WHEN_USING_TEMPLATE", FixRequest),
        ("INVALID_ID_FIELD", FixRequest),
        ("INVALID_INPUT", FixRequest),
        ("INVALID_LINEITEM_CLONE_STATUS", FixRequest),
        ("INVALID_LOCATOR", FixRequest),
        ("INVALID_MASTER_OR_TRANSLATED_SOLUTION", FixRequest),
        ("INVALID_MULTIPART_REQUEST", FixRequest),
        ("INVALID_OPERATION", FixRequest),
        ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", FixPermission),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", FixRequest),
        ("INVALID_QUERY_FILTER_OPERATOR", FixRequest),
        ("INVALID_QUERY_LOCATOR", FixRequest),
        ("INVALID_QUERY_SCOPE", FixRequest),
        ("INVALID_REPLICATION_DATE", FixRequest),
        ("INVALID_SEARCH", FixRequest),
        ("INVALID_SEARCH_SCOPE", FixRequest),
        ("INVALID_STATUS", FixRequest),
        ("INVALID_TYPE", FixRequest),
        ("INVALID_TYPE_FOR_OPERATION", FixRequest),
        ("INVALID_TYPE_ON_FIELD_IN_RECORD", FixRequest),
        ("JSON_PARSER_ERROR", FixRequest),
        ("LICENSE_LIMIT_EXCEEDED", FixPermission),
        ("LIMIT_EXCEEDED", FixRequest),
        ("MALFORMED_ID", FixRequest),
        ("MALFORMED_QUERY", FixRequest),
        ("MALFORMED_SEARCH", FixRequest),
        ("MANAGER_NOT_DEFINED", FixRequest),
        ("MAXIMUM_SIZE_OF_ATTACHMENT", FixRequest),
        ("METHOD_NOT_ALLOWED", FixRequest),
        ("MISSING_ARGUMENT", FixRequest),
        ("NOT_ACCEPTABLE", FixRequest),
        ("NOT_FOUND", Gone),
        ("NOT_MODIFIED", FixRequest),
        ("NO_APPLICABLE_PROCESS", FixRequest),
        ("NO_SOFTPHONE_LAYOUT", FixPermission),
        ("NUMBER_OUTSIDE_VALID_RANGE", FixRequest),
        ("OPERATION_NOT_ALLOWED", FixPermission),
        ("OPERATION_TOO_LARGE", FixRequest),
        ("OPERATION_WITH_INVALID_USER_TYPE_EXCEPTION", FixPermission),
        ("ORG_IN_MAINTENANCE", Wait),
        ("ORG_IS_DOT_ORG", FixPermission),
        ("ORG_LOCKED", Wait),
        ("PORTAL_NO_ACCESS", FixPermission),
        ("PROCESSING_HALTED", FixRequest),
        ("QUERY_TIMEOUT", FixRequest),
        ("QUERY_TOO_COMPLICATED", FixRequest),
        ("RECORD_IN_USE_BY_WORKFLOW", Retry),
        ("REQUEST_RUNNING_TOO_LONG", FixRequest),
        ("REQUIRED_FIELD_MISSING", FixRequest),
        ("SELF_REFERENCE_FROM_TRIGGER", FixRequest),
        ("SERVER_UNAVAILABLE", Retry),
        ("STORAGE_LIMIT_EXCEEDED", FixPermission),
        ("STRING_TOO_LONG", FixRequest),
        ("TOO_MANY_APEX_REQUESTS", Retry),
        ("TOO_MANY_LOCK_FAILURE", Retry),
        ("TXN_SECURITY_BLOCK", FixPermission),
        ("TXN_SECURITY_NO_ACCESS", FixPermission),
        ("UNABLE_TO_LOCK_ROW", Retry),
        ("UNAVAILABLE_RECORDTYPE_EXCEPTION", FixRequest),
        ("UNKNOWN_ATTACHMENT_EXCEPTION", Retry),
        ("UNKNOWN_EXCEPTION", Retry),
        ("UNSUPPORTED_API_VERSION", FixRequest),
        ("UNSUPPORTED_MEDIA_TYPE", FixRequest),
        ("URL_NOT_RESET", FixRequest),
        ("USER_WITHOUT_APEX_PERMISSION", FixPermission),
        ("VERSION_NOT_FOUND", FixRequest),
        ("XML_PARSER_ERROR", FixRequest),
    ]
};

/// The code of two limits, of calls at the same time and of calls in 24 hours: only the
/// message tells them apart (captures of both).
pub const CALL_LIMIT: &str = "REQUEST_LIMIT_EXCEEDED";

/// Whether a message of [`CALL_LIMIT`] is about calls at the same time, which is over in
/// seconds. The other one is about calls in 24 hours.
#[must_use]
pub fn is_about_concurrency(message: &str) -> bool {
    message.contains("Concurrent")
}

/// Codes of errors after which nothing is saved, whatever the status is: the request was not
/// executed, or it was undone.
const UNDONE: [&str; 2] = ["API_CURRENTLY_DISABLED", LOCKED];

/// The code of a record that another transaction has. Salesforce has rolled this one back.
///
/// Source: Salesforce Help, "UNABLE_TO_LOCK_ROW".
pub const LOCKED: &str = "UNABLE_TO_LOCK_ROW";

/// Codes that the row of a collection can have for a while. Salesforce has saved nothing of
/// such a row.
const PASSING_ROW: [&str; 5] = [
    "API_CURRENTLY_DISABLED",
    "RECORD_IN_USE_BY_WORKFLOW",
    "SERVER_UNAVAILABLE",
    "TOO_MANY_APEX_REQUESTS",
    LOCKED,
];

/// What helps against an error with this code and message.
#[must_use]
pub fn of(code: &str, message: &str) -> Remedy {
    if code == CALL_LIMIT {
        return match is_about_concurrency(message) {
            true => Remedy::Retry,
            false => Remedy::Wait,
        };
    }
    let found = REMEDIES.binary_search_by_key(&code, |(known, _)| known);
    let found = found.ok().and_then(|at| REMEDIES.get(at));
    found.map_or(Remedy::Unknown, |(_, remedy)| *remedy)
}

/// Whether a request that was answered so may be sent again at once, although it writes.
#[must_use]
pub fn is_undone(code: &str) -> bool {
    UNDONE.contains(&code)
}

/// Whether the row of a collection that was answered so may be sent again in a moment.
#[must_use]
pub fn is_passing_row(code: &str) -> bool {
    PASSING_ROW.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_each_code_once() {
        assert!(REMEDIES.is_sorted_by(|(one, _), (other, _)| one < other));
    }

    #[test]
    fn what_passes_is_to_be_sent_again() {
        for code in UNDONE.iter().chain(&PASSING_ROW) {
            assert_eq!(of(code, ""), Remedy::Retry, "{code}");
        }
        assert!(is_undone(LOCKED) && !is_undone("SERVER_UNAVAILABLE"));
        assert!(is_passing_row("SERVER_UNAVAILABLE") && !is_passing_row("DUPLICATE_VALUE"));
    }

    #[test]
    fn every_class_has_its_codes() {
        for (code, message, remedy) in [
            ("UNABLE_TO_LOCK_ROW", "", Remedy::Retry),
            ("SERVER_UNAVAILABLE", "", Remedy::Retry),
            ("MALFORMED_QUERY", "", Remedy::FixRequest),
            ("DUPLICATES_DETECTED", "", Remedy::FixRequest),
            ("INSUFFICIENT_ACCESS", "", Remedy::FixPermission),
            ("API_DISABLED_FOR_ORG", "", Remedy::FixPermission),
            ("ENTITY_IS_DELETED", "", Remedy::Gone),
            ("ORG_LOCKED", "", Remedy::Wait),
            (
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentPerOrgLongTxn Limit exceeded",
                Remedy::Retry,
            ),
            (
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
                Remedy::Wait,
            ),
            ("unable_to_lock_row", "", Remedy::Unknown),
            ("MY_APEX_CODE", "", Remedy::Unknown),
            ("", "", Remedy::Unknown),
        ] {
            assert_eq!(of(code, message), remedy, "{code} {message}");
        }
    }
}
