//! Authenticode for PowerShell scripts: a signature over the script's text, in comments at its end.
//!
//! Windows hashes the text as UTF-16LE whatever the file's encoding is. Scripts here are pure ASCII,
//! so no code page of any PC can change what is hashed. Sources: osslsigncode `script.c`,
//! `OpenAuthenticode` `PowerShellScriptProvider`; [MS-OSHARED] 2.3.2.4.3 for the structures.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::asn1::oid::{
    OID_RFC3161_STAMP, OID_SHA256, OID_SPC_INDIRECT_DATA, OID_SPC_INDIVIDUAL_CODE_SIGNING,
    OID_SPC_SIPINFO, OID_SPC_SP_OPUS_INFO, OID_SPC_STATEMENT_TYPE,
};
use super::asn1::write::{CONTEXT_1, INTEGER, NULL, OCTET_STRING, SEQUENCE, head, value};
use super::identity::SigningIdentity;
use super::raw_signer::RawSigner;
use super::signed_data::{DigestParameters, Encapsulated, Frame, SignedAttributes, attribute};
use super::stamp::Stamper;
use super::{SelfCheck, SignError};
use crate::artifact::FileBytes;

/// The marker before the signature: the first occurrence ends the text that is hashed.
pub(super) const BLOCK_BEGIN: &str = "\r\n# SIG # Begin signature block\r\n";

/// The marker after it. Windows takes at most two more line breaks, or calls the file unsigned.
pub(super) const BLOCK_END: &str = "# SIG # End signature block\r\n";

/// Base64 characters on a line.
const LINE: usize = 64;

/// The subject interface package for PowerShell, {603BCC1F-4B59-4E08-B724-D2C6297EF351}, as a GUID
/// lies in memory.
const POWERSHELL_SIP: [u8; 16] = [
    0x1f, 0xcc, 0x3b, 0x60, 0x59, 0x4b, 0x08, 0x4e, 0xb7, 0x24, 0xd2, 0xc6, 0x29, 0x7e, 0xf3, 0x51,
];

/// The package's version: 1.0.0.0 as one number.
const SIP_VERSION: &[u8] = &[INTEGER, 3, 1, 0, 0];

/// Signs one script after the other.
pub(super) struct ScriptSigner {
    frame: Frame,
    signer: RawSigner,
    fixed_attributes: Vec<Vec<u8>>,
    /// Gives time stamps, if the run asks for any.
    stamper: Option<Arc<dyn Stamper>>,
    /// The digest of the last shared part, which is the same for a whole run.
    shared: Option<(&'static [u8], Sha256)>,
}

impl ScriptSigner {
    pub(super) fn new(
        identity: &SigningIdentity,
        self_check: SelfCheck,
        stamper: Option<Arc<dyn Stamper>>,
    ) -> Result<Self, SignError> {
        Ok(Self {
            frame: Frame::new(identity, DigestParameters::Null)?,
            signer: RawSigner::new(identity, self_check)?,
            stamper,
            fixed_attributes: vec![
                // Windows writes it, empty: no program name, no link
                attribute(OID_SPC_SP_OPUS_INFO, &value(SEQUENCE, &[])),
                attribute(
                    OID_SPC_STATEMENT_TYPE,
                    &value(SEQUENCE, &[OID_SPC_INDIVIDUAL_CODE_SIGNING]),
                ),
            ],
            shared: None,
        })
    }

    /// Adds a signature block to `script`, which must be ASCII without one.
    pub(super) fn sign(
        &mut self,
        mut script: FileBytes,
        time: OffsetDateTime,
    ) -> Result<FileBytes, SignError> {
        if !script.shared.is_ascii() || !script.own.is_ascii() {
            return Err(SignError::NotAscii);
        }
        let mut digest = self.shared_digest(script.shared);
        update_utf16(&mut digest, &script.own);
        let content = indirect_data(&digest.finalize());
        // the message digest covers the value without its own tag and length
        let message_digest = Sha256::digest(&content);
        let attributes = SignedAttributes::new(
            OID_SPC_INDIRECT_DATA,
            &message_digest,
            time.into(),
            &self.fixed_attributes,
        );
        let signature = attributes.sign(&mut self.signer)?;
        let stamp = self.stamper.as_ref().map(|stamper| stamper.stamp(&signature)).transpose()?;
        let unsigned = stamp.map_or_else(Vec::new, |token| {
            value(CONTEXT_1, &[&attribute(OID_RFC3161_STAMP, &token)])
        });
        let mut sequence = Vec::new();
        head(&mut sequence, SEQUENCE, content.len());
        let signed = self.frame.assemble(
            OID_SPC_INDIRECT_DATA,
            Encapsulated::Inside(&[&sequence, &content]),
            &attributes,
            (&signature, &unsigned),
        );
        append_block(&mut script.own, &signed);
        Ok(script)
    }

