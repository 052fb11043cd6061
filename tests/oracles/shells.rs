//! Shells read the completions, and mandoc the man pages.

use super::support::Folder;
use super::tool::{Tool, runs, tool};

/// The completions for `shell`, in the file `name`.
fn completions(folder: &Folder, shell: &str, name: &str) {
    let script = folder.run(["completions", shell]).exits(0).stdout;
    folder.file(name, script);
}

/// A second file whose last line has a quote too many.
fn damaged(folder: &Folder, name: &str) -> String {
    let broken = format!("broken-{name}");
    folder.file(&broken, format!("{}\nif '\n", folder.text(name)));
    broken
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = Folder::new();
    let Some(bash) = tool("bash", folder.path(), runs(&["--version"])) else { return };
    completions(&folder, "bash", "c.bash");
    bash.accepts(&["-n", "c.bash"]);
    let broken = damaged(&folder, "c.bash");
    bash.refuses(&["-n", &broken]);
    // what bash does at the Tab key, bash(1) "Programmable Completion"
    let complete = |words: &str, at: usize| {
        let script = format!(
            "source c.bash; COMP_WORDS=({words}); COMP_CWORD={at}; \
             _mailmuster mailmuster \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{}]}}\"; echo \"${{COMPREPLY[*]}}\"",
            at - 1
        );
        bash.accepts(&["-c", &script])
    };
    assert_eq!(complete("mailmuster gen", 1).trim(), "generate");
    assert_eq!(complete("mailmuster identity re", 2).trim(), "renew");
    assert_eq!(complete("mailmuster verify --sig", 2).trim(), "--signer");
}

#[test]
fn zsh_completes_commands() {
    let folder = Folder::new();
    let Some(zsh) = tool("zsh", folder.path(), runs(&["--version"])) else { return };
    completions(&folder, "zsh", "_mailmuster");
    zsh.accepts(&["-n", "_mailmuster"]);
    let broken = damaged(&folder, "_mailmuster");
    zsh.refuses(&["-n", &broken]);
    // the file defines the function that compinit registers, zshcompsys(1)
    let script =
        "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; print $_comps[mailmuster]";
    assert_eq!(zsh.accepts(&["-f", "-c", script]).trim(), "_mailmuster");
}

#[test]
fn fish_completes_commands_and_options() {
    let folder = Folder::new();
    let Some(fish) = tool("fish", folder.path(), runs(&["--version"])) else { return };
    completions(&folder, "fish", "c.fish");
    fish.accepts(&["--no-execute", "c.fish"]);
    let broken = damaged(&folder, "c.fish");
    fish.refuses(&["--no-execute", &broken]);
    let complete = |line: &str| {
        let script = format!("source c.fish; complete --do-complete '{line}'");
        fish.accepts(&["--no-config", "-c", &script])
    };
    assert!(
        complete("mailmuster gen").starts_with("generate\tMake"),
        "{}",
        complete("mailmuster gen")
    );
    assert!(complete("mailmuster verify --sig").starts_with("--signer\t"));
}

#[test]
fn powershell_completes_commands_and_options() {
    let folder = Folder::new();
    let Some(pwsh) = tool("pwsh", folder.path(), runs(&["-NoProfile", "-Command", "exit 0"]))
    else {
        return;
    };
    completions(&folder, "powershell", "c.ps1");
    let complete = |line: &str| {
        let script = format!(
            "$ErrorActionPreference = 'Stop'; . ./c.ps1; \
             (TabExpansion2 '{line}' {}).CompletionMatches.CompletionText",
            line.len()
        );
        pwsh.accepts(&["-NoProfile", "-Command", &script])
    };
    assert_eq!(complete("mailmuster gen").trim(), "generate");
    assert_eq!(complete("mailmuster verify --sig").trim(), "--signer");
    let broken = damaged(&folder, "c.ps1");
    pwsh.refuses(&[
        "-NoProfile",
        "-Command",
        &format!("$ErrorActionPreference = 'Stop'; . ./{broken}"),
    ]);
}

#[test]
fn mandoc_finds_no_fault_in_a_man_page() {
    let folder = Folder::new();
    let there = |tool: &Tool| tool.output(&["-T", "lint"]).map(drop).map_err(|it| it.to_string());
    folder.run(["man", "man"]).exits(0);
    let Some(mandoc) = tool("mandoc", folder.path(), there) else { return };
    let files = folder.files("man");
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        // `-W warning` also counts a page without date, which pages of a reproducible build are
        mandoc.accepts(&["-T", "lint", "-W", "error", &format!("man/{file}")]);
        let text = mandoc.accepts(&["-T", "utf8", &format!("man/{file}")]);
        assert!(text.contains("mailmuster 0."), "{text}");
    }
    folder.file("broken.1", folder.text("man/mailmuster.1").replace(".SH NAME", ".de x\n.SH NAME"));
    mandoc.refuses(&["-T", "lint", "-W", "error", "broken.1"]);
}
