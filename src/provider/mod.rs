//! Mail providers: their servers, and who may have an account there.
//!
//! In reading order: `description` is a provider as its file describes it, `spec` and `write` are that
//! file, `built_in` and `load` find it, `import` makes one from another format, and `own` from two host
//! names. `resolve` chooses a provider for each person, `route` the servers of one provider; the result
//! is an account without placeholders. `check` warns of doubtful settings, with the help of `catalog`,
//! which knows all built-in domains and hosts.

mod built_in;
mod catalog;
pub(crate) mod check;
#[cfg(feature = "probe")]
mod declared;
mod description;
pub(crate) mod error;
mod fault;
mod hosted;
pub mod import;
mod load;
pub(crate) mod overrides;
pub(crate) mod own;
pub(crate) mod pattern;
pub(crate) mod resolve;
mod route;
mod shared;
mod spec;
mod write;

pub use built_in::BUILT_IN;
pub(crate) use built_in::{DEFAULT_PROVIDER, built_in_card};
#[cfg(feature = "probe")]
pub(crate) use declared::Declared;
pub use description::Provider;
pub(crate) use description::{Authentication, Evidence, Note, Server};
pub(crate) use error::ProviderError;
pub(crate) use fault::AccountFault;
pub(crate) use import::Imported;
pub(crate) use overrides::{Override, OverrideError};
pub use resolve::{AUTOMATIC, Resolver};
pub use route::Policy;
