//! A bundle: its files against its manifest, their signatures, and what they say.

use super::Judge;
use crate::artifact::SignatureFormat;
use crate::bundle::manifest::{AccountEntry, ServerEntry, SignerEntry, sha256};
use crate::bundle::read::{Unpacked, unpack};
use crate::bundle::{BundleManifest, FileEntry};
use crate::domain::account::stem;
use crate::domain::server::{IncomingProtocol, Security};
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::{Renderer, Stated, by_id};
use crate::sign::verify::{self, SignatureFault, Verified};

/// Judges the bundle `place`. Hands out its manifest where there is one.
pub(super) fn judge(bytes: &[u8], place: &str, judge: &mut Judge<'_>) -> Option<BundleManifest> {
    judge.verdict.bundles += 1;
    let Unpacked { manifest, mut files, .. } = match unpack(bytes) {
        Ok(unpacked) => unpacked,
        Err(error) => {
            judge.fault(place, error);
            return None;
        }
    };
    let expected: Option<Vec<Stated>> = manifest.accounts.iter().map(stated).collect();
    if expected.is_none() {
        judge.fault(place, "its manifest.json names an unknown protocol or security");
    }
    if manifest.accounts.is_empty() {
        judge.fault(place, "its manifest.json names no account");
        return Some(manifest);
    }
    if manifest.files.is_empty() {
        judge.fault(place, "it holds no file");
    }
    for entry in &manifest.files {
        let inner = format!("{place}: {}", entry.path);
        match files.remove(&entry.path) {
            Some(content) => {
                judge_file(&content, &inner, entry, &manifest, expected.as_deref(), judge);
            }
            None => judge.fault(&inner, "it is missing"),
        }
    }
    for path in files.keys() {
        judge.fault(&format!("{place}: {path}"), "it is not in the manifest");
    }
    Some(manifest)
}

fn judge_file(
    bytes: &[u8],
    place: &str,
    entry: &FileEntry,
    manifest: &BundleManifest,
    expected: Option<&[Stated]>,
    judge: &mut Judge<'_>,
) {
    judge.verdict.files += 1;
    if sha256(bytes) != entry.sha256 || bytes.len() as u64 != entry.size {
        judge.fault(place, "its digest is not the one in the manifest");
    }
    let Some(renderer) = by_id(&entry.format) else {
        return judge.fault(place, format!("its format `{}` is unknown", entry.format));
    };
    let first = &manifest.accounts[0];
    let stem = stem(&first.provider_name, &first.provider);
    let most = if renderer.is_per_account() { manifest.accounts.len() } else { 1 };
    let Some(number) =
        (1..=most).find(|number| entry.path == renderer.file_name(stem, *number).as_str())
    else {
        return judge
            .fault(place, format!("a file of the format `{}` has another path", entry.format));
    };
    let expected = expected.map(|accounts| {
        if renderer.is_per_account() { &accounts[number - 1..number] } else { accounts }
    });
    let signature =
        if manifest.signers.is_some() { renderer.signature() } else { SignatureFormat::Unsigned };
    if entry.signature != signature.id() {
        judge.fault(
            place,
            format!(
                "the manifest says `{}` of its signature, which is `{}`",
                entry.signature,
                signature.id()
            ),
        );
    }
    let Some(content) = signed_content(bytes, place, renderer, manifest, judge) else {
        return;
    };
    match (renderer.read(&content), expected) {
        (Err(error), _) => judge.fault(place, error),
        (Ok(says), _) if says.is_empty() => {}
        (Ok(says), Some(expected)) if says.len() != expected.len() => {
            judge.fault(place, format!("it has {} of {} accounts", says.len(), expected.len()));
        }
        (Ok(says), Some(expected)) => {
            for (says, expected) in says.iter().zip(expected) {
                for difference in says.disagreements(expected) {
                    judge.fault(
                        place,
                        format!(
                            "{} is `{}`; the bundle is for `{}`",
                            difference.setting, difference.this, difference.that
                        ),
                    );
                }
            }
        }
        (Ok(_), None) => {}
    }
}

/// The file without its signature, once that holds; `None` after a fault that hides the content.
fn signed_content(
    bytes: &[u8],
    place: &str,
    renderer: &dyn Renderer,
    manifest: &BundleManifest,
    judge: &mut Judge<'_>,
) -> Option<Vec<u8>> {
    let Some(signers) = &manifest.signers else {
        if renderer.signature() != SignatureFormat::Unsigned {
            judge.is_unsigned(place);
        }
        return Some(bytes.to_vec());
    };
    let (verified, signer): (Result<Verified, SignatureFault>, &SignerEntry) = match renderer
        .signature()
    {
        SignatureFormat::Unsigned => return Some(bytes.to_vec()),
        SignatureFormat::CmsAttached => (verify::profile(bytes, judge.trust), &signers.profiles),
        SignatureFormat::AuthenticodeScript => {
            (verify::script(bytes, judge.trust), &signers.scripts)
        }
    };
    match verified {
        Ok(verified) => {
            judge.signature_holds(&verified);
            if verified.signer.fingerprint != signer.sha256 {
                judge.fault(
                    place,
                    format!(
                        "`{}` signed it, and the manifest names another certificate",
                        verified.signer.subject
                    ),
                );
            }
            Some(verified.content)
        }
        Err(fault) => {
            judge.fault(place, &fault);
            // a broken chain leaves the content readable: it is still compared
            match (fault, renderer.signature()) {
                (SignatureFault::Chain { .. }, SignatureFormat::CmsAttached) => {
                    verify::profile_content(bytes).ok()
                }
                (SignatureFault::Chain { .. }, SignatureFormat::AuthenticodeScript) => {
                    Some(verify::script_content(bytes))
                }
                _ => None,
            }
        }
    }
}

/// The account of the manifest in the form in which files are compared.
fn stated(account: &AccountEntry) -> Option<Stated> {
    let server = |server: &ServerEntry| {
        Some(StatedServer {
            host: server.host.clone(),
            port: server.port,
            security: StatedSecurity::Exactly(Security::from_id(&server.security)?),
            username: server.username.clone(),
        })
    };
    Some(Stated {
        address: account.address.clone(),
        display_name: account.display_name.clone(),
        protocol: [IncomingProtocol::Imap, IncomingProtocol::Pop]
            .into_iter()
            .find(|p| p.id() == account.protocol)?,
        incoming: server(&account.incoming)?,
        outgoing: server(&account.outgoing)?,
    })
}
