//! `mailmuster init`: the few questions, and the file that holds the answers.

mod choices;
mod list;
mod own;
mod toml;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::args::InitArgs;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use super::questions::{Ended, Questions};
use crate::clock::ClockError;
use crate::config::write::SCHEMA;
use crate::config::{FILE_NAME, path_beside};
use crate::diagnostic::{Diagnostic, Lines};
use crate::input::InputError;
use crate::output::{OutputError, write_new_file};
use crate::provider::ProviderError;
use crate::provider::own::PortError;
use choices::Choices;
use thiserror::Error;

/// No file is written.
#[derive(Debug, Error)]
enum InitError {
    #[error(transparent)]
    Answers(#[from] Ended),
    #[error(transparent)]
    Clock(#[from] ClockError),
    #[error(transparent)]
    List(#[from] InputError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Port(#[from] PortError),
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl Diagnostic for InitError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Answers(error) => error.hint(),
            Self::Clock(error) => error.hint(),
            Self::List(error) => error.hint(),
            Self::Output(error) => error.hint(),
            Self::Port(error) => Some(error.hint().to_owned()),
            Self::Provider(error) => error.hint(),
        }
    }
}

pub(super) fn run(args: &InitArgs, console: &Console) -> Exit {
    if args.schema {
        console.answer_lines(&Lines::document(SCHEMA));
        return Exit::Done;
    }
    match make(args, console) {
        Ok(()) => Exit::Done,
        Err(error) => give_up(console, &error),
    }
}

fn make(args: &InitArgs, console: &Console) -> Result<(), InitError> {
    let input = io::stdin();
    let mut questions =
        (!args.yes && input.is_terminal()).then(|| Questions::new(input.lock(), console));
    let mut list = args.list.clone();
    if let (Some(questions), None) = (&mut questions, &list) {
        list = questions.file("the list of people", &list::proposal())?;
    }
    let path = target(args, list.as_deref());
    if path.symlink_metadata().is_ok() {
        return Err(OutputError::Exists { path }.into());
    }
    let choices = Choices::make(args, list.as_deref(), &path, questions.as_mut(), console)?;
    if let Some(own) = choices.own_provider() {
        write_new_file(&own.path, own.text.as_bytes())?;
        console.line(&format_args!(
            "{} is written: compare its ports and security with what your mail host says",
            own.path.display()
        ));
    }
    write_new_file(&path, choices.to_toml(folder_of(&path)).as_bytes())?;
    let list = list.map_or_else(|| "LIST".to_owned(), |list| list.display().to_string());
    let config = if path == path_beside(Path::new(&list)) {
        String::new()
    } else {
        format!(" --config {}", path.display())
    };
    console.tell(&format_args!(
        "{} is written; next: mailmuster check {list}{config}",
        path.display()
    ));
    Ok(())
}

/// The file to write: beside the list, where the next run looks for it.
fn target(args: &InitArgs, list: Option<&Path>) -> PathBuf {
    args.out_file
        .clone()
        .unwrap_or_else(|| list.map_or_else(|| PathBuf::from(FILE_NAME), path_beside))
}

/// The folder that paths in the file start from.
fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}
