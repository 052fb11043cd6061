use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::clock::Clock;
use crate::domain::account::PersonAccounts;
use crate::domain::identifier::ReverseDns;
use crate::input::{List, Location, RowWarning};
use crate::output::Trust;
use crate::pipeline::tests::job;
use crate::pipeline::{
    Absent, Existing, Memory, Observer, RowReport, RunError, RunPlan, Scope, Stop, Tracker, check,
    generate,
};
use crate::render::{Format, ReadError, RenderError, Renderer, Setup, Stated};
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

    fn render(&self, person: &PersonAccounts, _setup: &Setup) -> Result<FileBytes, RenderError> {
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

/// An observer whom nothing interests.
struct Nobody;

impl Observer for Nobody {
    fn opened(&mut self, _: &List) {}
    fn warned(&mut self, _: Location, _: &RowWarning) {}
    fn joined(&mut self, _: Location, _: &[&str]) {}
    fn left_out(&mut self, _: &RowReport, _: Option<&[Vec<u8>]>) {}
    fn finished(&mut self, _: &RowReport) {}
    fn progress(&mut self, _: u64, _: u64) {}
}

/// Runs with two workers over a list of `people` people from `first` on.
fn run(first: usize, people: usize) -> Result<(), RunError> {
    let row = |n| format!("p{n}@q.com\n");
    let list: String =
        std::iter::once("email\n".to_owned()).chain((first..first + people).map(row)).collect();
    let mut job = job(&list);
    job.formats = vec![&Panics];
    let folder = tempfile::tempdir().unwrap();
    let identifier = ReverseDns::try_from("local.test").unwrap();
    let setup = Setup { formats: vec![&Panics], ..Setup::of(identifier) };
    let plan = RunPlan {
        signing: Signing {
            identities: None,
            time: Clock::for_run(None).unwrap().run(),
            self_check: SelfCheck::Off,
        },
        out: folder.path().join("out"),
        trust: Trust::Own,
        workers: 2,
        scope: Scope::Changed,
        absent: Absent::Left,
        existing: Existing::Size,
        setup,
    };
    let (memory, known) = Memory::of_folder(&plan.out, plan.trust, &plan.setup.identifier).unwrap();
    let mut tracker = Tracker::new(known, &plan.setup, &job.renames, None);
    let stop = Stop::default();
    let checked = check(&job, Some(&mut tracker), &mut Nobody, &stop).unwrap();
    generate(&job, &plan, (checked, tracker), memory, &mut Nobody, &stop).map(|_| ())
}

#[test]
fn a_run_ends_if_a_worker_panics() {
    // so many people that the reader would wait for a permit of the lost batch
    let error = run(0, 2000).unwrap_err();
    assert!(matches!(error, RunError::Panicked), "{error:?}");
}

#[test]
fn the_same_run_without_a_panic_is_finished() {
    run(6, 40).unwrap();
}
