//! Thunderbird's settings file: a strict schema judges the form. What the app itself refuses, one fault each, must
//! be refused by the schema or by our own comparison.
//!
//! What was seen in the app's own parser, and what guards it here:
//!
//! | the app | guarded by |
//! |---|---|
//! | refuses `format` 2; reads `version` 99 | [`FAULTS`], the schema has no other |
//! | drops an account whose uuid cannot be parsed | [`FAULTS`], and the uuids of a list are distinct |
//! | refuses a missing server | [`FAULTS`] |
//! | refuses `STARTTLS` as security, `LOGIN` as sign-in | [`FAULTS`] |
//! | makes port -1 of ` 993 ` | [`FAULTS`] |
//! | refuses an empty or non-ASCII address, no identity | [`FAULTS`] |
//! | refuses a byte order mark | `a_byte_order_mark_is_refused` |
//! | imports a password that is there | no file has one: `awkward_people_have_valid_files` |

use std::collections::BTreeSet;

use mailmuster::render::{Form, RENDERERS, Renderer, by_id};

use super::people::{IMAP, POP, Row, Server, bundle, made, people};
use crate::support::{Folder, project};
use crate::tool::{Tool, runs, tool};

const FORMAT: &str = "android-thunderbird";
const FILE: &str = "android/thunderbird-account.k9s";

/// Who must refuse a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Both,
    /// The schema cannot express it.
    Us,
}

/// What is replaced by what.
const FAULTS: [(&str, &str, By); 22] = [
    ("format=\"1\"", "format=\"2\"", By::Both),
    (" format=\"1\"", "", By::Both),
    ("version=\"99\"", "version=\"0\"", By::Both),
    ("<account uuid=\"", "<account id=\"", By::Both),
    ("<account uuid=\"", "<account uuid=\"x", By::Both),
    ("<value key=\"deletePolicy\">DELETE</value>", "", By::Both),
    ("<value key=\"deletePolicy\">", "<value>", By::Both),
    ("<outgoing-server type=\"SMTP\">", "<outgoing-server type=\"smtp\">", By::Both),
    ("<incoming-server type=\"IMAP\">", "<incoming-server type=\"imap\">", By::Both),
    ("STARTTLS_REQUIRED", "STARTTLS", By::Both),
    ("SSL_TLS_REQUIRED", "SSL", By::Both),
    (">PLAIN<", ">LOGIN<", By::Both),
    (">993<", "> 993 <", By::Both),
    (">993<", ">0<", By::Both),
    (">993<", "><", By::Both),
    (">993<", ">70000<", By::Us),
    ("plain@acme.example</email>", "plain@ac\u{f6}me.example</email>", By::Us),
    ("plain@acme.example</email>", "pl\u{e4}in@acme.example</email>", By::Us),
    ("plain@acme.example</email>", "</email>", By::Us),
    ("<name>Ada Lovelace</name>", "<name>Ada\nLovelace</name>", By::Both),
    ("<host>mail.", "<host>mail_", By::Us),
    ("</username>", "</username><password>x</password>", By::Us),
];

/// Elements without which the app imports nothing.
const NEEDED: [&str; 6] =
    ["settings", "incoming-server", "outgoing-server", "identities", "identity", "email"];

fn renderer() -> &'static dyn Renderer {
    by_id(RENDERERS, FORMAT).unwrap()
}

fn is_ours(content: &[u8]) -> bool {
    renderer().check_form(content).is_ok_and(|form| form == Form::Whole)
}

struct Judge {
    xmllint: Tool,
    schema: String,
}

impl Judge {
    fn new(folder: &Folder) -> Option<Self> {
        let xmllint = tool("xmllint", folder.path(), runs(&["--version"]))?;
        let schema = project("tests/oracles/data/android/k9settings.xsd");
        Some(Self { xmllint, schema: schema.to_str().unwrap().to_owned() })
    }

    fn args<'a>(&'a self, file: &'a str) -> [&'a str; 5] {
        ["--noout", "--nonet", "--schema", &self.schema, file]
    }

    /// What an `XPath` selects in a file, as xmllint prints it.
    fn value(&self, file: &str, path: &str) -> String {
        let printed = self.xmllint.accepts(&["--xpath", &format!("string({path})"), file]);
        printed.strip_suffix('\n').unwrap_or(&printed).to_owned()
    }
}

