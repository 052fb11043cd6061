//! `completions`: what a shell needs to complete the program's commands and options.

use clap::Args;
use clap_complete::Shell;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::help;
use crate::cli::message::Console;
use crate::diagnostic::Lines;

/// Print a script with which a shell completes commands and options
#[derive(Debug, Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    #[expect(clippy::unnecessary_wraps, reason = "the form of every command")]
    pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
        console.print_lines(&Lines::document(&script(self.shell)));
        Ok(Exit::Done)
    }
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "mailmuster", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn scripts_are_printed_as_they_are() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            assert_eq!(Lines::document(&script).to_string().trim_end(), script.trim_end());
            assert!(script.contains("generate") && script.contains("sign-cert"), "{shell}");
        }
    }
}
