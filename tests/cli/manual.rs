//! `man` and `completions`.

use crate::support::Folder;

#[test]
fn man_writes_a_page_for_every_command_and_touches_nothing_else() {
    let folder = Folder::new();
    folder.file("man/ls.1", "of another program").file("man/mailmuster.1", "of an older version");
    let done = folder.run(["man", "man"]).exits(0);
    let files = folder.files("man");
    done.stdout_is(&format!("{} man pages in man\n", files.len() - 1)).stderr_is("");
    assert_eq!(folder.text("man/ls.1"), "of another program");
    let top = folder.text("man/mailmuster.1");
    for name in ["generate", "identity-new", "provider-import", "man"] {
        let page = folder.text(&format!("man/mailmuster-{name}.1"));
        assert!(page.starts_with(&format!(".TH mailmuster-{name} 1 \"\" \"mailmuster ")), "{page}");
        assert!(page.contains(".SH EXAMPLES") && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(
        top.contains(".SH \"EXIT STATUS\"") && top.contains("mailmuster\\-generate(1)"),
        "{top}"
    );
    let synopsis = ".SH SYNOPSIS\n\\fBmailmuster check\\fR [OPTIONS] <LIST>\n";
    let page = folder.text("man/mailmuster-check.1");
    assert!(page.contains(synopsis), "{page}");
    // the same again, for a second version
    folder.run(["man", "man"]).exits(0);
    assert_eq!(folder.files("man"), files);
}

#[cfg(unix)]
#[test]
fn every_user_may_read_a_man_page() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    folder.run(["man", "man"]).exits(0);
    let mode = std::fs::metadata(folder.path().join("man/mailmuster.1")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn a_folder_for_man_pages_that_cannot_be_one_is_an_error() {
    let folder = Folder::new();
    folder.file("file", "");
    let done = folder.run(["man", "file"]).exits(2);
    done.stderr_is("error: `file` is not a folder\n  hint: name a folder\n");
    assert_eq!(folder.files(""), ["file"]);
}

#[test]
fn completions_are_printed_for_each_shell() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = folder.run(["completions", shell]).exits(0);
        done.stdout_has("generate").stdout_has("sign-cert").stderr_is("");
    }
    folder.run(["completions", "cmd"]).exits(2).stderr_has("[possible values: bash");
}
