//! What is left of the org's limits.
//!
//! Source: REST API Developer Guide, "Limits", which says what the names mean and
//! which versions have them, and "List Organization Limits", whose example has
//! most of the numbers. Nobody could confirm the numbers of the names that only
//! the first page has: ContentDist*, ContentPublicationLimit, ExternalServices*,
//! Scheduled*, DailyEinsteinDiscoveryOptimizationJobRuns and
//! DailyMetadataRetrievesWithDependencies. An org without the add-on for events
//! has no entitlement: its monthly limits are 0 here.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::org::DAILY_API_REQUESTS;

/// A limit of which this org uses nothing.
struct Unused {
    name: &'static str,
    max: u64,
    /// The first version that has it; 0: all before `until` have it.
    since: u16,
    /// The last version that has it.
    until: u16,
}

const UNUSED: [Unused; 66] = [
    always("ActiveScratchOrgs", 3),
    always("AnalyticsExternalDataSizeMB", 40_960),
    always("ConcurrentAsyncGetReportInstances", 200),
    always("ConcurrentEinsteinDataInsightsStoryCreation", 5),
    always("ConcurrentEinsteinDiscoveryStoryCreation", 2),
    always("ConcurrentSyncReportRuns", 20),
    always("ContentDistBandwidthLimitMB", 10_240),
    always("ContentDistViewLimit", 50_000),
    always("ContentPublicationLimit", 200_000),
    always("DailyAnalyticsDataflowJobExecutions", 60),
    always("DailyAnalyticsUploadedFilesSizeMB", 51_200),
    always("DailyAsyncApexExecutions", 250_000),
    since(56, "DailyAsyncApexTests", 500),
    since(49, "DailyBulkApiBatches", 15_000),
    until(48, "DailyBulkApiRequests", 15_000),
    since(47, "DailyBulkV2QueryFileStorageMB", 976_562),
    since(47, "DailyBulkV2QueryJobs", 10_000),
    always("DailyDeliveredPlatformEvents", 10_000),
    since(37, "DailyDurableGenericStreamingApiEvents", 10_000),
    since(37, "DailyDurableStreamingApiEvents", 10_000),
    always("DailyEinsteinDataInsightsStoryCreation", 1_000),
    always("DailyEinsteinDiscoveryOptimizationJobRuns", 500),
    always("DailyEinsteinDiscoveryPredictAPICalls", 50_000),
    always("DailyEinsteinDiscoveryPredictionsByCDC", 5_000_000),
    always("DailyEinsteinDiscoveryStoryCreation", 100),
    since(53, "DailyFunctionsApiCallLimit", 235_000),
    always("DailyGenericStreamingApiEvents", 10_000),
    since(64, "DailyMetadataRetrievesWithDependencies", 1_000),
    always("DailyScratchOrgs", 6),
    always("DailyStandardVolumePlatformEvents", 10_000),
    always("DailyStreamingApiEvents", 10_000),
    always("DailyWorkflowEmails", 100_000),
    always("DataStorageMB", 1_024),
    since(37, "DurableStreamingApiConcurrentClients", 20),
    always("ExternalServicesActiveObjects", 2_000),
    always("ExternalServicesActiveOperations", 2_000),
    always("ExternalServicesObjectProperties", 20_000),
    always("ExternalServicesObjects", 5_000),
    always("ExternalServicesOperations", 5_000),
    always("ExternalServicesRegistrations", 150),
    always("FileStorageMB", 1_024),
    always("HourlyAsyncReportRuns", 1_200),
    always("HourlyDashboardRefreshes", 200),
    always("HourlyDashboardResults", 5_000),
    always("HourlyDashboardStatuses", 999_999_999),
    always("HourlyLongTermIdMapping", 100_000),
    always("HourlyManagedContentPublicRequests", 50_000),
    always("HourlyODataCallout", 20_000),
    always("HourlyPublishedPlatformEvents", 50_000),
    always("HourlyPublishedStandardVolumePlatformEvents", 1_000),
    always("HourlyShortTermIdMapping", 100_000),
    always("HourlySyncReportRuns", 500),
    always("HourlyTimeBasedWorkflow", 1_000),
    always("MassEmail", 5_000),
    always("MaxContentDocumentsLimit", 30_000_000),
    always("MonthlyEinsteinDiscoveryStoryCreation", 500),
    until(47, "MonthlyPlatformEvents", 0),
    since(48, "MonthlyPlatformEventsUsageEntitlement", 0),
    always("Package2VersionCreates", 6),
    always("Package2VersionCreatesWithoutValidation", 500),
    always("PlatformEventTriggersWithParallelProcessing", 5),
    always("PrivateConnectOutboundCalloutHourlyLimitMB", 0),
    always("ScheduledFlowRunLimit", 250_000),
    always("ScheduledPathRunLimit", 250_000),
    always("SingleEmail", 5_000),
    always("StreamingApiConcurrentClients", 20),
];

