//! What follows `init`: the commands it names, and the offer to ask the mail servers at once.

use std::fmt;
use std::path::Path;

use crate::config::path_beside;

/// The commands after this one, with what they need to find the config file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next<'a> {
    list: Option<&'a Path>,
    /// Named only where a run would not find it.
    config: Option<&'a Path>,
}

impl<'a> Next<'a> {
    /// After `config` was written for `list`.
    pub(super) fn new(list: Option<&'a Path>, config: &'a Path) -> Self {
        let is_found = config == path_beside(list.unwrap_or(Path::new("")));
        Self { list, config: (!is_found).then_some(config) }
    }

    fn command(self, name: &str, no_list: &str) -> String {
        let list =
            self.list.map_or_else(|| no_list.to_owned(), |list| format!(" {}", list.display()));
        let config = self.config.map(|file| format!(" --config {}", file.display()));
        format!("mailmuster {name}{list}{}", config.unwrap_or_default())
    }
}

impl fmt::Display for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command("check", " LIST"))?;
        if cfg!(feature = "probe") {
            write!(f, ", then {}", self.command("probe", ""))?;
        }
        Ok(())
    }
}

#[cfg(feature = "probe")]
mod offer {
    use std::io::BufRead;

    use thiserror::Error;

    use super::Next;
    use crate::cli::commands::probe::ProbeArgs;
    use crate::cli::exit::Exit;
    use crate::cli::failure::Failure;
    use crate::cli::message::Console;
    use crate::cli::questions::{Ended, Questions};

    #[derive(Clone, Copy)]
    enum Answer {
        Yes,
        No,
    }

    #[derive(Debug, Error)]
    #[error("write yes or no")]
    struct NeitherYesNorNo;

    impl Next<'_> {
        /// Asks whether to ask the mail servers, and does so with the settings that were written. Without an answer
        /// nothing connects to them.
        pub(in crate::cli::commands::init) fn offer<R: BufRead>(
            self,
            questions: &mut Questions<'_, R>,
            console: &Console,
        ) -> Result<Exit, Failure> {
            let question =
                "ask the mail servers now whether they work; no password is sent: yes or no";
            match questions.ask(question, "yes", answer) {
                Ok(Answer::Yes) => ProbeArgs::of(self.list, self.config).run(console),
                // the file is written: no answer is a no
                Ok(Answer::No) | Err(Ended) => Ok(Exit::Done),
            }
        }
    }

    fn answer(text: &str) -> Result<Answer, NeitherYesNorNo> {
        match text.to_lowercase().as_str() {
            "yes" | "y" => Ok(Answer::Yes),
            "no" | "n" => Ok(Answer::No),
            _ => Err(NeitherYesNorNo),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_file_is_named_where_a_run_would_not_find_it() {
        let command = |list: Option<&str>, config: &str| {
            Next::new(list.map(Path::new), Path::new(config)).command("check", " LIST")
        };
        assert_eq!(command(Some("a/b.csv"), "a/mailmuster.toml"), "mailmuster check a/b.csv");
        assert_eq!(
            command(Some("a/b.csv"), "mailmuster.toml"),
            "mailmuster check a/b.csv --config mailmuster.toml"
        );
        assert_eq!(command(None, "mailmuster.toml"), "mailmuster check LIST");
        assert_eq!(command(None, "x.toml"), "mailmuster check LIST --config x.toml");
    }
}
