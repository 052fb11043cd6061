//! Turns a list of people and a mail provider's description into signed mail settings for every
//! device each of them has.
//!
//! ARCHITECTURE.md has a reading path and a table of the modules; `tests/architecture.rs` holds which
//! module may import which.
#![cfg_attr(
    not(feature = "probe"),
    allow(dead_code, reason = "some of what other modules offer is for the probe alone")
)]

pub mod artifact;
mod bounded;
pub mod bundle;
pub mod cli;
mod clock;
mod config;
pub mod diagnostic;
pub mod domain;
mod fleet_script;
mod hosting;
pub mod input;
pub mod inspect;
mod intunewin;
mod ledger;
mod mdm;
mod output;
mod pipeline;
#[cfg(feature = "probe")]
mod probe;
pub mod provider;
mod recorded;
pub mod render;
pub mod sign;
mod strict_toml;
mod timestamp;
pub mod verify;
