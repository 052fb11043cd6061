//! Who signed, what the answer rests on, and what cannot be judged.

use super::{BUNDLE, made};
use crate::support::{ADA, Folder};

#[test]
fn the_signer_is_named() {
    let folder = made();
    folder
        .run(["verify", "out", "--ca", "id/ca.pem"])
        .exits(0)
        .stdout_has("signed by CN=Test Signer (SHA-256 ")
        .stdout_has("): manifest.jsonl, profiles, scripts\nauthority: CN=Test Signer CA\n");
}

#[test]
fn a_stranger_s_authority_is_no_anchor() {
    let folder = made();
    folder.run(["identity", "new", "--out", "stranger"]).exits(0);
    let done = folder.run(["verify", "out", "--ca", "stranger/ca.pem"]).exits(1);
    assert_eq!(
        done.stdout.matches("the chain of `CN=Test Signer` does not hold: ").count(),
        3,
        "{}",
        done.stdout
    );
    folder
        .run(["verify", "out"])
        .exits(0)
        .stdout_has(
            "authority: none was given; the certificates in the files end at CN=Test Signer\n",
        )
        .stdout_has("all hold, but nobody vouches for the signer");
}

#[test]
fn a_folder_is_compared_with_its_manifest() {
    let folder = made();
    folder.file("out/bundles/stranger.zip", "PK");
    folder.run(["verify", "out"]).exits(1).stdout_has("stranger.zip: it is not a file of this run");
    #[expect(clippy::disallowed_methods, reason = "the test damages its own files")]
    std::fs::remove_file(folder.path().join(BUNDLE)).unwrap();
    folder.run(["verify", "out"]).exits(1).stdout_has("ada_centurylink.net.zip: it is missing");
}

#[test]
fn what_cannot_be_judged_is_reported() {
    let folder = made();
    folder.file("empty/x", "").file("text.txt", "é");
    folder.run(["verify", "empty", "--quiet"]).exits(2).stderr_is(
        "error: `empty` has no manifest.jsonl\n  hint: name the folder of a finished run, a bundle (.zip), a profile or a script",
    );
    folder
        .run(["verify", "text.txt"])
        .exits(1)
        .stdout_has("text.txt: it is not a file that mailmuster makes");
    folder.run(["verify", "none"]).exits(2).stderr_has("error: there is no file `none`\n");
    folder.file("broken.zip", &folder.read(BUNDLE)[..500]);
    folder.run(["verify", "broken.zip"]).exits(1).stdout_has("broken.zip: it is not");
    folder
        .run(["verify", "out", "--ca", "text.txt"])
        .exits(2)
        .stderr_has("`text.txt` holds no certificate");
}

/// Autodiscover files, sheets and launchers are never signed: their form is judged, and nothing more.
#[test]
fn a_single_file_of_a_format_without_signature_is_judged_by_its_form() {
    let folder = made();
    for (path, file, shown) in [
        (
            "android/autodiscover.xml",
            "autodiscover.xml",
            "every byte is as this version of mailmuster writes it",
        ),
        (
            "android/config-v1.1.xml",
            "config-v1.1.xml",
            "every byte is as this version of mailmuster writes it",
        ),
        (
            "windows/Set-Mail.cmd",
            "Set-Mail.cmd",
            "every byte is as this version of mailmuster writes it",
        ),
        (
            "START-HERE.html",
            "START-HERE.html",
            "its settings can be read, and the rest was not compared",
        ),
    ] {
        folder.file(file, folder.in_bundle(BUNDLE, path));
        let done = folder.run(["verify", file]).exits(0);
        done.stdout_is(&format!(
            "nothing vouches for {file}\nform checked, no signature: {shown}; anybody can write such a file"
        ))
        .stderr_is("");
    }
    let xml = folder.text("autodiscover.xml");
    folder.file("more.xml", xml.replace("<Action>", "<Action/><Action>"));
    folder.run(["verify", "more.xml"]).exits(1).stdout_is(
        "more.xml: it holds more than mailmuster writes for these settings\n\
         0 bundles, 1 file, 0 signatures verified: 1 fault",
    );
}

/// A user who names an authority or a signer must not take a form for a signature.
#[test]
fn no_form_passes_where_a_signer_was_named() {
    let folder = made();
    folder.file("autodiscover.xml", folder.in_bundle(BUNDLE, "android/autodiscover.xml"));
    let digest = "0".repeat(64);
    for named in [["--ca", "id/ca.pem"], ["--signer", &digest]] {
        let args = ["verify", "autodiscover.xml", named[0], named[1]];
        folder.run(args).exits(1).stdout_is(
            "autodiscover.xml: no file of the format `android-autodiscover` is signed: --ca and --signer cannot be met; verify its bundle or the folder of its run\n\
             nothing vouches for autodiscover.xml\n\
             0 bundles, 1 file, 0 signatures verified: 1 fault",
        );
    }
}

#[test]
fn an_authority_whose_pem_is_cut_off_is_refused_with_its_line() {
    let folder = Folder::new();
    folder.identity().file("list.csv", ADA);
    folder.generate("list.csv", &[]).exits(0);
    let ca = folder.text("id/ca.pem");
    folder.file("cut.pem", format!("# our authority\n{}", &ca[..ca.len() / 2]));
    folder.run(["verify", "out", "--ca", "cut.pem"]).exits(2).stderr_has(
        "error: `cut.pem` cannot be read: the certificate that begins in line 2 is cut off",
    );
}
