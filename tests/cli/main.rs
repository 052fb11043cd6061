//! Drives the program as a person would, and reads what it says.

#[path = "../support/mod.rs"]
mod support;

mod determinism;
mod generate;
mod identity;
mod inspect;
mod list;
mod output;
mod provider;
mod secrets;
mod streams;
mod verify;