    fn shared_digest(&mut self, shared: &'static [u8]) -> Sha256 {
        if let Some((known, digest)) = &self.shared
            && std::ptr::eq(*known, shared)
        {
            return digest.clone();
        }
        let mut digest = Sha256::new();
        update_utf16(&mut digest, shared);
        self.shared = Some((shared, digest.clone()));
        digest
    }
}

/// Whether a signature block seems to begin somewhere in `script`, damaged or not.
pub(super) fn has_block(script: &[u8]) -> bool {
    find(script, b"# SIG # Begin").is_some()
}

/// Splits a signed script into the text that is signed and the `SignedData` of its block.
pub(super) fn split(script: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let begin = find(script, BLOCK_BEGIN.as_bytes())?;
    let block = &script[begin + BLOCK_BEGIN.len()..];
    let end = find(block, BLOCK_END.as_bytes())?;
    if block.len() != end + BLOCK_END.len() {
        return None;
    }
    let mut base64 = Vec::new();
    for line in block[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        base64.extend_from_slice(line.strip_prefix(b"# ")?.strip_suffix(b"\r")?);
    }
    let signed = STANDARD.decode(base64).ok()?;
    // one way to write it: no blank lines, no lines of other lengths
    let mut again = Vec::with_capacity(script.len() - begin);
    append_block(&mut again, &signed);
    (again == script[begin..]).then_some((&script[..begin], signed))
}

/// The body of `SpcIndirectDataContent` for a script with this text.
pub(super) fn indirect_data_of(text: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new();
    update_utf16(&mut digest, text);
    indirect_data(&digest.finalize())
}

/// The body of `SpcIndirectDataContent`: what kind of file it is, and its digest.
fn indirect_data(digest: &[u8]) -> Vec<u8> {
    let reserved: &[u8] = &[INTEGER, 1, 0];
    let sip_info = value(
        SEQUENCE,
        &[
            SIP_VERSION,
            &value(OCTET_STRING, &[&POWERSHELL_SIP]),
            reserved,
            reserved,
            reserved,
            reserved,
            reserved,
        ],
    );
    let data = value(SEQUENCE, &[OID_SPC_SIPINFO, &sip_info]);
    let digest_info =
        value(SEQUENCE, &[&value(SEQUENCE, &[OID_SHA256, NULL]), &value(OCTET_STRING, &[digest])]);
    [data, digest_info].concat()
}

/// Hashes ASCII text as UTF-16LE.
fn update_utf16(digest: &mut Sha256, ascii: &[u8]) {
    let mut wide = [0; 1024];
    for chunk in ascii.chunks(wide.len() / 2) {
        for (pair, byte) in wide.chunks_exact_mut(2).zip(chunk) {
            pair[0] = *byte;
        }
        digest.update(&wide[..chunk.len() * 2]);
    }
}

fn append_block(script: &mut Vec<u8>, signed: &[u8]) {
    let base64 = STANDARD.encode(signed);
    script.reserve(base64.len() + base64.len() / LINE * 4 + 80);
    script.extend_from_slice(BLOCK_BEGIN.as_bytes());
    for line in base64.as_bytes().chunks(LINE) {
        script.extend_from_slice(b"# ");
        script.extend_from_slice(line);
        script.extend_from_slice(b"\r\n");
    }
    script.extend_from_slice(BLOCK_END.as_bytes());
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_text_in_utf_16() {
        let text = "exit 0\r\n".repeat(200);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut digest = Sha256::new();
        update_utf16(&mut digest, text.as_bytes());
        assert_eq!(digest.finalize(), Sha256::digest(wide));
    }

    #[test]
    fn the_signed_structure_has_the_size_that_other_tools_write() {
        assert_eq!(indirect_data(&[0; 32]).len(), 0x69);
    }

    #[test]
    fn a_block_is_found_again_and_nothing_may_follow_it() {
        let mut script = b"exit 0".to_vec();
        append_block(&mut script, &[7; 100]);
        let (text, signed) = split(&script).unwrap();
        assert_eq!((text, signed), (&b"exit 0"[..], vec![7; 100]));
        assert!(script.split(|b| *b == b'\n').all(|line| line.len() <= LINE + 3));
        let text = String::from_utf8(script.clone()).unwrap();
        for (from, to) in [("# BwcH", "# \r\n# BwcH"), ("# BwcH", "\r\n# BwcH"), ("==", "=")] {
            assert_eq!(split(text.replacen(from, to, 1).as_bytes()), None, "{from}");
        }
        script.extend_from_slice(b"Remove-Item");
        assert_eq!(split(&script), None);
    }
}
