//! The exit codes of the Windows script: what it ends with, what its help lists, what `docs/windows.md`
//! and the README of fleet scripts explain, and what its launchers say.

use std::collections::BTreeSet;

use super::page;

/// The launcher answers a double-click, without arguments. These codes come with arguments alone.
const OF_CALLERS: [u32; 3] = [1, 1005, 1010];

/// The numbers that follow `word` in `text`.
fn after(text: &str, word: &str) -> BTreeSet<u32> {
    let number = |rest: &str| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    text.split(word).skip(1).filter_map(number).collect()
}

#[test]
fn every_exit_code_of_the_script_is_explained_wherever_a_person_looks_it_up() {
    let script = page("templates/windows/Set-MailAccount.ps1");
    let ends: BTreeSet<u32> =
        ["New-Result ", "exit ", "$code = "].iter().flat_map(|word| after(&script, word)).collect();
    assert!(ends.len() > 10 && ends.contains(&1006), "{ends:?}");

    let first_number = |line: &str| line.split_whitespace().next()?.parse().ok();
    let help = script.split("Exit codes:").nth(1).and_then(|rest| rest.split("#>").next()).unwrap();
    let listed: BTreeSet<u32> =
        help.lines().filter(|line| line.starts_with("    ")).filter_map(first_number).collect();
    assert_eq!(listed, ends, "the help of the script");

    for name in ["docs/windows.md", "templates/fleet/README.md"] {
        let table: BTreeSet<u32> = after(&page(name), "\n| ");
        assert_eq!(table, ends, "{name}");
    }

    let launcher = page("templates/windows/Set-Mail.cmd");
    let mut answered = after(&launcher, "\"%code%\"==\"");
    // a script that was not allowed to run ends with 1
    answered.remove(&1);
    let wanted = ends.into_iter().filter(|code| !OF_CALLERS.contains(code));
    assert_eq!(answered, wanted.collect(), "Set-Mail.cmd");
}
