//! The code as PNG, to be shown on a screen.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits};

use super::{Code, Drawn, QrPicture};
use crate::artifact::SignatureFormat;
use crate::domain::platform::Platform;
use crate::render::error::ReadFault;
use crate::render::{Format, ReadError, Scope, begins_with};

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

pub(in crate::render) const QR_PNG: QrPicture =
    QrPicture { format: &FORMAT, extension: "png", write, payload, looks_like };

/// One bit a pixel, white where it is set: a module is half a byte wide.
fn write(payload: &str) -> Drawn {
    let code = Code::of(payload)?;
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
    encoder.add_text_chunk(KEYWORD.to_owned(), payload.to_owned())?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

fn payload(content: &[u8]) -> Result<String, ReadError> {
    let decoder = Decoder::new_with_limits(Cursor::new(content), Limits { bytes: MOST_MEMORY });
    let reader = decoder.read_info()?;
    let texts = &reader.info().uncompressed_latin1_text;
    let text = texts.iter().find(|text| text.keyword == KEYWORD);
    Ok(text.ok_or_else(|| ReadFault::missing("text with the settings"))?.text.clone())
}

fn looks_like(content: &[u8]) -> bool {
    content.starts_with(SIGNATURE) && begins_with(content, KEYWORD)
}
