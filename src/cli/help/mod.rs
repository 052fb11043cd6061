//! What `--help` adds to clap's own text: examples, exit codes, and the fields of a list.

use crate::input::columns::Target;

const EXAMPLES: &str = r"Examples:
  mailmuster check staff.csv
      Report what is wrong with a list, write nothing
  mailmuster generate staff.csv --out out --sign-cert signer.pem --sign-key key.pem
      Make a signed bundle for every person in the list
  mailmuster verify out --ca ca.pem
      Check every file of that run against an authority";

const EXIT_CODES: &str = "Exit codes:
  0  everybody has a bundle; every file holds
  1  finished, but some rows have no bundle, an export does not fit some people, or some files do
     not hold
  2  nothing was written: a wrong option, list, provider or certificate, or rows at fault with --strict
  3  stopped midway; run again";

/// Of `plan` alone.
const EXIT_OF_PLAN: &str = "4  --exit-code: a run would change something";

/// The end of `mailmuster --help`.
pub(super) fn after_help() -> String {
    format!(
        "{EXAMPLES}\n\n{EXIT_CODES}\n  {EXIT_OF_PLAN} (`plan`)\n\nFields of a list, for --map and --columns:\n{}",
        fields()
    )
}

/// The end of the help of a command that reads a list.
pub(super) fn after_list_help() -> String {
    format!("Fields, for --map and --columns:\n{}\n\n{EXIT_CODES}", fields())
}

/// The end of the help of `plan`, which has an exit code of its own.
pub(super) fn after_plan_help() -> String {
    format!("{}\n  {EXIT_OF_PLAN}", after_list_help())
}

/// The fields of a person, then those of a row's own servers, wrapped to lines.
fn fields() -> String {
    let mut text = String::new();
    let mut width = LINE;
    for name in Target::all().map(|target| target.to_string()) {
        if width + name.len() + 2 > LINE {
            text.push_str(if text.is_empty() { "  " } else { ",\n  " });
            width = 2;
        } else {
            text.push_str(", ");
        }
        width += name.len() + 2;
        text.push_str(&name);
    }
    text
}

/// How long a line of fields may be, in characters.
const LINE: usize = 76;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn help_has_examples_exit_codes_and_every_field() {
        let mut command = Cli::command();
        let top = command.render_long_help().to_string();
        assert_eq!(top.matches("\n  mailmuster ").count(), 3, "{top}");
        for name in ["generate", "check", "init"] {
            let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
            for text in [&top, &help] {
                assert!(text.contains("\n  3  stopped midway"), "{text}");
                for target in Target::all().map(|target| target.to_string()) {
                    assert!(text.contains(&target), "{target} is missing:\n{text}");
                }
                assert!(
                    !text.contains("smtp.username") && text.lines().all(|line| line.len() <= 100)
                );
            }
        }
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        for code in 0..=4 {
            assert!(after_help().contains(&format!("\n  {code}  ")), "{code}");
            assert!(after_plan_help().contains(&format!("\n  {code}  ")), "{code}");
        }
        assert!(!after_list_help().contains("\n  4  "), "only `plan` has it");
    }
}
