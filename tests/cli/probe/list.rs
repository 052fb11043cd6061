//! `probe LIST --sign-in`: mailboxes of a list, and `generate --only-signed-in`.

use std::sync::{Arc, Mutex};

use super::{first_line, provider};
use crate::support::mail::{Authority, accounts_server, name_server};
use crate::support::{Done, Folder, Run};

type Heard = Arc<Mutex<Vec<String>>>;

/// A list of people with passwords, of which the servers take some.
struct Office {
    folder: Folder,
    names: String,
    heard: [Heard; 2],
}

/// The message of SASL PLAIN.
fn plain(address: &str, password: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("\0{address}\0{password}"))
}

impl Office {
    /// `people`: address, password, and whether it is the right one.
    fn new(people: &[(&str, &str, bool)]) -> Self {
        let authority = Authority::new();
        let certificate = authority.acceptor(&["imap.acme.test", "smtp.acme.test"], 300);
        let right: Vec<String> = people
            .iter()
            .filter(|(_, _, is_right)| *is_right)
            .map(|(address, password, _)| plain(address, password))
            .collect();
        let heard = [Heard::default(), Heard::default()];
        let sent = Arc::clone(&heard[1]);
        let server = |greeting, heard: &Heard| {
            // what is sent arrives at once
            let inbox = Arc::clone(&sent);
            accounts_server(&certificate, greeting, right.clone(), Arc::clone(heard), inbox)
        };
        let (imap, smtp) = (server("* OK ready", &heard[0]), server("220 ready", &heard[1]));
        let text =
            provider(&[("incoming", "imap.acme.test", imap), ("outgoing", "smtp.acme.test", smtp)]);
        let mut list = "email,display_name,password\n".to_owned();
        for (number, (address, password, _)) in people.iter().enumerate() {
            list.push_str(&format!("{address},Person {number},{password}\n"));
        }
        let folder = Folder::new();
        folder
            .file("acme.toml", text.replace("starttls", "tls"))
            .file("ca.pem", authority.pem())
            .file("staff.csv", list);
        let names = name_server(&["imap.acme.test", "smtp.acme.test"]).to_string();
        Self { folder, names, heard }
    }

    /// So many people, `p0@acme.test` and so on, whose passwords are all right or all wrong.
    fn of(count: usize, is_right: bool) -> Self {
        let people: Vec<(String, String)> = (0..count)
            .map(|n| (format!("p{n}@acme.test"), format!("Canary-Passw0rd-{n}")))
            .collect();
        let people: Vec<(&str, &str, bool)> = people
            .iter()
            .map(|(address, password)| (address.as_str(), password.as_str(), is_right))
            .collect();
        Self::new(&people)
    }

    fn probe(&self, more: &[&str]) -> Run {
        let words = ["probe", "staff.csv", "--provider", "acme.toml", "--ca", "ca.pem"];
        let names = ["--resolver", self.names.as_str(), "--sign-in", "--quiet"];
        let fast = ["--per-minute", "600"];
        self.folder.run(words.iter().chain(&names).chain(&fast).chain(more))
    }

    /// How many passwords each server got.
    fn passwords(&self) -> [usize; 2] {
        self.heard.each_ref().map(|heard| {
            let heard = heard.lock().unwrap();
            let is_password = |line: &&String| !line.contains([' ', ':', '.']) && line.len() > 20;
            heard.iter().filter(is_password).count()
        })
    }

    /// The cells of a row of the results: `signed_in`, `incoming` and `outgoing`.
    fn result(&self, address: &str) -> Option<[String; 3]> {
        let text = self.folder.text("probe.csv");
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers = reader.headers().unwrap().clone();
        let at = |name: &str| headers.iter().position(|it| it == name).unwrap();
        let row = reader.records().flatten().find(|row| &row[0] == address)?;
        Some(["signed_in", "incoming", "outgoing"].map(|name| row[at(name)].to_owned()))
    }

    /// No output and no file but the list has a password.
    fn assert_kept_secret(&self, run: &Done, people: &[(&str, &str, bool)]) {
        for (address, password, _) in people {
            for secret in [(*password).to_owned(), plain(address, password)] {
                assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret));
                for file in self.folder.files("").iter().filter(|file| *file != "staff.csv") {
                    let bytes = self.folder.read(file);
                    let found = bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
                    assert!(!found, "{file} has a password");
                }
            }
        }
    }
}

