//! Certificates, and what they say in words.

use std::cmp::Ordering;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::x509::{X509, X509ExtendedKeyUsage, X509KeyUsage, X509NameRef, X509Ref};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::asn1::oid::{OID_EC_PUBLIC_KEY, OID_EXTENDED_KEY_USAGE, OID_TIME_STAMPING};
use super::asn1::read::{Malformed, Reader};
use super::asn1::write::{BOOLEAN, CONTEXT_0, OCTET_STRING, SEQUENCE};
use super::pem::{Block, PemFault, blocks};
use crate::domain::text::{Shown, hex};

/// An X.509 certificate (RFC 5280).
#[derive(Clone, Debug)]
pub struct Certificate(pub(super) X509);

#[cfg(feature = "probe")]
impl From<X509> for Certificate {
    fn from(certificate: X509) -> Self {
        Self(certificate)
    }
}

impl Certificate {
    pub(crate) fn facts(&self) -> Result<CertificateFacts, ErrorStack> {
        CertificateFacts::of(&self.0)
    }
}

/// The facts of a certificate that decide what it may sign.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFacts {
    /// Whose it is: `CN=Acme Mail, O=Acme Ltd`.
    pub(crate) subject: String,
    /// Who issued it.
    pub(crate) issuer: String,
    /// The first moment it is valid.
    pub(crate) not_before: OffsetDateTime,
    /// The last moment it is valid.
    pub(crate) not_after: OffsetDateTime,
    /// The kind and size of its key: `RSA 2048`.
    pub(crate) key: String,
    /// The serial number, hexadecimal.
    pub(crate) serial_number: String,
    /// SHA-256 of the whole certificate, hexadecimal: what distinguishes signers.
    pub(crate) fingerprint: String,
    /// What it may be used for, in common words; empty if it does not restrict the use.
    pub(crate) usages: Vec<&'static str>,
    /// Whether it is a certificate authority's.
    pub(crate) is_self_issued: bool,
    /// SHA-256 of its public key: one for all certificates of one key.
    pub(crate) key_id: [u8; 32],
    allowed: Vec<Use>,
}

/// What a signature is for, as far as certificates distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Authenticode scripts: the extended key usage must name code signing, as Windows demands.
    Scripts,
    /// Configuration profiles, as mail signatures are: e-mail protection, any usage, or no extended
    /// key usage at all (RFC 5280 §4.2.1.12, RFC 8550 §4.4.4). Devices accept more, TLS servers'
    /// certificates too, but those are on too many machines to prove who signed.
    Profiles,
    /// The manifest of a run, like profiles.
    Manifest,
}

impl Use {
    const ALL: [Self; 3] = [Self::Scripts, Self::Profiles, Self::Manifest];

    /// The extended key usage that allows it, in the words of [`CertificateFacts::usages`].
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Self::Scripts => "code signing",
            Self::Profiles | Self::Manifest => "e-mail protection",
        }
    }

    fn is_allowed_by(self, certificate: &X509Ref) -> bool {
        let extended = certificate.extended_key_usage();
        may_sign(certificate)
            && match self {
                Self::Scripts => may_sign_code(certificate),
                Self::Profiles | Self::Manifest => extended.is_none_or(|usage| {
                    usage.intersects(X509ExtendedKeyUsage::SMIME | X509ExtendedKeyUsage::ANYEKU)
                }),
            }
    }
}

impl CertificateFacts {
    pub(super) fn of(certificate: &X509Ref) -> Result<Self, ErrorStack> {
        let key = certificate.public_key()?;
        Ok(Self {
            subject: name(certificate.subject_name()),
            issuer: name(certificate.issuer_name()),
            not_before: moment(certificate.not_before())?,
            not_after: moment(certificate.not_after())?,
            key: key_name(&key),
            serial_number: certificate.serial_number().to_bn()?.to_hex_str()?.to_lowercase(),
            fingerprint: hex(&certificate.digest(MessageDigest::sha256())?),
            usages: usages(certificate),
            is_self_issued: is_self_issued(certificate),
            key_id: Sha256::digest(key.public_key_to_der()?).into(),
            allowed: Use::ALL.into_iter().filter(|one| one.is_allowed_by(certificate)).collect(),
        })
    }

    /// Whether key usage and extended key usage allow `purpose`.
    pub(crate) fn allows(&self, purpose: Use) -> bool {
        self.allowed.contains(&purpose)
    }

    /// Whether it is made for anything that this program signs.
    pub(crate) fn is_for_signing(&self) -> bool {
        !self.allowed.is_empty()
    }
}

/// `CN=Acme Mail, O=Acme Ltd`: the common name first. The maker of a certificate chose these words,
/// so they are made safe to print here, once.
pub(crate) fn name(name: &X509NameRef) -> String {
    let mut parts: Vec<String> = name
        .entries()
        .filter_map(|entry| {
            let key = entry.object().nid().short_name().ok()?;
            let value = entry.data().to_string().ok()?;
            Some(format!("{key}={}", Shown(&value)))
        })
        .collect();
    parts.reverse();
    parts.sort_by_key(|part| !part.starts_with("CN="));
    if parts.is_empty() { "no name".to_owned() } else { parts.join(", ") }
}

