//! Values as people write them, the same for flags and for keys.

use thiserror::Error;

use crate::diagnostic::{Listed, Shown, nearest};
use crate::domain::contact::Contact;
use crate::domain::host::{Domain, HostError};
use crate::domain::language::Language;
use crate::domain::name::{DisplayName, NameError};
use crate::domain::server::IncomingProtocol;
use crate::domain::template::variable_in;
use crate::render::RENDERERS;

/// The largest number of threads.
pub(crate) const MOST_JOBS: u16 = 512;

/// The longest time that an answer may take, in seconds.
pub(crate) const MOST_SECONDS: u16 = 600;

/// A text or number that is not a value of its option.
#[derive(Debug, Error)]
pub(crate) enum ValueError {
    #[error("a delimiter is one character such as `;`, or `tab`")]
    Delimiter,
    #[error("it must be a number from 0 to {}", u16::MAX)]
    Descriptor,
    #[error("Windows passes no file descriptors on: name a file or an environment variable")]
    NoDescriptors,
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
    #[error("it must be a number of seconds from 1 to {MOST_SECONDS}")]
    Seconds,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("`{}` is a variable of an MDM, which no signed file can have filled in", Shown(.0))]
    Variable(String),
}

/// A file descriptor, which a program on Unix gets from the one that started it.
pub(crate) fn descriptor(text: &str) -> Result<u16, ValueError> {
    if cfg!(windows) {
        return Err(ValueError::NoDescriptors);
    }
    text.parse().map_err(|_| ValueError::Descriptor)
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

/// A mail domain, as the part of an address after `@`.
pub(crate) fn domain(text: &str) -> Result<Domain, HostError> {
    Domain::try_from(text.trim())
}

/// One character that no header starts with.
pub(crate) fn comment(text: &str) -> Result<u8, ValueError> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
        _ => Err(ValueError::Comment),
    }
}

/// One line without control characters, and without a variable of an MDM: a profile that has one is a template, and a
/// signed template would show people the variable.
pub(crate) fn organization(text: &str) -> Result<String, ValueError> {
    match variable_in(text) {
        Some(variable) => Err(ValueError::Variable(variable.to_owned())),
        None => Ok(DisplayName::try_from(text)?.to_string()),
    }
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

/// A number of seconds.
pub(crate) fn seconds(number: i64) -> Result<u16, ValueError> {
    let seconds = u16::try_from(number).ok();
    seconds.filter(|seconds| (1..=MOST_SECONDS).contains(seconds)).ok_or(ValueError::Seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_variable_of_an_mdm_is_a_template() {
        for (name, variable) in [
            ("The $SITENAME team", "$SITENAME"),
            ("$EXTENSIONATTRIBUTE_7", "$EXTENSIONATTRIBUTE_7"),
            ("${FLEET_VAR_HOST_UUID} Ltd", "${FLEET_VAR_HOST_UUID"),
            ("Team {{mail}}", "{{mail}}"),
            ("Of %FullName% Ltd", "%FullName%"),
        ] {
            assert_eq!(variable_in(name), Some(variable), "{name}");
            assert!(organization(name).is_err(), "{name}");
        }
        for name in ["A$AP Ltd", "100 % and 50 %", "Smith & Sons {UK}", "$5 Shop", "Ca$h"] {
            assert_eq!(organization(name).unwrap(), name);
        }
    }
}
