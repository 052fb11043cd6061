//! The sheet is well-formed, asks nothing of the network, is valid HTML (vnu), and can be read by
//! everybody on a phone, in light and dark, and on paper (axe-core and measuring in Chromium).

use std::process::Output;

use mailmuster::domain::language::Language;

use super::support::{Folder, project};
use super::tool::{Tool, runs, tool};
use super::unpacked;

#[test]
fn the_sheet_is_well_formed() {
    let (folder, files) = unpacked("START-HERE.html");
    let Some(xmllint) = tool("xmllint", folder.path(), runs(&["--version"])) else { return };
    for file in &files {
        xmllint.accepts(&["--noout", "--nonet", file]);
    }
    folder.file("bad.html", folder.text(&files[0]).replace("</table>", ""));
    xmllint.refuses(&["--noout", "--nonet", "bad.html"]);
}

#[test]
fn the_sheet_needs_nothing_from_elsewhere() {
    let (folder, files) = unpacked("START-HERE.html");
    for file in &files {
        let text = folder.text(file);
        for part in ["src=", "<script", "<link", "url(", "@import", "<iframe", "<img"] {
            assert!(!text.contains(part), "{file}: {part}");
        }
    }
}

/// Sheets and removal pages in every language: of a person with two mailboxes, and with the longest values
/// there can be.
fn sheets() -> (Folder, Vec<String>) {
    let folder = Folder::new();
    let (label, rest) = ("x".repeat(63), "y".repeat(53));
    let longest = |tag: &str| {
        let local = format!("{tag}{}", "a".repeat(62));
        let address = format!("{local}@{label}.{label}.{rest}.example");
        assert_eq!(address.len(), 254);
        address
    };
    let host = format!("p3plzcpnl505555.prod-phx3.{label}.secureserver.net");
    let mut list = "email,name,id,language,imap.host\n".to_owned();
    for tag in Language::tags() {
        list.push_str(&format!("{tag}@centurylink.net,Áine O’Brien-Müller,{tag},{tag},\n"));
        list.push_str(&format!(
            "info-buero@münchen-{tag}.example,Áine O’Brien-Müller,{tag},{tag},outlook.office365.com\n"
        ));
        list.push_str(&format!("{},{},,{tag},{host}\n", longest(tag), "W".repeat(128)));
    }
    folder.file("list.csv", list);
    let long = ["--contact", &"W".repeat(200), "--organization", &"W".repeat(128)];
    let more = [&["--allow-other-domains"], &long[..]].concat();
    folder.generate("list.csv", &more).exits(0);
    let mut files = Vec::new();
    for bundle in folder.files("out/bundles") {
        let name = format!("{}.html", files.len());
        folder.file(&name, folder.in_bundle(&format!("out/bundles/{bundle}"), "START-HERE.html"));
        files.push(name);
    }
    folder.file("nobody.csv", "email\nnobody@centurylink.net\n");
    let leave = [&["--retire", "--max-leavers", "100%"], &long[..]].concat();
    folder.generate("nobody.csv", &leave).exits(0);
    for package in folder.files("out/retired").iter().filter(|it| it.ends_with(".removal.zip")) {
        let name = format!("{}.html", files.len());
        folder.file(&name, folder.in_bundle(&format!("out/retired/{package}"), "REMOVE-MAIL.html"));
        files.push(name);
    }
    assert_eq!(files.len(), 4 * Language::all().len());
    for tag in Language::tags() {
        let start = format!("<html lang=\"{tag}\"");
        assert_eq!(files.iter().filter(|file| folder.text(file).contains(&start)).count(), 4);
    }
    (folder, files)
}

fn judged(tool: &Tool, before: &[&str], files: &[&str]) -> (bool, String) {
    tool.says(&[before, files].concat())
}

