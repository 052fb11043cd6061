//! Values as people write them, the same for flags and for keys.

use crate::diagnostic::{Listed, Shown, nearest};
use crate::domain::contact::Contact;
use crate::domain::language::Language;
use crate::domain::name::DisplayName;
use crate::domain::server::IncomingProtocol;
use crate::render::RENDERERS;

/// The most threads that can be asked for.
pub(crate) const MOST_JOBS: u16 = 512;

/// `,`, `;`, `|`, `tab` or `\t`.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [byte] if byte.is_ascii_graphic() && !byte.is_ascii_alphanumeric() && *byte != b'"' => {
            Ok(*byte)
        }
        _ => Err("a delimiter is one character such as `;`, or `tab`".to_owned()),
    }
}

/// One character that no header begins with.
pub(crate) fn comment(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Ok(*byte),
        _ => Err("a comment begins with one character such as `#`".to_owned()),
    }
}

/// One line without control characters.
pub(crate) fn organization(text: &str) -> Result<String, String> {
    DisplayName::try_from(text).map(|name| name.to_string()).map_err(|error| error.to_string())
}

/// One printable line.
pub(crate) fn contact(text: &str) -> Result<Contact, String> {
    Contact::try_from(text).map_err(|error| error.to_string())
}

/// A language of the sheet: `de`, `de-AT`, `German`.
pub(crate) fn language(text: &str) -> Result<Language, String> {
    Language::try_from(text).map_err(|_| {
        let known: Vec<&str> = Language::tags().collect();
        format!("there is no language `{}`; there are {}", Shown(text), known.join(", "))
    })
}

/// `imap` or `pop`.
pub(crate) fn protocol(text: &str) -> Result<IncomingProtocol, String> {
    [IncomingProtocol::Imap, IncomingProtocol::Pop]
        .into_iter()
        .find(|protocol| protocol.id() == text)
        .ok_or_else(|| "it is one of imap, pop".to_owned())
}

/// The id of a format.
pub(crate) fn format(text: &str) -> Result<String, String> {
    let known: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.format().id).collect();
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let advice = match nearest(text, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", Listed(&known)),
    };
    Err(format!("there is no format `{}`; {advice}", Shown(text)))
}

/// How many threads.
pub(crate) fn jobs(number: i64) -> Result<u16, String> {
    u16::try_from(number)
        .ok()
        .filter(|jobs| (1..=MOST_JOBS).contains(jobs))
        .ok_or_else(|| format!("it is a number from 1 to {MOST_JOBS}"))
}
