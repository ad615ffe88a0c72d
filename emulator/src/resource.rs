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
/// Route: Access [METHODS] "path" => handler, further paths of this route;
/// ```
///
/// * `Access` is a variant of [`Handler`](crate::router::Handler).
/// * Without a method in the brackets, the handler gets every method.
/// * A path that does not begin with a slash lies below
///   `/services/data/vXX.X/`. `{name}` is one segment, which may be empty;
///   `{*name}` is all that follows.
/// * Rows with the same path and other methods may have routes of their own.
macro_rules! resources {
    ($read:ident) => {
        $read! {
            Token:      OAuth   []         "/services/oauth2/token"      => oauth::token;
            Introspect: OAuth   []         "/services/oauth2/introspect" => oauth::introspect;
            Identity:   Open    []         "/services/oauth2/userinfo"   => identity::of_token,
                        Open    []         "/id/{org}/{user}"            => identity::of_user;
            Versions:   Open    [GET HEAD] "/services/data"              => catalog::versions;
            Resources:  Session [GET HEAD] "/services/data/{version}"    => catalog::resources;
            Limits:     Session [GET HEAD] "limits"                      => limits::limits;
            Query:      Session [GET HEAD] "query"                       => query::live;
            QueryAll:   Session [GET HEAD] "queryAll"                    => query::all;
            QueryMore:  Session [GET HEAD] "query/{locator}"             => query::next_page,
                        Session [GET HEAD] "queryAll/{locator}"          => query::next_page;
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
            Composite:  Session [POST]     "composite"                   => composite::composite;
            Batch:      Session [POST]     "composite/batch"             => batch::batch;
            Graph:      Session [POST]     "composite/graph"             => graph::graph;
            CreateMany: Session [POST]     "composite/sobjects"          => collections::create;
            UpdateMany: Session [PATCH]    "composite/sobjects"          => collections::update;
            DeleteMany: Session [DELETE]   "composite/sobjects"          => collections::delete;
            RetrieveMany:
                        Session [GET HEAD] "composite/sobjects/{object}" => collections::retrieve,
                        Session [POST]     "composite/sobjects/{object}" => collections::retrieve_by_post;
            Graphql:    Session [POST]     "graphql"                     => graphql::graphql;
            IngestJob:  Session [POST]     "jobs/ingest"                 => bulk::ingest;
            QueryJob:   Session [POST]     "jobs/query"                  => bulk::query;
            BulkV1Job:  Open    [POST]     "/services/async/{version}/job" => bulk::v1::create;
            Apex:       Open    [DELETE GET HEAD PATCH POST PUT] "/services/apexrest/echo" => apex::echo,
                        Open    [DELETE GET HEAD PATCH POST PUT] "/services/apexrest/echo/{*path}" => apex::echo;
        }
    };
}

pub(crate) use resources;

macro_rules! names {
    ($($route:ident: $($access:ident [$($method:ident)*] $path:literal => $handler:expr),+;)+) => {
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