/// For [`tool`]: `args` must succeed, or npm has fetched nothing.
fn answers(args: Vec<String>) -> impl Fn(&Tool) -> Result<(), String> {
    let why = |output: Output| {
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = printed.lines().find(|line| line.contains("Error"));
        format!("{} (npm ci in tests/oracles/data/sheet)", line.unwrap_or("it fails"))
    };
    move |tool| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match tool.output(&args) {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(why(output)),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[test]
fn everybody_can_read_the_sheet_on_a_phone_and_on_paper() {
    let (folder, files) = sheets();
    let judge = project("tests/oracles/data/sheet/judge.mjs").display().to_string();
    let probe = answers(vec![judge.clone(), "--probe".to_owned()]);
    let Some(node) = tool("node", folder.path(), probe) else { return };
    // each changed file, and what must be said about it
    let sound = folder.text(&files[0]);
    let mut bad = Vec::new();
    for (from, to, fault) in [
        ("<th scope=\"row\">", "<th scope=\"row\"></th><th>", "axe empty-table-header"),
        ("--soft: #474747", "--soft: #b0b0b0", "axe color-contrast"),
        ("--soft: #bdc1c6", "--soft: #40444a", "dark 320: axe color-contrast"),
        ("<main>", "<main><p style=\"width: 600px\">x</p>", "320: overflow: 6"),
        ("<main>", "<div>", "axe landmark-one-main"),
        (
            "code { ",
            "code { word-break: break-all; font-size: 40px !important; ",
            "broken: centurylink",
        ),
        (
            "caption { ",
            "th { word-break: break-all; max-width: 1.5em; } caption { ",
            "320: broken:",
        ),
        ("@page { margin: 12mm; }", "table { border-right: 0; }", "print 703: no right border"),
        ("@page { margin: 12mm; }", "table { width: 120%; }", "a border is outside the paper"),
        (".by-hand { display: none;", ".by-hand {", "typing by hand shows to everybody"),
        (".by-hand:target { display: block; }", "", "typing by hand does not show"),
        (":root { color-scheme: light;", ":root { --page: #000;", "the paper is dark"),
    ] {
        let changed = sound.replacen(from, to, 1);
        let changed = if from == "<main>" && to == "<div>" {
            changed.replace("</main>", "</div>")
        } else {
            changed
        };
        assert_ne!(changed, sound, "{from}");
        let name = format!("bad-{}.html", bad.len());
        folder.file(&name, changed);
        bad.push((name, fault));
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (yes, printed) = judged(&node, &[&judge], &files);
    assert!(yes && printed.is_empty(), "{printed}");
    let names: Vec<&str> = bad.iter().map(|(name, _)| name.as_str()).collect();
    let (yes, printed) = judged(&node, &[&judge], &names);
    assert!(!yes);
    for (name, fault) in &bad {
        let found = printed.lines().any(|line| line.starts_with(name) && line.contains(fault));
        assert!(found, "{name} {fault}:\n{printed}");
    }
}

#[test]
fn the_sheet_is_valid_html() {
    let (folder, files) = sheets();
    let jar = "tests/oracles/data/sheet/node_modules/vnu-jar/build/dist/vnu.jar";
    let jar = project(jar).display().to_string();
    let probe = answers(["-jar", &jar, "--version"].map(str::to_owned).to_vec());
    let Some(java) = tool("java", folder.path(), probe) else { return };
    // the page is XML as well, so that it can be read back: its void elements end in a slash
    let slash = ".*Trailing slash on void elements.*";
    let vnu = ["-jar", &jar, "--Werror", "--format", "gnu", "--filterpattern", slash];
    let sound = folder.text(&files[0]);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (yes, printed) = judged(&java, &vnu, &files);
    assert!(yes && printed.trim().is_empty(), "{printed}");
    for (from, to) in [
        ("<title>", "<meta name=\"title\" content=\"x\" /><!-- "),
        ("scope=\"row\"", "scope=\"line\""),
        ("<caption>", "<p>x</p><caption>"),
    ] {
        let changed = sound
            .replacen(from, to, 1)
            .replace("</title>", if from == "<title>" { "-->" } else { "</title>" });
        folder.file("bad.html", changed);
        let (yes, printed) = judged(&java, &vnu, &["bad.html"]);
        assert!(!yes && !printed.trim().is_empty(), "{to}");
    }
}
