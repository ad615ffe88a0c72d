//! The second judge's table: which paths there are, and what is done there.

use std::sync::LazyLock;

use super::address::percent;
use super::{APEX, DELETE, Effect, MAY, NEVER, OWN, READ, UNKNOWN, WRITE};

/// Methods, what they do, and where. `~` is `services/data/V`; letters stand for
/// V version, N number, O object, I id, G an org's, U a user's, S ids, L locator, F name, Z names, X
/// anything, and ** for the rest.
const PATHS: &[(&str, Kind, &str)] = &[
    (
        "POST",
        Kind::Is(OWN),
        "services/oauth2/token services/oauth2/introspect",
    ),
    (
        "GET HEAD PATCH PUT DELETE OPTIONS",
        Kind::Is(NEVER),
        "services/oauth2/token services/oauth2/introspect",
    ),
    ("*", Kind::Is(NEVER), "services/oauth2 services/oauth2/**"),
    (
        "*",
        Kind::Is(MAY),
        "services/apexrest services/apexrest/** services/Soap/u/** services/Soap/c/** \
         services/Soap/m/** services/Soap/class/** ~/tooling/runTestsSynchronous \
         ~/tooling/runTestsAsynchronous",
    ),
    (
        "*",
        Kind::Is(APEX),
        "services/Soap services/Soap/** ~/tooling/executeAnonymous ~/tooling/executeAnonymous/**",
    ),
    (
        "GET HEAD",
        Kind::Is(READ),
        "id/G/U services/async/N/job/I services/async/N/job/I/batch services/async/N/job/I/batch/I \
         services/async/N/job/I/batch/I/request services/async/N/job/I/batch/I/result \
         services/async/N/job/I/batch/I/result/I services/data services/data/V ~/limits \
         ~/limits/recordCount ~/sobjects ~/sobjects/Global/describe/layouts \
         ~/sobjects/User/I/password ~/sobjects/SelfServiceUser/I/password ~/sobjects/O \
         ~/sobjects/O/describe ~/sobjects/O/describe/layouts ~/sobjects/O/describe/layouts/I \
         ~/sobjects/O/describe/namedLayouts/F ~/sobjects/O/describe/compactLayouts \
         ~/sobjects/O/describe/compactLayouts/I ~/sobjects/O/describe/approvalLayouts \
         ~/sobjects/O/describe/approvalLayouts/F ~/sobjects/O/deleted ~/sobjects/O/updated \
         ~/sobjects/O/eventSchema ~/sobjects/O/listviews ~/sobjects/O/listviews/recent \
         ~/sobjects/O/listviews/F ~/sobjects/O/listviews/F/describe \
         ~/sobjects/O/listviews/F/results ~/sobjects/O/quickActions ~/sobjects/O/quickActions/F \
         ~/sobjects/O/quickActions/F/describe ~/sobjects/O/quickActions/F/defaultValues \
         ~/sobjects/O/quickActions/F/defaultValues/I ~/sobjects/O/I \
         ~/sobjects/O/I/richTextImageFields/F/I ~/sobjects/O/F/X ~/compactLayouts ~/recent \
         ~/query/L ~/queryAll/L ~/search/suggestions ~/search/suggestTitleMatches \
         ~/search/suggestSearchQueries ~/search/scopeOrder ~/search/layout ~/searchlayout \
         ~/composite ~/composite/sobjects/O ~/jobs/ingest ~/jobs/ingest/I \
         ~/jobs/ingest/I/successfulResults ~/jobs/ingest/I/failedResults \
         ~/jobs/ingest/I/unprocessedrecords|unprocessedRecords ~/jobs/query ~/jobs/query/I \
         ~/jobs/query/I/results ~/jobs/query/I/resultPages|resultpages ~/quickActions \
         ~/quickActions/F ~/quickActions/F/describe ~/quickActions/F/defaultValues ~/actions \
         ~/actions/** ~/process/rules ~/process/rules/O ~/process/rules/O/I ~/process/approvals \
         ~/metadata/deployRequest/I ~/tooling ~/tooling/query/L ~/tooling/queryAll/L \
         ~/tooling/completions ~/tooling/sobjects ~/tooling/sobjects/O \
         ~/tooling/sobjects/O/describe ~/tooling/sobjects/O/describe/layouts \
         ~/tooling/sobjects/O/describe/layouts/I ~/tooling/sobjects/O/I \
         ~/tooling/sobjects/O/F/X ~/tooling/composite ~/tooling/composite/sobjects/O \
         ~/ui-api/records/batch/S ~/ui-api/records/I ~/ui-api/record-ui/S \
         ~/ui-api/record-defaults/** ~/ui-api/object-info ~/ui-api/object-info/batch/Z \
         ~/ui-api/object-info/O ~/ui-api/object-info/O/picklist-values/I \
         ~/ui-api/object-info/O/picklist-values/I/F ~/ui-api/layout/O ~/ui-api/list-info/** \
         ~/ui-api/list-records/** ~/ui-api/list-ui/** ~/ui-api/lookups/** \
         ~/ui-api/related-list-count/** ~/ui-api/related-list-info/** \
         ~/ui-api/related-list-preferences/** ~/ui-api/related-list-records/** \
         ~/ui-api/actions/** ~/ui-api/duplicates/O ~/ui-api/favorites ~/ui-api/favorites/I \
         ~/ui-api/apps ~/ui-api/apps/F ~/ui-api/nav-items ~/ui-api/themes/active \
         ~/analytics/reports ~/analytics/reports/I ~/analytics/reports/I/describe \
         ~/analytics/reports/I/instances ~/analytics/reports/I/instances/I \
         ~/analytics/report-types ~/analytics/report-types/F ~/analytics/dashboards \
         ~/analytics/dashboards/I ~/analytics/dashboards/I/describe \
         ~/analytics/dashboards/I/status ~/consent/action/F ~/consent/multiaction \
         ~/event/eventSchema/F ~/support/knowledgeArticles ~/support/dataCategoryGroups \
         ~/support/dataCategoryGroups/** ~/knowledgeManagement/settings ~/tabs ~/theme \
         ~/appMenu/AppSwitcher ~/appMenu/Salesforce1",
    ),
    (
        "GET HEAD",
        Kind::Soql,
        "~/query ~/queryAll ~/tooling/query ~/tooling/queryAll",
    ),
    ("GET HEAD", Kind::Sosl, "~/search ~/tooling/search"),
    ("GET HEAD", Kind::SearchParameters, "~/parameterizedSearch"),
    (
        "GET HEAD",
        Kind::ViewCounted,
        "~/support/knowledgeArticles/F",
    ),
    ("POST", Kind::Is(READ), "~/ui-api/predupe"),
    (
        "POST",
        Kind::Body(READ, WRITE, "search"),
        "~/parameterizedSearch",
    ),
    (
        "POST",
        Kind::Body(READ, UNKNOWN, "retrieve"),
        "~/composite/sobjects/O ~/tooling/composite/sobjects/O",
    ),
    (
        "POST",
        Kind::Body(READ, UNKNOWN, "query job"),
        "~/jobs/query",
    ),
    ("POST", Kind::Body(READ, UNKNOWN, "graphql"), "~/graphql"),
    (
        "POST",
        Kind::Parts("compositeRequest"),
        "~/composite ~/tooling/composite",
    ),
    (
        "POST",
        Kind::Parts("batchRequests"),
        "~/composite/batch ~/tooling/composite/batch",
    ),
    (
        "POST",
        Kind::Parts("graphs"),
        "~/composite/graph ~/tooling/composite/graph",
    ),
    ("POST", Kind::Object, "~/sobjects/O ~/sobjects/O/Id"),
    ("PATCH", Kind::Object, "~/sobjects/O/I ~/sobjects/O/F/X"),
    (
        "POST",
        Kind::Body(WRITE, MAY, "records"),
        "~/composite/tree/O ~/composite/sobjects",
    ),
    (
        "PATCH",
        Kind::Body(WRITE, MAY, "records"),
        "~/composite/sobjects ~/composite/sobjects/O/F",
    ),
    (
        "POST",
        Kind::Body(WRITE, UNKNOWN, "ingest job"),
        "~/jobs/ingest",
    ),
    (
        "POST",
        Kind::Body(WRITE, UNKNOWN, "job"),
        "services/async/N/job",
    ),
    (
        "POST",
        Kind::Body(WRITE, UNKNOWN, "state"),
        "services/async/N/job/I",
    ),
    (
        "POST",
        Kind::Body(WRITE, UNKNOWN, "ui batch"),
        "~/ui-api/records/batch",
    ),
    (
        "POST",
        Kind::Is(WRITE),
        "services/async/N/job/I/batch ~/ui-api/records \
         ~/ui-api/records/content-documents/content-versions ~/ui-api/favorites \
         ~/analytics/reports/I/instances",
    ),
    (
        "PATCH",
        Kind::Is(WRITE),
        "~/jobs/ingest/I ~/jobs/query/I ~/ui-api/records/I ~/ui-api/favorites/I ~/ui-api/apps/F \
         ~/analytics/reports/I ~/analytics/dashboards/I ~/consent/action/F ~/consent/multiaction",
    ),
    (
        "PUT",
        Kind::Is(WRITE),
        "~/jobs/ingest/I/batches ~/analytics/dashboards/I",
    ),
    (
        "DELETE",
        Kind::Is(DELETE),
        "~/sobjects/O/I ~/sobjects/O/F/X ~/composite/sobjects ~/jobs/ingest/I ~/jobs/query/I \
         ~/tooling/sobjects/O/I ~/tooling/sobjects/O/F/X ~/tooling/composite/sobjects \
         ~/ui-api/records/I ~/ui-api/favorites/I ~/analytics/reports/I \
         ~/analytics/reports/I/instances/I ~/analytics/dashboards/I",
    ),
    (
        "POST DELETE",
        Kind::Is(MAY),
        "~/sobjects/User/I/password ~/sobjects/SelfServiceUser/I/password",
    ),
    (
        "POST",
        Kind::Is(MAY),
        "~/sobjects/O/quickActions ~/sobjects/O/quickActions/F ~/quickActions ~/quickActions/F \
         ~/actions ~/actions/** ~/process/rules ~/process/rules/O ~/process/rules/O/I \
         ~/process/approvals ~/metadata/deployRequest ~/metadata/deployRequest/I \
         ~/tooling/sobjects/O ~/tooling/composite/tree/O ~/tooling/composite/sobjects",
    ),
    (
        "PATCH",
        Kind::Is(MAY),
        "~/metadata/deployRequest/I ~/tooling/sobjects/O/I ~/tooling/sobjects/O/F/X \
         ~/tooling/composite/sobjects ~/tooling/composite/sobjects/O/F",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Is(Effect),
    Object,
    Soql,
    Sosl,
    SearchParameters,
    ViewCounted,
    /// The least, the gravest, and how to tell.
    Body(Effect, Effect, &'static str),
    Parts(&'static str),
}

/// The shape of a path, the same in all that a server can take it for. Empty if
/// unknown.
pub(super) fn unambiguous_shape(path: &[&str]) -> Option<Option<String>> {
    let shape = shape(path);
    if let Some(shape) = &shape {
        for (one, known) in path.iter().zip(shape.split('/')) {
            let literal = known.len() > 1 && known != "**";
            if literal && !known.split('|').any(|word| word == *one) {
                return None;
            }
        }
    }
    let mut others: Vec<Vec<String>> = Vec::new();
    if let Some((last, front)) = path.split_last() {
        let front: Vec<String> = front.iter().map(|one| (*one).to_owned()).collect();
        let lower = last.to_ascii_lowercase();
        if lower.ends_with(".json") || lower.ends_with(".xml") {
            let stem = last[..last.rfind('.')?].to_owned();
            others.push([front.clone(), vec![stem]].concat());
        }
        if last.contains('%') {
            let text = percent(last, false)?;
            let pieces = text.split(['/', '\\']).filter(|one| !one.is_empty());
            others.push([front.clone(), pieces.map(str::to_owned).collect()].concat());
            others.push([front, vec![text]].concat());
        }
    }
    for other in &others {
        let other: Vec<&str> = other.iter().map(String::as_str).collect();
        let other = self::shape(&other);
        if other.is_some() && other != shape {
            return None;
        }
    }
    Some(shape)
}

/// The shapes, written out, with what is done there.
static SHAPES: LazyLock<Vec<(&str, Kind, Vec<String>)>> = LazyLock::new(|| {
    let rows = PATHS.iter().map(|(methods, kind, shapes)| {
        let shapes = shapes.split_whitespace();
        let shapes = shapes.map(|shape| shape.replace('~', "services/data/V"));
        (*methods, *kind, shapes.collect())
    });
    rows.collect()
});

/// The most special shape that fits, whatever the case of its words.
fn shape(path: &[&str]) -> Option<String> {
    let mut best: Option<(Vec<u8>, &String)> = None;
    for shape in SHAPES.iter().flat_map(|(_, _, shapes)| shapes) {
        let known: Vec<&str> = shape.split('/').collect();
        if !fits(&known, path) {
            continue;
        }
        let rank = |one: &&str| match one.len() {
            1 => 1,
            _ if *one == "**" => 2,
            _ => 0,
        };
        let rank: Vec<u8> = known.iter().map(rank).collect();
        if best.as_ref().is_none_or(|(other, _)| rank < *other) {
            best = Some((rank, shape));
        }
    }
    best.map(|(_, shape)| shape.clone())
}

pub(super) fn fits(known: &[&str], path: &[&str]) -> bool {
    match (known, path) {
        ([], []) => true,
        (["**"], [_, ..]) => true,
        ([letter, known @ ..], [one, path @ ..]) => {
            let alone = |more: &str| {
                one.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || more.as_bytes().contains(&b))
            };
            let version = |text: &str| {
                text.split_once('.').is_some_and(|(major, minor)| {
                    minor == "0"
                        && matches!(major.len(), 1..=3)
                        && major.parse::<u16>().is_ok()
                        && !major.starts_with('+')
                })
            };
            let fits = match *letter {
                "V" => one.starts_with('v') && version(&one[1..]),
                "N" => version(one),
                "O" => alone("_") && one.starts_with(|first: char| first.is_ascii_alphabetic()),
                "I" => fits_id(one),
                "G" | "U" => {
                    let kind = if *letter == "G" { "00D" } else { "005" };
                    one.get(..3) == Some(kind) && fits_id(one)
                }
                "S" => alone(","),
                "L" => alone("-"),
                "F" => alone("_-."),
                "Z" => alone("_-.,"),
                "X" => true,
                words => words
                    .to_lowercase()
                    .split('|')
                    .any(|word| word == one.to_lowercase()),
            };
            fits && self::fits(known, path)
        }
        _ => false,
    }
}

fn fits_id(one: &str) -> bool {
    [15, 18].contains(&one.len()) && !one.contains(|c: char| !c.is_ascii_alphanumeric())
}

pub(super) fn kind(shape: &str, method: &str) -> Option<Kind> {
    let found = SHAPES.iter().find(|(methods, _, shapes)| {
        (*methods == "*" || methods.split(' ').any(|one| one == method))
            && shapes.iter().any(|one| one == shape)
    });
    found.map(|(_, kind, _)| *kind)
}
