//! `mailmuster plan`: what `generate` would do, for whom, and what they would have to do.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use crate::cli::changes;
use crate::cli::development::IfMissing;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::first_pass::first_pass;
use crate::cli::folder;
use crate::cli::hosting::Hosting;
use crate::cli::leavers::LeaverArgs;
use crate::cli::message::Console;
use crate::cli::reporter::Pass;
use crate::cli::run::{Prepared, RunArgs, RunFolder, signing};
use crate::cli::signer_change;
use crate::diagnostic::{Count, Diagnostic as _, Grouped, Notice};
use crate::ledger::{Known, LedgerError};
use crate::output::layout::HOSTING;
use crate::output::presence::Bundles;
use crate::pipeline::{
    Absent, ChangeSummary, DoubtfulLeavers, FieldChange, Memory, PlannedChange, Planner,
    SignerChange, Step, Tracker, Unfinished, Whose,
};
use crate::sign::Signing;

/// Show what `generate` would change since the last run, and write nothing
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    leavers: LeaverArgs,
    /// Exit with code 4 if a run would change something, otherwise with 1 if rows are refused
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

impl PlanArgs {
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        let Prepared { folder, job, stop } = self.run.prepare(console)?;
        let RunFolder { settings, clock, setup, mut memory, mut known } = folder;
        let out = &settings.out;
        let hosting = Hosting::of_run(&settings)?;
        // which bundles would be signed again depends on who signs
        let signing =
            signing(&settings.signing, &setup, IfMissing::Imagine, clock, (console, &stop))?;
        let mut changes = ChangeSummary::default();
        let mut on_change = |planned: PlannedChange| {
            report_change(&planned, console);
            changes.add(planned.change.kind, || planned.changed());
        };
        known.forget_digests();
        let bundles = Bundles::of(out, memory.take_presence());
        let planner = Planner::new(bundles, memory.ledger(), &setup, &signing, &mut on_change)?;
        let mut tracker = Tracker::new(known, &setup, &job.renames, Some(planner));
        tracker.holders = self.leavers.holders(memory.ledger())?;
        let mut checked =
            first_pass(&job, Pass::Only { rejects: None }, Some(&mut tracker), console, &stop)
                .map_err(|error| settings.list.failure(error))?
                .checked;
        let departures =
            self.leavers.departures(&mut checked, &mut tracker, memory.ledger(), (out, console))?;
        let refusal = self.leavers.check(&departures, out).err();
        let absent = match &refusal {
            // nothing is known of anybody
            Some(DoubtfulLeavers::NothingRead { .. }) => Absent::Stay,
            _ => self.leavers.absent(&departures, console),
        };
        tracker.plan_leavers(absent)?;
        let unchanged = tracker.unchanged();
        let Tracker { known, .. } = tracker;
        report_signer((&memory, &known), &signing, console)?;
        let unfinished = Unfinished::find((&memory, &known), out, &signing)?;
        if let Some(unfinished) = &unfinished {
            folder::report_unfinished(unfinished, out, console);
        }
        if let Some(refusal) = refusal {
            let hint = refusal.hint().unwrap_or_default();
            console.notice(&Notice::important("too-many-leavers", refusal).with_hint(hint));
        }
        let is_running = unfinished == Some(Unfinished::Running);
        let is_hosting_whole =
            is_running || !hosting.is_some_and(|it| it.report_gaps(&out.join(HOSTING), console));
        let is_to_complete = unfinished.is_some() && !is_running || !is_hosting_whole;
        report_summary(&changes, unchanged, checked.refused, console);
        let would_change = !changes.is_empty() || is_to_complete;
        Ok(match checked.refused {
            _ if !self.exit_code => Exit::Done,
            _ if would_change => Exit::WouldChange,
            0 => Exit::Done,
            // a script that stops here would never tell anybody about them
            _ => Exit::SomeFailed,
        })
    }
}

/// Reports that another certificate would sign, for which `generate` may ask for `--new-signer`.
fn report_signer(
    (memory, known): (&Memory, &Known),
    signing: &Signing,
    console: &Console,
) -> Result<(), LedgerError> {
    match SignerChange::find(memory, known, signing, Whose::Listed)? {
        None => {}
        Some(change) if change.step != Step::Other => {
            signer_change::report_renewal(&change, console);
        }
        Some(SignerChange { people, old, new, .. }) => console.notice(
            &Notice::important(
                "other-signer",
                format_args!(
                    "{} {} files signed by {old}, and the run would sign with {new}",
                    Count(people, "person"),
                    if people == 1 { "has" } else { "have" }
                ),
            )
            .with_hint("`generate` goes on only with --new-signer"),
        ),
    }
    Ok(())
}

/// Tells what would happen to a person.
fn report_change(PlannedChange { name, addresses, change }: &PlannedChange, console: &Console) {
    console.event(&ChangeEvent {
        event: "change",
        change: change.kind.id(),
        addresses,
        name,
        fields: change.fields.iter().map(FieldEvent::from).collect(),
        action: &change.action,
    });
}

/// Prints the groups and what stays.
fn report_summary(changes: &ChangeSummary, unchanged: u64, refused: u64, console: &Console) {
    for line in changes::lines(changes, changes::Rest::Json) {
        console.answer(&line);
    }
    console.answer(&format_args!("unchanged: {}", Grouped(unchanged)));
    console.event(&SummaryEvent {
        event: "summary",
        changes: changes.counts(),
        unchanged,
        refused,
    });
}

#[derive(Serialize)]
struct ChangeEvent<'a> {
    event: &'static str,
    change: &'static str,
    addresses: &'a [String],
    name: &'a str,
    fields: Vec<FieldEvent<'a>>,
    action: &'a str,
}

#[derive(Serialize)]
struct FieldEvent<'a> {
    field: &'a str,
    old: &'a str,
    new: &'a str,
}

impl<'a> From<&'a FieldChange> for FieldEvent<'a> {
    fn from(FieldChange { field, old, new }: &'a FieldChange) -> Self {
        Self { field, old, new }
    }
}

#[derive(Serialize)]
struct SummaryEvent {
    event: &'static str,
    changes: BTreeMap<&'static str, u64>,
    unchanged: u64,
    refused: u64,
}
