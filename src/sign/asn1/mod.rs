//! The Distinguished Encoding Rules (X.690 §10): just enough to write and read `SignedData`.

pub(crate) mod der;
pub mod oid;
pub(crate) mod read;
pub mod write;
