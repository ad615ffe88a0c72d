//! A whole org, spoken to over the network.

mod apex;
mod bulk;
mod client;
mod composite;
mod control;
mod data;
mod faults;
mod graphql;
mod introspection;
mod jwt;
mod limits;
mod locators;
mod login;
mod names;
mod query;
mod resources;
mod simple_salesforce;
mod sobjects;
mod transport;
