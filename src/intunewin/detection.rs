//! `Detection.xml`: how to decrypt the content, and what must come out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::sign::transport::TransportKeys;

/// The version of Microsoft's program that writes this form.
const TOOL_VERSION: &str = "1.8.6.0";

/// What `Detection.xml` says that matters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Detection {
    pub(super) unencrypted_content_size: u64,
    pub(super) setup_file: String,
    pub(super) encryption_info: EncryptionInfo,
}

/// All but the last are base64.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EncryptionInfo {
    encryption_key: String,
    mac_key: String,
    initialization_vector: String,
    pub(super) mac: String,
    pub(super) file_digest: String,
    pub(super) file_digest_algorithm: String,
}

impl EncryptionInfo {
    /// The keys, if each has its size.
    pub(super) fn keys(&self) -> Option<TransportKeys> {
        fn bytes<const SIZE: usize>(text: &str) -> Option<[u8; SIZE]> {
            STANDARD.decode(text).ok()?.try_into().ok()
        }
        Some(TransportKeys {
            encryption: bytes(&self.encryption_key)?,
            mac: bytes(&self.mac_key)?,
            vector: bytes(&self.initialization_vector)?,
        })
    }
}

/// The text for the zip `inner`, whose encrypted form begins with `mac`. Order, line ends and the missing declaration are
/// those of Microsoft's program. The name of a file of ours has no character with a meaning in XML.
pub(super) fn write(setup_file: &str, inner: &[u8], keys: &TransportKeys, mac: &[u8]) -> String {
    let size = inner.len();
    let [encryption, mac_key, vector, mac, digest] =
        [&keys.encryption[..], &keys.mac, &keys.vector, mac, &Sha256::digest(inner)]
            .map(|bytes| STANDARD.encode(bytes));
    let lines = [
        &format!(
            r#"<ApplicationInfo xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ToolVersion="{TOOL_VERSION}">"#
        ),
        &format!("  <Name>{setup_file}</Name>"),
        &format!("  <UnencryptedContentSize>{size}</UnencryptedContentSize>"),
        "  <FileName>IntunePackage.intunewin</FileName>",
        &format!("  <SetupFile>{setup_file}</SetupFile>"),
        "  <EncryptionInfo>",
        &format!("    <EncryptionKey>{encryption}</EncryptionKey>"),
        &format!("    <MacKey>{mac_key}</MacKey>"),
        &format!("    <InitializationVector>{vector}</InitializationVector>"),
        &format!("    <Mac>{mac}</Mac>"),
        "    <ProfileIdentifier>ProfileVersion1</ProfileIdentifier>",
        &format!("    <FileDigest>{digest}</FileDigest>"),
        "    <FileDigestAlgorithm>SHA256</FileDigestAlgorithm>",
        "  </EncryptionInfo>",
        "</ApplicationInfo>",
    ];
    lines.join("\r\n")
}
