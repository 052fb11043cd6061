//! What the user should check in a row that is used all the same.

use std::fmt;

use crate::diagnostic::{Diagnostic, Grouped, Shown, Weight};
use crate::domain::language::Language;

/// One thing to check in a row.
///
/// `word` and `value` are absent where they may not be quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowWarning {
    /// The row starts like a comment.
    Comment,
    /// The address column is blank; the address is from `column`.
    FallbackAddress { column: String },
    /// UTF-8 that was read as another encoding and saved again: `Ã¼`.
    Mojibake { column: String, word: Option<String> },
    /// Letters that the exporting program could not write: `M?ller`.
    LostLetter { column: String, word: Option<String> },
    /// U+FFFD.
    Replacement { column: String },
    /// An apostrophe before an address, which a program puts before every text.
    Apostrophe { column: String, word: Option<String> },
    /// Another program's delimiters at the end of the row: `Lovelace;;`.
    Padding { column: String, word: Option<String>, padding: char },
    /// Soft hyphens, zero-width spaces or direction marks inside a name.
    Unseen { column: String, word: Option<String> },
    /// Lines with an address in them, inside one cell.
    SwallowedLines { lines: u64 },
    /// A day of leaving in the future.
    LeavesLater { column: String, value: Option<String> },
    /// A day of leaving that is past in one reading and future in another.
    UnclearDay { column: String, value: Option<String> },
    /// A word that is neither a status of a present person nor of one who left.
    UnknownStatus { column: String, value: Option<String> },
    /// A language that the sheet is not available in.
    UnknownLanguage { column: String, value: Option<String> },
}

impl RowWarning {
    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::FallbackAddress { .. } => "stand-in-address",
            Self::Mojibake { .. } => "mojibake",
            Self::LostLetter { .. } => "lost-letter",
            Self::Replacement { .. } => "replacement-character",
            Self::Apostrophe { .. } => "guarding-apostrophe",
            Self::Padding { .. } => "trailing-delimiter",
            Self::Unseen { .. } => "invisible-character",
            Self::SwallowedLines { .. } => "swallowed-lines",
            Self::LeavesLater { .. } => "leaves-later",
            Self::UnclearDay { .. } => "unclear-day",
            Self::UnknownStatus { .. } => "unknown-status",
            Self::UnknownLanguage { .. } => "unknown-language",
        }
    }

    /// Important where it decides who gets settings.
    pub(crate) fn weight(&self) -> Weight {
        match self {
            Self::FallbackAddress { .. }
            | Self::SwallowedLines { .. }
            | Self::LeavesLater { .. }
            | Self::UnclearDay { .. }
            | Self::UnknownStatus { .. } => Weight::Important,
            Self::Apostrophe { .. }
            | Self::Comment
            | Self::LostLetter { .. }
            | Self::Mojibake { .. }
            | Self::Padding { .. }
            | Self::Replacement { .. }
            | Self::Unseen { .. }
            | Self::UnknownLanguage { .. } => Weight::Warning,
        }
    }
}

impl fmt::Display for RowWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment => f.write_str("the row begins with `#` and is read like any other"),
            Self::FallbackAddress { column } => {
                write!(f, "the address comes from `{}`", Shown(column))
            }
            Self::Mojibake { column, word } => {
                write!(f, "{} was saved in the wrong encoding", Word(column, word.as_deref()))
            }
            Self::LostLetter { column, word } => {
                write!(f, "{} has lost a letter", Word(column, word.as_deref()))
            }
            Self::Replacement { column } => {
                write!(f, "{} has lost a letter (U+FFFD)", Word(column, None))
            }
            Self::Apostrophe { column, word } => {
                write!(f, "{} is read without its apostrophe", Word(column, word.as_deref()))
            }
            Self::Padding { column, word, padding } => write!(
                f,
                "{} is read without the `{padding}` at its end",
                Word(column, word.as_deref())
            ),
            Self::Unseen { column, word } => write!(
                f,
                "{} holds an invisible character, which is removed",
                Word(column, word.as_deref())
            ),
            Self::SwallowedLines { lines } => write!(
                f,
                "one cell holds what may be another row; this one runs over {} lines",
                Grouped(*lines)
            ),
            Self::LeavesLater { column, value } => write!(
                f,
                "{} is in the future: the person is still here",
                Word(column, value.as_deref())
            ),
            Self::UnclearDay { column, value } => write!(
                f,
                "{} may be past or in the future; the person counts as still here",
                Word(column, value.as_deref())
            ),
            Self::UnknownStatus { column, value } => write!(
                f,
                "{} does not say whether the person left; they count as still here",
                Word(column, value.as_deref())
            ),
            Self::UnknownLanguage { column, value } => write!(
                f,
                "{} is not a language of the sheet; the default is used",
                Word(column, value.as_deref())
            ),
        }
    }
}

/// A word of a column.
struct Word<'a>(&'a str, Option<&'a str>);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(word) => write!(f, "`{}` in `{}`", Shown(word), Shown(self.0)),
            None => write!(f, "a word in `{}`", Shown(self.0)),
        }
    }
}

impl std::error::Error for RowWarning {}

impl Diagnostic for RowWarning {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Comment => "if it is a comment, use --comment '#'",
                Self::FallbackAddress { .. } => {
                    "make sure that it is the mailbox; --map 'email=...' takes one column only"
                }
                Self::Mojibake { .. } | Self::Replacement { .. } => {
                    "export the list again as UTF-8; in Excel: File > Save As > `CSV UTF-8 (Comma delimited)`"
                }
                Self::LostLetter { .. } => {
                    "export the list again with its letters; in Windows PowerShell: Export-Csv -Encoding UTF8"
                }
                Self::Apostrophe { .. } | Self::Padding { .. } => {
                    "if that is wrong, correct the cell"
                }
                Self::Unseen { .. } => "type the cell again by hand: it was probably pasted",
                Self::SwallowedLines { .. } => {
                    "look for a quote that is opened in this row and closed in a later one"
                }
                Self::LeavesLater { .. } => "run again after that day: the person is skipped then",
                Self::UnclearDay { .. } => "write the day as 2026-01-31, or delete the row",
                Self::UnknownStatus { .. } => {
                    "delete the rows of people who are gone, or write `inactive` there; --map status=- ignores the column"
                }
                Self::UnknownLanguage { .. } => {
                    let known: Vec<&str> = Language::tags().collect();
                    return Some(format!(
                        "there are {}; --language sets the default, --map language=- ignores the column",
                        known.join(", ")
                    ));
                }
            }
            .to_owned(),
        )
    }
}
