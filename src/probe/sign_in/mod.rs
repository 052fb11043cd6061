//! Signing in with one mailbox, once. A password is sent only over a connection whose TLS was verified, to the host
//! that the settings name, and never a second time after a refusal.
//!
//! `mailbox` signs in at both servers of a mailbox; `attempt` makes one attempt, in each protocol; `verdict` says what
//! the server's answer means; `letter` is the test message and `arrival` waits for it; `pace` keeps accounts from being locked, and `turns` keeps several threads to it.
//! `verdict`, `repeated` and `pace` are pure.

mod arrival;
mod attempt;
mod imap;
mod letter;
mod mailbox;
mod pace;
mod pop;
mod repeated;
mod smtp;
mod turns;
mod verdict;

pub(crate) use arrival::Arrival;
pub(crate) use attempt::SignIn;
pub(crate) use mailbox::{
    Attempt, Login, Mailbox, MailboxResult, OtherName, SigningIn, TestMessage,
};
pub(crate) use pace::{Attempts, Next, Pace, Server};
pub(crate) use turns::{NoTurn, Surroundings, Turns};
pub(crate) use verdict::Meaning;
