//! The nouns. Every value here is already valid; nothing here does I/O or is `Serialize`.

pub mod account;
pub mod email;
pub mod host;
pub mod identifier;
pub mod name;
pub mod person;
pub mod secret;
pub mod server;
pub mod slug;
pub mod text;
