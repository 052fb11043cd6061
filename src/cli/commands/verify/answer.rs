//! The answer of `mailmuster verify`: what holds, and what that rests on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::message::Console;
use crate::diagnostic::{Count, Grouped, Notice, Shown};
use crate::sign::verify::Anchor;
use crate::verify::{SeenSigner, SeenStamps, Verdict};

/// What an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The authority that `--ca` names.
    Authority,
    /// The certificate that `--signer` names by its digest.
    Signer,
    /// The certificates inside the files alone.
    Nothing,
}

/// Prints the answer and what it rests on: with `--quiet` too, for the one means nothing without the
/// other.
pub(super) fn print(verdict: &Verdict, basis: Basis, console: &Console) -> Exit {
    for (sha256, signer) in &verdict.signers {
        let signed = signer.signed.iter().copied().collect::<Vec<_>>().join(", ");
        console.answer(&format_args!("signed by {} (SHA-256 {sha256}): {signed}", signer.subject));
    }
    if !verdict.signers.is_empty() {
        console.answer(&authority_line(verdict, basis));
    }
    answer_stamps(verdict, console);
    if !verdict.unvouched.is_empty() {
        console.answer(&format_args!("nothing vouches for {}", counted(&verdict.unvouched)));
    }
    for export in &verdict.transport {
        console.answer(&format_args!(
            "{export}: the scripts are what is signed; profiles and other files are transport for the MDM or agent, and were compared with the export's own list alone",
        ));
    }
    if !verdict.other_versions.is_empty() {
        console.answer(&format_args!(
            "compared by what they say, not made again: bundles of {}",
            counted(&verdict.other_versions)
        ));
    }
    if let (0, Some(form)) = (verdict.faults, verdict.form) {
        console.answer(&format_args!(
            "form checked, no signature: {form}; anybody can write such a file"
        ));
    } else {
        answer_counted(verdict, basis, console);
    }
    console.event(&VerdictEvent {
        event: "summary",
        bundles: verdict.bundles,
        files: verdict.files,
        signatures: verdict.signatures,
        unsigned: verdict.unsigned,
        signers: verdict
            .signers
            .iter()
            .map(|(sha256, SeenSigner { subject, signed })| SignerEvent { subject, sha256, signed })
            .collect(),
        authority: (basis == Basis::Authority).then_some(&verdict.authorities),
        time_stamps: verdict
            .stamps
            .iter()
            .map(|(sha256, SeenStamps { authority, anchor, count })| StampsEvent {
                authority,
                sha256,
                under: match anchor {
                    Anchor::Given(name) => Some(name),
                    Anchor::Inside(_) => None,
                },
                count: *count,
            })
            .collect(),
        ended: verdict.ended,
        unvouched: paths(&verdict.unvouched),
        other_versions: &verdict.other_versions,
        faults: verdict.faults,
    });
    if verdict.faults == 0 { Exit::Done } else { Exit::SomeFailed }
}

/// The time stamps, and what rests on them.
fn answer_stamps(verdict: &Verdict, console: &Console) {
    for (sha256, SeenStamps { authority, anchor, count }) in &verdict.stamps {
        let judged = match anchor {
            Anchor::Given(name) => format!("under {name}"),
            Anchor::Inside(_) => {
                "whose authority was not judged: --timestamp-ca names one".to_owned()
            }
        };
        console.answer(&format_args!(
            "{} by {authority} (SHA-256 {sha256}), {judged}",
            Count(*count, "time stamp")
        ));
    }
    if verdict.ended > 0 {
        console.answer(&format_args!(
            "{} by the time stamp: the certificate has ended since",
            match verdict.ended {
                1 => "1 signature holds".to_owned(),
                ended => format!("{} signatures hold", Grouped(ended)),
            }
        ));
    }
}

/// What was verified, how much of it holds, and on what that rests.
fn answer_counted(verdict: &Verdict, basis: Basis, console: &Console) {
    console.answer(&format_args!(
        "{}, {}, {} verified: {}",
        Count(verdict.bundles, "bundle"),
        Count(verdict.files, "file"),
        Count(verdict.signatures, "signature"),
        match (verdict.faults, basis) {
            (0, _) if is_export(verdict) =>
                "all are as the export lists them; nothing is signed".to_owned(),
            (0, Basis::Authority) if !verdict.transport.is_empty() =>
                "all signatures hold under the authority of --ca".to_owned(),
            (0, Basis::Authority) => "all hold under the authority of --ca".to_owned(),
            (0, Basis::Signer) if !verdict.transport.is_empty() =>
                "all signatures hold for the signer of --signer".to_owned(),
            (0, Basis::Signer) => "all hold for the signer of --signer".to_owned(),
            (0, Basis::Nothing) => "all hold, but nobody vouches for the signer".to_owned(),
            (faults, _) => Count(faults, "fault").to_string(),
        },
    ));
    if basis == Basis::Nothing && verdict.form.is_none() && !is_export(verdict) {
        console.notice(
            &Notice::note(
                "own-authority",
                "no authority was given: anybody can make such signatures",
            )
            .with_hint(
                "give the authority's certificate with --ca, or the signer's SHA-256 with --signer",
            ),
        );
    }
}

/// Whether nothing but the files of exports was judged, which have no signatures.
fn is_export(verdict: &Verdict) -> bool {
    verdict.bundles == 0 && verdict.signatures == 0 && verdict.form.is_none()
}

fn authority_line(verdict: &Verdict, basis: Basis) -> String {
    let words = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("; ");
    match basis {
        Basis::Authority => format!("authority: {}", words(&verdict.authorities)),
        Basis::Signer | Basis::Nothing => format!(
            "authority: none was given; the certificates in the files end at {}",
            words(&verdict.own_anchors)
        ),
    }
}

/// `START-HERE.html (2,000 times), report.csv`
fn counted(names: &BTreeMap<String, u64>) -> String {
    let one = |(name, count): (&String, &u64)| match count {
        1 => Shown(name).to_string(),
        _ => format!("{} ({} times)", Shown(name), Grouped(*count)),
    };
    names.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn paths(names: &BTreeMap<String, u64>) -> Vec<PathEvent<'_>> {
    names.iter().map(|(path, files)| PathEvent { path, files: *files }).collect()
}

#[derive(Serialize)]
struct VerdictEvent<'a> {
    event: &'static str,
    bundles: u64,
    files: u64,
    signatures: u64,
    unsigned: u64,
    signers: Vec<SignerEvent<'a>>,
    /// The authorities under which signatures hold; `null` where none was given.
    authority: Option<&'a BTreeSet<String>>,
    time_stamps: Vec<StampsEvent<'a>>,
    /// Signatures that hold by their time stamp alone.
    ended: u64,
    unvouched: Vec<PathEvent<'a>>,
    other_versions: &'a BTreeMap<String, u64>,
    faults: u64,
}

#[derive(Serialize)]
struct SignerEvent<'a> {
    subject: &'a str,
    sha256: &'a str,
    signed: &'a BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct StampsEvent<'a> {
    authority: &'a str,
    sha256: &'a str,
    /// The certificate of --timestamp-ca where its chain ends; `null` where none was given.
    under: Option<&'a str>,
    count: u64,
}

#[derive(Serialize)]
struct PathEvent<'a> {
    path: &'a str,
    files: u64,
}
