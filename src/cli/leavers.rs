//! What a run does, or would do, with people whom the list does not name.

use std::path::Path;

use clap::Args;

use super::folder;
use super::message::Console;
use crate::ledger::{Ledger, LedgerError};
use crate::pipeline::{
    Absent, Checked, Departures, DoubtfulLeavers, Holders, LeaverCommand, MaxLeavers, Tracker,
    find_shared, find_successors,
};

/// What `generate` and `plan` do with people whom the list does not name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changes since the last run")]
pub(super) struct LeaverArgs {
    /// Retire everybody whom the list does not name: the bundle goes to `retired`, beside a
    /// package that removes the account from devices
    #[arg(long, conflicts_with = "add")]
    retire: bool,
    /// The list has further people only: nobody leaves
    #[arg(long, conflicts_with = "max_leavers")]
    add: bool,
    /// Most people who may leave in one run, e.g. 25 or 30%
    /// [default: 20%, and never more than half; up to five always may]
    #[arg(long, value_name = "N|N%")]
    max_leavers: Option<MaxLeavers>,
}

impl LeaverArgs {
    /// Whose addresses no other person of the list may have. With a whole list, that of each leaver is free.
    pub(super) fn holders(&self, ledger: Option<&Ledger>) -> Result<Holders, LedgerError> {
        if self.add { Holders::of(ledger) } else { Ok(Holders::default()) }
    }

    /// Finds out who would leave, and reports who may only seem to. This works once, after the first pass.
    pub(super) fn departures(
        &self,
        checked: &mut Checked,
        tracker: &mut Tracker<'_>,
        ledger: Option<&Ledger>,
        (out, console): (&Path, &Console),
    ) -> Result<Departures, LedgerError> {
        if !self.add {
            find_successors(&mut tracker.known, checked, ledger)?;
        }
        if self.retire {
            find_shared(&mut tracker.known, Some(checked), ledger)?;
        }
        let mut departures = Departures::find(checked, tracker, ledger)?;
        if self.add {
            // nobody leaves, so no refused row is a leaver's
            departures.unmatched = 0;
        }
        folder::report_departures(&departures, out, console);
        Ok(departures)
    }

    /// Refuses a list by which too many people would leave.
    pub(super) fn check(&self, departures: &Departures, out: &Path) -> Result<(), DoubtfulLeavers> {
        if self.add {
            Ok(())
        } else {
            departures.check(self.max_leavers, &out.display().to_string(), LeaverCommand::Generate)
        }
    }

    /// What becomes of people whom the list does not name; reports why nobody is retired although the user
    /// asked for it.
    pub(super) fn absent(&self, departures: &Departures, console: &Console) -> Absent {
        if self.add {
            Absent::Stay
        } else if self.retire && folder::may_retire(departures, console) {
            Absent::Retired
        } else {
            Absent::Left
        }
    }
}
