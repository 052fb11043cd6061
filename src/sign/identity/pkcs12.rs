//! PKCS#12 keystores, with every key in them: OpenSSL's parser returns the first key only.

use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::reading::for_text;
use super::unlock::{LockedKey, Unlocked, legacy};
use crate::domain::passphrase::Passphrase;
use crate::sign::asn1::oid::{OID_DATA, OID_KEY_BAG, OID_SHROUDED_KEY_BAG};
use crate::sign::asn1::read::{Malformed, Reader};
use crate::sign::asn1::write::{CONTEXT_0, INTEGER, OCTET_STRING, SEQUENCE};

/// Certificates and keys of a keystore, in no particular order.
pub(super) struct Keystore {
    pub(super) certificates: Vec<X509>,
    pub(super) keys: Vec<PKey<Private>>,
}

/// Opens `keystore` without passphrase.
pub(super) fn open_without(keystore: &Pkcs12) -> Option<Keystore> {
    let _legacy = legacy();
    parse(keystore, "", None)
}

/// Opens `keystore`; `None` where `passphrase` does not open it.
pub(super) fn open(keystore: &Pkcs12, passphrase: &Passphrase) -> Option<Unlocked<Keystore>> {
    let _legacy = legacy();
    for_text(passphrase).into_iter().find_map(|(reading, encoding)| {
        let text = std::str::from_utf8(reading.expose()).ok()?;
        parse(keystore, text, Some(&reading)).map(|value| Unlocked { value, encoding })
    })
}

/// `text` has no NUL, which a [`Passphrase`] guarantees: the openssl crate would print it in a panic.
fn parse(keystore: &Pkcs12, text: &str, passphrase: Option<&Passphrase>) -> Option<Keystore> {
    let parsed = keystore.parse2(text).ok()?;
    let certificates = parsed.cert.into_iter().chain(parsed.ca.into_iter().flatten()).collect();
    let mut keys: Vec<_> = parsed.pkey.into_iter().collect();
    let der = keystore.to_der().unwrap_or_default();
    // a structure that only OpenSSL can read leaves its first key
    for key in key_bags(&der).unwrap_or_default() {
        let opened = match (&key, passphrase) {
            (LockedKey::Open(key), _) => Some(key.clone()),
            (_, Some(passphrase)) => key.open(passphrase).map(|unlocked| unlocked.value),
            (_, None) => None,
        };
        keys.extend(opened.filter(|key| !keys.iter().any(|known| known.public_eq(key))));
    }
    Some(Keystore { certificates, keys })
}

/// The keys of `pfx` (RFC 7292 §4) that are not inside of encrypted bags: programs encrypt each key
/// by itself, and certificates only all together.
fn key_bags(pfx: &[u8]) -> Result<Vec<LockedKey>, Malformed> {
    let mut pfx = Reader::new(pfx).enter(SEQUENCE)?;
    pfx.expect(INTEGER)?;
    let Some(mut safe) = data(pfx.enter(SEQUENCE)?)? else { return Ok(Vec::new()) };
    let mut contents = safe.enter(SEQUENCE)?;
    let mut keys = Vec::new();
    while !contents.is_empty() {
        let Some(mut bags) = data(contents.enter(SEQUENCE)?)? else { continue };
        let mut bags = bags.enter(SEQUENCE)?;
        while !bags.is_empty() {
            let mut bag = bags.enter(SEQUENCE)?;
            let kind = bag.any()?.whole;
            let value = bag.expect(CONTEXT_0)?.body;
            if kind == OID_KEY_BAG || kind == OID_SHROUDED_KEY_BAG {
                keys.extend(LockedKey::of_der(value));
            }
        }
    }
    Ok(keys)
}

/// What is in a `ContentInfo` of type data; `None` for any other type.
fn data(mut content_info: Reader<'_>) -> Result<Option<Reader<'_>>, Malformed> {
    if content_info.any()?.whole != OID_DATA {
        return Ok(None);
    }
    content_info.enter(CONTEXT_0)?.enter(OCTET_STRING).map(Some)
}
