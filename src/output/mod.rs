//! The only module that writes. Every file is private, written beside its place and renamed into it:
//! a file exists whole or not at all.

pub mod error;
pub mod folder;
pub mod layout;
pub mod manifest;
mod private;
pub mod rejects;
pub mod report;
mod sync;

pub use error::OutputError;
pub use folder::{OutputFolder, Staged};
pub use private::{write_new_file, write_new_folder};
