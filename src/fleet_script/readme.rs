//! `README.md` of the export: what an agent is given, and what its exit code means.

use minijinja::context;

use super::Whose;
use crate::render;

const README: &str = include_str!("../../templates/fleet/README.md");

/// For the scripts of people who left.
const REMOVE: &str = include_str!("../../templates/fleet/REMOVE.md");

/// The numbers of an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    pub(crate) people: usize,
    /// A power of two.
    pub(crate) parts: usize,
    /// The first part that has people, as in file names.
    pub(crate) first: &'a str,
    /// The size of the largest script, in bytes.
    pub(crate) largest: usize,
    pub(crate) is_signed: bool,
    /// Whether there are files for Thunderbird.
    pub(crate) has_thunderbird: bool,
}

/// The text of README.md.
pub(crate) fn readme(whose: Whose, numbers: Numbers<'_>) -> Result<String, minijinja::Error> {
    let Numbers { provider, people, parts, first, largest, is_signed, has_thunderbird } = numbers;
    let values = context! {
        provider, people, parts, first, largest, thunderbird => has_thunderbird, signed => is_signed,
        policy => if is_signed { "AllSigned" } else { "Bypass" },
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

    #[test]
    fn the_readme_has_the_numbers_and_the_policy_that_fits() {
        let numbers = Numbers {
            provider: "Acme",
            people: 400,
            parts: 2,
            first: "1-of-2",
            largest: 161_234,
            is_signed: true,
            has_thunderbird: true,
        };
        let signed = readme(Whose::Staff, numbers).unwrap();
        let line = r#"powershell.exe -NoProfile -ExecutionPolicy AllSigned -File "C:\Mail\Install-Mail-1-of-2.ps1""#;
        assert!(signed.contains(line) && signed.contains("400 people"), "{signed}");
        assert!(signed.contains("161234 bytes") && !signed.contains("[["), "{signed}");
        assert!(signed.contains("thunderbird/isp"));
        let without = Numbers {
            is_signed: false,
            parts: 1,
            first: "1-of-1",
            has_thunderbird: false,
            ..numbers
        };
        let unsigned = readme(Whose::Staff, without).unwrap();
        assert!(
            !unsigned.contains("AllSigned -File") && unsigned.contains("not signed"),
            "{unsigned}"
        );
        // a batch file where there are several parts only
        let batch = r#"for %%F in ("C:\Mail\Install-Mail-*-of-2.ps1") do call :part "%%F""#;
        assert!(signed.contains(batch) && !unsigned.contains(":part"), "{signed}");
        assert!(!unsigned.contains("thunderbird/isp"));
        let leavers = readme(Whose::Leavers, numbers).unwrap();
        assert!(leavers.contains("Remove-Mail-1-of-2.ps1") && !leavers.contains("[["), "{leavers}");
        assert!(!leavers.contains("Install-Mail"), "{leavers}");
    }
}
