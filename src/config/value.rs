//! Values as people write them, the same for flags and for keys.

use thiserror::Error;

use crate::diagnostic::{Listed, Shown, nearest};
use crate::domain::contact::Contact;
use crate::domain::language::Language;
use crate::domain::name::{DisplayName, NameError};
use crate::domain::server::IncomingProtocol;
use crate::render::RENDERERS;

/// The largest number of threads.
pub(crate) const MOST_JOBS: u16 = 512;

/// A text or number that is not a value of its option.
#[derive(Debug, Error)]
pub(crate) enum ValueError {
    #[error("a delimiter is one character such as `;`, or `tab`")]
    Delimiter,
    #[error("a comment starts with one character such as `#`")]
    Comment,
    #[error("there is no language `{}`; there are {}", Shown(.0), Language::tags().collect::<Vec<_>>().join(", "))]
    Language(String),
    #[error("it must be imap or pop")]
    Protocol,
    #[error("there is no format `{}`; {advice}", Shown(.id))]
    Format { id: String, advice: String },
    #[error("it must be a number from 1 to {MOST_JOBS}")]
    Jobs,
}

/// `,`, `;`, `|`, `tab` or `\t`.
pub(crate) fn delimiter(text: &str) -> Result<u8, ValueError> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [byte] if byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric() && *byte != b'"' => {
            Ok(*byte)
        }
        _ => Err(ValueError::Delimiter),
    }
}

/// One character that no header starts with.
pub(crate) fn comment(text: &str) -> Result<u8, ValueError> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
        _ => Err(ValueError::Comment),
    }
}

/// One line without control characters.
pub(crate) fn organization(text: &str) -> Result<String, NameError> {
    DisplayName::try_from(text).map(|name| name.to_string())
}

pub(crate) fn contact(text: &str) -> Result<Contact, NameError> {
    Contact::try_from(text)
}

/// A language of the sheet: `de`, `de-AT`, `German`.
pub(crate) fn language(text: &str) -> Result<Language, ValueError> {
    Language::try_from(text).map_err(|_| ValueError::Language(text.to_owned()))
}

pub(crate) fn protocol(text: &str) -> Result<IncomingProtocol, ValueError> {
    [IncomingProtocol::Imap, IncomingProtocol::Pop]
        .into_iter()
        .find(|protocol| protocol.id() == text)
        .ok_or(ValueError::Protocol)
}

/// The id of a format.
pub(crate) fn format(text: &str) -> Result<String, ValueError> {
    let known: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.format().id).collect();
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let advice = match nearest(text, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", Listed(&known)),
    };
    Err(ValueError::Format { id: text.to_owned(), advice })
}

/// A number of threads.
pub(crate) fn jobs(number: i64) -> Result<u16, ValueError> {
    u16::try_from(number).ok().filter(|jobs| (1..=MOST_JOBS).contains(jobs)).ok_or(ValueError::Jobs)
}
