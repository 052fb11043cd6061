//! PowerShell itself judges the script: its parser, the suite in `tests/powershell`, .NET's signatures, the
//! Windows build under Wine; and Thunderbird the files that the script writes.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailmuster::domain::email::EmailAddress;
use mailmuster::domain::identifier::ReverseDns;
use mailmuster::domain::language::Language;
use mailmuster::domain::name::{DisplayName, LoginName};
use mailmuster::domain::person::Person;
use mailmuster::domain::server::IncomingProtocol;
use mailmuster::provider::{Policy, Provider, Resolver};
use mailmuster::render::{Part, RENDERERS, Setup, SigningMode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::support::{Folder, SIGN, project};
use super::tool::{Tool, runs, tool};
use super::unpacked;

const SCRIPT: &str = "windows/Set-MailAccount.ps1";
const TEMPLATE: &str = "templates/windows/Set-MailAccount.ps1";

fn pwsh(folder: &Folder) -> Option<Tool> {
    tool("pwsh", folder.path(), runs(&["-NoProfile", "-Command", "exit 0"]))
}

fn helper(name: &str) -> String {
    project(&format!("tests/powershell/{name}")).to_str().unwrap().to_owned()
}

/// The template with `from` replaced, as a file in `folder`.
fn changed(folder: &Folder, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(project(TEMPLATE)).unwrap();
    assert!(text.contains(from), "{from}");
    folder.file("changed.ps1", text.replacen(from, to, 1));
    folder.path().join("changed.ps1").to_str().unwrap().to_owned()
}

/// `bash` with environment variables, which runs one of the scripts in `tests/powershell`.
fn bash(
    folder: &Folder,
    variables: &[(&str, &str)],
    script: &str,
    files: &[&str],
) -> (bool, String) {
    let mut command = std::process::Command::new("bash");
    command.arg(helper(script)).args(files).current_dir(folder.path());
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn the_suite_passes_and_fails_on_a_script_that_trusts_a_users_folder() {
    let folder = Folder::new();
    if pwsh(&folder).is_none() {
        return;
    }
    let (passed, printed) = bash(&folder, &[], "run", &[]);
    assert!(passed && printed.contains("failed 0"), "{printed}");
    let script = changed(&folder, "if ($User.IsSystem) { Assert-SystemFolders }", "");
    let (passed, printed) = bash(&folder, &[("SCRIPT", &script)], "run", &["Users.Tests.ps1"]);
    assert!(!passed && printed.contains("is a link of the user"), "{printed}");
}

/// 400 people with numbers, and some whose names are less plain; in `x` as signed scripts.
pub(super) fn fleet() -> Folder {
    let folder = Folder::new();
    let row = |n: usize| format!("user{n}@centurylink.net,Person {n},,CORP\\user{n},\n");
    let mut list = "email,name,id,directory_user,directory_upn\n".to_owned();
    list.extend((1..=400).map(row));
    list.push_str(
        "ada@q.com,Ada,,ada,\n\
         dan1@q.com,Dan,,PC1\\dan,\n\
         dan2@q.com,Dan,,PC2\\dan,\n\
         eve@q.com,Eve,,,eve@corp.example\n\
         jurgen@q.com,Jürgen,,PC\\Jürgen O'Neil,\n\
         two@q.com,Two,7,CORP\\two,\n\
         info@q.com,Two,7,,\n\
         amb@q.com,Amb,,amb,\n\
         other@q.com,Other,,PC\\amb,\n",
    );
    folder.identity().file("staff.csv", list);
    let sign = SIGN;
    let args = ["export", "windows", "staff.csv", "--out", "x"];
    folder.run(args.iter().chain(&sign)).exits(1).stdout_has("6 scripts for 407 people in 2 parts");
    folder
}

#[test]
fn a_fleet_script_serves_the_windows_user_and_nobody_else() {
    let folder = fleet();
    if pwsh(&folder).is_none() {
        return;
    }
    let fleet = folder.path().join("x");
    let variables = [("FLEET", fleet.to_str().unwrap())];
    let (passed, printed) = bash(&folder, &variables, "run", &["Fleet.Tests.ps1"]);
    assert!(passed && printed.contains("failed 0, skipped 0"), "{printed}");
    let mut changed = 0;
    for path in folder.files("x").iter().filter(|path| path.ends_with(".ps1")) {
        let text = folder.text(&format!("x/{path}"));
        let other = text.replace("CORP\\\\user376\"", "CORP\\\\user377\"");
        changed += usize::from(text != other);
        folder.file(&format!("x/{path}"), other);
    }
    assert_eq!(changed, 3);
    let (passed, printed) = bash(&folder, &variables, "run", &["Fleet.Tests.ps1"]);
    assert!(!passed && printed.contains("user377"), "{printed}");
}

#[test]
fn the_parser_finds_no_error_and_nothing_that_windows_powershell_lacks() {
    let (folder, files) = unpacked(SCRIPT);
    let Some(pwsh) = pwsh(&folder) else { return };
    let parse = helper("parse.ps1");
    let mut args = vec!["-NoProfile", "-File", parse.as_str()];
    args.extend(files.iter().map(String::as_str));
    pwsh.accepts(&args);
    for (from, to) in [
        ("param(", "param"),
        ("Set-StrictMode -Version 2.0", "Set-StrictMode -Version 2.0 && $true"),
        ("$todo = $Action", "$todo = $Action ? 1 : 2"),
        ("[BitConverter]::ToString(", "[Convert]::ToHexString("),
        ("ConvertFrom-Json", "ConvertFrom-Json -DateKind String"),
        ("Join-Path ", "Join-String "),
    ] {
        let script = changed(&folder, from, to);
        pwsh.refuses(&["-NoProfile", "-File", &parse, &script]);
    }
}

#[test]
fn a_script_that_was_cut_off_is_an_error_or_does_not_begin() {
    let (folder, files) = unpacked(SCRIPT);
    let Some(pwsh) = pwsh(&folder) else { return };
    let cuts = helper("cuts.ps1");
    pwsh.accepts(&["-NoProfile", "-File", &cuts, &files[0]]);
    let open = folder.text(&files[0]).replacen("\r\nend {\r\n", "\r\n", 1).replacen(
        "\r\n}\r\n\r\n# SIG",
        "\r\n\r\n# SIG",
        1,
    );
    folder.file("open.ps1", open);
    pwsh.refuses(&["-NoProfile", "-File", &cuts, "open.ps1"]);
}

#[test]
fn dotnet_verifies_the_signature() {
    let (folder, files) = unpacked(SCRIPT);
    let Some(pwsh) = pwsh(&folder) else { return };
    let signature = helper("signature.ps1");
    for file in &files {
        pwsh.accepts(&["-NoProfile", "-File", &signature, file]);
    }
    let good = folder.text(&files[0]);
    let block = good.find("# SIG # Begin").unwrap();
    // in the help, in the data block, in the signature's value
    for at in [10, block - 100, good.len() - 60] {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        folder.file("damaged.ps1", bytes);
        pwsh.refuses(&["-NoProfile", "-File", &signature, "damaged.ps1"]);
    }
}

/// Names and logins that PowerShell might take for something else, and arbitrary ones.
fn texts() -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let date = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})?";
    let strategy = proptest::prop_oneof![
        date,
        r"\\?/Date\(-?[0-9]{1,14}([+-][0-9]{4})?\)\\?/",
        r"[='#@\\u{}$`,:\[\]0-9a-z ]{1,20}",
        "\\PC{1,40}",
    ];
    (0..400)
        .map(|_| {
            let mut next = || strategy.new_tree(&mut runner).unwrap().current();
            (next(), next())
        })
        .collect()
}

