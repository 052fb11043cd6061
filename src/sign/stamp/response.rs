//! `TimeStampResp` (RFC 3161 §2.4.2): the status, and the time stamp if there is one.

use super::{StampFault, StampField};
use crate::domain::text::Shown;
use crate::sign::asn1::read::{Malformed, Reader};
use crate::sign::asn1::write::{INTEGER, SEQUENCE};

/// `UTF8String`
const UTF8_STRING: u8 = 0x0c;
/// `BIT STRING`
const BIT_STRING: u8 = 0x03;

/// The bits of `PKIFailureInfo`.
const REASONS: [(usize, &str); 8] = [
    (0, "unknown digest"),
    (2, "bad request"),
    (5, "the request has a wrong format"),
    (14, "its source of time is not available"),
    (15, "unknown policy"),
    (16, "unknown extension"),
    (17, "additional information is not available"),
    (25, "failure of its system"),
];

/// The `TimeStampToken` inside the answer `response`, which must have been granted.
pub(super) fn token_of(response: &[u8]) -> Result<&[u8], StampFault> {
    let damaged = |field| move |Malformed| StampFault::Field(field);
    let mut whole = Reader::new(response);
    let mut parts = whole.enter(SEQUENCE).map_err(damaged(StampField::Response))?;
    if !whole.is_empty() {
        return Err(StampFault::Field(StampField::Response));
    }
    let status = parts.enter(SEQUENCE).map_err(damaged(StampField::Status))?;
    granted(status).map_err(damaged(StampField::Status))??;
    let token = parts.expect(SEQUENCE).map_err(damaged(StampField::Response))?;
    if !parts.is_empty() {
        return Err(StampFault::Field(StampField::Response));
    }
    Ok(token.whole)
}

/// Whether `PKIStatusInfo` grants the time stamp, as asked (0) or with changes (1).
fn granted(mut status: Reader<'_>) -> Result<Result<(), StampFault>, Malformed> {
    let number = status.expect(INTEGER)?;
    let mut texts = Vec::new();
    if status.peek() == Some(SEQUENCE) {
        let mut lines = status.enter(SEQUENCE)?;
        while !lines.is_empty() {
            let line = lines.expect(UTF8_STRING)?;
            texts.push(Shown(&String::from_utf8_lossy(line.body)).to_string());
        }
    }
    let mut reasons = Vec::new();
    if let Some(bits) = status.optional(BIT_STRING)? {
        let bits = bits.body.get(1..).ok_or(Malformed)?;
        let is_set =
            |at: usize| bits.get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
        reasons.extend(REASONS.iter().filter(|(at, _)| is_set(*at)).map(|(_, words)| *words));
    }
    if !status.is_empty() {
        return Err(Malformed);
    }
    let status = match number.body {
        [0 | 1] => return Ok(Ok(())),
        [2] => "rejected",
        [3] => "waiting",
        [4] => "revocation warning",
        [5] => "revocation notification",
        _ => return Err(Malformed),
    };
    Ok(Err(StampFault::Refused { status, reasons, text: texts.join(" ") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::asn1::write::value;

    fn fault(status: &[u8]) -> String {
        token_of(&value(SEQUENCE, &[&value(SEQUENCE, &[status])])).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_is_given_in_the_authority_s_words() {
        let text = value(UTF8_STRING, &[b"no more today\x1b"]);
        let text = value(SEQUENCE, &[&text]);
        let info = value(BIT_STRING, &[&[5, 0x20]]);
        let refused = [&[INTEGER, 1, 2], &text[..], &info].concat();
        assert_eq!(
            fault(&refused),
            "the authority gives none: rejected (bad request, `no more today\\u{1b}`)"
        );
        assert_eq!(fault(&[INTEGER, 1, 3]), "the authority gives none: waiting");
    }

    #[test]
    fn a_damaged_answer_names_the_part() {
        let missing = |field: &str| format!("{field} is missing or not as RFC 3161 demands");
        assert_eq!(fault(&[INTEGER, 1, 9]), missing("PKIStatusInfo"));
        assert_eq!(fault(&[INTEGER, 1, 0]), missing("TimeStampResp"));
        for nonsense in [&b""[..], b"<html>", &[SEQUENCE, 0x80]] {
            let fault = token_of(nonsense).unwrap_err().to_string();
            assert_eq!(fault, missing("TimeStampResp"));
        }
    }
}
