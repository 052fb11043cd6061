//! The code as PNG, to be shown on a screen.

use std::io::Cursor;
use std::ops::Range;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits};

use super::code::Code;
use super::payload::{self, Read};
use crate::artifact::{FileBytes, FileName, SignatureFormat};
use crate::domain::account::PersonAccounts;
use crate::domain::platform::Platform;
use crate::render::error::ReadFault;
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Scope, Setup, Stated, begins_with,
};

pub(in crate::render) struct QrPng;

pub(in crate::render) const FORMAT: Format = Format {
    id: "android-qr-png",
    about: "the same QR code, to be shown on a screen",
    opens_with: "Thunderbird for Android 8 or later: Import settings, Scan QR code",
    signature: SignatureFormat::Unsigned,
    platform: Some(Platform::Android),
    scope: Scope::Part,
};

/// Pixels across a module: 7 cm on a screen with 96 pixels to the inch, for most codes.
const SCALE: usize = 4;

/// The keyword of the text with the payload (PNG, third edition, §11.3.3.1).
const KEYWORD: &str = "Description";

/// The most memory that reading a picture takes, in bytes.
const MOST_MEMORY: usize = 1 << 20;

/// What each PNG file begins with (PNG, third edition, §5.2).
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Renderer for QrPng {
    fn format(&self) -> &'static Format {
        &FORMAT
    }

    fn file_name(&self, _: &str, number: usize) -> FileName {
        super::file_name(number, "png")
    }

    fn split(&self, person: &PersonAccounts) -> Vec<Range<usize>> {
        payload::split(person)
    }

    fn render(&self, part: Part<'_>, _: &Setup) -> Result<FileBytes, RenderError> {
        let payload = payload::payload(part);
        let code = Code::of(&payload).map_err(|error| RenderError::new(self, error))?;
        write(&code, payload).map(FileBytes::from).map_err(|error| RenderError::new(self, error))
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        Ok(read(content)?.accounts)
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        let payload = read(content)?.again()?;
        let again = Code::of(&payload).ok().and_then(|code| write(&code, payload).ok());
        if again.is_some_and(|again| again == content) {
            Ok(Form::Whole)
        } else {
            Err(ReadFault::Foreign(
                "it is not the picture that mailmuster draws for these settings",
            )
            .into())
        }
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        content.starts_with(SIGNATURE) && begins_with(content, KEYWORD)
    }

    fn is_settings_only(&self) -> bool {
        true
    }
}

/// One bit a pixel, white where it is set: a module is half a byte wide.
fn write(code: &Code, payload: String) -> Result<Vec<u8>, png::EncodingError> {
    let width = code.size * SCALE;
    let bytes = width.div_ceil(8);
    let mut pixels = vec![0xff_u8; bytes * width];
    for row in code.runs.chunk_by(|one, next| one.row == next.row) {
        let first = row[0].row * SCALE * bytes;
        for module in row.iter().flat_map(|run| run.from..run.to) {
            pixels[first + module / 2] &= if module % 2 == 0 { 0x0f } else { 0xf0 };
        }
        for line in 1..SCALE {
            pixels.copy_within(first..first + bytes, first + line * bytes);
        }
    }
    let mut file = Vec::with_capacity(8 << 10);
    let width = u32::try_from(width).unwrap_or_default();
    let mut encoder = Encoder::new(&mut file, width, width);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    encoder.set_compression(Compression::Fastest);
    encoder.add_text_chunk(KEYWORD.to_owned(), payload)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

fn read(content: &[u8]) -> Result<Read, ReadError> {
    let decoder = Decoder::new_with_limits(Cursor::new(content), Limits { bytes: MOST_MEMORY });
    let reader = decoder.read_info()?;
    let texts = &reader.info().uncompressed_latin1_text;
    let text = texts.iter().find(|text| text.keyword == KEYWORD);
    Read::of(&text.ok_or_else(|| ReadFault::missing("text with the settings"))?.text)
}
