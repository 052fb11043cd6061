//! A single profile or script, outside any bundle.

use super::Judge;
use crate::render::by_id;
use crate::sign::verify::{self, SignatureFault};

/// Judges the file `place`.
pub(super) fn judge(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    judge.verdict.files += 1;
    let (verified, format) = match bytes {
        _ if verify::is_cms(bytes) => (verify::profile(bytes, judge.trust), "apple-profile"),
        _ if bytes.starts_with(b"<?xml") || bytes.starts_with(b"bplist") => {
            (Err(SignatureFault::Missing), "apple-profile")
        }
        _ if bytes.is_ascii() => (verify::script(bytes, judge.trust), "windows-script"),
        _ => return judge.fault(place, "it is no bundle, profile or script of mailmuster"),
    };
    match verified {
        Err(fault) => judge.fault(place, fault),
        Ok(verified) => {
            judge.signature_holds(&verified);
            if let Some(Err(error)) = by_id(format).map(|renderer| renderer.read(&verified.content))
            {
                judge.fault(place, error);
            }
        }
    }
}
