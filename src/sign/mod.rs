//! Draft in, shippable artifact out. The only way to make an [`Artifact`]; knows no platform.

use std::sync::Arc;

use openssl::error::ErrorStack;
use thiserror::Error;
use time::OffsetDateTime;

use crate::artifact::{Artifact, Draft, SignatureFormat};
use crate::diagnostic::Diagnostic;

pub mod asn1;
mod authenticode;
pub mod certificate;
mod cms;
pub mod identity;
pub mod issue;
pub(crate) mod pem;
mod raw_signer;
#[cfg(feature = "probe")]
pub(crate) mod server;
mod signed_data;
pub mod stamp;
pub(crate) mod transport;
mod trial;
pub mod verify;

pub use identity::{IdentityError, SigningIdentity};
pub use stamp::Stamper;

use authenticode::ScriptSigner;
use cms::CmsSigner;

/// With what, and when, a run signs.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Who signs; `None` is the stated choice not to sign.
    pub identities: Option<Identities>,
    /// The one signing time of the run.
    pub time: OffsetDateTime,
    /// Whether every signature is verified after it is made.
    pub self_check: SelfCheck,
    /// Gives the time stamps of scripts, if the run asks for any.
    pub stamper: Option<Arc<dyn Stamper>>,
}

/// Whether every signature is verified after it is made: a hardware fault would otherwise ship a bad
/// signature, and an RSA signature made with a fault can give the private key away (Boneh, `DeMillo`
/// and Lipton 1997).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfCheck {
    /// The default; 17 of 265 µs per signature.
    On,
    /// `--no-self-check`
    Off,
}

impl Signing {
    /// A detached CMS signature (DER) over a file with the SHA-256 digest `digest`, by the identity
    /// that signs profiles; `None` where the run does not sign.
    pub fn detached(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, SignError> {
        let Some(identities) = &self.identities else { return Ok(None) };
        let mut signer = CmsSigner::new(&identities.profiles, self.self_check)?;
        signer.sign_detached(digest, self.time).map(Some)
    }
}

/// Who signs what.
#[derive(Clone, Debug)]
pub struct Identities {
    /// Signs configuration profiles.
    pub profiles: Arc<SigningIdentity>,
    /// Signs scripts.
    pub scripts: Arc<SigningIdentity>,
}

/// Seals one draft after the other. Each thread has its own.
pub struct Sealer {
    signers: Option<(CmsSigner, ScriptSigner)>,
    time: OffsetDateTime,
}

/// A signature that could not be made.
#[derive(Debug, Error)]
pub enum SignError {
    /// A certificate that OpenSSL takes and we cannot read.
    #[error("the certificate cannot be read: {0}")]
    Certificate(#[from] asn1::read::Malformed),
    /// A script that Windows would hash differently on different PCs.
    #[error("the script is not plain ASCII")]
    NotAscii,
    /// The signature does not verify.
    #[error("a signature that was just made does not verify")]
    SelfCheck,
    /// OpenSSL refuses.
    #[error("OpenSSL cannot sign: {0}")]
    OpenSsl(#[from] ErrorStack),
    /// No authority gave a time stamp.
    #[error("{0}")]
    Stamp(Box<dyn Diagnostic + Send + Sync>),
    /// The user ended the run while it waited for a time stamp.
    #[error("stopped on request")]
    Stopped,
}

impl Diagnostic for SignError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::SelfCheck => Some(
                "do not use this machine for signing: its memory or processor made a mistake"
                    .to_owned(),
            ),
            Self::Stamp(error) => error.hint(),
            Self::Certificate(_) | Self::NotAscii | Self::OpenSsl(_) | Self::Stopped => None,
        }
    }
}

impl Sealer {
    /// Prepares keys and certificates.
    pub fn new(signing: &Signing) -> Result<Self, SignError> {
        let signers = match &signing.identities {
            Some(identities) => Some((
                CmsSigner::new(&identities.profiles, signing.self_check)?,
                ScriptSigner::new(
                    &identities.scripts,
                    signing.self_check,
                    signing.stamper.clone(),
                )?,
            )),
            None => None,
        };
        Ok(Self { signers, time: signing.time })
    }