const STAFF: [(&str, &str, bool); 5] = [
    ("ada@acme.test", "Canary-Passw0rd-1", true),
    ("bob@acme.test", "Canary-Passw0rd-2", false),
    ("cyd@acme.test", "Canary-Passw0rd-3", true),
    ("dan@acme.test", "", true),
    ("eve@acme.test", "Canary-Passw0rd-5", true),
];

#[test]
fn everybody_with_a_password_signs_in_once_and_the_results_say_who_could() {
    let office = Office::new(&STAFF);
    let run = office.probe(&["--all"]).exits(1);
    run.stdout_has("line 3, bob@acme.test: imap.acme.test port ");
    run.stdout_has("user name or password is refused (`a NO [AUTHENTICATIONFAILED] wrong`)");
    run.stdout_has("3 of 4 mailboxes can sign in, receive and send; 1 cannot; see probe.csv");
    run.stderr_has("1 mailbox without a password that could be sent, not tried (line 5)");
    assert_eq!(office.passwords(), [4, 3]);
    let yes = ["yes", "accepted", "accepted"].map(str::to_owned);
    assert_eq!(office.result("ada@acme.test"), Some(yes));
    let no = ["no", "wrong-password", "not-tried"].map(str::to_owned);
    assert_eq!(office.result("bob@acme.test"), Some(no));
    assert_eq!(office.result("dan@acme.test"), None);
    office.assert_kept_secret(&run, &STAFF[..3]);
}

#[test]
fn a_second_run_tries_nobody_of_whom_the_results_say_enough() {
    let office = Office::new(&STAFF);
    office.probe(&["--rows", "2-3"]).exits(1);
    assert_eq!(office.passwords(), [2, 1]);
    // the others, and nobody else
    let run = office.probe(&["--all"]).exits(0);
    run.stdout_has("2 of 2 mailboxes can sign in, receive and send; 0 cannot");
    assert_eq!(office.passwords(), [4, 3]);
    // nobody is left, and the answer says so with `-q`, too
    let run = office.probe(&["--all"]).exits(1);
    assert_eq!(
        first_line(&run),
        "nobody is left to try: 3 mailboxes could sign in, 1 could not; see probe.csv"
    );
    assert_eq!(office.passwords(), [4, 3]);
    // bob alone, with the same password
    let run = office.probe(&["--all", "--again", "--json"]).exits(1);
    assert_eq!(office.passwords(), [5, 3]);
    run.stdout_has("\"email\":\"bob@acme.test\",\"line\":3,");
    run.stdout_has("{\"event\":\"sign-in-summary\",\"results\":\"probe.csv\",\"signed_in\":0,\"failed\":1,\"untried\":0}");
    office.assert_kept_secret(&run, &STAFF[..3]);
    // other settings are another question
    let text = office.folder.text("acme.toml");
    office.folder.file("acme.toml", text.replace("%EMAILADDRESS%", "%EMAILLOCALPART%"));
    let run = office.probe(&["--rows", "2"]).exits(1);
    run.stdout_has("line 2, ada@acme.test: imap.acme.test port ");
    assert_eq!(office.passwords(), [6, 3]);
}

#[test]
fn a_server_that_refuses_three_in_a_row_gets_no_fourth() {
    let office = Office::of(12, false);
    let run = office.probe(&["--all"]).exits(3);
    run.stderr_has(
        "error: imap.acme.test has refused three passwords in a row: no other is sent for ",
    );
    run.stderr_has("  hint: look at the passwords of those who were refused");
    run.stdout_has(
        "0 of 12 mailboxes can sign in, receive and send; 3 cannot, 9 not tried; see probe.csv",
    );
    assert_eq!(office.passwords(), [3, 0]);
    assert_eq!(office.folder.text("probe.csv").lines().count(), 4);
    // the count is kept for the next run
    office.probe(&["--all"]).exits(3);
    assert_eq!(office.passwords(), [3, 0]);
    assert_eq!(office.folder.text("probe.csv").lines().count(), 4);
}

/// A list whose rows share the user name that `column` has.
fn with_logins(office: &Office, logins: &[&str]) {
    let list = office.folder.text("staff.csv");
    let mut lines = list.lines();
    let mut text = format!("{},login\n", lines.next().unwrap());
    for (line, login) in lines.zip(logins) {
        text.push_str(&format!("{line},{login}\n"));
    }
    office.folder.file("staff.csv", text);
}

