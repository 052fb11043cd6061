//! Packages for Intune, opened by a reader in Python that knows the published form alone.

use super::support::{Folder, project};
use super::tool::{Tool, runs, tool};

fn python(folder: &Folder) -> Option<Tool> {
    tool("openssl", folder.path(), runs(&["version"]))?;
    tool("python3", folder.path(), runs(&["--version"]))
}

/// An export with two parts.
fn exported() -> Folder {
    let folder = Folder::new();
    let people: String =
        (1..=40).map(|n| format!("user{n}@q.com,CORP\\user{n},user{n}@q.com\n")).collect();
    folder.file("staff.csv", format!("email,directory_user,directory_email\n{people}"));
    folder.identity();
    let sign = ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem", "--script-size", "88000"];
    let export = ["export", "intune", "staff.csv", "--out", "x", "--no-config"];
    folder.run(export.iter().chain(&sign)).exits(0);
    folder
}

#[test]
fn a_reader_by_the_published_form_opens_the_packages_and_refuses_a_flipped_byte() {
    let folder = exported();
    let Some(python) = python(&folder) else { return };
    let judge = project("tests/oracles/intunewin.py");
    let judge = judge.to_str().unwrap();
    let packages: Vec<String> =
        folder.files("x").into_iter().filter(|path| path.ends_with(".intunewin")).collect();
    assert!(packages.len() > 1, "{packages:?}");
    for package in &packages {
        let part = package.trim_start_matches("windows/Mail-").trim_end_matches(".intunewin");
        let printed = python.accepts(&[judge, &format!("x/{package}"), "x/windows"]);
        assert_eq!(printed.trim(), format!("3 files, setup file Install-Mail-{part}.ps1"));
    }
    let good = folder.read(&format!("x/{}", packages[0]));
    // the content, the XML at its end, and bytes all over the file
    let places = (0..24).map(|n| 60 + n * (good.len() - 400) / 24);
    for at in places.chain([good.len() - 500, good.len() - 300]) {
        let mut changed = good.clone();
        changed[at] ^= 4;
        folder.file("changed.intunewin", &changed);
        let printed = python.refuses(&[judge, "changed.intunewin", "x/windows"]);
        folder.run(["verify", "changed.intunewin"]).exits(1);
        assert!(printed.contains("changed.intunewin: "), "{at}: {printed}");
    }
    let script = &folder.files("x/windows")[0];
    folder.file(&format!("x/windows/{script}"), "exit 0\r\n");
    python.refuses(&[judge, &format!("x/{}", packages[0]), "x/windows"]);
}
