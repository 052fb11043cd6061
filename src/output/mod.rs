//! The only module that writes. Every file is private, written beside its place and renamed into it:
//! a file exists whole or not at all.

mod csv;
pub mod error;
pub mod folder;
pub mod layout;
mod lock;
pub mod manifest;
mod part;
mod private;
pub mod rejects;
pub mod report;
mod sync;
pub mod trust;

pub use error::OutputError;
pub use folder::{OutputFolder, Staged};
pub use private::{write_new_file, write_new_folder};
pub use trust::Trust;