/// The file of one plain person.
fn plain(folder: &Folder) -> String {
    let people = vec![vec![Row::new("plain", "plain@acme.example", "Ada Lovelace")]];
    let made = made(&people, &IMAP, &[FORMAT]);
    let content = made.in_bundle(&bundle(&made, &people[0]), FILE);
    folder.file("plain.k9s", &content);
    String::from_utf8(content).unwrap()
}

#[test]
fn awkward_people_have_valid_files() {
    for servers in [IMAP, POP] {
        let people = people();
        let folder = made(&people, &servers, &[FORMAT]);
        let Some(judge) = Judge::new(&folder) else { return };
        let mut uuids = BTreeSet::new();
        for person in &people {
            let content = folder.in_bundle(&bundle(&folder, person), FILE);
            assert!(content.starts_with(b"<?xml"), "a byte order mark is refused by the app");
            assert!(is_ours(&content));
            folder.file("a.k9s", &content);
            judge.xmllint.accepts(&judge.args("a.k9s"));
            assert_eq!(judge.value("a.k9s", "count(//account)"), person.len().to_string());
            assert_eq!(judge.value("a.k9s", "count(//password)"), "0");
            for (at, row) in (1..).zip(person) {
                let account = format!("/k9settings/accounts/account[{at}]");
                has_the_values_of(row, &servers, |path| {
                    judge.value("a.k9s", &format!("{account}/{path}"))
                });
                assert!(uuids.insert(judge.value("a.k9s", &format!("{account}/@uuid"))));
            }
        }
    }
}

fn has_the_values_of(row: &Row, servers: &[Server; 2], value: impl Fn(&str) -> String) {
    assert_eq!(value("name"), row.address);
    assert_eq!(value("identities/identity/name"), row.name);
    assert_eq!(value("identities/identity/email"), row.address);
    for (element, (protocol, host, port, security)) in
        ["incoming-server", "outgoing-server"].iter().zip(servers)
    {
        let is = |name: &str, wanted: &str| {
            assert_eq!(value(&format!("{element}/{name}")), wanted, "{element} {name}");
        };
        is("@type", &protocol.to_uppercase().replace("POP", "POP3"));
        is("host", host);
        is("port", &port.to_string());
        is(
            "connection-security",
            if *security == "tls" { "SSL_TLS_REQUIRED" } else { "STARTTLS_REQUIRED" },
        );
        is("authentication-type", "PLAIN");
        is("username", &row.login);
    }
}

#[test]
fn each_fault_that_the_app_refuses_is_refused() {
    let folder = Folder::new();
    let Some(judge) = Judge::new(&folder) else { return };
    let sound = plain(&folder);
    judge.xmllint.accepts(&judge.args("plain.k9s"));
    let refused = |bad: &str, by: By| {
        assert_ne!(bad, sound, "nothing was changed");
        folder.file("bad.k9s", bad);
        if by == By::Us {
            judge.xmllint.accepts(&judge.args("bad.k9s"));
        } else {
            judge.xmllint.refuses(&judge.args("bad.k9s"));
        }
        assert!(!is_ours(bad.as_bytes()), "{bad}");
    };
    for (from, to, by) in FAULTS {
        refused(&sound.replacen(from, to, 1), by);
    }
    for element in NEEDED {
        let (start, end) = (format!("<{element}"), format!("</{element}>"));
        let from = [format!("{start}>"), format!("{start} ")]
            .iter()
            .find_map(|it| sound.find(it))
            .unwrap();
        let to = sound.find(&end).unwrap() + end.len();
        refused(&format!("{}{}", &sound[..from], &sound[to..]), By::Both);
    }
    refused(
        &sound.replace("<accounts>", "<!-- <accounts>").replace("</accounts>", "</accounts> -->"),
        By::Both,
    );
}

#[test]
fn a_byte_order_mark_is_refused() {
    let sound = plain(&Folder::new());
    assert!(is_ours(sound.as_bytes()));
    assert!(!is_ours(format!("\u{feff}{sound}").as_bytes()));
    let utf16: Vec<u8> = sound.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!is_ours(&utf16));
}
