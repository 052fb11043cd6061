//! The code as SVG, to be printed.

use std::fmt::Write as _;
use std::ops::Range;

use super::code::Code;
use super::payload::{self, Read};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::PersonAccounts;
use crate::domain::platform::Platform;
use crate::render::error::ReadFault;
use crate::render::xml::{leaves, text, value};
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with,
};

pub(in crate::render) struct QrSvg;

pub(in crate::render) const FORMAT: Format = Format {
    id: "android-qr-svg",
    about: "a QR code with the accounts, to be printed; START-HERE.html has it too",
    opens_with: "Thunderbird for Android 8 or later: Import settings, Scan QR code",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Android),
    scope: Scope::Part,
};

/// What the picture is for. It is also what tells the file from other pictures.
const TITLE: &str = "<title>Thunderbird for Android: Import settings, Scan QR code</title>";

impl Renderer for QrSvg {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, number: usize) -> FileName {
        super::file_name(number, "svg")
    }

    fn split(&self, person: &PersonAccounts) -> Vec<Range<usize>> {
        payload::split(person)
    }

    fn render(&self, part: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        let picture = write(&payload::payload(part));
        picture.map(FileBytes::from).map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(read(content)?.accounts)
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let again = write(&read(content)?.again()?);
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
        begins_with(content, TITLE)
    }

    fn is_settings_only(&self) -> bool {
        true
    }
}

fn write(payload: &str) -> Result<Vec<u8>, qrcodegen::DataTooLong> {
    let code = Code::of(payload)?;
    let (size, width) = (code.size, code.millimetres());
    let mut svg = String::with_capacity(code.path.len() + payload.len() + 512);
    svg.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{width}mm\" viewBox=\"0 0 {size} {size}\">"
    );
    let _ = writeln!(svg, "{TITLE}");
    // JSON leaves `<` and `&` as they are, and quotes need no reference here
    let escaped = quick_xml::escape::partial_escape(payload);
    let _ = writeln!(svg, "<metadata>{escaped}</metadata>");
    let _ = writeln!(svg, "<path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/>");
    let _ = writeln!(svg, "<path stroke=\"#000\" d=\"{}\"/>", code.path);
    svg.push_str("</svg>\n");
    Ok(svg.into_bytes())
}

fn read(content: &[u8]) -> Result<Read, ReadError> {
    Read::of(&value(&leaves(text(content)?, None)?, "metadata")?)
}