/// The version in which permission sets got limits.
const PERMISSION_SETS_SINCE: u16 = 41;

/// Answers `limits`.
pub(crate) fn limits(call: &Call<'_>) -> Result<Answer, ApiError> {
    let version = call.version.number();
    let unused = UNUSED.iter().filter(|limit| limit.is_in(version));
    let mut limits: Map<String, Value> = unused
        .map(|unused| (unused.name.to_owned(), limit(unused.max, unused.max)))
        .collect();
    let remaining = DAILY_API_REQUESTS.saturating_sub(call.used);
    let calls = limit(DAILY_API_REQUESTS, remaining);
    limits.insert("DailyApiRequests".to_owned(), calls);
    if version >= PERMISSION_SETS_SINCE {
        let mut sets = limit(1_500, 1_499);
        sets["CreateCustom"] = limit(1_000, 999);
        limits.insert("PermissionSets".to_owned(), sets);
    }
    Ok(Answer::json(StatusCode::OK, &limits))
}

impl Unused {
    fn is_in(&self, version: u16) -> bool {
        (self.since..=self.until).contains(&version)
    }
}

const fn always(name: &'static str, max: u64) -> Unused {
    since(0, name, max)
}

const fn since(since: u16, name: &'static str, max: u64) -> Unused {
    Unused {
        name,
        max,
        since,
        until: u16::MAX,
    }
}

const fn until(until: u16, name: &'static str, max: u64) -> Unused {
    Unused {
        name,
        max,
        since: 0,
        until,
    }
}

fn limit(max: u64, remaining: u64) -> Value {
    json!({"Max": max, "Remaining": remaining})
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_come_and_go_as_the_guide_says() {
        let names = |version| {
            let limits = UNUSED.iter().filter(move |limit| limit.is_in(version));
            limits.map(|limit| limit.name).collect::<HashSet<_>>()
        };
        for (name, since, until) in [
            ("DailyBulkApiRequests", 31, 48),
            ("DailyBulkApiBatches", 49, 68),
            ("DailyBulkV2QueryJobs", 47, 68),
            ("DailyAsyncApexTests", 56, 68),
            ("DailyFunctionsApiCallLimit", 53, 68),
            ("DailyMetadataRetrievesWithDependencies", 64, 68),
            ("DailyDurableStreamingApiEvents", 37, 68),
            ("MonthlyPlatformEvents", 31, 47),
            ("MonthlyPlatformEventsUsageEntitlement", 48, 68),
            ("DailyStreamingApiEvents", 31, 68),
        ] {
            for version in 31..=68 {
                let is_there = names(version).contains(name);
                assert_eq!(
                    is_there,
                    (since..=until).contains(&version),
                    "{name} {version}"
                );
            }
        }
        let all: HashSet<_> = UNUSED.iter().map(|limit| limit.name).collect();
        assert_eq!(all.len(), UNUSED.len(), "no name twice");
    }
}
