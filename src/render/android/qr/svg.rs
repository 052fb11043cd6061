//! The code as SVG, to be printed.

use std::fmt::Write as _;

use super::{Code, Drawn, QrPicture};
use crate::artifact::SignatureFormat;
use crate::domain::platform::Platform;
use crate::render::xml::{leaves, text, value};
use crate::render::{Format, ReadError, Scope, begins_with};

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

pub(in crate::render) const QR_SVG: QrPicture =
    QrPicture { format: &FORMAT, extension: "svg", write, payload, looks_like };

fn write(payload: &str) -> Drawn {
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

fn payload(content: &[u8]) -> Result<String, ReadError> {
    value(&leaves(text(content)?, None)?, "metadata")
}

fn looks_like(content: &[u8]) -> bool {
    begins_with(content, TITLE)
}
