//! A whole org, spoken to over the network.

mod apex;
mod bulk;
mod child_pages;
mod client;
mod composite;
mod control;
mod data;
mod describe;
mod faults;
mod files;
mod graphql;
mod groups;
mod introspection;
mod jwt;
mod limits;
mod locators;
mod login;
mod query;
mod resources;
mod simple_salesforce;
mod sobjects;
mod transport;
