//! The only module that writes. Every file is private to its owner, and written beside its place and
//! renamed (`part`), so that it exists whole or not at all.

pub(crate) mod changes;
pub(crate) mod csv;
pub(crate) mod delimiter;
pub(crate) mod error;
#[cfg(feature = "probe")]
mod exclusive;
pub(crate) mod export;
pub(crate) mod folder;
mod held;
pub(crate) mod identifiers;
pub(crate) mod layout;
mod ledger;
mod lock;
pub(crate) mod manifest;
mod part;
mod place;
pub(crate) mod presence;
mod private;
pub(crate) mod rejects;
#[cfg(feature = "probe")]
mod replaced;
pub(crate) mod report;
mod shared;
mod sync;
pub(crate) mod trust;
mod unflushed;
mod windows_name;

pub(crate) use error::OutputError;
#[cfg(feature = "probe")]
pub(crate) use exclusive::ExclusiveUse;
pub(crate) use lock::is_locked;
pub(crate) use place::judge_run_folder;
pub(crate) use private::{write_new_file, write_new_folder};
#[cfg(feature = "probe")]
pub(crate) use replaced::{replace_file, replace_own_file};
pub(crate) use shared::{SharedFile, write_shared_files};
pub(crate) use trust::Trust;
