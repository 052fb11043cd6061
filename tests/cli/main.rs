//! Drives the program as a person would, and reads what it says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![allow(clippy::too_many_lines, reason = "a test is read from its setup to its last assertion")]

#[path = "../support/mod.rs"]
mod support;

mod absent;
mod bombs;
mod cells;
mod config;
mod crashes;
mod determinism;
mod disks;
mod export;
mod fifo;
mod fleet;
mod generate;
mod hosting;
mod identity;
mod init;
mod inspect;
mod json;
mod leavers;
mod ledger;
mod ledger_page;
mod list;
mod manual;
mod nights;
mod notices;
mod output;
mod people;
mod plan;
#[cfg(feature = "probe")]
mod probe;
mod provider;
mod rejects;
mod removal;
mod renames;
mod renewal;
mod resign;
mod resign_counts;
mod retire;
mod secrets;
mod sheet;
mod sheets;
mod spreadsheets;
mod stamps;
mod status;
mod steps;
mod streams;
mod successors;
mod unclaimed;
mod verify;
mod windows;
mod wrong_folders;
