//! A whole org, spoken to over the network.

mod answers;
mod apex;
mod bulk;
mod client;
mod composite;
mod control;
mod data;
mod describe;
mod faults;
mod files;
mod graphql;
mod introspection;
mod jwt;
mod limits;
mod locators;
mod login;
mod names;
mod query;
mod reads;
mod resources;
mod revocation;
mod simple_salesforce;
mod sobjects;
mod tooling;
mod transport;
mod wrong;
