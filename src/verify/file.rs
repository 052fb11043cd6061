//! A single profile or script, outside any bundle.

use super::Judge;
use crate::render::by_id;
use crate::sign::certificate::Use;
use crate::sign::verify;

/// Judges the file `place`.
pub(super) fn judge(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    judge.verdict.files += 1;
    let (verified, format, purpose) = match bytes {
        _ if verify::is_cms(bytes) => {
            (verify::profile(bytes, judge.trust), "apple-profile", Use::Profiles)
        }
        _ if bytes.starts_with(b"<?xml") || bytes.starts_with(b"bplist") => {
            return judge.is_unsigned(place);
        }
        _ if bytes.is_ascii() => {
            (verify::script(bytes, judge.trust), "windows-script", Use::Scripts)
        }
        _ => return judge.fault(place, "it is not a bundle, profile or script of mailmuster"),
    };
    match verified {
        Err(fault) => judge.fault(place, fault),
        Ok(verified) => {
            judge.signature_holds(place, &verified, purpose);
            let form = by_id(format).map(|renderer| renderer.check_form(&verified.content));
            if let Some(Err(error)) = form {
                judge.fault(place, error);
            }
        }
    }
}
