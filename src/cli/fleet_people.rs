//! Who is in no fleet script, and whose mailboxes one Windows user would get.

use super::export_error::WINDOWS_USER;
use super::message::Console;
use super::misfits::{MisfitEvent, MisfitOf};
use super::summaries::Severity;
use crate::diagnostic::{Count, Grouped, Notice, Shown};
use crate::pipeline::{Fleet, Misfit};

/// How many Windows users are named one by one in a line.
const MOST_SHARED: usize = 5;

/// How many people who are in no script are named one by one.
const MOST_NAMED: usize = 20;

/// Names everybody whom an admin should look at, before anything is written.
pub(super) fn report(fleet: &Fleet, console: &Console) {
    report_ambiguous(&fleet.ambiguous, console);
    report_unnamed(&fleet.unnamed, console);
    report_dns_domains(fleet, console);
    report_shared(fleet, console);
}

/// How many people with Windows are in no script.
pub(super) fn left_out(fleet: &Fleet) -> u64 {
    (fleet.ambiguous.len() + fleet.unnamed.len()) as u64
}

/// A script of one part cannot see the people of another, so that these are in none.
fn report_ambiguous(ambiguous: &[Misfit], console: &Console) {
    if ambiguous.is_empty() {
        return;
    }
    let what = format!(
        "the Windows user of {} may be that of another person, too: they are in no script",
        Count(ambiguous.len() as u64, "person")
    );
    let notice = Notice::important("ambiguous-windows-users", what);
    console.notice(
        &notice.with_hint("give them `DOMAIN\\user` or `PC\\user` instead of the user name alone"),
    );
    name(ambiguous, console);
}

fn report_unnamed(unnamed: &[Misfit], console: &Console) {
    if unnamed.is_empty() {
        return;
    }
    let what = format!(
        "the list does not name the Windows user of {}: they are in no script",
        Count(unnamed.len() as u64, "person")
    );
    let notice = Notice::important("no-windows-user", what);
    console.notice(&notice.with_hint(WINDOWS_USER));
    name(unnamed, console);
}

/// Prints a line for each of the first `misfits`, under `--quiet` as well: they get nothing.
fn name(misfits: &[Misfit], console: &Console) {
    for (number, misfit) in misfits.iter().enumerate() {
        console.event(&MisfitEvent::new(MisfitOf::Script, misfit));
        let Misfit { location, address, what } = misfit;
        if number < MOST_NAMED {
            let line = format!("{location}, `{}`: {what}", Shown(address));
            console.located_more(Severity::Important, &line);
        }
    }
    if misfits.len() > MOST_NAMED {
        let more = Grouped((misfits.len() - MOST_NAMED) as u64);
        console.located_more(Severity::Important, &format!("and {more} more: --json has all"));
    }
}

/// Whether `--strict` ends the export before anything is written, because of rows without a file or of Windows users who would
/// get the mailboxes of several people; prints why.
pub(super) fn ends_strictly(refused: u64, fleet: &Fleet, console: &Console) -> bool {
    let mut why = Vec::new();
    if refused > 0 {
        why.push(format!("{} refused", Count(refused, "row")));
    }
    let shared = fleet.shared().len() as u64;
    if shared > 0 {
        why.push(format!("{} of several people", Count(shared, "Windows user")));
    }
    if why.is_empty() {
        return false;
    }
    console.answer(&format_args!("{}; nothing was written (--strict)", why.join(", ")));
    true
}

/// Scripts compare with the name that Windows shows, and would set up nothing without a word.
fn report_dns_domains(fleet: &Fleet, console: &Console) {
    let found = fleet.with_dns_domain();
    if found.is_empty() {
        return;
    }
    let named = found.iter().map(|(user, place)| format!("`{}` ({place})", Shown(user)));
    let what = format!(
        "the scripts know {} by the DNS name of a domain, and PCs by its short name: {}",
        Count(found.len() as u64, "Windows user"),
        first_of(named)
    );
    let notice = Notice::important("windows-user-dns-domain", what);
    console.notice(&notice.with_hint(
        "give `DOMAIN\\user` as `whoami` prints it on the PC, or the UPN for a PC in Entra ID",
    ));
}

/// The first ones, and how many more there are.
fn first_of(named: impl ExactSizeIterator<Item = String>) -> String {
    let more = named.len().saturating_sub(MOST_SHARED);
    let mut named: Vec<String> = named.take(MOST_SHARED).collect();
    if more > 0 {
        named.push(format!("and {} more", Grouped(more as u64)));
    }
    named.join(", ")
}

/// Two people may share a PC with one Windows user, or one of the names is wrong.
fn report_shared(fleet: &Fleet, console: &Console) {
    let shared = fleet.shared();
    if shared.is_empty() {
        return;
    }
    let named = shared.iter().map(|(user, places)| {
        let numbers: Vec<_> = places.iter().map(|place| place.number.to_string()).collect();
        let unit = places.first().map_or("line", |place| place.unit());
        format!("`{}` ({unit} {})", Shown(user), numbers.join(", "))
    });
    let what = format!(
        "{} would get the mailboxes of several people: {}",
        Count(shared.len() as u64, "Windows user"),
        first_of(named)
    );
    let notice = Notice::important("shared-windows-user", what);
    console.notice(&notice.with_hint("correct the list unless these people share a Windows user"));
}
