//! QR codes that Thunderbird for Android 8 and later reads: *Import settings*, *Scan QR code*. K-9 Mail has no such
//! command.
//!
//! thunderbird/thunderbird-android: `feature/migration/qrcode/qr-code-format.md`, form 1. Both pictures carry what is in
//! the code as text as well, so that they can be read back and compared without a camera.

mod code;
mod payload;
mod png;
mod svg;

pub(in crate::render) use self::code::Code;
pub(in crate::render) use self::png::{FORMAT as PNG, QR_PNG};
pub(in crate::render) use self::svg::{FORMAT as SVG, QR_SVG};

use std::error::Error;
use std::ops::Range;

use self::payload::Read;
use crate::artifact::{FileBytes, FileName};
use crate::domain::account::PersonAccounts;
use crate::render::error::ReadFault;
use crate::render::{Form, Format, Part, ReadError, RenderError, Renderer, Setup, Stated};

/// The bytes of a picture; an error is a bug.
type Drawn = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// A code as a picture of one kind.
pub(in crate::render) struct QrPicture {
    format: &'static Format,
    /// Of the file's name, without a dot.
    extension: &'static str,
    /// Draws the code with a payload.
    write: fn(&str) -> Drawn,
    /// The payload that a picture carries as text.
    payload: fn(&[u8]) -> Result<String, ReadError>,
    looks_like: fn(&[u8]) -> bool,
}

impl Renderer for QrPicture {
    fn format(&self) -> &'static Format {
        self.format
    }

    /// `android/thunderbird-qr.svg`, or with the number of the code from the second on.
    fn file_name(&self, _: &str, number: usize) -> FileName {
        let extension = self.extension;
        match number {
            1 => FileName::new(["android", &format!("thunderbird-qr.{extension}")]),
            _ => FileName::new(["android", &format!("thunderbird-qr-{number}.{extension}")]),
        }
    }

    fn split(&self, person: &PersonAccounts) -> Vec<Range<usize>> {
        payload::split(person)
    }

    fn render(&self, part: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        let picture = (self.write)(&payload::payload(part));
        picture.map(FileBytes::from).map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(Read::of(&(self.payload)(content)?)?.accounts)
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let again = (self.write)(&Read::of(&(self.payload)(content)?)?.again()?);
        if again.is_ok_and(|again| again == content) {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign(
                "it is not the picture that mailmuster draws for these settings",
            )
            .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        (self.looks_like)(content)
    }

    fn is_settings_only(&self) -> bool {
        true
    }
}

/// The codes of `person`, in the order in which the app asks for them; none if a mailbox fits into no code, for the
/// settings file has them all.
pub(in crate::render) fn codes(person: &PersonAccounts) -> Vec<std::rc::Rc<Code>> {
    let split = payload::split(person);
    if split.iter().map(Range::len).sum::<usize>() < person.iter().count() {
        return Vec::new();
    }
    let of = split.len();
    let code = |(number, places)| {
        let accounts = person.part(places);
        Code::of(&payload::payload(Part { person: &accounts, number, of })).ok()
    };
    (1..).zip(split).filter_map(code).collect()
}
