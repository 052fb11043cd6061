//! A single file, outside any bundle.

use super::Judge;
use crate::render::recognize;
use crate::sign::verify::{Envelope, SignatureFault, open};

/// Of the lists in a folder, such as `report.csv`, none can be judged alone.
const UNKNOWN: &str = "it is not a file that mailmuster makes";

/// Judges the file `place`.
pub(super) fn judge(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    judge.verdict.files += 1;
    judge_counted(bytes, place, judge);
}

/// Judges the file `place`, which is counted already.
pub(super) fn judge_counted(bytes: &[u8], place: &str, judge: &mut Judge<'_>) {
    let envelope = Envelope::of(bytes);
    let renderers = judge.criteria.renderers;
    let Some(renderer) = recognize(renderers, envelope.signature, envelope.content) else {
        return judge.fault(place, UNKNOWN);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::{Signed, bundle, judged, judged_by, person};

    fn faults(bytes: &[u8]) -> Vec<String> {
        judged(|it| judge(bytes, "x", it)).0
    }

    #[test]
    fn what_no_renderer_recognizes_is_not_ours() {
        let unknown = ["x: it is not a file that mailmuster makes"];
        for bytes in
            [&b""[..], b"email,name\n", b"<?xml version=\"1.0\"?><svg/>", b"\x7fELF", b"\xc3"]
        {
            assert_eq!(faults(bytes), unknown, "{bytes:?}");
        }
    }

    #[test]
    fn a_profile_or_script_without_signature_is_not_signed() {
        let files = bundle(&person(&["ada@q.com"])).files;
        for path in ["apple/CenturyLink Mail.mobileconfig", "windows/Set-MailAccount.ps1"] {
            assert_eq!(faults(&files[path]), ["x: it is not signed"], "{path}");
        }
        assert_eq!(faults(b"bplist00"), ["x: it is not signed"]);
    }

    #[test]
    fn a_signature_of_which_nothing_can_be_read_is_damaged_and_not_unknown() {
        let found = faults(&[0x30, 0x80, 0, 0]);
        assert_eq!(
            found,
            [
                "x: the signature is damaged: not DER at byte 0: a length is not in its shortest form"
            ]
        );
    }

    #[test]
    fn a_signed_profile_of_another_program_is_refused_by_its_form() {
        let signed = Signed::new();
        let profile = signed.profile(b"<?xml version=\"1.0\"?><plist><dict/></plist>");
        let (faults, verdict) = judged_by(signed.roots, &[], |it| judge(&profile, "x", it));
        assert_eq!(faults, ["x: it cannot be read: missing field `PayloadContent`"]);
        assert_eq!(verdict.signatures, 1);
    }
}
