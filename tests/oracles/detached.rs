//! Detached signatures: OpenSSL judges them without us.

use std::sync::Arc;

use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::{Identities, SelfCheck, Signing, SigningIdentity};
use sha2::{Digest, Sha256};
use time::macros::datetime;

use super::support::Folder;
use super::tool::{runs, tool};

#[test]
fn openssl_verifies_a_detached_signature_and_refuses_another_file() {
    let folder = Folder::new();
    folder.identity();
    let Some(openssl) = tool("openssl", folder.path(), runs(&["version"])) else { return };
    let time = datetime!(2026-11-23 09:00 UTC);
    let files = IdentityFiles::Pem {
        certificate: folder.path().join("id/cert.pem"),
        key: Some(folder.path().join("id/key.pem")),
        chain: Some(folder.path().join("id/ca.pem")),
    };
    let identity = SigningIdentity::load(&files, &mut |_| Ok(None), [time; 2]).unwrap();
    let identity = Arc::new(identity);
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    let signing =
        Signing { identities: Some(identities), time, self_check: SelfCheck::On, stamper: None };
    let manifest = "{\"format\":1}\n".repeat(1000);
    folder.file("manifest.jsonl", &manifest);
    let digest = Sha256::digest(&manifest).into();
    folder.file("manifest.jsonl.p7s", signing.detached(&digest).unwrap().unwrap());
    let verify = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "manifest.jsonl.p7s",
        "-content",
        "manifest.jsonl",
        "-CAfile",
        "id/ca.pem",
        "-purpose",
        "any",
        "-out",
        "content",
    ];
    openssl.accepts(&verify);
    folder.file("manifest.jsonl", manifest.replacen("1}", "2}", 1));
    openssl.refuses(&verify);
}
