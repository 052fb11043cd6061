//! People of a list for whom an export has no file that fits.

use serde::Serialize;

use super::message::Console;
use crate::diagnostic::Shown;
use crate::pipeline::{MISFITS, Misfit};

/// How many people whom a profile does not fit are named one by one.
const MOST_NAMED: usize = 20;

/// Reports people whom a profile does not fit.
pub(super) struct Misfits<'a> {
    console: &'a Console,
    named: usize,
}

impl<'a> Misfits<'a> {
    pub(super) fn new(console: &'a Console) -> Self {
        Self { console, named: 0 }
    }

    pub(super) fn add(&mut self, misfit: &Misfit) {
        let Misfit { location, address, what } = misfit;
        self.console.event(&MisfitEvent::new(MisfitOf::Profile, misfit));
        self.named += 1;
        if self.named <= MOST_NAMED {
            self.console.line(&format_args!("{location}, `{}`: {what}", Shown(address)));
        } else if self.named == MOST_NAMED + 1 {
            self.console.line(&format_args!("and more: {MISFITS} has all"));
        }
    }
}

#[derive(Serialize)]
pub(super) struct MisfitEvent<'a> {
    event: &'static str,
    of: MisfitOf,
    line: u64,
    address: &'a str,
    message: &'a str,
}

/// What a person has no place in.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MisfitOf {
    /// The profile of everybody, or the MDM.
    Profile,
    /// The fleet scripts.
    Script,
}

impl<'a> MisfitEvent<'a> {
    pub(super) fn new(of: MisfitOf, Misfit { location, address, what }: &'a Misfit) -> Self {
        Self { event: "misfit", of, line: location.number, address, message: what }
    }
}
