//! `README.md` of the export: what an agent is given, and what its exit code means.

use minijinja::context;

use super::Whose;
use crate::render;

const README: &str = include_str!("../../templates/fleet/README.md");

/// For the scripts of people who left.
const REMOVE: &str = include_str!("../../templates/fleet/REMOVE.md");

/// Who has signed the scripts of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignedBy {
    /// An identity that the user named, which PCs can be made to trust.
    Given,
    /// The development identity, which no PC trusts.
    Development,
    Nobody,
}

/// The numbers of an export.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    pub(crate) people: usize,
    /// A power of two.
    pub(crate) parts: usize,
    /// The numbers of the parts that have people, from 1.
    pub(crate) filled: Vec<usize>,
    /// The first of them, as in file names.
    pub(crate) first: &'a str,
    /// The size of the largest script, in bytes.
    pub(crate) largest: usize,
    pub(crate) signed_by: SignedBy,
    /// The day on which the signatures end, if they have no time stamp.
    pub(crate) ends: Option<String>,
    /// Whether there are files for Thunderbird.
    pub(crate) has_thunderbird: bool,
}

/// The text of README.md.
pub(crate) fn readme(whose: Whose, numbers: Numbers<'_>) -> Result<String, minijinja::Error> {
    let Numbers {
        provider,
        people,
        parts,
        filled,
        first,
        largest,
        signed_by,
        ends,
        has_thunderbird,
    } = numbers;
    let is_trusted = signed_by == SignedBy::Given;
    let filled: Vec<String> = filled.iter().map(ToString::to_string).collect();
    let values = context! {
        provider, people, parts, first, largest, ends,
        filled => filled.join(" "),
        thunderbird => has_thunderbird,
        trusted => is_trusted,
        development => signed_by == SignedBy::Development,
        policy => if is_trusted { "AllSigned" } else { "Bypass" },
    };
    let page = match whose {
        Whose::Staff => README,
        Whose::Leavers => REMOVE,
    };
    render::readme::render(page, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 400 people in two parts, signed by a given identity.
    fn numbers() -> Numbers<'static> {
        Numbers {
            provider: "Acme",
            people: 400,
            parts: 2,
            filled: vec![1, 2],
            first: "1-of-2",
            largest: 161_234,
            signed_by: SignedBy::Given,
            ends: Some("2028-11-29".to_owned()),
            has_thunderbird: true,
        }
    }

    #[test]
    fn the_readme_has_the_numbers_and_the_policy_that_fits() {
        let signed = readme(Whose::Staff, numbers()).unwrap();
        let line = r#"powershell.exe -NoProfile -ExecutionPolicy AllSigned -File "C:\Mail\Install-Mail-1-of-2.ps1""#;
        assert!(signed.contains(line) && signed.contains("400 people"), "{signed}");
        assert!(signed.contains("161234 bytes") && !signed.contains("[["), "{signed}");
        assert!(signed.contains("thunderbird/isp"));
        let alone = || Numbers { parts: 1, filled: vec![1], first: "1-of-1", ..numbers() };
        let without = Numbers { signed_by: SignedBy::Nobody, has_thunderbird: false, ..alone() };
        let unsigned = readme(Whose::Staff, without).unwrap();
        assert!(
            !unsigned.contains("AllSigned -File") && unsigned.contains("not signed"),
            "{unsigned}"
        );
        assert!(!unsigned.contains("thunderbird/isp"));
        // a batch file where there are several parts only
        let batch = r#"for %%N in (1 2) do call :part "C:\Mail\Install-Mail-%%N-of-2.ps1""#;
        assert!(signed.contains(batch) && !unsigned.contains(":part"), "{signed}");
        let leavers = readme(Whose::Leavers, numbers()).unwrap();
        assert!(leavers.contains("Remove-Mail-1-of-2.ps1") && !leavers.contains("[["), "{leavers}");
        assert!(!leavers.contains("Install-Mail"), "{leavers}");
    }

    #[test]
    fn no_command_asks_for_a_signer_that_no_pc_trusts() {
        for whose in [Whose::Staff, Whose::Leavers] {
            let by = |signed_by| readme(whose, Numbers { signed_by, ..numbers() }).unwrap();
            let text = by(SignedBy::Development);
            assert!(text.contains("-ExecutionPolicy Bypass -File"), "{text}");
            assert!(text.contains("the development identity, which no PC trusts"), "{text}");
            assert!(!text.contains("-ExecutionPolicy AllSigned"), "{text}");
            assert!(!by(SignedBy::Given).contains("development identity"));
        }
    }

    #[test]
    fn the_readme_says_when_signatures_end() {
        for whose in [Whose::Staff, Whose::Leavers] {
            let text = readme(whose, numbers()).unwrap();
            assert!(text.contains("on 2028-11-29") && !text.contains("time stamp,"), "{text}");
            let text = readme(whose, Numbers { ends: None, ..numbers() }).unwrap();
            assert!(text.contains("Each signature has a time stamp, and outlives"), "{text}");
        }
    }
}
