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
pub(in crate::render) use self::png::{FORMAT as PNG, QrPng};
pub(in crate::render) use self::svg::{FORMAT as SVG, QrSvg};

use std::ops::Range;

use crate::artifact::FileName;
use crate::domain::account::PersonAccounts;
use crate::render::Part;

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

/// `android/thunderbird-qr.svg`, or with the number of the code from the second on.
fn file_name(number: usize, extension: &str) -> FileName {
    match number {
        1 => FileName::new(["android", &format!("thunderbird-qr.{extension}")]),
        _ => FileName::new(["android", &format!("thunderbird-qr-{number}.{extension}")]),
    }
}
