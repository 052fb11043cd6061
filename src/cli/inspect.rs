//! `mailmuster inspect`

use super::args::InspectArgs;
use super::exit::Exit;
use super::message::Console;
use crate::clock::Clock;
use crate::diagnostic::Lines;
use crate::inspect::inspect;

pub(super) fn run(args: &InspectArgs, console: &Console) -> Exit {
    let now = Clock::now_only();
    let mut exit = Exit::Done;
    for file in &args.files {
        match inspect(file, now) {
            Ok(told) if args.files.len() == 1 => console.tell_lines(&told),
            Ok(told) => {
                let mut lines = Lines::default();
                lines.line(format_args!("{}:", file.display()));
                lines.append(told);
                lines.blank();
                console.tell_lines(&lines);
            }
            Err(error) => {
                console.error(&error);
                exit = Exit::NothingAttempted;
            }
        }
    }
    exit
}
