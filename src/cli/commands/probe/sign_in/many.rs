//! Signing in with mailboxes of a list, two at a time for each server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Sender;

use super::log::Log;
use super::tally::{HaltedRun, SignInSummary, Tally};
use super::whom::{Chosen, KnownResults, Listed, choose, leave_out_known};
use super::words;
use super::{SignInJob, halted, targets};
use crate::cli::core_dump;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::probe_results::{Answer, ResultRow, Results};
use crate::cli::progress::{Unit, bar};
use crate::cli::settings::CheckSettings;
use crate::clock::Clock;
use crate::diagnostic::{Count, Grouped};
use crate::domain::host::HostName;
use crate::output::{OutputError, replace_file};
use crate::pipeline::RunError;
use crate::probe::{Attempt, MailboxResult, NoTurn, Pace, ServerReport, SigningIn, Target, Turns};

/// Where results go, if no other file is named.
const RESULTS: &str = "probe.csv";

/// Threads for each server.
const AT_A_TIME: usize = 2;

/// The most bytes of the stack of a thread, of which a run may need hundreds.
const STACK: usize = 512 << 10;

impl SignInJob<'_> {
    pub(super) fn many(
        &self,
        settings: &CheckSettings,
        console: &Console,
    ) -> Result<Exit, Failure> {
        // from here on passwords are in memory
        core_dump::forbid();
        let stop = job::stop_on_signals()?;
        let Chosen { mut listed, delimiter } = choose(self.args, settings, console, &stop)?;
        let file = self.args.results.clone().unwrap_or_else(|| PathBuf::from(RESULTS));
        // before the results are read: another run may be about to add to them
        let (log, attempts) = Log::open(stop)?;
        let results = Results::read_or_new(&file, delimiter)?;
        let known = leave_out_known(&mut listed, &results, self.args, console);
        if listed.is_empty() {
            return Ok(nobody_left(&known, &file, console));
        }
        let reports = self.probe.ask(&distinct_targets(&listed));
        let chosen = listed.len() as u64;
        if reports.iter().any(|report| !report.works()) {
            self.report_faults(&reports, console);
            listed.retain(|it| has_working_servers(it, &reports));
            if listed.is_empty() {
                return Ok(Exit::SomeFailed);
            }
        }
        let turns = Turns::new(attempts, self.args.pace(), &log);
        forecast(&listed, self.args.pace(), console);
        let run = ListRun {
            signing_in: self.signing_in(&reports, &turns),
            results: ResultsFile { results: Mutex::new(results), file: &file },
        };
        run.sign_in_all(&listed, chosen, console)
    }
}

/// Every chosen mailbox has a result already.
fn nobody_left(known: &KnownResults, file: &Path, console: &Console) -> Exit {
    let results = file.display().to_string();
    console.answer(&format_args!("nobody is left to try: {known}; see {results}"));
    console.event(&SignInSummary { results, ..SignInSummary::default() });
    if known.are_good() { Exit::Done } else { Exit::SomeFailed }
}

/// Each server of the mailboxes once.
fn distinct_targets(listed: &[Listed]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    let mut seen = BTreeSet::new();
    for target in listed.iter().flat_map(targets_of) {
        if seen.insert(format!("{} {}", target.role.id(), target.endpoint)) {
            targets.push(target);
        }
    }
    targets
}

fn targets_of(listed: &Listed) -> [Target; 2] {
    targets(&listed.account)
}

/// Whether both servers of a mailbox work. At one alone nobody would learn what the mailbox needs.
fn has_working_servers(listed: &Listed, reports: &[ServerReport]) -> bool {
    let is_of = |report: &&ServerReport, target: &Target| {
        report.target.role == target.role && report.target.endpoint == target.endpoint
    };
    let works = |target: &Target| reports.iter().any(|it| is_of(&it, target) && it.works());
    targets_of(listed).iter().all(works)
}

/// How long it takes at least, if it takes a while.
fn forecast(listed: &[Listed], pace: Pace, console: &Console) {
    let mut passwords: BTreeMap<&HostName, u64> = BTreeMap::new();
    for login in listed.iter().flat_map(|it| &it.mailbox.logins) {
        *passwords.entry(&login.endpoint.host).or_default() += 1;
    }
    let most = passwords.into_values().max().unwrap_or(0);
    let minutes = most.saturating_sub(1) / u64::from(pace.a_minute());
    let about = match minutes {
        0 => String::new(),
        minutes => format!(", which takes at least {}", Count(minutes, "minute")),
    };
    console.line(&format_args!(
        "signing in with {}, at most {} a minute at each server{about}",
        Count(listed.len() as u64, "mailbox"),
        Count(u64::from(pace.a_minute()), "password"),
    ));
}

/// What the threads share.
struct ListRun<'a> {
    signing_in: SigningIn<'a, OutputError>,
    results: ResultsFile<'a>,
}

/// The results, written after each change.
struct ResultsFile<'a> {
    results: Mutex<Results>,
    file: &'a Path,
}

/// A mailbox that a thread is done with.
type Finished<'a> = (&'a Listed, MailboxResult<'a, OutputError>);

/// The mailboxes of one server for receiving.
struct Group<'a> {
    listed: Vec<&'a Listed>,
    next: AtomicUsize,
}

impl<'a> Group<'a> {
    fn by_host(listed: &'a [Listed]) -> Vec<Self> {
        let mut by_host: BTreeMap<&HostName, Vec<&'a Listed>> = BTreeMap::new();
        for listed in listed {
            by_host.entry(&listed.mailbox.logins[0].endpoint.host).or_default().push(listed);
        }
        by_host.into_values().map(|listed| Self { listed, next: AtomicUsize::new(0) }).collect()
    }

