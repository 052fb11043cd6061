//! `mailmuster inspect`

use super::args::InspectArgs;
use super::exit::Exit;
use super::message::Console;
use crate::clock::Clock;
use crate::inspect::inspect;

pub(super) fn run(args: &InspectArgs, console: &Console) -> Exit {
    let now = Clock::now_only();
    let mut exit = Exit::Done;
    for file in &args.files {
        match inspect(file, now) {
            Ok(told) if args.files.len() == 1 => console.tell(&told.trim_end()),
            Ok(told) => console.tell(&format_args!("{}:\n{}", file.display(), told)),
            Err(error) => {
                console.error(&error);
                exit = Exit::NothingAttempted;
            }
        }
    }
    exit
}