/// Whether issuer and subject are the same: a root, or signed by itself.
pub(crate) fn is_self_issued(certificate: &X509Ref) -> bool {
    certificate.issuer_name().try_cmp(certificate.subject_name()).is_ok_and(Ordering::is_eq)
}

/// Whether `issuer`'s key made the signature of `certificate`.
pub(crate) fn is_issued_by(certificate: &X509Ref, issuer: &X509Ref) -> bool {
    certificate.issuer_name().try_cmp(issuer.subject_name()).is_ok_and(Ordering::is_eq)
        && issuer.public_key().is_ok_and(|key| certificate.verify(&key).unwrap_or(false))
}

/// Whether the certificate itself was signed with a broken digest (SHA-1, MD5).
pub(crate) fn has_weak_digest(certificate: &X509Ref) -> bool {
    let algorithm = certificate.signature_algorithm().object().nid();
    [Nid::SHA1WITHRSAENCRYPTION, Nid::ECDSA_WITH_SHA1, Nid::MD5WITHRSAENCRYPTION, Nid::DSAWITHSHA1]
        .contains(&algorithm)
}

/// Whether the key usage extension lets it sign (RFC 5280 §4.2.1.3); without one everything is let.
pub(crate) fn may_sign(certificate: &X509Ref) -> bool {
    certificate.key_usage().is_none_or(|usage| {
        usage.intersects(X509KeyUsage::DIGITAL_SIGNATURE | X509KeyUsage::NON_REPUDIATION)
    })
}

/// Whether Windows takes it for scripts: the extended key usage must name code signing.
pub(crate) fn may_sign_code(certificate: &X509Ref) -> bool {
    certificate
        .extended_key_usage()
        .is_some_and(|usage| usage.contains(X509ExtendedKeyUsage::CODE_SIGN))
}

/// `[3]`, the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;

/// Whether it is the certificate of a time-stamp authority: the extended key usage must be critical and name time
/// stamping alone (RFC 3161 §2.3).
pub(crate) fn is_for_time_stamps(certificate: &X509Ref) -> bool {
    let extended_key_usage = |der: &[u8]| {
        let mut tbs = Reader::new(der).enter(SEQUENCE)?.enter(SEQUENCE)?;
        while tbs.peek() != Some(EXTENSIONS) {
            tbs.any()?;
        }
        let mut extensions = tbs.enter(EXTENSIONS)?.enter(SEQUENCE)?;
        let mut found = Vec::new();
        while !extensions.is_empty() {
            let mut extension = extensions.enter(SEQUENCE)?;
            if extension.any()?.whole != OID_EXTENDED_KEY_USAGE {
                continue;
            }
            let critical = extension.optional(BOOLEAN)?;
            let mut usages = Reader::new(extension.expect(OCTET_STRING)?.body).enter(SEQUENCE)?;
            let first = usages.any()?.whole;
            let is_critical = critical.is_some_and(|critical| critical.body == [0xff]);
            found.push(is_critical && first == OID_TIME_STAMPING && usages.is_empty());
        }
        Ok::<_, Malformed>(found == [true])
    };
    certificate.to_der().is_ok_and(|der| extended_key_usage(&der).unwrap_or(false))
}

/// Whether its key brings the parameters of its curve along instead of the curve's name. RFC 5480
/// §2.1.1 forbids it, and OpenSSL and devices refuse such a certificate (CVE-2020-0601 is why).
pub(crate) fn has_explicit_curve(certificate: &X509Ref) -> bool {
    let parameters = |der: &[u8]| {
        let mut tbs = Reader::new(der).enter(SEQUENCE)?.enter(SEQUENCE)?;
        tbs.optional(CONTEXT_0)?; // version
        for _ in 0..5 {
            tbs.any()?; // serial number, signature, issuer, validity, subject
        }
        let mut algorithm = tbs.enter(SEQUENCE)?.enter(SEQUENCE)?;
        let is_ec = algorithm.any()?.whole == OID_EC_PUBLIC_KEY;
        Ok::<_, Malformed>(is_ec && algorithm.peek() == Some(SEQUENCE))
    };
    certificate.to_der().is_ok_and(|der| parameters(&der).unwrap_or(false))
}

/// The name that PKCS#12 gives it (`friendlyName`, RFC 2985 §5.5.1).
pub(crate) fn friendly_name(certificate: &X509Ref) -> Option<String> {
    certificate.alias().map(|name| String::from_utf8_lossy(name).into_owned())
}

