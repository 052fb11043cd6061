//! The first pass over a list, which `check` and `generate` share: reads every row and reports what
//! is wrong or doubtful.

use super::message::Console;
use super::reporter::{Pass, Reporter};
use super::summaries::Summaries;
use crate::diagnostic::{Count, Grouped, Notice};
use crate::input::Location;
use crate::output::OutputError;
use crate::output::rejects::RejectsFile;
use crate::pipeline::{Checked, Job, PasswordUse, RunError, Stop, Tracker, check};

/// How many domains are listed one by one.
const MOST_DOMAINS: usize = 20;

/// Result of the first pass.
pub(super) struct FirstPass {
    pub(super) checked: Checked,
    pub(super) summaries: Summaries,
    /// The copy of the refused rows, or why it could not be written.
    pub(super) rejects: Option<Result<RejectsFile, OutputError>>,
}

pub(super) fn first_pass(
    job: &Job,
    pass: Pass,
    tracker: Option<&mut Tracker<'_>>,
    console: &Console,
    stop: &Stop,
) -> Result<FirstPass, RunError> {
    let name = job.list.source.name();
    let mut reporter = Reporter::new(console, name.clone(), pass);
    let checked = check(job, tracker, &mut reporter, stop);
    let (summaries, rejects) = reporter.finish();
    let checked = checked?;
    report_short_rows(&checked, &name, console);
    report_domains(&checked, job, console);
    if checked.with_password > 0 && job.passwords == PasswordUse::Unread {
        console.notice(&Notice::note("passwords", format_args!(
            "the list has passwords for {}, which no file holds: people type them once on each device",
            Count(checked.with_password, "mailbox"),
        )));
    }
    for finding in job.resolver.warnings(checked.domains.keys()) {
        console.notice(&(&finding).into());
    }
    Ok(FirstPass { checked, summaries, rejects })
}

fn report_short_rows(checked: &Checked, list: &str, console: &Console) {
    let count = checked.short_rows.1;
    if count > 0 {
        let verb = if count == 1 { "ends" } else { "end" };
        let what = format!(
            "{} of `{list}` {verb} early ({}): the missing cells count as blank",
            Count(count, "row"),
            places(&checked.short_rows)
        );
        console.notice(&Notice::warning("short-rows", what));
    }
}

/// `line 2, 5, 9 and more`.
fn places((first, count): &(Vec<Location>, u64)) -> String {
    let unit = first.first().map_or("line", |location| location.unit());
    let shown: Vec<String> = first.iter().map(|location| location.number.to_string()).collect();
    let more = if *count > first.len() as u64 { " and more" } else { "" };
    format!("{unit} {}{more}", shown.join(", "))
}

/// Reports how many rows each domain has. A mistyped one is marked with the known one that it is like.
fn report_domains(checked: &Checked, job: &Job, console: &Console) {
    let mut domains: Vec<_> = checked.domains.iter().collect();
    domains.sort_by_key(|(domain, count)| (std::cmp::Reverse(**count), *domain));
    let mut listed: Vec<String> = domains
        .iter()
        .take(MOST_DOMAINS)
        .map(|(domain, count)| {
            let unicode = domain.to_unicode();
            let unicode =
                if unicode == domain.as_str() { String::new() } else { format!(" ({unicode})") };
            let like = job.resolver.domain_like(domain);
            let like = like.map(|like| format!(" (like {like}: mistyped?)")).unwrap_or_default();
            format!("{domain}{unicode} {}{like}", Grouped(**count))
        })
        .collect();
    if domains.len() > MOST_DOMAINS {
        listed.push(format!("and {} more", Grouped((domains.len() - MOST_DOMAINS) as u64)));
    }
    if !listed.is_empty() {
        console.line(&format_args!("domains: {}", listed.join(", ")));
    }
    for (domain, count) in domains {
        if let Some(note) = job.resolver.domain_note(domain) {
            console.notice(&Notice::warning(
                "domain-note",
                format_args!("{}: {}{}", Count(*count, "address"), note.text, note.evidence),
            ));
        }
    }
}
