//! A Salesforce org on loopback.
mod clock;
mod credentials;
mod database;
mod id;
mod record;
mod schema;
mod seed;
mod soql;
mod sql;
mod version;
