//! What `--help` and the man pages add to clap's own text: examples, exit codes, and the fields of a list.

mod examples;
mod man;

use clap::{Command, CommandFactory};

use super::Cli;
use crate::input::columns::Target;
use examples::{Extra, extra_of};

pub(super) use man::pages;

/// How the help of a command ends, after its examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With nothing more.
    Plain,
    /// With the exit codes.
    Codes,
    /// A command that reads a list: with its fields and the exit codes.
    Fields,
    /// `status`: with exit codes of its own.
    Status,
    /// `plan`: the same, with the exit code that it alone has.
    Plan,
    /// The program as a whole: everything.
    Everything,
}

const EXIT_CODES: [(u8, &str); 4] = [
    (0, "everybody has a bundle; every file holds"),
    (
        1,
        "finished, but some rows have no bundle, an export does not fit some people, or some files do not hold",
    ),
    (
        2,
        "nothing was written: a wrong option, list, provider or certificate, or rows at fault with --strict",
    ),
    (3, "stopped midway; run again"),
];

const EXIT_OF_STATUS: [(u8, &str); 3] = [
    (0, "the folder was read"),
    (1, "--expiring: a signer's certificate ends within that time"),
    (2, "the folder or its ledger cannot be read, or a wrong option"),
];

/// Of `plan` alone.
const EXIT_OF_PLAN: (u8, &str) = (4, "--exit-code: a run would change something");

impl End {
    /// The exit codes that this end lists.
    fn codes(self) -> Vec<(u8, String)> {
        let (four, text) = EXIT_OF_PLAN;
        let of_plan = match self {
            Self::Plain => return Vec::new(),
            Self::Status => {
                return EXIT_OF_STATUS.map(|(code, text)| (code, text.to_owned())).into();
            }
            Self::Codes | Self::Fields => None,
            Self::Plan => Some((four, text.to_owned())),
            Self::Everything => Some((four, format!("{text} (`plan`)"))),
        };
        EXIT_CODES.iter().map(|(code, text)| (*code, (*text).to_owned())).chain(of_plan).collect()
    }

    /// Whether it lists the fields of a list.
    fn has_fields(self) -> bool {
        matches!(self, Self::Fields | Self::Plan | Self::Everything)
    }
}

/// The command line of the program, with the examples of every command.
pub(super) fn command() -> Command {
    with_extra(Cli::command(), "")
}

/// Adds to `command` and its subcommands what they have in common; `name` is the words after `mailmuster`.
fn with_extra(command: Command, name: &str) -> Command {
    let command = match extra_of(name) {
        Some(extra) => command.after_help(text(extra)),
        None => command,
    };
    command.mut_subcommands(|subcommand| {
        let words = format!("{name} {}", subcommand.get_name());
        with_extra(subcommand, words.trim_start())
    })
}

/// The end of a command's help, as text.
fn text(extra: &Extra) -> String {
    let mut text = "Examples:".to_owned();
    for example in extra.examples {
        text.push_str(&format!("\n  {}\n      {}", example.line, example.does));
    }
    if extra.end.has_fields() {
        text.push_str(&format!("\n\n{FIELDS}:\n{}", wrapped(&field_names(), "  ", ", ")));
    }
    let codes = extra.end.codes();
    if !codes.is_empty() {
        text.push_str("\n\nExit codes:");
    }
    for (code, meaning) in codes {
        let words: Vec<String> = meaning.split(' ').map(str::to_owned).collect();
        let meaning = wrapped(&words, "     ", " ");
        text.push_str(&format!("\n  {code}  {}", meaning.trim_start()));
    }
    text
}

/// The heading of the names of fields.
const FIELDS: &str = "Fields of a list, for --map and --columns";

/// The fields of a person, then those of a row's own servers.
fn field_names() -> Vec<String> {
    Target::all().map(|target| target.to_string()).collect()
}

/// `words` in lines that begin with `indent`.
fn wrapped(words: &[String], indent: &str, separator: &str) -> String {
    let mut text = String::new();
    let mut width = LINE;
    for word in words {
        let length = word.chars().count() + separator.len();
        if width + length > LINE {
            if !text.is_empty() {
                text.push_str(separator.trim_end());
                text.push('\n');
            }
            text.push_str(indent);
            width = indent.len();
        } else {
            text.push_str(separator);
        }
        width += length;
        text.push_str(word);
    }
    text
}

/// How long a wrapped line may be, in characters.
const LINE: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command and subcommand, by its words after `mailmuster`.
    fn all(command: &Command, name: &str) -> Vec<(String, Command)> {
        let mut found = vec![(name.to_owned(), command.clone())];
        for subcommand in command.get_subcommands() {
            let words = format!("{name} {}", subcommand.get_name());
            found.extend(all(subcommand, words.trim_start()));
        }
        found
    }

    /// The words of a command line as a shell would split it, up to the first redirection.
    fn words(line: &str) -> Vec<String> {
        let line = line.split(" >").next().unwrap();
        let line = line.split(" | ").next().unwrap();
        let line = line.split(" || ").next().unwrap();
        let line = line.split(" && ").next().unwrap();
        let mut words = Vec::new();
        for (number, part) in line.split('\'').enumerate() {
            if number % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_command_has_examples_that_it_understands() {
        for (name, mut subcommand) in all(&command(), "") {
            let extra = extra_of(&name).unwrap_or_else(|| panic!("`{name}` has no example"));
            assert!(!extra.examples.is_empty(), "{name}");
            let help = subcommand.render_long_help().to_string();
            for example in extra.examples {
                assert!(help.contains(example.line) && help.contains(example.does), "{help}");
                let words = words(example.line);
                assert_eq!(words[0], "mailmuster", "{}", example.line);
                assert!(words[1..].join(" ").starts_with(&name), "{}", example.line);
                if let Err(error) = command().try_get_matches_from(&words) {
                    panic!("{}: {error}", example.line);
                }
            }
        }
    }

    #[test]
    fn help_has_exit_codes_and_every_field() {
        let mut command = command();
        let top = command.render_long_help().to_string();
        for name in ["generate", "check", "init"] {
            let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
            for text in [&top, &help] {
                assert!(text.contains("\n  3  stopped midway"), "{text}");
                for target in Target::all().map(|target| target.to_string()) {
                    assert!(text.contains(&target), "{target} is missing:\n{text}");
                }
                assert!(!text.contains("smtp.username"), "{text}");
            }
        }
    }

    #[test]
    fn no_line_of_help_is_long() {
        for (name, mut command) in all(&command(), "") {
            for line in command.render_long_help().to_string().lines() {
                assert!(line.chars().count() <= 100, "{name}: {line}");
            }
        }
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        let codes = |end: End| end.codes().into_iter().map(|(code, _)| code).collect::<Vec<_>>();
        assert_eq!(codes(End::Everything), [0, 1, 2, 3, 4]);
        assert_eq!(codes(End::Status), [0, 1, 2]);
        assert_eq!(codes(End::Plan), [0, 1, 2, 3, 4]);
        assert_eq!(codes(End::Fields), [0, 1, 2, 3], "only `plan` has 4");
        for code in 0..=4 {
            assert!(text(extra_of("").unwrap()).contains(&format!("\n  {code}  ")), "{code}");
        }
    }
}
