//! Exports for an MDM: independent programs read the files, and the push helpers run against mocks of the services.

mod fleet;
mod intune;
mod jamf;
mod managed;
mod server;