#[test]
fn a_user_name_of_several_rows_is_refused_at_most_twice() {
    let people = [
        ("a@acme.test", "Canary-Passw0rd-1", false),
        ("b@acme.test", "Canary-Passw0rd-2", true),
        ("c@acme.test", "Canary-Passw0rd-1", false),
        ("d@acme.test", "Canary-Passw0rd-4", true),
        ("e@acme.test", "Canary-Passw0rd-1", false),
        ("f@acme.test", "Canary-Passw0rd-6", true),
        ("g@acme.test", "Canary-Passw0rd-1", false),
    ];
    let office = Office::new(&people);
    let shared = "shared@acme.test";
    with_logins(&office, &[shared, "", shared, "", shared, "", shared]);
    let run = office.probe(&["--all"]).exits(1);
    run.stdout_has("3 of 7 mailboxes can sign in, receive and send; 4 cannot; see probe.csv");
    run.stdout_has("not tried: another row with this user name was refused");
    let wrong = plain(shared, "Canary-Passw0rd-1");
    let sent = office.heard[0].lock().unwrap().iter().filter(|line| **line == wrong).count();
    // two are tried at the same time
    assert!((1..=2).contains(&sent), "{sent}");
    let untried = ["no", "not-tried", "not-tried"].map(str::to_owned);
    assert_eq!(office.result("g@acme.test"), Some(untried));
}

#[test]
fn what_a_host_accepts_for_receiving_does_not_hide_that_it_refuses_for_sending() {
    let office = Office::of(9, true);
    let text = office.folder.text("acme.toml");
    office.folder.file("acme.toml", text.replace("smtp.acme.test", "imap.acme.test"));
    let list =
        office.folder.text("staff.csv").replace("password\n", "password,outgoing_password\n");
    let lines: Vec<String> = list.lines().map(|line| format!("{line},Canary-Wr0ng")).collect();
    let list = lines.join("\n").replace("outgoing_password,Canary-Wr0ng", "outgoing_password");
    office.folder.file("staff.csv", list + "\n");
    let run = office.probe(&["--all"]).exits(3);
    run.stderr_has("error: imap.acme.test has refused three passwords in a row");
    let first = office.passwords();
    assert_eq!(first[1], 3);
    // those who are left are not tried for receiving either, as long as nothing is sent for sending
    office.probe(&["--all"]).exits(3);
    assert_eq!(office.passwords(), first);
}

#[test]
fn results_are_read_only_once_no_other_run_adds_to_them() {
    let office = Office::new(&STAFF);
    office.probe(&["--rows", "2"]).exits(0);
    let lock = office.folder.path().join("home/.config/mailmuster/probe-attempts.lock");
    let held = std::fs::File::options().write(true).open(&lock).unwrap();
    held.lock().unwrap();
    // it would be refused if it was read
    office.folder.file("probe.csv", "name,phone\nAda,1\n");
    office.probe(&["--all"]).exits(2).stderr_has("another run of mailmuster holds");
    drop(held);
    office
        .probe(&["--all"])
        .exits(2)
        .stderr_has("`probe.csv` is not a file by `probe --sign-in`: it has no column `email`");
    assert_eq!(office.passwords(), [1, 1]);
}

#[test]
fn a_sample_is_taken_from_the_whole_list() {
    let office = Office::of(9, true);
    let run = office.probe(&["--sample", "3"]).exits(0);
    assert_eq!(
        first_line(&run),
        "3 of 3 mailboxes can sign in, receive and send; 0 cannot; see probe.csv"
    );
    let tried: Vec<bool> =
        (0..9).map(|n| office.result(&format!("p{n}@acme.test")).is_some()).collect();
    assert_eq!(tried, [true, false, false, false, true, false, false, false, true]);
}

#[test]
fn a_test_message_goes_from_the_mailbox_to_itself_and_is_waited_for() {
    let office = Office::new(&STAFF);
    let run = office.probe(&["--rows", "2", "--send-test", "--json"]).exits(0);
    run.stdout_has("{\"event\":\"test-message\",\"email\":\"ada@acme.test\",\"line\":2,\"result\":\"arrived\",\"ms\":");
    let sent = office.heard[1].lock().unwrap().clone();
    for line in
        ["MAIL FROM:<ada@acme.test>", "RCPT TO:<ada@acme.test>", "DATA", "To: <ada@acme.test>", "."]
    {
        assert_eq!(sent.iter().filter(|it| *it == line).count(), 1, "{line}: {sent:?}");
    }
    assert!(!sent.iter().any(|line| line == "RSET"));
    // the second sign-in for receiving looks for it, in a mailbox that stays as it is
    assert_eq!(office.passwords(), [2, 1]);
    assert!(office.heard[0].lock().unwrap().iter().any(|line| line == "b EXAMINE INBOX"));
    assert!(office.folder.text("probe.csv").contains(",arrived,"));
    office.assert_kept_secret(&run, &STAFF[..3]);
    // one that is refused sends nothing
    office.probe(&["--rows", "3", "--send-test"]).exits(1);
    assert_eq!(office.heard[1].lock().unwrap().iter().filter(|it| *it == "DATA").count(), 1);
}