/// A line for `literal.ps1` per pair of texts that a person can have, with the data block of their script.
fn data_blocks() -> String {
    let renderer = *RENDERERS.iter().find(|r| r.format().id == "windows-script").unwrap();
    let setup = Setup {
        organization: None,
        contact: None,
        language: Language::default(),
        identifier: ReverseDns::try_from("com.example.mail").unwrap(),
        formats: RENDERERS.to_vec(),
        trust: SigningMode::Given,
    };
    let provider = Provider::load("centurylink").unwrap();
    let resolver = Resolver::new(provider, IncomingProtocol::Imap, &[], Policy::default()).unwrap();
    let mut lines = String::new();
    for (name, login) in texts() {
        let Ok(display_name) = DisplayName::try_from(name.as_str()) else { continue };
        let Ok(login) = LoginName::try_from(login.as_str()) else { continue };
        let address = EmailAddress::try_from("ada@centurylink.net").unwrap();
        let person = Person { display_name, ..Person::new(address) };
        let mut account = resolver.resolve(&person).unwrap();
        account.incoming.username = login;
        let content = renderer.render(Part::from(&account.clone().into()), &setup).unwrap();
        let own = String::from_utf8(content.own).unwrap();
        let [name, login] =
            [account.display_name.to_string(), account.incoming.username.to_string()]
                .map(|text| STANDARD.encode(text));
        writeln!(lines, "{name}\t{login}\t{}", own.lines().next().unwrap()).unwrap();
    }
    lines
}

