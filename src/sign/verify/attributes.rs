//! Signed attributes (RFC 5652 §5.3 and §11).

use time::{OffsetDateTime, PrimitiveDateTime};

use super::fault::{CmsField, Damage};
use crate::sign::asn1::oid::{
    OID_CONTENT_TYPE, OID_MESSAGE_DIGEST, OID_SIGNING_CERTIFICATE, OID_SIGNING_CERTIFICATE_V2,
    OID_SIGNING_TIME,
};
use crate::sign::asn1::read::{Malformed, Reader, Value};
use crate::sign::asn1::write::{GENERALIZED_TIME, OCTET_STRING, SEQUENCE, SET, UTC_TIME};

/// What the signer signed besides the content. Further attributes are allowed: they are signed too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'a> {
    /// `content-type`, an object identifier, whole.
    pub(super) content_type: &'a [u8],
    pub(super) message_digest: &'a [u8],
    pub(super) signing_time: Option<OffsetDateTime>,
    /// `signing-certificate` (RFC 2634 §5.4) and its second version (RFC 5035 §3).
    pub(super) signing_certificate: [Option<Value<'a>>; 2],
}

impl<'a> Attributes<'a> {
    /// Reads the body of `signedAttrs`. Apple's verifier encodes attributes again in the order it
    /// received them, others sort them: only sorted ones mean the same to all.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Damage> {
        let field = CmsField::SignedAttributes;
        let elements = sorted(body, field)?;
        let mut types = Vec::with_capacity(elements.len());
        let (mut content_type, mut message_digest, mut time) = (None, None, None);
        let [mut certificate, mut certificate_v2] = [None, None];
        for element in elements {
            let (kind, values) = read(element).map_err(Damage::missing(field))?;
            if types.contains(&kind) {
                return Err(Damage::NotSorted(field));
            }
            types.push(kind);
            let slot = match kind {
                OID_CONTENT_TYPE => (&mut content_type, CmsField::ContentTypeAttribute),
                OID_MESSAGE_DIGEST => (&mut message_digest, CmsField::MessageDigestAttribute),
                OID_SIGNING_TIME => (&mut time, CmsField::SigningTimeAttribute),
                OID_SIGNING_CERTIFICATE => {
                    (&mut certificate, CmsField::SigningCertificateAttribute)
                }
                OID_SIGNING_CERTIFICATE_V2 => {
                    (&mut certificate_v2, CmsField::SigningCertificateAttribute)
                }
                _ => continue,
            };
            *slot.0 = Some(only(values, slot.1)?);
        }
        let missing = |field| Damage::Missing(field);
        let digest = message_digest
            .filter(|digest: &Value<'_>| digest.tag == OCTET_STRING)
            .ok_or(missing(CmsField::MessageDigestAttribute))?;
        Ok(Self {
            content_type: content_type.ok_or(missing(CmsField::ContentTypeAttribute))?.whole,
            message_digest: digest.body,
            signing_time: time.map(moment).transpose()?,
            signing_certificate: [certificate, certificate_v2],
        })
    }
}

/// The elements of a `SET OF`, which must be in ascending order (X.690 §11.6) without duplicates.
pub(super) fn sorted(body: &[u8], field: CmsField) -> Result<Vec<Value<'_>>, Damage> {
    let mut reader = Reader::new(body);
    let mut elements: Vec<Value<'_>> = Vec::new();
    while !reader.is_empty() {
        let element = reader.any().map_err(Damage::missing(field))?;
        if elements.last().is_some_and(|before| before.whole >= element.whole) {
            return Err(Damage::NotSorted(field));
        }
        elements.push(element);
    }
    Ok(elements)
}

/// The elements of a `SET OF` in any order, each once.
pub(super) fn distinct(body: &[u8], field: CmsField) -> Result<Vec<Value<'_>>, Damage> {
    let mut reader = Reader::new(body);
    let mut elements: Vec<Value<'_>> = Vec::new();
    while !reader.is_empty() {
        let element = reader.any().map_err(Damage::missing(field))?;
        if !elements.contains(&element) {
            elements.push(element);
        }
    }
    Ok(elements)
}

/// Type and values of one `Attribute`.
pub(super) fn read(attribute: Value<'_>) -> Result<(&[u8], &[u8]), Malformed> {
    let mut attribute = Reader::new(attribute.whole).enter(SEQUENCE)?;
    let kind = attribute.any()?.whole;
    let values = attribute.expect(SET)?.body;
    if attribute.is_empty() && !values.is_empty() { Ok((kind, values)) } else { Err(Malformed) }
}

pub(super) fn only(values: &[u8], field: CmsField) -> Result<Value<'_>, Damage> {
    let mut values = Reader::new(values);
    let value = values.any().map_err(Damage::missing(field))?;
    if values.is_empty() { Ok(value) } else { Err(Damage::TooMuch(field)) }
}

/// `UTCTime` until 2049, `GeneralizedTime` from 2050 on, both to the second and in UTC (RFC 5652
/// §11.3).
fn moment(value: Value<'_>) -> Result<OffsetDateTime, Damage> {
    let wrong = Damage::Value(
        CmsField::SigningTimeAttribute,
        "YYMMDDHHMMSSZ, or from 2050 on YYYYMMDDHHMMSSZ",
    );
    let format = time::macros::format_description!("[year][month][day][hour][minute][second]Z");
    let text = std::str::from_utf8(value.body).ok().filter(|text| text.is_ascii());
    let text = match (value.tag, text) {
        (UTC_TIME, Some(text)) if text.len() == 13 => {
            // two digits of the year: 50 and more are of the last century
            format!("{}{text}", if text < "50" { "20" } else { "19" })
        }
        (GENERALIZED_TIME, Some(text)) if text.len() == 15 && text >= "2050" => text.to_owned(),
        _ => return Err(wrong),
    };
    PrimitiveDateTime::parse(&text, format).map(PrimitiveDateTime::assume_utc).map_err(|_| wrong)
}