#[test]
fn only_those_who_signed_in_get_a_bundle() {
    let office = Office::new(&STAFF);
    office.probe(&["--all"]).exits(1);
    let generate = |more: &[&str]| {
        let words =
            ["generate", "staff.csv", "--provider", "acme.toml", "--out", "out", "--unsigned"];
        office.folder.run(words.iter().chain(more))
    };
    let run = generate(&["--only-signed-in", "probe.csv"]).exits(0);
    run.stderr_has(
        "`staff.csv` line 3 is skipped: the mailbox could not sign in (`bob@acme.test`)",
    );
    run.stderr_has("`staff.csv` line 5 is skipped: nobody has signed in with the mailbox yet (`dan@acme.test`)");
    run.stdout_has(
        "3 bundles in out (3 new, 0 updated, 0 unchanged); 0 rows without bundle, 2 skipped",
    );
    // people with a bundle stay when the file says that they cannot sign in
    let text = office.folder.text("probe.csv");
    office.folder.file("probe.csv", text.replacen("ada@acme.test,yes", "ada@acme.test,no", 1));
    let run = generate(&["--only-signed-in", "probe.csv"]).exits(0);
    run.stdout_has("2 bundles in out (0 new, 0 updated, 2 unchanged)");
    assert!(office.folder.files("out/bundles").len() >= 3);
    assert!(!run.stdout.contains("left") && !run.stderr.contains("left"), "{}", run.stderr);
    // the results are about other servers than those of the run
    let run = generate(&["--only-signed-in", "probe.csv", "--set", "imap.host=mail.acme.test"]);
    run.exits(0).stderr_has("the mailbox was tried with other servers or another user name");
    generate(&["--only-signed-in", "staff.csv"])
        .exits(2)
        .stderr_has("it has no column `signed_in`");
    generate(&["--only-signed-in", "absent.csv"]).exits(2).stderr_has("absent.csv");
}

#[test]
fn mailboxes_whose_servers_do_not_work_are_not_tried_and_the_fault_is_named() {
    let office = Office::new(&STAFF);
    let text = office.folder.text("acme.toml");
    office.folder.file("acme.toml", text.replace("smtp.acme.test", "smtp.gone.test"));
    let run = office.probe(&["--all", "--json"]).exits(1);
    run.stdout_has("\"event\":\"finding\"").stdout_has("smtp.gone.test");
    assert_eq!(office.passwords(), [0, 0]);
    assert!(!office.folder.files("").contains(&"probe.csv".to_owned()));
}

#[test]
fn results_that_cannot_be_written_send_no_password() {
    let office = Office::new(&STAFF);
    let run = office.probe(&["--all", "--results", "staff.csv/probe.csv"]).exits(2);
    run.stderr_has("staff.csv");
    assert_eq!(office.passwords(), [0, 0]);
}

#[test]
fn what_is_not_a_choice_of_mailboxes_is_refused_before_anything_is_sent() {
    let office = Office::new(&STAFF);
    office.probe(&[]).exits(2).stderr_has("no rows of the list are chosen to sign in with");
    office.probe(&["--rows", "90-99"]).exits(2).stderr_has("the list has no mailbox on row 90-99");
    office
        .probe(&["--rows", "5"])
        .exits(2)
        .stderr_has("the list has no password that could be sent");
    office.probe(&["--rows", "4-2"]).exits(2).stderr_has("write numbers and ranges of rows");
    office.probe(&["--all", "--sample", "2"]).exits(2);
    let run = |words: &[&str]| office.folder.run(["probe"].iter().chain(words)).exits(2);
    run(&["--sign-in"]).stderr_has("no mailbox is named to sign in with");
    run(&["--sign-in", "staff.csv", "--all"]).stderr_has("write the list before --sign-in");
    run(&["staff.csv", "--sign-in", "ada@acme.test"]).stderr_has("both a list and the address");
    run(&["staff.csv", "--all"]).stderr_has("--sign-in");
    office.folder.file("probe.csv", "name,phone\nAda,1\n");
    office
        .probe(&["--all"])
        .exits(2)
        .stderr_has("`probe.csv` is not a file by `probe --sign-in`: it has no column `email`");
    assert_eq!(office.folder.text("probe.csv"), "name,phone\nAda,1\n");
    assert_eq!(office.passwords(), [0, 0]);
}
