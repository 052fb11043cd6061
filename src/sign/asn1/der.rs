//! Whether bytes are DER and not merely BER (X.690 §10 and §11): two encodings of one value would let
//! a signed file change without breaking its signature, and strict readers refuse the second one.

use thiserror::Error;

/// How deep values may be nested; a certificate needs 9 levels.
const DEEPEST: usize = 32;

const CONSTRUCTED: u8 = 0x20;
const CLASS: u8 = 0xc0;

/// Where and why bytes are not DER.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not DER at byte {offset}: {why}")]
pub struct NotDer {
    /// Counted from the start of the bytes that were checked.
    pub(crate) offset: usize,
    /// The rule that is broken.
    pub(crate) why: Broken,
}

/// A rule of DER.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A value or its head ends early.
    #[error("a value extends past the end")]
    Length,
    /// A length in more octets than needed, or of indefinite form.
    #[error("a length is not in its shortest form")]
    LongLength,
    /// A tag above 30, a reserved tag, or a string or number in pieces.
    #[error("a tag is not allowed")]
    Tag,
    /// A value that could be written shorter, or is not canonical.
    #[error("a value is not in its canonical form")]
    Value,
    /// Nested more than 32 levels deep.
    #[error("values are nested too deeply")]
    Depth,
}

/// Checks that `bytes` are DER values throughout, one behind the other.
///
/// The order inside a `SET` is left to those who know whether it is a `SET OF`; the contents of
/// `OCTET STRING`s and of implicitly tagged primitives are opaque.
pub(crate) fn check(bytes: &[u8]) -> Result<(), NotDer> {
    let mut ends = Vec::with_capacity(DEEPEST);
    let mut at = 0;
    while at < bytes.len() {
        let end = ends.last().copied().unwrap_or(bytes.len());
        let fault = |why| NotDer { offset: at, why };
        let (tag, head, length) = head(&bytes[at..end]).map_err(fault)?;
        let body = &bytes[at + head..at + head + length];
        if tag & CONSTRUCTED == 0 {
            primitive(tag, body).map_err(fault)?;
            at += head + length;
        } else {
            // universal: only SEQUENCE and SET are ever constructed in DER
            if tag & CLASS == 0 && !matches!(tag, 0x30 | 0x31) {
                return Err(fault(Broken::Tag));
            }
            if ends.len() == DEEPEST {
                return Err(fault(Broken::Depth));
            }
            at += head;
            ends.push(at + length);
        }
        while ends.last() == Some(&at) {
            ends.pop();
        }
    }
    Ok(())
}

/// Tag, size of the head and length of the body of the value that `bytes` begin with.
fn head(bytes: &[u8]) -> Result<(u8, usize, usize), Broken> {
    let [tag, first, rest @ ..] = bytes else { return Err(Broken::Length) };
    if tag & 0x1f == 0x1f {
        return Err(Broken::Tag);
    }
    let (head, length) = match usize::from(*first) {
        length @ 0..=0x7f => (2, length),
        count @ 0x81..=0x84 => {
            let digits = rest.get(..count - 0x80).ok_or(Broken::Length)?;
            let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            if digits[0] == 0 || length < 0x80 {
                return Err(Broken::LongLength);
            }
            (2 + digits.len(), length)
        }
        _ => return Err(Broken::LongLength),
    };
    match head.checked_add(length) {
        Some(end) if end <= bytes.len() => Ok((*tag, head, length)),
        _ => Err(Broken::Length),
    }
}

fn primitive(tag: u8, body: &[u8]) -> Result<(), Broken> {
    let canonical = match tag {
        0x00 | 0x10 | 0x11 => return Err(Broken::Tag),
        // BOOLEAN (§11.1), INTEGER and ENUMERATED (§8.3.2)
        0x01 => matches!(body, [0x00 | 0xff]),
        0x02 | 0x0a => match body {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => false,
            [..] => true,
        },
        // BIT STRING: those of certificates and keys are whole octets (RFC 5280 §4.1, RFC 5480 §2.2)
        0x03 => body.first() == Some(&0),
        0x05 => body.is_empty(),
        // OBJECT IDENTIFIER (§8.19): no component starts with a padding octet or ends early
        0x06 => {
            let starts =
                std::iter::once(&0).chain(body).zip(body).filter(|(before, _)| *before & 0x80 == 0);
            body.last().is_some_and(|last| last & 0x80 == 0)
                && !starts.into_iter().any(|(_, first)| *first == 0x80)
        }
        _ => true,
    };
    if canonical { Ok(()) } else { Err(Broken::Value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_kept() {
        for good in [
            &[0x30, 0x03, 0x02, 0x01, 0x80][..],
            &[0x30, 0x00, 0x05, 0x00],
            &[0x06, 0x03, 0x2a, 0x86, 0x48],
            &[0xa0, 0x02, 0x31, 0x00],
            &[0x02, 0x02, 0x00, 0x80],
            &[0x03, 0x02, 0x00, 0xff],
        ] {
            assert_eq!(check(good), Ok(()), "{good:x?}");
        }
        for (bad, offset, why) in [
            (&[0x30, 0x04, 0x02, 0x01, 0x80][..], 0, Broken::Length),
            (&[0x30, 0x81, 0x02, 0x05, 0x00], 0, Broken::LongLength),
            (&[0x30, 0x80, 0x00, 0x00], 0, Broken::LongLength),
            (&[0x30, 0x02, 0x05, 0x01], 2, Broken::Length),
            (&[0x24, 0x02, 0x04, 0x00], 0, Broken::Tag),
            (&[0x1f, 0x81, 0x00, 0x00], 0, Broken::Tag),
            (&[0x00, 0x00], 0, Broken::Tag),
            (&[0x30, 0x04, 0x02, 0x02, 0x00, 0x7f], 2, Broken::Value),
            (&[0x02, 0x02, 0xff, 0x80], 0, Broken::Value),
            (&[0x01, 0x01, 0x01], 0, Broken::Value),
            (&[0x03, 0x02, 0x01, 0xfe], 0, Broken::Value),
            (&[0x05, 0x01, 0x00], 0, Broken::Value),
            (&[0x06, 0x02, 0x80, 0x01], 0, Broken::Value),
            (&[0x06, 0x02, 0x2a, 0x86], 0, Broken::Value),
            (&[0x30], 0, Broken::Length),
        ] {
            assert_eq!(check(bad), Err(NotDer { offset, why }), "{bad:x?}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let mut deep = Vec::new();
        for _ in 0..40 {
            deep = crate::sign::asn1::write::value(0x30, &[&deep]);
        }
        assert_eq!(check(&deep).unwrap_err().why, Broken::Depth);
    }
}
