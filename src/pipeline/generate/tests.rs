#![allow(clippy::disallowed_methods, reason = "tests change files")]

use std::path::{Path, PathBuf};

use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::clock::Clock;
use crate::domain::identifier::ReverseDns;
use crate::ledger::Known;
use crate::output::Trust;
use crate::output::layout::LEDGER;
use crate::pipeline::tests::job;
use crate::pipeline::{
    Absent, Existing, Job, Memory, MemoryError, RunError, RunPlan, Scope, Silent, Stop, Tracker,
    check, generate,
};
use crate::render::{Format, Part, ReadError, RenderError, Renderer, Setup, Stated};
use crate::sign::{SelfCheck, Signing};

/// A format whose renderer panics for one person.
struct Panics;

static FORMAT: Format = Format {
    id: "panics",
    about: "a file for a test",
    opens_with: "nothing",
    signature: SignatureFormat::Unsigned,
    platform: None,
    scope: crate::render::Scope::Person,
};

impl Renderer for Panics {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _provider: &str, _number: usize) -> FileName {
        FileName::new(["file.txt"])
    }

    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        _setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        assert!(person.first.address.as_str() != "p5@q.com", "as a fault of this program would");
        Ok(person.first.address.as_str().as_bytes().to_vec().into())
    }

    fn read(&self, _content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(Vec::new())
    }

    fn looks_like(&self, _content: &[u8]) -> bool {
        false
    }
}

/// A list of so many people from `first` on, and the plan for a run with two workers into the folder `out`.
fn night(first: usize, people: usize, out: PathBuf) -> (Job, RunPlan) {
    let row = |n| format!("p{n}@q.com\n");
    let list: String =
        std::iter::once("email\n".to_owned()).chain((first..first + people).map(row)).collect();
    let mut job = job(&list);
    job.formats = vec![&Panics];
    let identifier = ReverseDns::try_from("local.test").unwrap();
    let plan = RunPlan {
        setup: Setup { formats: vec![&Panics], ..Setup::of(identifier) },
        signing: Signing {
            identities: None,
            time: Clock::for_run(None).unwrap().run(),
            self_check: SelfCheck::Off,
            stamper: None,
        },
        out,
        trust: Trust::Own,
        workers: 2,
        scope: Scope::Changed,
        absent: Absent::Left,
        existing: Existing::Size,
    };
    (job, plan)
}

fn remember(plan: &RunPlan) -> (Memory, Known) {
    Memory::of_folder(&plan.out, plan.trust, &plan.setup.identifier).unwrap()
}

/// Makes everybody's bundle, with what the folder remembered.
fn run((job, plan): &(Job, RunPlan), (memory, known): (Memory, Known)) -> Result<(), RunError> {
    let mut tracker = Tracker::new(known, &plan.setup, &job.renames, None);
    let stop = Stop::default();
    let checked = check(job, Some(&mut tracker), &mut Silent, &stop).unwrap();
    generate(job, plan, (checked, tracker), memory, &mut Silent, &stop).map(|_| ())
}

#[test]
fn a_run_ends_if_a_worker_panics() {
    let folder = tempfile::tempdir().unwrap();
    // so many people that the reader would wait for a permit of the lost batch
    let night = night(0, 2000, folder.path().join("out"));
    let error = run(&night, remember(&night.1)).unwrap_err();
    assert!(matches!(error, RunError::Panicked), "{error:?}");
}

#[test]
fn the_same_run_without_a_panic_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let night = night(6, 40, folder.path().join("out"));
    run(&night, remember(&night.1)).unwrap();
}

/// Two runs that both read the folder before either writes, after `spoil` has changed its ledger: the second must not
/// replace the ledger of the first.
fn of_two_runs_the_second_is_refused(spoil: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let night = night(6, 3, folder.path().join("out"));
    run(&night, remember(&night.1)).unwrap();
    spoil(&night.1.out.join(LEDGER));
    let (one, other) = (remember(&night.1), remember(&night.1));
    run(&night, one).unwrap();
    let ledger = std::fs::read(night.1.out.join(LEDGER)).unwrap();
    let error = run(&night, other).unwrap_err();
    assert!(matches!(error, RunError::Memory(MemoryError::Changed)), "{error:?}");
    assert!(std::fs::read(night.1.out.join(LEDGER)).unwrap() == ledger);
}

#[test]
fn a_ledger_that_another_run_has_made_meanwhile_is_not_replaced() {
    of_two_runs_the_second_is_refused(|ledger| std::fs::remove_file(ledger).unwrap());
}

#[test]
fn a_ledger_that_another_run_has_rebuilt_meanwhile_is_not_set_aside() {
    of_two_runs_the_second_is_refused(|ledger| {
        let mut bytes = std::fs::read(ledger).unwrap();
        bytes.truncate(5000);
        std::fs::write(ledger, bytes).unwrap();
    });
}
