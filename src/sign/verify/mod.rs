//! Judging what was signed: the structure, the bytes, the signature and the chain. Our own reader
//! takes only what can be written in one way; OpenSSL judges keys, signatures and certificates.

mod algorithm;
mod attributes;
mod chain;
mod fault;
mod parts;
mod stamp;

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::hash::hash;
use openssl::pkcs7::{Pkcs7, Pkcs7Flags};
use openssl::sign::Verifier;
use openssl::x509::store::X509StoreBuilder;
use time::OffsetDateTime;

pub use chain::{Anchor, Authorities, Trust};
pub(in crate::sign) use fault::rfc3339;
pub(crate) use fault::{CmsField, Damage, SignatureFault};

use super::asn1::write::{OCTET_STRING, SEQUENCE, SET};
use super::authenticode;
use super::certificate::{CertificateFacts, Use, may_sign};
use super::stamp::Stamp;
use crate::artifact::SignatureFormat;
pub(in crate::sign) use algorithm::Digest;
use parts::{Message, Parts};

/// A file taken out of its signature, and whether that holds.
#[derive(Debug)]
pub struct Opened<'a> {
    /// The file without its signature; `None` if a damaged signature hides it.
    pub content: Option<&'a [u8]>,
    /// `Ok(None)` for a format without signature.
    pub verdict: Result<Option<Verified>, SignatureFault>,
}

/// A signature that holds.
#[derive(Debug)]
pub struct Verified {
    /// What it signs.
    pub(crate) purpose: Use,
    /// Who signed.
    pub(crate) signer: CertificateFacts,
    /// When, according to the signer.
    pub(crate) signing_time: Option<OffsetDateTime>,
    /// The certificate that was trusted at the end of the chain.
    pub(crate) anchor: Anchor,
    /// The time stamp, which holds; of scripts only.
    pub(crate) stamp: Option<Stamp>,
    /// When the chain was judged.
    pub(crate) judged: Judged,
}

/// When the chain of a signature was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It holds now.
    Now,
    /// The certificate has ended; the chain held at the time of the time stamp.
    AtStamp,
}

/// Opens the file `bytes`, which must be signed as `format` demands.
pub fn open<'a>(format: SignatureFormat, bytes: &'a [u8], trust: &Trust) -> Opened<'a> {
    let judged = match format {
        SignatureFormat::Unsigned => return Opened { content: Some(bytes), verdict: Ok(None) },
        SignatureFormat::CmsAttached => attached(bytes, trust),
        SignatureFormat::AuthenticodeScript => script(bytes, trust),
    };
    match judged {
        Ok((content, verified)) => Opened { content: Some(content), verdict: Ok(Some(verified)) },
        Err(fault) => Opened { content: Envelope::of(bytes).content, verdict: Err(fault) },
    }
}

/// The signature that a file seems to have, and what is inside. Nothing of it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The form of the signature.
    pub signature: SignatureFormat,
    /// The file without its signature; `None` if a damaged signature hides it.
    pub content: Option<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    /// The envelope of the file `bytes`.
    pub fn of(bytes: &'a [u8]) -> Self {
        if bytes.first() == Some(&SEQUENCE) {
            let content = parts::unjudged_content(bytes).ok();
            return Self { signature: SignatureFormat::CmsAttached, content };
        }
        let signature = if authenticode::has_block(bytes) {
            SignatureFormat::AuthenticodeScript
        } else {
            SignatureFormat::Unsigned
        };
        let text = authenticode::split(bytes).map_or(bytes, |(text, _)| text);
        Self { signature, content: Some(text) }
    }
}

/// Whether `script` has a signature, and that no time stamp. Nothing else of it is judged.
pub(crate) fn lacks_stamp(script: &[u8]) -> bool {
    let Some((_, block)) = authenticode::split(script) else { return false };
    Parts::read(&block, Message::Script).is_ok_and(|parts| parts.stamp.is_none())
}

fn attached<'a>(bytes: &'a [u8], trust: &Trust) -> Result<(&'a [u8], Verified), SignatureFault> {
    if bytes.first() != Some(&SEQUENCE) {
        return Err(SignatureFault::Missing);
    }
    let parts = Parts::read(bytes, Message::Data)?;
    let content = parts
        .content
        .filter(|content| content.tag == OCTET_STRING)
        .ok_or(Damage::Missing(CmsField::EncapsulatedContent))?
        .body;
    parts.covers(content)?;
    let mut cms = CmsContentInfo::from_der(bytes)?;
    let options = CMSOptions::BINARY | CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::NOINTERN;
    cms.verify(Some(&*parts.only_signer()?), None, None, None, options)
        .map_err(|_| parts.not_by_signer())?;
    Ok((content, parts.finish(Use::Profiles, trust)?))
}

fn script<'a>(bytes: &'a [u8], trust: &Trust) -> Result<(&'a [u8], Verified), SignatureFault> {
    let Some((text, block)) = authenticode::split(bytes) else {
        let has_block = authenticode::has_block(bytes);
        return Err(if has_block { Damage::Block.into() } else { SignatureFault::Missing });
    };
    let parts = Parts::read(&block, Message::Script)?;
    let content = parts
        .content
        .filter(|content| content.tag == SEQUENCE)
        .ok_or(Damage::Missing(CmsField::EncapsulatedContent))?;
    let indirect_data = authenticode::indirect_data_of(text);
    if content.body != indirect_data {
        return Err(SignatureFault::Changed);
    }
    parts.covers(&indirect_data)?;
    let pkcs7 = Pkcs7::from_der(&block)?;
    let store = X509StoreBuilder::new()?.build();
    let flags = Pkcs7Flags::NOVERIFY | Pkcs7Flags::BINARY | Pkcs7Flags::NOINTERN;
    pkcs7
        .verify(&*parts.only_signer()?, &store, Some(&indirect_data), None, flags)
        .map_err(|_| parts.not_by_signer())?;
    Ok((text, parts.finish(Use::Scripts, trust)?))
}

