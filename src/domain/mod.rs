//! The nouns. Every value is valid; nothing here does I/O or is `Serialize`.

pub mod account;
pub mod contact;
pub(crate) mod days;
pub(crate) mod delimiter;
pub mod directory;
pub mod email;
pub(crate) mod host;
pub(crate) mod hosted;
pub mod identifier;
pub mod label;
pub mod language;
pub mod link;
pub mod name;
pub(crate) mod passphrase;
pub(crate) mod password;
pub mod person;
pub mod platform;
pub mod provider_id;
pub(crate) mod renames;
pub(crate) mod secret;
pub mod server;
pub(crate) mod setting;
pub mod shared;
pub(crate) mod slug;
#[cfg(any(feature = "probe", test))]
pub(crate) mod step;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod web_address;

/// This program with its version, as files record it.
pub const TOOL: &str = concat!("mailmuster ", env!("CARGO_PKG_VERSION"));
