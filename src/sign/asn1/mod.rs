//! The Distinguished Encoding Rules (X.690 §10): just enough to write and read `SignedData`.

pub mod der;
pub mod oid;
pub mod read;
pub mod write;