/// Judges a detached signature (DER) over a file whose SHA-256 digest is `digest`.
pub(crate) fn detached(
    digest: &[u8; 32],
    signature: &[u8],
    trust: &Trust,
) -> Result<Verified, SignatureFault> {
    let parts = Parts::read(signature, Message::Data)?;
    if parts.content.is_some() {
        return Err(Damage::Unexpected(CmsField::EncapsulatedContent).into());
    }
    if parts.digest != Digest::Sha256 {
        return Err(Damage::Value(CmsField::DigestAlgorithm, "SHA-256").into());
    }
    if parts.message_digest != digest {
        return Err(SignatureFault::Changed);
    }
    parts.is_by_signer()?;
    parts.finish(Use::Manifest, trust)
}

impl Parts<'_> {
    /// Whether the message digest is that of `content`.
    fn covers(&self, content: &[u8]) -> Result<(), SignatureFault> {
        if *hash(self.digest.openssl(), content)? == *self.message_digest {
            Ok(())
        } else {
            Err(SignatureFault::Changed)
        }
    }

    /// Whether the signer's key made the signature over the signed attributes.
    fn is_by_signer(&self) -> Result<(), SignatureFault> {
        let key = self.signer().public_key()?;
        let mut verifier = Verifier::new(self.digest.openssl(), &key)?;
        // RFC 5652 §5.4: signed with the tag SET OF, written with the tag [0]
        verifier.update(&[SET])?;
        verifier.update(&self.signed_attributes[1..])?;
        // an ECDSA signature that is not DER is an error, not `false`
        let holds = verifier.verify(self.signature).unwrap_or(false);
        if holds { Ok(()) } else { Err(self.not_by_signer()) }
    }

    fn not_by_signer(&self) -> SignatureFault {
        SignatureFault::NotBySigner { subject: self.signer_name() }
    }

    /// Judges the chain, once the signature holds.
    fn finish(&self, purpose: Use, trust: &Trust) -> Result<Verified, SignatureFault> {
        let [leaf, issuers @ ..] = &self.certificates[..] else {
            return Err(Damage::NoSigner.into());
        };
        if !may_sign(leaf) {
            return Err(SignatureFault::KeyUsage { subject: self.signer_name() });
        }
        let stamp = self.stamp.map(|token| Stamp::judge(token, self.signature, trust.stamps()));
        let stamp = stamp.transpose().map_err(Box::new)?;
        let (anchor, judged) = match (trust.judge(leaf, issuers), &stamp) {
            (Ok(anchor), _) => (anchor, Judged::Now),
            // what the future says is nothing to go by
            (Err(SignatureFault::Chain { .. }), Some(stamp)) if stamp.time <= trust.now() => {
                (trust.judge_at_stamp(leaf, issuers, stamp.time)?, Judged::AtStamp)
            }
            (Err(fault), _) => return Err(fault),
        };
        if let Some(at) = self.signing_time {
            trust.judge_at_signing(leaf, issuers, at)?;
        }
        Ok(Verified {
            purpose,
            signer: CertificateFacts::of(leaf)?,
            signing_time: self.signing_time,
            anchor,
            stamp,
            judged,
        })
    }
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, Private};
    use openssl::rsa::Rsa;
    use openssl::stack::Stack;
    use openssl::x509::{X509, X509Name, X509NameBuilder};

    use super::*;
    use crate::sign::certificate::Certificate;

    fn name(text: &str) -> X509Name {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", text).unwrap();
        name.build()
    }

    fn certificate(issuer: &str, key: &PKey<Private>, signer: &PKey<Private>) -> X509 {
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder
            .set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap())
            .unwrap();
        builder.set_subject_name(&name("Signer")).unwrap();
        builder.set_issuer_name(&name(issuer)).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
        builder.set_pubkey(key).unwrap();
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    /// Found by an attack on the finished program. OpenSSL compares issuers without regard to case, so
    /// a stranger's certificate of the same serial number would make the signature, and the real one,
    /// which is in the message too, would be judged.
    #[test]
    fn a_stranger_s_certificate_cannot_replace_the_signer_s() {
        let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let (authority, real_key, stranger_key) = (key(), key(), key());
        let real = certificate("Acme CA", &real_key, &authority);
        let stranger = certificate("ACME CA", &stranger_key, &stranger_key);
        let mut others = Stack::new().unwrap();
        others.push(real.clone()).unwrap();
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let trust = Trust::new(vec![Certificate(real)], now);
        let forge = |options| {
            let forged = CmsContentInfo::sign(
                Some(&stranger),
                Some(&stranger_key),
                Some(&others),
                Some(b"evil"),
                options,
            );
            let mut forged = forged.unwrap().to_der().unwrap();
            // the signer's identifier comes last: it is made to name the real certificate
            let at = forged.windows(7).rposition(|window| window == b"ACME CA").unwrap();
            forged[at..at + 7].copy_from_slice(b"Acme CA");
            attached(&forged, &trust).unwrap_err()
        };
        let subject = "CN=Signer".to_owned();
        let with_both = forge(CMSOptions::BINARY);
        assert_eq!(with_both, Damage::Stranger { subject: subject.clone() }.into());
        let with_the_real_one = forge(CMSOptions::BINARY | CMSOptions::CMS_NOCERTS);
        assert_eq!(with_the_real_one, SignatureFault::NotBySigner { subject });
    }
}
