//! What is reported about the folder of earlier runs: what it remembers, and who would leave.

use std::path::Path;

use super::changes;
use super::failure::Failure;
use super::handover;
use super::known_folder::{Lacks, NoRuns};
use super::message::Console;
use crate::clock::{Clock, rfc3339};
use crate::diagnostic::{Count, FirstOf, Listed, Notice};
use crate::ledger::{EventKind, Ledger, StoredRun};
use crate::output::folder::Tidied;
use crate::output::is_locked;
use crate::output::layout::{CHANGES, IDENTIFIERS, LEDGER};
use crate::pipeline::{Departures, Gaps, Memory, Origin, RunCounts, Unfinished};

/// How many renamed people are named.
const MOST_RENAMES: usize = 10;

/// The ledger of the folder `folder`, for reading.
pub(super) fn open_ledger(folder: &Path) -> Result<Ledger, Failure> {
    NoRuns::refuse(folder)?;
    let path = folder.join(LEDGER);
    if !Ledger::exists(&path)? {
        return Err(NoRuns::of(folder, Lacks::Ledger).into());
    }
    Ok(Ledger::open_any(&path)?)
}

/// The runs `runs` into the folder `folder`, the last one first; each with whether it is going on.
pub(super) fn with_running(
    runs: Vec<StoredRun>,
    folder: &Path,
) -> impl Iterator<Item = (StoredRun, bool)> {
    // a lock is held for a moment to see whether it is held: only where that decides something
    let is_running = runs.first().is_some_and(|run| run.ended_at.is_none()) && is_locked(folder);
    let first = std::iter::once(is_running).chain(std::iter::repeat(false));
    runs.into_iter().zip(first)
}

/// Reports a folder without a ledger that can be used.
pub(super) fn report_origin(memory: &Memory, folder: &Path, console: &Console) {
    let out = folder.display();
    match memory.origin() {
        Origin::Nothing | Origin::Ledger => {}
        Origin::Manifest { people } => console.notice(
            &Notice::important(
                "ledger-adopted",
                format_args!(
                    "`{out}` has no ledger: {} of its manifest.jsonl {} taken over",
                    Count(*people, "person"),
                    if *people == 1 { "is" } else { "are" }
                ),
            )
            .with_hint(
                "it does not have what happened in earlier runs; if ledger.db was deleted, restore it from a backup first",
            ),
        ),
        Origin::Damaged { error, people } => console.notice(
            &Notice::important(
                "ledger-damaged",
                format_args!(
                    "{error}; {} of manifest.jsonl and the bundles {} taken over instead",
                    Count(*people, "person"),
                    if *people == 1 { "is" } else { "are" }
                ),
            )
            .with_hint(
                "who left earlier, and what happened in earlier runs, is in the damaged file alone",
            ),
        ),
    }
}

/// Reports a folder that the next run completes.
pub(super) fn report_unfinished(unfinished: &Unfinished, folder: &Path, console: &Console) {
    let out = folder.display();
    match unfinished {
        Unfinished::Stopped => console.notice(
            &Notice::important(
                "run-stopped",
                format_args!("the last run into `{out}` was stopped before its end"),
            )
            .with_hint("`generate` completes it, and its changes.csv has what both did"),
        ),
        Unfinished::Running => console.notice(
            &Notice::important(
                "another-run",
                format_args!(
                    "another run is writing into `{out}` now: what it has yet to do is not taken into account"
                ),
            )
            .with_hint("wait for it to end, and plan again"),
        ),
        Unfinished::Incomplete(gaps) => report_gaps(gaps, folder, console),
        // `report_origin` has said it
        Unfinished::Ledger => {}
    }
}

/// Reports files that the next run writes again, or cannot write again.
fn report_gaps(Gaps { missing, changed, lost }: &Gaps, folder: &Path, console: &Console) {
    let out = folder.display();
    if !missing.is_empty() {
        let what = format_args!("`{out}` has no {}", FirstOf(missing));
        let notice = Notice::important("missing-files", what);
        console.notice(&notice.with_hint("`generate` writes what is missing"));
    }
    if !changed.is_empty() {
        let what = format_args!(
            "in `{out}`, {} {} another size than when {} made",
            FirstOf(changed),
            if changed.len() == 1 { "has" } else { "have" },
            if changed.len() == 1 { "it was" } else { "they were" }
        );
        let notice = Notice::important("changed-files", what);
        console.notice(&notice.with_hint("`generate` makes them again"));
    }
    report_lost_retired(*lost, folder, console);
}

/// Reports retired people of whom a file is gone for good.
fn report_lost_retired(people: u64, folder: &Path, console: &Console) {
    if people == 0 {
        return;
    }
    let notice = Notice::important(
        "missing-retired",
        format_args!(
            "{} without bundle or removal package in `{}`, who {} retired: it is gone or has another size, and cannot be made again",
            Count(people, "person"),
            folder.display(),
            if people == 1 { "is" } else { "are" }
        ),
    );
    console.notice(&notice.with_hint("restore the folder `retired` from a backup"));
}

/// Reports a clock that was set back. Times in the ledger never decrease.
pub(super) fn report_clock(memory: &Memory, clock: Clock, console: &Console) {
    let now = rfc3339(clock.run());
    if let Some(last) = memory.last_start().filter(|last| **last > now) {
        console.notice(
            &Notice::important(
                "clock-set-back",
                format_args!("this run's time, {now}, is before that of the last run, {last}"),
            )
            .with_hint(
                "check the clock of this computer, or --at; the ledger keeps the later time",
            ),
        );
    }
}

