//! Signing in with one mailbox, once. A password is sent only over a connection whose TLS was verified, to the host
//! that the settings name, and never a second time after a refusal.
//!
//! `attempt` makes the attempt, in each protocol; `verdict` says what the server's answer means; `pace` keeps accounts
//! from being locked. `verdict` and `pace` are pure.

mod attempt;
mod imap;
mod pace;
mod pop;
mod smtp;
mod verdict;

pub(crate) use attempt::{Credentials, SignIn, sign_in};
pub(crate) use pace::{Attempts, Pause};
pub(crate) use verdict::Meaning;
