//! The nouns. Every value here is already valid; nothing here does I/O or is `Serialize`.

pub mod account;
pub mod contact;
pub mod delimiter;
pub mod email;
pub mod host;
pub mod identifier;
pub mod label;
pub mod language;
pub mod name;
pub mod passphrase;
pub mod person;
pub mod platform;
pub mod secret;
pub mod server;
pub mod setting;
pub mod slug;
pub mod text;