#[test]
fn no_engine_reads_a_text_of_the_data_block_as_anything_else() {
    let folder = Folder::new();
    let lines = data_blocks();
    let count = lines.lines().count();
    assert!(count > 200, "{count}");
    folder.file("blocks.txt", &lines);
    folder.file("bare.txt", lines.replace("\"=", "\""));
    let (literal, template) = (helper("literal.ps1"), project(TEMPLATE));
    let template = template.to_str().unwrap();
    if let Some(pwsh) = pwsh(&folder) {
        let printed = pwsh.accepts(&["-NoProfile", "-File", &literal, template, "blocks.txt"]);
        assert!(printed.contains(&format!("{count} data blocks read, 0 wrong")), "{printed}");
        pwsh.refuses(&["-NoProfile", "-File", &literal, template, "bare.txt"]);
    }
    if let Some(windows) = tool("pwsh-windows", folder.path(), wine_runs) {
        let [template, blocks] = [template, folder.path().join("blocks.txt").to_str().unwrap()]
            .map(|path| format!("Z:{}", path.replace('/', "\\")));
        let printed = windows.accepts(&[&literal, &template, &blocks]);
        assert!(printed.contains(&format!("{count} data blocks read, 0 wrong")), "{printed}");
    }
}

/// Without arguments it prints how it is used.
fn wine_runs(tool: &Tool) -> Result<(), String> {
    runs(&[])(tool)
}

#[test]
fn every_story_ends_as_it_should_in_the_windows_build() {
    let folder = Folder::new();
    if tool("pwsh-windows", folder.path(), wine_runs).is_none() {
        return;
    }
    let (passed, printed) = bash(&folder, &[], "wine", &[]);
    assert!(passed && printed.contains("every story"), "{printed}");
    let script = changed(&folder, "New-Result 1004 (", "New-Result 0 (");
    let (passed, printed) = bash(&folder, &[("SCRIPT", &script)], "wine", &[]);
    assert!(!passed && printed.contains("no mail program"), "{printed}");
}

#[test]
fn thunderbird_has_every_account_that_the_script_writes() {
    let folder = Folder::new();
    if pwsh(&folder).is_none() || tool("thunderbird", folder.path(), runs(&["--version"])).is_none()
    {
        return;
    }
    let (passed, printed) = bash(&folder, &[], "thunderbird", &[]);
    assert!(passed && printed.contains("has every account"), "{printed}");
    let (passed, printed) = bash(&folder, &[("BREAK", "1")], "thunderbird", &[]);
    assert!(!passed && printed.contains("FAILED"), "{printed}");
}
