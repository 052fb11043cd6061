//! `mailmuster inspect`

use super::args::InspectArgs;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use crate::clock::Clock;
use crate::inspect::inspect;

pub(super) fn run(args: &InspectArgs, console: &Console) -> Exit {
    let clock = match Clock::for_run(None) {
        Ok(clock) => clock,
        Err(error) => return give_up(console, &error),
    };
    match inspect(&args.file, clock.now()) {
        Ok(told) => {
            console.answer(&told.trim_end());
            Exit::Done
        }
        Err(error) => give_up(console, &error),
    }
}
