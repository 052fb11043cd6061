//! `TSTInfo` (RFC 3161 §2.4.2): what a time-stamp authority signs.

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::StampField;
use crate::domain::text::hex;
use crate::sign::asn1::der;
use crate::sign::asn1::read::{Malformed, Reader, Value};
use crate::sign::asn1::write::{
    BOOLEAN, CONTEXT_0, CONTEXT_1, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING,
    SEQUENCE,
};
use crate::sign::verify::Digest;

/// `[1] IMPLICIT INTEGER`, the last part of `Accuracy`.
const MICROSECONDS: u8 = 0x81;
/// `[0] IMPLICIT INTEGER`, before it.
const MILLISECONDS: u8 = 0x80;

/// The parts of a `TSTInfo` that are used; all others were read too.
#[derive(Debug)]
pub(in crate::sign) struct TstInfo<'a> {
    /// Dotted.
    pub(in crate::sign) policy: String,
    pub(in crate::sign) digest: Digest,
    pub(in crate::sign) imprint: &'a [u8],
    /// Hexadecimal.
    pub(in crate::sign) serial_number: String,
    pub(in crate::sign) time: OffsetDateTime,
    /// The `INTEGER`, whole.
    pub(in crate::sign) nonce: Option<&'a [u8]>,
}

impl<'a> TstInfo<'a> {
    /// Reads `bytes`, which must be DER from the first to the last byte.
    pub(in crate::sign) fn read(bytes: &'a [u8]) -> Result<Self, StampField> {
        der::check(bytes).map_err(|_| StampField::Info)?;
        let damaged = |field| move |Malformed| field;
        let mut whole = Reader::new(bytes);
        let mut info = whole.enter(SEQUENCE).map_err(damaged(StampField::Info))?;
        let version = info.expect(INTEGER).map_err(damaged(StampField::Version))?;
        if version.body != [1] {
            return Err(StampField::Version);
        }
        let policy = info.expect(OBJECT_IDENTIFIER).map_err(damaged(StampField::Policy))?;
        let (digest, imprint) = imprint(&mut info).map_err(damaged(StampField::MessageImprint))?;
        let serial = info.expect(INTEGER).map_err(damaged(StampField::SerialNumber))?;
        let time = info.expect(GENERALIZED_TIME).map_err(damaged(StampField::Time))?;
        let rest = |info: &mut Reader<'a>| -> Result<_, Malformed> {
            let accuracy = info.optional(SEQUENCE)?;
            accuracy.map(check_accuracy).transpose()?;
            // DER leaves out what is the default, FALSE
            let ordering = info.optional(BOOLEAN)?;
            if ordering.is_some_and(|ordering| ordering.body != [0xff]) {
                return Err(Malformed);
            }
            let nonce = info.optional(INTEGER)?;
            info.optional(CONTEXT_0)?; // tsa: the signature names the certificate itself
            Ok(nonce)
        };
        let nonce = rest(&mut info).map_err(damaged(StampField::Info))?;
        let extensions = info.optional(CONTEXT_1).map_err(damaged(StampField::Extensions))?;
        extensions.map(check_extensions).transpose().map_err(damaged(StampField::Extensions))?;
        if !info.is_empty() || !whole.is_empty() {
            return Err(StampField::Info);
        }
        Ok(Self {
            policy: dotted(policy.body).ok_or(StampField::Policy)?,
            digest,
            imprint,
            serial_number: hex(serial.body),
            time: moment(time.body).ok_or(StampField::Time)?,
            nonce: nonce.map(|nonce| nonce.whole),
        })
    }
}

/// `MessageImprint`: a digest that still proves something, and its value.
fn imprint<'a>(info: &mut Reader<'a>) -> Result<(Digest, &'a [u8]), Malformed> {
    let mut imprint = info.enter(SEQUENCE)?;
    let digest = Digest::of(&mut imprint)?;
    let value = imprint.expect(OCTET_STRING)?.body;
    if imprint.is_empty() { Ok((digest, value)) } else { Err(Malformed) }
}

fn check_accuracy(accuracy: Value<'_>) -> Result<(), Malformed> {
    let mut parts = Reader::new(accuracy.body);
    for tag in [INTEGER, MILLISECONDS, MICROSECONDS] {
        parts.optional(tag)?;
    }
    if parts.is_empty() { Ok(()) } else { Err(Malformed) }
}

/// Extensions may be ignored unless they are critical (RFC 5280 §4.2); no critical one is known.
fn check_extensions(extensions: Value<'_>) -> Result<(), Malformed> {
    let mut extensions = Reader::new(extensions.body);
    while !extensions.is_empty() {
        let mut extension = extensions.enter(SEQUENCE)?;
        extension.expect(OBJECT_IDENTIFIER)?;
        extension.expect(OCTET_STRING)?;
        if !extension.is_empty() {
            return Err(Malformed);
        }
    }
    Ok(())
}

/// An object identifier in numbers (X.690 §8.19).
fn dotted(body: &[u8]) -> Option<String> {
    let mut numbers = Vec::new();
    let mut number: u64 = 0;
    for byte in body {
        number = number.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            numbers.push(number);
            number = 0;
        }
    }
    let (first, rest) = numbers.split_first()?;
    let top = (first / 40).min(2);
    let numbers: Vec<String> =
        [top, first - top * 40].iter().chain(rest).map(u64::to_string).collect();
    Some(numbers.join("."))
}

/// `YYYYMMDDhhmmss[.s…]Z` (RFC 3161 §2.4.2): in UTC, with a fraction that does not end in 0.
fn moment(body: &[u8]) -> Option<OffsetDateTime> {
    let format = time::macros::format_description!("[year][month][day][hour][minute][second]");
    let text = std::str::from_utf8(body).ok()?.strip_suffix('Z')?;
    let (seconds, fraction) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, Some(fraction)),
        None => (text, None),
    };
    if seconds.len() != 14 || !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time = PrimitiveDateTime::parse(seconds, format).ok()?.assume_utc();
    let Some(fraction) = fraction else { return Some(time) };
    let is_one = (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && !fraction.ends_with('0');
    let nanoseconds = format!("{fraction:0<9}").parse().ok().filter(|_| is_one)?;
    time.checked_add(Duration::nanoseconds(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn an_object_identifier_is_written_in_numbers() {
        for (body, text) in [
            (&[0x2a, 0x03, 0x04, 0x01][..], "1.2.3.4.1"),
            (&[0x60, 0x86, 0x48, 1, 0x86, 0xfd, 0x6c, 7, 1], "2.16.840.1.114412.7.1"),
            (&[0x88, 0x37, 0x03], "2.999.3"),
        ] {
            assert_eq!(dotted(body).as_deref(), Some(text));
        }
        assert_eq!(dotted(&[]), None);
        assert_eq!(dotted(&[0xff; 12]), None);
    }

    #[test]
    fn a_time_is_in_utc_with_the_shortest_fraction() {
        assert_eq!(moment(b"20261129201100Z"), Some(datetime!(2026-11-29 20:11 UTC)));
        let fraction = datetime!(2026-11-29 20:11:00.25 UTC);
        assert_eq!(moment(b"20261129201100.25Z"), Some(fraction));
        for wrong in [
            &b"20261129201100"[..],
            b"20261129201100.Z",
            b"20261129201100.250Z",
            b"20261129201100+0100",
            b"202611292011Z",
            b"20261329201100Z",
            b"+0261129201100Z",
            b"20261129201100.1234567891Z",
            b"",
        ] {
            assert_eq!(moment(wrong), None, "{wrong:?}");
        }
    }
}
