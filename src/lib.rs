//! Turns a list of people and a mail provider's description into signed mail settings for every
//! device each of them has.
//!
//! The modules in reading order. ARCHITECTURE.md says what each may call.

pub mod artifact;
mod bounded;
pub mod bundle;
pub mod cli;
mod clock;
mod config;
pub mod diagnostic;
pub mod domain;
pub mod input;
mod inspect;
mod output;
mod pipeline;
pub mod provider;
pub mod render;
pub mod sign;
mod strict_toml;
pub mod verify;