    /// Signs `draft` as it asks to be signed.
    pub fn seal(&mut self, draft: Draft) -> Result<Artifact, SignError> {
        let Draft { file_name, content, signature } = draft;
        let Some((profiles, scripts)) = &mut self.signers else {
            return Ok(Artifact::sealed(file_name, content, SignatureFormat::Unsigned));
        };
        let content = match signature {
            SignatureFormat::AuthenticodeScript => scripts.sign(content, self.time)?,
            SignatureFormat::CmsAttached => profiles.sign(&content.to_vec(), self.time)?.into(),
            SignatureFormat::Unsigned => content,
        };
        Ok(Artifact::sealed(file_name, content, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::identity::IdentityFiles;
    use super::issue::{IssueRequest, issue};
    use super::verify::{Anchor, Envelope, SignatureFault, Trust, Verified, detached, open};
    use super::*;
    use crate::artifact::{FileBytes, FileName};
    use sha2::Digest;

    const SIGNED_AT: OffsetDateTime = time::macros::datetime!(2026-11-23 09:00 UTC);

    fn identity() -> (Signing, Trust) {
        let folder = tempfile::tempdir().unwrap();
        let issued =
            issue(&IssueRequest { common_name: "Test".to_owned(), days: 100, now: SIGNED_AT })
                .unwrap();
        let certificate = folder.path().join("cert.pem");
        let both = [issued.certificate_pem.as_slice(), issued.key_pem.expose()].concat();
        #[expect(clippy::disallowed_methods, reason = "a test writes its own fixture")]
        std::fs::write(&certificate, both).unwrap();
        let files = IdentityFiles::Pem { certificate, key: None, chain: None };
        let identity = SigningIdentity::load(&files, &mut |_| Ok(None), [SIGNED_AT; 2]).unwrap();
        let identity = Arc::new(identity);
        let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
        let roots = certificate::read_all(&issued.ca_pem).unwrap();
        (
            Signing {
                identities: Some(identities),
                time: SIGNED_AT,
                self_check: SelfCheck::On,
                stamper: None,
            },
            Trust::new(roots, SIGNED_AT),
        )
    }

    fn profile(bytes: &[u8], trust: &Trust) -> Result<Verified, SignatureFault> {
        open(SignatureFormat::CmsAttached, bytes, trust).verdict.map(Option::unwrap)
    }

    fn script(bytes: &[u8], trust: &Trust) -> Result<Verified, SignatureFault> {
        open(SignatureFormat::AuthenticodeScript, bytes, trust).verdict.map(Option::unwrap)
    }

    fn seal(
        sealer: &mut Sealer,
        signature: SignatureFormat,
        content: impl Into<FileBytes>,
    ) -> Vec<u8> {
        let draft = Draft { file_name: FileName::new(["x"]), content: content.into(), signature };
        sealer.seal(draft).unwrap().content().to_vec()
    }

    #[test]
    fn what_is_sealed_verifies_and_one_flipped_bit_does_not() {
        let (signing, trust) = identity();
        let mut sealer = Sealer::new(&signing).unwrap();
        let plist = b"<?xml version=\"1.0\"?><plist/>".to_vec();
        let signed = seal(&mut sealer, SignatureFormat::CmsAttached, plist.clone());
        let verified = profile(&signed, &trust).unwrap();
        assert_eq!(Envelope::of(&signed).content, Some(&plist[..]));
        assert_eq!(verified.signing_time, Some(SIGNED_AT));
        assert_eq!(verified.anchor, Anchor::Given("CN=Test CA".to_owned()));
        assert_eq!(survivors(&signed, |bytes| profile(bytes, &trust).is_ok()), []);
        let script_content = FileBytes { shared: b"# shared\r\n", own: b"exit 0\r\n".to_vec() };
        let signed = seal(&mut sealer, SignatureFormat::AuthenticodeScript, script_content);
        script(&signed, &trust).unwrap();
        assert_eq!(survivors(&signed, |bytes| script(bytes, &trust).is_ok()), []);
    }

    #[test]
    fn nothing_of_the_structure_can_be_left_out_repeated_or_exchanged() {
        let (signing, trust) = identity();
        let mut sealer = Sealer::new(&signing).unwrap();
        let signed = seal(&mut sealer, SignatureFormat::CmsAttached, b"<plist/>".to_vec());
        let changed = rearranged(&signed);
        assert!(changed.len() > 300, "{}", changed.len());
        for changed in changed {
            assert!(changed == signed || profile(&changed, &trust).is_err(), "{changed:x?}");
        }
    }

    /// `value`, once for every value inside it that can be left out, written twice, exchanged with
    /// the next one, or emptied; all lengths fit.
    fn rearranged(value: &[u8]) -> Vec<Vec<u8>> {
        let mut reader = asn1::read::Reader::new(value);
        let outer = reader.any().unwrap();
        let mut changed = vec![asn1::write::value(outer.tag, &[])];
        if outer.tag & 0x20 == 0 {
            return changed;
        }
        let mut inner = Vec::new();
        let mut body = asn1::read::Reader::new(outer.body);
        while !body.is_empty() {
            inner.push(body.any().unwrap().whole);
        }
        for (at, one) in inner.iter().enumerate() {
            let with = |parts: &[&[u8]]| {
                let all = [&inner[..at], parts, &inner[at + 1..]].concat();
                asn1::write::value(outer.tag, &all)
            };
            changed.push(with(&[]));
            changed.push(with(&[one, one]));
            if let Some(next) = inner.get(at + 1) {
                let mut exchanged = inner.clone();
                exchanged[at] = next;
                exchanged[at + 1] = one;
                changed.push(asn1::write::value(outer.tag, &exchanged));
            }
            changed.extend(rearranged(one).iter().map(|one| with(&[one])));
        }
        changed
    }

    /// Every single bit that can be flipped without `holds` noticing, as byte and bit.
    fn survivors(signed: &[u8], holds: impl Fn(&[u8]) -> bool) -> Vec<(usize, u8)> {
        let mut found = Vec::new();
        let mut damaged = signed.to_vec();
        for at in 0..signed.len() {
            for bit in 0..8 {
                damaged[at] ^= 1 << bit;
                if holds(&damaged) {
                    found.push((at, bit));
                }
                damaged[at] = signed[at];
            }
        }
        found
    }

    #[test]
    fn a_detached_signature_holds_for_its_file_alone() {
        let (signing, trust) = identity();
        let digest = sha2::Sha256::digest(b"{}\n").into();
        let signature = signing.detached(&digest).unwrap().unwrap();
        assert_eq!(signing.detached(&digest).unwrap().unwrap(), signature);
        let verified = detached(&digest, &signature, &trust).unwrap();
        assert_eq!(verified.signing_time, Some(SIGNED_AT));
        assert_eq!(verified.anchor, Anchor::Given("CN=Test CA".to_owned()));
        let other = sha2::Sha256::digest(b"{}").into();
        assert_eq!(detached(&other, &signature, &trust).unwrap_err(), SignatureFault::Changed);
        assert_eq!(survivors(&signature, |bytes| detached(&digest, bytes, &trust).is_ok()), []);
        let unsigned = Signing { identities: None, ..signing };
        assert_eq!(unsigned.detached(&digest).unwrap(), None);
    }

    #[test]
    fn a_script_verifies_until_a_byte_changes() {
        let (signing, trust) = identity();
        let mut sealer = Sealer::new(&signing).unwrap();
        let content = FileBytes { shared: b"# shared\r\n", own: b"exit 0\r\n".to_vec() };
        let signed = seal(&mut sealer, SignatureFormat::AuthenticodeScript, content);
        let opened = open(SignatureFormat::AuthenticodeScript, &signed, &trust);
        assert_eq!(opened.content, Some(&b"# shared\r\nexit 0\r\n"[..]));
        assert!(opened.verdict.is_ok());
        let mut damaged = signed;
        damaged[3] = b'S';
        assert_eq!(script(&damaged, &trust).unwrap_err(), SignatureFault::Changed);
        assert_eq!(script(b"exit 0\r\n", &trust).unwrap_err(), SignatureFault::Missing);
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let (signing, _) = identity();
        let content = || FileBytes { shared: b"# shared\r\n", own: b"exit 0\r\n".to_vec() };
        let once = seal(
            &mut Sealer::new(&signing).unwrap(),
            SignatureFormat::AuthenticodeScript,
            content(),
        );
        let mut sealer = Sealer::new(&signing).unwrap();
        for _ in 0..2 {
            assert_eq!(seal(&mut sealer, SignatureFormat::AuthenticodeScript, content()), once);
        }
    }

    #[test]
    fn another_authority_or_a_later_year_breaks_the_chain() {
        let (signing, _) = identity();
        let (_, stranger) = identity();
        let signed =
            seal(&mut Sealer::new(&signing).unwrap(), SignatureFormat::CmsAttached, b"x".to_vec());
        assert!(matches!(profile(&signed, &stranger), Err(SignatureFault::Chain { .. })));
        let later = Trust::new(Vec::new(), SIGNED_AT + time::Duration::days(200));
        assert!(matches!(profile(&signed, &later), Err(SignatureFault::Chain { .. })));
        let inside = profile(&signed, &Trust::new(Vec::new(), SIGNED_AT)).unwrap();
        assert_eq!(inside.anchor, Anchor::Inside("CN=Test".to_owned()));
    }

    #[test]
    fn a_script_with_other_characters_is_not_signed() {
        let (signing, _) = identity();
        let draft = Draft {
            file_name: FileName::new(["x"]),
            content: "Write-Output 'é'".as_bytes().to_vec().into(),
            signature: SignatureFormat::AuthenticodeScript,
        };
        assert!(matches!(Sealer::new(&signing).unwrap().seal(draft), Err(SignError::NotAscii)));
    }
}
