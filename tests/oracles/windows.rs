//! Scripts: osslsigncode judges the signature, a PowerShell grammar the form.

use tree_sitter::{Node, Parser};

use super::tool::{Tool, tool};
use super::unpacked;

const SCRIPT: &str = "windows/Set-MailAccount.ps1";

/// Scripts came with osslsigncode 2.8; Debian 12 has 2.5, its backports 2.9.
pub(super) fn knows_scripts(tool: &Tool) -> Result<(), String> {
    let output = tool.output(&["--version"]).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let version =
        text.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(',').to_owned();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if number >= (2, 8) {
        Ok(())
    } else {
        Err(format!(
            "version {version} does not know scripts; 2.8 or later is needed (Debian 12: from bookworm-backports)"
        ))
    }
}

#[test]
fn osslsigncode_verifies_the_script() {
    let (folder, files) = unpacked(SCRIPT);
    let Some(osslsigncode) = tool("osslsigncode", folder.path(), knows_scripts) else { return };
    for file in &files {
        let printed = osslsigncode.accepts(&["verify", "-CAfile", "id/ca.pem", "-in", file]);
        assert!(printed.contains("Signature verification: ok"), "{printed}");
    }
    let mut bytes = folder.read(&files[0]);
    bytes[10] ^= 1;
    folder.file("damaged.ps1", &bytes);
    osslsigncode.refuses(&["verify", "-CAfile", "id/ca.pem", "-in", "damaged.ps1"]);
    folder.file("unix.ps1", folder.text(&files[0]).replace("\r\n", "\n"));
    osslsigncode.refuses(&["verify", "-CAfile", "id/ca.pem", "-in", "unix.ps1"]);
}

#[test]
fn osslsigncode_verifies_fleet_scripts() {
    let folder = super::powershell::fleet();
    let Some(osslsigncode) = tool("osslsigncode", folder.path(), knows_scripts) else { return };
    let files: Vec<String> = folder
        .files("x")
        .iter()
        .filter(|path| path.ends_with(".ps1"))
        .map(|path| format!("x/{path}"))
        .collect();
    assert_eq!(files.len(), 6);
    for file in &files {
        let printed = osslsigncode.accepts(&["verify", "-CAfile", "id/ca.pem", "-in", file]);
        assert!(printed.contains("Signature verification: ok"), "{printed}");
        let good = folder.read(file);
        // in the help, and in the name of a Windows user
        let name = folder.text(file).find("CORP").unwrap();
        for at in [10, name] {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            folder.file("damaged.ps1", &bytes);
            osslsigncode.refuses(&["verify", "-CAfile", "id/ca.pem", "-in", "damaged.ps1"]);
        }
        assert_eq!(errors_in(&good), [""; 0], "{file}");
    }
}

#[test]
fn the_grammar_finds_no_error_and_would_find_one() {
    let (folder, files) = unpacked(SCRIPT);
    for file in &files {
        assert_eq!(errors_in(&folder.read(file)), [""; 0], "{file}");
    }
    let good = folder.text(&files[0]);
    for (from, to) in [("param(", "param"), ("function ", "function {"), ("'@\r\n", "\r\n")] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert_ne!(errors_in(bad.as_bytes()), [""; 0], "{from}");
    }
}

/// What the grammar cannot make sense of.
pub(super) fn errors_in(script: &[u8]) -> Vec<String> {
    fn walk(node: Node<'_>, found: &mut Vec<String>) {
        if node.is_error() || node.is_missing() {
            found.push(format!("line {}: {}", node.start_position().row + 1, node.kind()));
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            walk(child, found);
        }
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let mut found = Vec::new();
    walk(tree.root_node(), &mut found);
    found
}

#[test]
fn every_byte_is_ascii_and_every_line_ends_as_windows_wants_it() {
    for name in [SCRIPT, "windows/Set-Mail.cmd"] {
        let (folder, files) = unpacked(name);
        for file in &files {
            let bytes = folder.read(file);
            assert!(bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')), "{file}");
            let text = folder.text(file);
            assert_eq!(text.replace("\r\n", "").find(['\r', '\n']), None, "{file}");
        }
    }
}

#[test]
fn the_launcher_holds_nothing_of_the_row() {
    let (folder, files) = unpacked("windows/Set-Mail.cmd");
    for file in &files {
        assert_eq!(folder.read(file), folder.read(&files[0]));
    }
}
