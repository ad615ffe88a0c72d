//! A whole org, spoken to over the network.

mod apex;
mod client;
mod composite;
mod control;
mod data;
mod faults;
mod introspection;
mod jwt;
mod locators;
mod login;
mod query;
mod resources;
mod sobjects;
mod transport;
