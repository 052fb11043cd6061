//! Running other people's programs.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// A program that is installed.
pub(crate) struct Tool {
    program: String,
    folder: std::path::PathBuf,
}

/// The program `name` in `folder`, if `probe` shows that it is there and good enough; says so if not.
pub(crate) fn tool(
    name: &str,
    folder: &Path,
    probe: impl Fn(&Tool) -> Result<(), String>,
) -> Option<Tool> {
    let tool = Tool { program: name.to_owned(), folder: folder.to_owned() };
    match probe(&tool) {
        Ok(()) => Some(tool),
        Err(why) => {
            assert!(!is_required(name), "{name} is required: {why}");
            // past the test's own capture: a skip must be seen
            let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
            None
        }
    }
}

/// Whether the gate demands `name`: all judges but those in `MAILMUSTER_WITHOUT`.
fn is_required(name: &str) -> bool {
    std::env::var_os("MAILMUSTER_REQUIRE_ORACLES").is_some_and(|value| value == "1")
        && !std::env::var("MAILMUSTER_WITHOUT")
            .is_ok_and(|names| names.split_whitespace().any(|without| without == name))
}

/// For [`tool`]: `args` must run and succeed.
pub(crate) fn runs(args: &'static [&'static str]) -> impl Fn(&Tool) -> Result<(), String> {
    move |tool| match tool.output(args) {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Tool {
    pub(crate) fn output(&self, args: &[&str]) -> std::io::Result<Output> {
        Command::new(&self.program).args(args).current_dir(&self.folder).output()
    }

    /// Whether the program, run with `args`, says yes; with all it printed.
    pub(crate) fn says(&self, args: &[&str]) -> (bool, String) {
        let output = self.output(args).expect("it ran before");
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
    }

    #[track_caller]
    pub(crate) fn accepts(&self, args: &[&str]) -> String {
        let (yes, printed) = self.says(args);
        assert!(yes, "{} {args:?}:\n{printed}", self.program);
        printed
    }

    #[track_caller]
    pub(crate) fn refuses(&self, args: &[&str]) -> String {
        let (yes, printed) = self.says(args);
        assert!(!yes, "{} {args:?}:\n{printed}", self.program);
        printed
    }
}
