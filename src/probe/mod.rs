//! Whether mail servers answer as the settings say. No other module opens a connection to them.
//!
//! In reading order: `target` is a server to ask, `run` asks many of them at a time, `walk` goes from a
//! connection to the sign-in methods of one address, with `names`, `tls`, `channel` and one dialog for each
//! protocol. `report` is what was seen. `follow_up` chooses what else to ask, and `diagnosis` says what to do;
//! both are pure. Only `sign_in` sends a password.

mod channel;
mod diagnosis;
mod dialog;
mod fault;
mod finding;
mod follow_up;
mod names;
mod report;
mod run;
mod sign_in;
mod target;
#[cfg(test)]
mod testing;
mod text;
mod time_limit;
mod tls;
mod walk;

pub(crate) use diagnosis::diagnose;
pub(crate) use fault::StepFault;
pub(crate) use finding::{Finding, Weight};
pub(crate) use follow_up::follow_ups;
pub(crate) use names::Names;
pub(crate) use report::{Offer, Path, ServerReport, Step, TlsVersion};
pub(crate) use run::{Probe, authorities};
pub(crate) use sign_in::{
    Arrival, Attempt, Attempts, Login, Mailbox, MailboxResult, Meaning, Next, NoTurn, OtherName,
    Pace, Server, SignIn, SigningIn, Surroundings, TestMessage, Turns,
};
pub(crate) use target::{Standing, Target};
pub(crate) use time_limit::Patience;