/// Certificates of a PEM text or a single DER file.
pub fn read_all(bytes: &[u8]) -> Result<Vec<Certificate>, PemFault> {
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(X509::from_der(bytes).into_iter().map(Certificate).collect());
    }
    let mut certificates = Vec::new();
    for Block { label, line, der, .. } in blocks(bytes)? {
        if label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE" {
            let certificate = X509::from_der(der.expose());
            let certificate = certificate.map_err(|_| PemFault::Damaged { line, label })?;
            certificates.push(Certificate(certificate));
        }
    }
    Ok(certificates)
}

fn moment(time: &Asn1TimeRef) -> Result<OffsetDateTime, ErrorStack> {
    let since_epoch = Asn1Time::from_unix(0)?.diff(time)?;
    Ok(OffsetDateTime::UNIX_EPOCH
        + Duration::days(since_epoch.days.into())
        + Duration::seconds(since_epoch.secs.into()))
}

fn key_name(key: &PKeyRef<Public>) -> String {
    let kind = match key.id() {
        Id::RSA => "RSA",
        Id::RSA_PSS => "RSA-PSS",
        Id::EC => "EC",
        Id::ED25519 => return "Ed25519".to_owned(),
        Id::ED448 => return "Ed448".to_owned(),
        Id::DSA => "DSA",
        _ => "unknown kind",
    };
    format!("{kind} {}", key.bits())
}

fn usages(certificate: &X509Ref) -> Vec<&'static str> {
    let mut usages = Vec::new();
    if let Some(usage) = certificate.key_usage() {
        for (flag, word) in [
            (X509KeyUsage::DIGITAL_SIGNATURE, "digital signature"),
            (X509KeyUsage::NON_REPUDIATION, "non-repudiation"),
            (X509KeyUsage::KEY_CERT_SIGN, "certificate signing"),
            (X509KeyUsage::KEY_ENCIPHERMENT, "key encipherment"),
        ] {
            if usage.contains(flag) {
                usages.push(word);
            }
        }
    }
    if let Some(usage) = certificate.extended_key_usage() {
        for (flag, word) in [
            (X509ExtendedKeyUsage::CODE_SIGN, "code signing"),
            (X509ExtendedKeyUsage::SMIME, "e-mail protection"),
            (X509ExtendedKeyUsage::SSL_SERVER, "TLS server"),
            (X509ExtendedKeyUsage::SSL_CLIENT, "TLS client"),
            (X509ExtendedKeyUsage::ANYEKU, "any"),
        ] {
            if usage.contains(flag) {
                usages.push(word);
            }
        }
    }
    usages
}

#[cfg(test)]
mod tests {
    use openssl::bn::BigNum;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::pkey::PKey;
    use openssl::x509::X509Extension;
    use openssl::x509::extension::{ExtendedKeyUsage, KeyUsage};

    use super::*;

    fn facts(extensions: &[X509Extension]) -> CertificateFacts {
        CertificateFacts::of(&certificate(extensions)).unwrap()
    }

    fn certificate(extensions: &[X509Extension]) -> X509 {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let serial_number = BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
        builder.set_serial_number(&serial_number).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        for extension in extensions {
            builder.append_extension2(extension).unwrap();
        }
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    #[test]
    fn a_time_stamp_authority_is_critically_that_alone() {
        let usage = |names: &[&str], is_critical| {
            let mut usage = ExtendedKeyUsage::new();
            if is_critical {
                usage.critical();
            }
            for name in names {
                usage.other(name);
            }
            usage.build().unwrap()
        };
        for (extensions, is_one) in [
            (vec![usage(&["timeStamping"], true)], true),
            (vec![usage(&["timeStamping"], false)], false),
            (vec![usage(&["timeStamping", "codeSigning"], true)], false),
            (vec![usage(&["codeSigning", "timeStamping"], true)], false),
            (vec![usage(&["codeSigning"], true)], false),
            (vec![KeyUsage::new().critical().digital_signature().build().unwrap()], false),
            (vec![], false),
        ] {
            assert_eq!(is_for_time_stamps(&certificate(&extensions)), is_one);
        }
    }

    #[test]
    fn a_certificate_allows_only_what_its_usages_name() {
        let usage = |name: &str| ExtendedKeyUsage::new().other(name).build().unwrap();
        let signs = KeyUsage::new().digital_signature().build().unwrap();
        let encrypts = KeyUsage::new().key_encipherment().build().unwrap();
        for (extensions, [scripts, profiles]) in [
            (vec![], [false, true]),
            (vec![usage("codeSigning")], [true, false]),
            (vec![usage("emailProtection"), signs], [false, true]),
            (vec![usage("anyExtendedKeyUsage")], [false, true]),
            (vec![usage("serverAuth")], [false, false]),
            (vec![usage("1.2.3.4")], [false, false]),
            (vec![usage("codeSigning"), encrypts], [false, false]),
        ] {
            let facts = facts(&extensions);
            assert_eq!(facts.allows(Use::Scripts), scripts, "{:?}", facts.usages);
            assert_eq!(facts.allows(Use::Profiles), profiles, "{:?}", facts.usages);
            assert_eq!(facts.allows(Use::Manifest), profiles, "{:?}", facts.usages);
        }
    }
}