    fn next(&self) -> Option<&'a Listed> {
        self.listed.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Nobody is next any more.
    fn end(&self) {
        self.next.store(self.listed.len(), Ordering::Relaxed);
    }
}

impl ListRun<'_> {
    /// `chosen` are also those whose servers do not work.
    fn sign_in_all(
        &self,
        listed: &[Listed],
        chosen: u64,
        console: &Console,
    ) -> Result<Exit, Failure> {
        let groups = Group::by_host(listed);
        let (sender, finished) = crossbeam_channel::unbounded::<Finished<'_>>();
        let bar = bar(console, Unit::Mailboxes);
        bar.set_length(listed.len() as u64);
        let mut tally = Tally::default();
        thread::scope(|scope| {
            for group in &groups {
                for number in 0..AT_A_TIME.min(group.listed.len()) {
                    let sender = sender.clone();
                    let worker = move || self.work(group, &sender);
                    let started =
                        thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker);
                    // one is enough if the system has no more
                    if started.is_err() && number == 0 {
                        groups.iter().for_each(Group::end);
                        return Err(RunError::NoThread);
                    }
                }
            }
            drop(sender);
            for (listed, result) in finished {
                bar.suspend(|| tally.report(listed, &result, console));
                tally.take(result);
                bar.inc(1);
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        self.finish(tally, chosen, console)
    }

    fn work<'a>(&self, group: &Group<'a>, finished: &Sender<Finished<'a>>) {
        while let Some(listed) = group.next() {
            let result = self.one(listed);
            if result.halt.is_some() {
                group.end();
            }
            if finished.send((listed, result)).is_err() {
                return;
            }
        }
    }

    fn one<'a>(&self, listed: &'a Listed) -> MailboxResult<'a, OutputError> {
        let address = listed.mailbox.address.as_str();
        let mut earlier = None;
        let mut before_each = || {
            // only the first: until it is known what comes of it, a run that is killed leaves "unknown"
            if earlier.is_none() {
                let mut row = listed.row();
                row.set("signed_in", Answer::Unknown.id());
                row.set("time", Clock::now_only().date().to_string());
                earlier = Some(self.results.replace(row)?);
            }
            Ok(())
        };
        let mut result = self.signing_in.with(&listed.mailbox, &mut before_each);
        let written = match (&result.halt, earlier) {
            // the second server was not asked: the mailbox is tried again as a whole
            (Some(_), Some(earlier)) if result.attempts.iter().all(Attempt::is_accepted) => {
                self.results.restore(address, earlier)
            }
            (Some(_), None) => Ok(()),
            _ => self.results.replace(finished_row(listed, &result)).map(drop),
        };
        if let (Err(error), None) = (written, &result.halt) {
            result.halt = Some((address, NoTurn::Unsaved(error)));
        }
        result
    }

    fn finish(&self, tally: Tally, chosen: u64, console: &Console) -> Result<Exit, Failure> {
        let untried = chosen - tally.signed_in - tally.failed;
        let file = self.results.file.display().to_string();
        let rest = match untried {
            0 => String::new(),
            untried => format!(", {} not tried", Grouped(untried)),
        };
        console.answer(&format_args!(
            "{} of {} can sign in, receive and send; {} cannot{rest}; see {file}",
            Grouped(tally.signed_in),
            Count(chosen, "mailbox"),
            Grouped(tally.failed),
        ));
        console.event(&SignInSummary {
            results: file,
            signed_in: tally.signed_in,
            failed: tally.failed,
            untried,
            ..SignInSummary::default()
        });
        match tally.halt {
            Some((host, why)) => {
                Err(Failure::midway(HaltedRun { error: halted(&host, why, untried) }))
            }
            None if tally.failed + untried > 0 => Ok(Exit::SomeFailed),
            None => Ok(Exit::Done),
        }
    }
}

impl ResultsFile<'_> {
    /// Puts `row` into the file, and returns the one that was there.
    fn replace(&self, row: ResultRow) -> Result<Option<ResultRow>, OutputError> {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let address = row.cell("email").to_owned();
        let earlier = results.of_address(&address).cloned();
        results.put(row);
        if let Err(error) = replace_file(self.file, &results.bytes()) {
            results.restore(&address, earlier);
            return Err(error);
        }
        Ok(earlier)
    }

    fn restore(&self, address: &str, row: Option<ResultRow>) -> Result<(), OutputError> {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.restore(address, row);
        replace_file(self.file, &results.bytes())
    }
}

/// The row of a mailbox that was tried.
fn finished_row(listed: &Listed, result: &MailboxResult<'_, OutputError>) -> ResultRow {
    let mut row = listed.row();
    let answer = if result.is_whole() { Answer::Yes } else { Answer::No };
    row.set("signed_in", answer.id());
    row.set("time", Clock::now_only().date().to_string());
    for (login, columns) in listed
        .mailbox
        .logins
        .iter()
        .zip([["incoming", "incoming_words"], ["outgoing", "outgoing_words"]])
    {
        let of_settings =
            |it: &&Attempt<'_>| std::ptr::eq(it.login, login) && it.username == login.username;
        if let Some(attempt) = result.attempts.iter().find(of_settings) {
            row.set(columns[0], words::id(attempt));
            row.set(columns[1], words::server_words(attempt));
        }
    }
    if let Some(arrival) = &result.arrival {
        row.set("test_message", words::arrival_id(arrival));
    }
    if let Some(other) = result.other_name() {
        row.set("other_user", other.username.as_str());
    }
    row
}
