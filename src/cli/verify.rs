//! `mailmuster verify`

use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

use super::args::VerifyArgs;
use super::check::give_up;
use super::exit::Exit;
use super::message::Console;
use crate::clock::Clock;
use crate::diagnostic::{Count, Diagnostic};
use crate::sign::certificate::read_all;
use crate::sign::verify::Trust;
use crate::verify::{Fault, Verdict, verify};

pub(super) fn run(args: &VerifyArgs, console: &Console) -> Exit {
    let clock = match Clock::for_run(None) {
        Ok(clock) => clock,
        Err(error) => return give_up(console, &error),
    };
    let roots = match &args.ca {
        Some(file) => match std::fs::read(file)
            .map_err(|_| ())
            .and_then(|bytes| read_all(&bytes).map_err(|_| ()))
        {
            Ok(roots) if !roots.is_empty() => roots,
            _ => return give_up(console, &NoAuthority(file.clone())),
        },
        None => Vec::new(),
    };
    let trust = Trust::new(roots, clock.now());
    let mut on_fault = |fault: &Fault| {
        console.answer(fault);
        console.event(&FaultEvent { event: "fault", place: &fault.place, what: &fault.what });
    };
    match verify(&args.path, &trust, &mut on_fault) {
        Ok(verdict) => tell(&verdict, console),
        Err(error) => give_up(console, &error),
    }
}

fn tell(verdict: &Verdict, console: &Console) -> Exit {
    if verdict.trusted_itself {
        let names: Vec<&str> = verdict.anchors.iter().map(String::as_str).collect();
        console.note(&format_args!(
            "chains were followed up to {}, which the files bring themselves; --ca judges them by an authority of your own",
            names.join(" and ")
        ));
    }
    console.answer(&format_args!(
        "{}, {}, {} verified: {}",
        Count(verdict.bundles, "bundle"),
        Count(verdict.files, "file"),
        Count(verdict.signatures, "signature"),
        if verdict.faults == 0 {
            "all hold".to_owned()
        } else {
            Count(verdict.faults, "fault").to_string()
        },
    ));
    console.event(&VerdictEvent {
        event: "summary",
        bundles: verdict.bundles,
        files: verdict.files,
        signatures: verdict.signatures,
        faults: verdict.faults,
    });
    if verdict.faults == 0 { Exit::Done } else { Exit::SomeFailed }
}

/// `--ca` without a certificate in it.
#[derive(Debug, Error)]
#[error("`{}` holds no certificate that can be read", .0.display())]
struct NoAuthority(PathBuf);

impl Diagnostic for NoAuthority {
    fn hint(&self) -> Option<String> {
        Some("give the authority's certificate, PEM or DER".to_owned())
    }
}

#[derive(Serialize)]
struct FaultEvent<'a> {
    event: &'static str,
    place: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct VerdictEvent {
    event: &'static str,
    bundles: u64,
    files: u64,
    signatures: u64,
    faults: u64,
}
