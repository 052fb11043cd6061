//! A single file, outside any bundle.

use super::Judge;
use crate::render::recognize;
use crate::sign::verify::{Envelope, SignatureFault, open};

/// Judges the file `place`.
pub(super) fn judge(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    judge.verdict.files += 1;
    let envelope = Envelope::of(bytes);
    let renderers = judge.criteria.renderers;
    let Some(renderer) = recognize(renderers, envelope.signature, envelope.content) else {
        return judge.fault(place, "it is not a file that mailmuster writes");
    };
    let format = renderer.format();
    let opened = open(format.signature, bytes, judge.criteria.trust);
    match &opened.verdict {
        Err(SignatureFault::Missing) => return judge.is_unsigned(place),
        Err(fault) => return judge.fault(place, fault),
        Ok(Some(verified)) => {
            judge.signature_holds(place, verified);
        }
        Ok(None) => {}
    }
    let form = match renderer.check_form(opened.content.unwrap_or_default()) {
        Ok(form) => form,
        Err(error) => return judge.fault(place, error),
    };
    if matches!(opened.verdict, Ok(None)) {
        judge.verdict.note_unvouched(place);
        judge.verdict.form = Some(form);
        if judge.criteria.names_a_signer() {
            let why = format!(
                "no file of the format `{}` is signed: --ca and --signer cannot be met; verify its bundle or the folder of its run",
                format.id
            );
            judge.fault(place, why);
        }
    }
}