/// Reports who would leave, and who has only another key or another address.
pub(super) fn report_departures(departures: &Departures, folder: &Path, console: &Console) {
    let out = folder.display();
    let Departures { rekeyed, rekeyed_names, renames, unmatched, leavers, .. } = departures;
    if *rekeyed > 0 {
        let more = if *rekeyed > rekeyed_names.len() as u64 { " and more" } else { "" };
        let what = format_args!(
            "{} {} another key than in `{out}`: {}{more}",
            Count(*rekeyed, "person"),
            if *rekeyed == 1 { "has" } else { "have" },
            Listed(rekeyed_names)
        );
        console.notice(&Notice::important("changed-key", what).with_hint(
            "devices would keep the old account and add a second one: give these people the id that they had, or no id if they had none",
        ));
    }
    for (old, new) in renames.iter().take(MOST_RENAMES) {
        console.notice(
            &Notice::important(
                "probable-rename",
                format_args!("`{old}` left and `{new}` is new, with the same name: probably one person"),
            )
            .with_hint(format!(
                "devices would keep the old account and add a second one: run `mailmuster rename {old} {new} --out {out}` first, or name a column with a stable id, --map id=…"
            )),
        );
    }
    if renames.len() > MOST_RENAMES {
        console.notice(&Notice::important(
            "more-renames",
            format_args!(
                "{} more people probably have a new address",
                renames.len() - MOST_RENAMES
            ),
        ));
    }
    if *leavers > 0 && *unmatched > 0 {
        console.notice(&Notice::important(
            "unmatched-rows",
            format_args!(
                "{} may be {} of people who would leave: their addresses cannot be read",
                Count(*unmatched, "refused row"),
                if *unmatched == 1 { "that" } else { "those" },
            ),
        ));
    }
}

/// Whether leavers may be retired. A refused row that belongs to nobody known may be that of one of them.
pub(super) fn may_retire(departures: &Departures, console: &Console) -> bool {
    if departures.unmatched == 0 {
        return true;
    }
    console.notice(
        &Notice::important(
            "not-retired",
            format_args!(
                "nobody is retired: {} may be {} of people who seem to have left",
                Count(departures.unmatched, "refused row"),
                if departures.unmatched == 1 { "that" } else { "those" },
            ),
        )
        .with_hint("correct the refused rows, and run again with --retire"),
    );
    false
}

/// Reports that people left. They keep their accounts until an admin acts.
pub(super) fn report_left(counts: &RunCounts, folder: &Path, console: &Console) {
    let count = counts.changes.count(EventKind::Left) + counts.changes.count(EventKind::Retired);
    if count > 0 {
        console.notice(&Notice::important(
            "people-left",
            format_args!(
                "{} left: `{}` says what to do about {}",
                Count(count, "person"),
                folder.join(CHANGES).display(),
                if count == 1 { "the account" } else { "each account" }
            ),
        ));
    }
}

/// Reports the new name of a damaged ledger.
pub(super) fn report_ledger_aside(name: Option<&str>, console: &Console) {
    if let Some(name) = name {
        console.notice(&Notice::important(
            "ledger-rebuilt",
            format_args!("the damaged ledger is now `{name}`, and a new one is in its place"),
        ));
    }
}

/// Reports what a run found and did in the folder `folder`.
pub(super) fn report_counts(counts: &RunCounts, folder: &Path, console: &Console) {
    let out = folder.display();
    report_ledger_aside(counts.ledger_aside.as_deref(), console);
    let Tidied { leftovers, unclaimed } = &counts.tidied;
    if unclaimed.count > 0 {
        console.notice(&Notice::note(
            "unclaimed-bundles",
            format_args!(
                "{} of a run that was stopped {} removed, for this list does not name {}: {}{}",
                Count(unclaimed.count, "bundle"),
                if unclaimed.count == 1 { "is" } else { "are" },
                if unclaimed.count == 1 { "its person" } else { "their people" },
                unclaimed.names.join(", "),
                if unclaimed.count > unclaimed.names.len() as u64 { " and more" } else { "" },
            ),
        ));
    }
    if leftovers.count > 0 {
        let more = if leftovers.count > leftovers.names.len() as u64 { " and more" } else { "" };
        let notice = Notice::warning(
            "leftovers",
            format_args!(
                "{} in `{out}` {} to nobody whom the ledger knows: {}{more}",
                Count(leftovers.count, "bundle"),
                if leftovers.count == 1 { "belongs" } else { "belong" },
                leftovers.names.join(", ")
            ),
        );
        console.notice(&notice.with_hint("delete them by hand if nobody needs them"));
    }
    report_retired(counts, folder, console);
    handover::report(&counts.handovers, console);
    if counts.gone.current > 0 {
        let notice = Notice::important(
            "missing-bundles",
            format_args!(
                "{} without bundle in `{out}`: it is gone, and this list does not name them",
                Count(counts.gone.current, "person")
            ),
        );
        console.notice(&notice.with_hint("run with the whole list: it makes them again"));
    }
    changes::report(&counts.changes, console);
}

/// Reports files that were missing in `retired`.
fn report_retired(counts: &RunCounts, folder: &Path, console: &Console) {
    let (out, gone) = (folder.display(), counts.gone);
    if gone.packages_made > 0 {
        console.notice(&Notice::important(
            "removal-packages-made",
            format_args!(
                "{} in `{out}` {} missing and made again",
                Count(gone.packages_made, "removal package"),
                if gone.packages_made == 1 { "was" } else { "were" }
            ),
        ));
    }
    report_lost_retired(gone.retired, folder, console);
    if let Some(name) = &counts.identifiers_aside {
        let notice = Notice::important(
            "identifiers-aside",
            format_args!(
                "`{out}` has no ledger or manifest that names the people of `{IDENTIFIERS}`: it is now `{name}`"
            ),
        );
        console.notice(&notice.with_hint(
            "restore ledger.db from a backup, or remove these profiles by MDM and delete the file",
        ));
    }
}
