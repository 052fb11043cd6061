//! Fleet scripts in the Windows build of PowerShell under Wine, and the real Thunderbird with the files beside them.

use serde_json::{Value, json};

use super::support::{Folder, project};
use super::tool::{Tool, runs, tool};

/// 400 people, and one more with the Windows user `user`.
fn export(folder: &Folder, out: &str, user: Option<&str>) {
    let row = |n: usize| format!("user{n}@centurylink.net,Person {n},CORP\\user{n}\n");
    let mut list = "email,display_name,directory_user\n".to_owned();
    list.extend((1..=400).map(row));
    if let Some(user) = user {
        list.push_str(&format!("me@q.com,Me,{user}\n"));
    }
    folder.file("staff.csv", list);
    folder.run(["export", "windows", "staff.csv", "--out", out, "--unsigned"]).exits(0);
}

fn wine(folder: &Folder, argument: &str) -> (bool, String) {
    let script = project("tests/powershell/wine-fleet");
    let bash = tool("bash", folder.path(), runs(&["--version"])).unwrap();
    bash.says(&[script.to_str().unwrap(), argument])
}

#[test]
fn in_the_windows_build_the_windows_user_gets_one_mailbox_and_nobody_else_any() {
    let folder = Folder::new();
    if tool("pwsh-windows", folder.path(), |tool: &Tool| runs(&[])(tool)).is_none() {
        return;
    }
    let (_, me) = wine(&folder, "whoami");
    let (domain, user) = me.trim().split_once('\\').expect("DOMAIN\\user");
    export(&folder, "x/absent", None);
    export(&folder, "x/full", Some(&format!("{domain}\\{user}")));
    export(&folder, "x/short", Some(&user.to_uppercase()));
    export(&folder, "x/other", Some(&format!("{domain}2\\{user}")));
    let exports = folder.path().join("x");
    let (passed, printed) = wine(&folder, exports.to_str().unwrap());
    assert!(passed && printed.contains("got one mailbox"), "{printed}");
    std::fs::remove_dir_all(exports.join("absent")).unwrap();
    std::fs::rename(exports.join("full"), exports.join("absent")).unwrap();
    let (passed, printed) = wine(&folder, exports.to_str().unwrap());
    assert!(!passed && printed.contains("FAILED absent Detect"), "{printed}");
}

#[test]
fn the_batch_file_of_the_readme_hides_no_failure_of_a_part() {
    let folder = Folder::new();
    let probe = |tool: &Tool| runs(&[])(tool);
    let Some(windows) = tool("pwsh-windows", folder.path(), probe) else { return };
    export(&folder, "x", None);
    let readme = folder.text("x/README.md");
    let (_, batch) = readme.split_once("```\n@echo off\n").unwrap();
    let (batch, _) = batch.split_once("```").unwrap();
    let place = format!("Z:{}\\", folder.path().to_str().unwrap().replace('/', "\\"));
    // batch files in the place of the scripts: what they end with is what PowerShell would end with
    let start = "powershell.exe -NoProfile -ExecutionPolicy Bypass -File %1";
    assert!(
        batch.contains(start) && batch.contains("C:\\Mail\\Install-Mail-%%N-of-2.ps1"),
        "{batch}"
    );
    let batch = batch.replace(start, "cmd /c %1").replace("C:\\Mail\\", &place);
    let batch = batch.replace(".ps1", ".cmd").replace('\n', "\r\n");
    folder.file("all.cmd", format!("@echo off\r\n{batch}"));
    let all = format!("{place}all.cmd");
    for (first, second, code) in [
        (Some(0), Some(0), 0),
        (Some(0), Some(1007), 1007),
        (Some(1618), Some(1001), 1001),
        (Some(1001), Some(1618), 1001),
        (Some(1618), Some(0), 1618),
        // a file that was not copied
        (Some(0), None, 1010),
        (None, Some(0), 1010),
    ] {
        for (part, ends) in [(1, first), (2, second)] {
            let name = format!("Install-Mail-{part}-of-2.cmd");
            let _ = std::fs::remove_file(folder.path().join(&name));
            if let Some(ends) = ends {
                folder.file(&name, format!("@exit /b {ends}\r\n"));
            }
        }
        let (_, printed) = windows.says(&["--exe", "cmd", "/c", &all]);
        let last = printed.lines().last().unwrap_or_default();
        assert_eq!(last, format!("exit code {code}"), "{first:?} {second:?}");
    }
}

/// An export with files for Thunderbird, and the programs that judge them.
fn thunderbird() -> Option<(Folder, Tool)> {
    let folder = Folder::new();
    folder.file("staff.csv", "email,display_name,directory_user\nada@q.com,Ada,ada\n");
    folder.run(["export", "windows", "staff.csv", "--out", "x", "--unsigned"]).exits(0);
    tool("thunderbird", folder.path(), runs(&["--version"]))?;
    let python = tool("python3", folder.path(), runs(&["--version"]))?;
    Some((folder, python))
}

fn judged(python: &Tool, args: &[&str]) -> Value {
    let script = project("tests/oracles/thunderbird_install.py");
    let script = [&[script.to_str().unwrap()][..], args].concat();
    serde_json::from_str(&python.accepts(&script)).unwrap()
}

#[test]
fn the_file_in_isp_fills_thunderbird_s_wizard() {
    let Some((folder, python)) = thunderbird() else { return };
    let wizard =
        |folder: &str, email: &str| judged(&python, &["wizard", folder, "Ada Lovelace", email]);
    assert_eq!(
        wizard("x/thunderbird/isp", "ada@q.com"),
        json!({
            "incomingHost": "imap.centurylink.net", "incomingPort": "993", "incomingUsername": "ada@q.com",
            "outgoingHost": "smtp.centurylink.net", "outgoingPort": "587", "outgoingUsername": "ada@q.com",
        })
    );
    let file = folder.text("x/thunderbird/isp/q.com.xml");
    folder.file("bad/q.com.xml", file.replace("</emailProvider>", ""));
    // it guesses
    assert_ne!(wizard("bad", "ada@q.com")["incomingHost"], "imap.centurylink.net");
}

#[test]
fn the_example_of_a_policy_sets_up_an_account_in_a_new_profile() {
    let Some((folder, python)) = thunderbird() else { return };
    let accounts = judged(&python, &["policies", "x/thunderbird/policies.json"]);
    assert_eq!(
        accounts,
        json!([{
            "email": "someone@q.com", "name": "Someone Else", "type": "imap", "host": "imap.centurylink.net",
            "port": 993, "socket": 3, "user": "someone@q.com",
            "outgoing": "smtp://someone%40q.com@smtp.centurylink.net:587/",
        }])
    );
    let policy = folder.text("x/thunderbird/policies.json");
    folder.file(
        "bad.json",
        policy.replace("mail.account.account1.server", "mail.account.account1.servr"),
    );
    assert_eq!(judged(&python, &["policies", "bad.json"]), json!([]));
}
