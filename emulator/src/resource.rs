//! The table of resources.
//!
//! A new resource is one row here, and its handler. The row gives:
//!
//! * the handler of a request,
//! * 405 with the methods that are allowed,
//! * the list of resources at `/services/data/vXX.X`,
//! * the name in statistics and faults.
//!
//! The table is a macro, because two modules read it. This one makes [`Route`],
//! which the org needs for its statistics. The router takes the handlers, which
//! need the org. In one module the two would be a circle.

use serde::{Deserialize, Serialize};

/// Gives the table to the macro of that name. A line is
///
/// ```text
/// Route: Access [METHODS] "path" since 40 => handler, further paths of this route;
/// ```
///
/// * `Access` is a variant of [`Handler`](crate::router::Handler).
/// * Without a method in the brackets, the handler gets every method.
/// * A path that does not begin with a slash lies below
///   `/services/data/vXX.X/`. `{name}` is one segment, which may be empty;
///   `{*name}` is all that follows.
/// * `since` is the version of the API in which the path appeared, as the REST
///   API Developer Guide says. Without it every version has the path.
/// * Rows with the same path and other methods may have routes of their own.
macro_rules! resources {
    ($read:ident) => {
        $read! {
            Token:      OAuth   []         "/services/oauth2/token"      => oauth::token;
            Introspect: OAuth   []         "/services/oauth2/introspect" => oauth::introspect;
            Revoke:     OAuth   []         "/services/oauth2/revoke"     => oauth::revoke;
            Discovery:  Open    [GET HEAD] "/.well-known/openid-configuration" => oauth::discovery;
            Identity:   Open    []         "/services/oauth2/userinfo"   => identity::of_token,
                        Open    []         "/id/{org}/{user}"            => identity::of_user;
            Versions:   Open    [GET HEAD] "/services/data"              => catalog::versions;
            Resources:  Session [GET HEAD] "/services/data/{version}"    => catalog::resources;
            Limits:     Session [GET HEAD] "limits"                      => limits::limits;
            RecordCount: Session [GET HEAD] "limits/recordCount" since 40 => record_count::counts;
            Recent:     Session [GET HEAD] "recent"                      => recent::recent;
            Tabs:       Session [GET HEAD] "tabs"                        => tabs::tabs;
            Theme:      Session [GET HEAD] "theme"                       => theme::theme;
            AppMenu:    Session [GET HEAD] "appMenu"                     => menus::app_menus,
                        Session [GET HEAD] "appMenu/AppSwitcher"         => menus::app_menu,
                        Session [GET HEAD] "appMenu/Salesforce1"         => menus::app_menu;
            QuickActions:
                        Session [GET HEAD] "quickActions"                => menus::quick_actions,
                        Session [GET HEAD] "sobjects/{object}/quickActions" => menus::quick_actions_of;
            ListViews:  Session [GET HEAD] "sobjects/{object}/listviews" since 32 => list_views::all,
                        Session [GET HEAD] "sobjects/{object}/listviews/recent" since 32 => list_views::recent,
                        Session [GET HEAD] "sobjects/{object}/listviews/{listview}" since 32 => list_views::one,
                        Session [GET HEAD] "sobjects/{object}/listviews/{listview}/describe" since 32 => list_views::describe,
                        Session [GET HEAD] "sobjects/{object}/listviews/{listview}/results" since 32 => list_views::results;
            GetUpdated: Session [GET HEAD] "sobjects/{object}/updated"   => replication::updated;
            GetDeleted: Session [GET HEAD] "sobjects/{object}/deleted"   => replication::deleted;
            Query:      Session [GET HEAD] "query"                       => query::live;
            QueryAll:   Session [GET HEAD] "queryAll"                    => query::all;
            QueryMore:  Session [GET HEAD] "query/{locator}"             => query::next_page,
                        Session [GET HEAD] "queryAll/{locator}"          => query::next_page;
            DescribeGlobal:
                        Session [GET HEAD] "sobjects"                    => describe::global;
            BasicInformation:
                        Session [GET HEAD] "sobjects/{object}"           => describe::basic;
            Describe:   Session [GET HEAD] "sobjects/{object}/describe"  => describe::describe;
            Layouts:    Session [GET HEAD] "sobjects/Global/describe/layouts" => describe::global_layouts,
                        Session [GET HEAD] "sobjects/{object}/describe/layouts" => describe::layouts,
                        Session [GET HEAD] "sobjects/{object}/describe/layouts/{record_type}" => describe::layout,
                        Session [GET HEAD] "sobjects/{object}/describe/compactLayouts" => describe::compact_layouts,
                        Session [GET HEAD] "sobjects/{object}/describe/compactLayouts/{record_type}" => describe::compact_layout,
                        Session [GET HEAD] "compactLayouts" since 31     => describe::compact_layouts_of,
                        Session [GET HEAD] "sobjects/{object}/describe/approvalLayouts" => describe::approval_layouts,
                        Session [GET HEAD] "sobjects/{object}/describe/approvalLayouts/{process}" => describe::no_layout,
                        Session [GET HEAD] "sobjects/{object}/describe/namedLayouts/{layout}" since 31 => describe::named_layout;
            Create:     Session [POST]     "sobjects/{object}"           => sobject::create;
            Retrieve:   Session [GET HEAD] "sobjects/{object}/{id}"      => sobject::retrieve;
            Update:     Session [PATCH]    "sobjects/{object}/{id}"      => sobject::update;
            Delete:     Session [DELETE]   "sobjects/{object}/{id}"      => sobject::delete;
            RetrieveByExternalId:
                        Session [GET HEAD] "sobjects/{object}/{field}/{value}" => external::retrieve;
            Upsert:     Session [PATCH]    "sobjects/{object}/{field}/{value}" => external::upsert;
            DeleteByExternalId:
                        Session [DELETE]   "sobjects/{object}/{field}/{value}" => external::delete;
            ExecuteAnonymous:
                        Session [GET]      "tooling/executeAnonymous"    => anonymous::execute;
            ToolingQuery:
                        Session [GET HEAD] "tooling/query"               => tooling::query;
            ToolingDescribe:
                        Session [GET HEAD] "tooling/sobjects"            => describe::tooling_global,
                        Session [GET HEAD] "tooling/sobjects/{object}"   => describe::tooling_basic,
                        Session [GET HEAD] "tooling/sobjects/{object}/describe" => describe::tooling_describe;
            CompositeResources:
                        Session [GET HEAD] "composite"                   => catalog::composite;
            Composite:  Session [POST]     "composite"                   => composite::composite;
            Batch:      Session [POST]     "composite/batch" since 34    => batch::batch;
            Graph:      Session [POST]     "composite/graph" since 50    => graph::graph;
            Tree:       Session [POST]     "composite/tree/{object}" since 34 => tree::tree;
            CreateMany: Session [POST]     "composite/sobjects" since 42 => collections::create;
            UpdateMany: Session [PATCH]    "composite/sobjects" since 42 => collections::update;
            DeleteMany: Session [DELETE]   "composite/sobjects" since 42 => collections::delete;
            RetrieveMany:
                        Session [GET HEAD] "composite/sobjects/{object}" since 42 => collections::retrieve,
                        Session [POST]     "composite/sobjects/{object}" since 42 => collections::retrieve_by_post;
            UpsertMany: Session [PATCH]    "composite/sobjects/{object}/{field}" since 46 => collections::upsert;
            Graphql:    Session [POST]     "graphql"                     => graphql::graphql;
            Search:     Session [GET HEAD] "search"                      => search::by_statement;
            ParameterizedSearch:
                        Session [GET HEAD] "parameterizedSearch" since 36 => search::by_parameters,
                        Session [POST]     "parameterizedSearch" since 36 => search::by_body;
            ObjectInfo: Session [GET HEAD] "ui-api/object-info/{object}" since 41 => ui_api::object_info;
            RecordDefaults:
                        Session [GET HEAD] "ui-api/record-defaults/create/{object}" since 41 => ui_api::create_defaults;
            CreateUiRecord:
                        Session [POST]     "ui-api/records" since 41     => records::create;
            UiRecord:   Session [GET HEAD] "ui-api/records/{id}" since 41 => records::retrieve;
            UpdateUiRecord:
                        Session [PATCH]    "ui-api/records/{id}" since 41 => records::update;
            DeleteUiRecord:
                        Session [DELETE]   "ui-api/records/{id}" since 41 => records::delete;
            IngestJob:  Session [POST]     "jobs/ingest" since 41        => ingest::create;
            IngestJobs: Session [GET HEAD] "jobs/ingest" since 41        => ingest::all;
            IngestJobInfo:
                        Session [GET HEAD] "jobs/ingest/{job}" since 41  => ingest::one;
            ChangeIngestJob:
                        Session [PATCH]    "jobs/ingest/{job}" since 41  => ingest::change;
            DeleteIngestJob:
                        Session [DELETE]   "jobs/ingest/{job}" since 41  => ingest::delete;
            IngestUpload:
                        Session [PUT]      "jobs/ingest/{job}/batches" since 41 => ingest::upload;
            IngestResults:
                        Session [GET HEAD] "jobs/ingest/{job}/successfulResults" since 41 => ingest::successful,
                        Session [GET HEAD] "jobs/ingest/{job}/failedResults" since 41 => ingest::failed,
                        Session [GET HEAD] "jobs/ingest/{job}/unprocessedrecords" since 41 => ingest::unprocessed,
                        Session [GET HEAD] "jobs/ingest/{job}/unprocessedRecords" since 41 => ingest::unprocessed;
            QueryJob:   Session [POST]     "jobs/query" since 47         => export::create;
            QueryJobs:  Session [GET HEAD] "jobs/query" since 47         => export::all;
            QueryJobInfo:
                        Session [GET HEAD] "jobs/query/{job}" since 47   => export::one;
            AbortQueryJob:
                        Session [PATCH]    "jobs/query/{job}" since 47   => export::abort;
            DeleteQueryJob:
                        Session [DELETE]   "jobs/query/{job}" since 47   => export::delete;
            QueryJobResults:
                        Session [GET HEAD] "jobs/query/{job}/results" since 47 => export::results;
            Unsupported:
                        Session [POST]     "quickActions"                => unsupported::unsupported,
                        Session [POST]     "sobjects/{object}/quickActions" => unsupported::unsupported,
                        Session [POST]     "ui-api/records/batch" since 59 => unsupported::unsupported;
            BulkV1Job:  Open    [POST]     "/services/async/{version}/job" => v1::create;
            BulkV1JobInfo:
                        Open    [GET HEAD] "/services/async/{version}/job/{job}" => v1::job;
            ChangeBulkV1Job:
                        Open    [POST]     "/services/async/{version}/job/{job}" => v1::change;
            BulkV1Batch:
                        Open    [POST]     "/services/async/{version}/job/{job}/batch" => v1::add;
            BulkV1BatchInfo:
                        Open    [GET HEAD] "/services/async/{version}/job/{job}/batch" => v1::all,
                        Open    [GET HEAD] "/services/async/{version}/job/{job}/batch/{batch}" => v1::one;
            BulkV1Request:
                        Open    [GET HEAD] "/services/async/{version}/job/{job}/batch/{batch}/request" => v1::request;
            BulkV1Result:
                        Open    [GET HEAD] "/services/async/{version}/job/{job}/batch/{batch}/result" => v1::results,
                        Open    [GET HEAD] "/services/async/{version}/job/{job}/batch/{batch}/result/{result}" => v1::result;
            Apex:       Open    [DELETE GET HEAD PATCH POST PUT] "/services/apexrest/echo" => apex::echo,
                        Open    [DELETE GET HEAD PATCH POST PUT] "/services/apexrest/echo/{*path}" => apex::echo;
        }
    };
}

pub(crate) use resources;

macro_rules! names {
    ($($route:ident: $($access:ident [$($method:ident)*] $path:literal $(since $since:literal)? => $handler:expr),+;)+) => {
        /// The resources, as statistics and faults name them.
        ///
        /// A path that does not begin with a slash lies below
        /// `/services/data/vXX.X/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Route {
            $(#[doc = concat!($("`", $path, "` "),+)] $route,)+
            /// Anything else.
            Other,
        }

        /// Every path of the table.
        pub(crate) const PATHS: &[&str] = &[$($($path),+),+];
    };
}

resources!(names);
