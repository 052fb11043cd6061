//! People with awkward names, and their files.

use serde_json::{Value, json};

use crate::support::Folder;

/// Protocol, host, port, security in the words of the settings.
pub(super) type Server = (&'static str, &'static str, u16, &'static str);

/// Servers that no provider has.
pub(super) const IMAP: [Server; 2] =
    [("imap", "mail.acme.example", 993, "tls"), ("smtp", "smtp.acme.example", 587, "starttls")];
pub(super) const POP: [Server; 2] =
    [("pop", "pop.acme.example", 110, "starttls"), ("smtp", "xn--mller-kva.test", 465, "tls")];

/// One mailbox. Rows with one `id` are one person's.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) login: String,
}

impl Row {
    pub(super) fn new(id: &str, address: &str, name: &str) -> Self {
        let [id, address, name] = [id, address, name].map(str::to_owned);
        let login = address.split('@').next().unwrap().to_owned();
        Self { id, address, name, login }
    }

    /// The mailbox as `qr_payload.py` prints it.
    pub(super) fn settings(&self, servers: &[Server; 2]) -> Value {
        let server = |(protocol, host, port, security): Server| {
            let protocol = match protocol {
                "pop" => "POP3".to_owned(),
                other => other.to_uppercase(),
            };
            json!({
                "protocol": protocol,
                "host": host,
                "port": port,
                "security": if security == "tls" { "TLS" } else { "STARTTLS" },
                "sign_in": "password",
                "user": self.login,
                "password": "",
            })
        };
        json!({
            "address": self.address,
            "name": self.name,
            "incoming": server(servers[0]),
            "outgoing": server(servers[1]),
            "identities": 1,
            "groups": 1,
        })
    }
}

/// A name of 60 characters.
pub(super) const LONG: &str = "Wolfeschlegelsteinhausenbergerdorff-Großmüller von Ångström";
/// Arabic with a Latin word and a number, which run the other way.
pub(super) const RIGHT_TO_LEFT: &str = "محمد عبد الرحمن الأحمد (Sales 24)";

/// Every person in the order of the list.
pub(super) fn people() -> Vec<Vec<Row>> {
    let one = |id: &str, name: &str| vec![Row::new(id, &format!("{id}@acme.example"), name)];
    let several = |id: &str, count: usize| {
        let row = |n| Row::new(id, &format!("{id}.{n}@acme.example"), "Priya \"PR\" Raman");
        (1..=count).map(row).collect::<Vec<_>>()
    };
    let mut login = one("login", "Björn");
    "ACME\\björn+\"x\"".clone_into(&mut login[0].login);
    vec![
        one("plain", "Ada Lovelace"),
        one("long", LONG),
        one("arabic", RIGHT_TO_LEFT),
        one("hebrew", "דנה כהן־לוי"),
        one("emoji", "Zoë 👩‍💻🏳️‍🌈 🎉"),
        one("quotes", "Ann \"Bee\" \\ O’Brien \\u0041 & 'Co' <b>x</b> ]]> \\n"),
        vec![Row::new("atoms", "atoms+o'x&y{}#!@acme.example", "null")],
        login,
        several("two", 2),
        several("nine", 9),
        largest(),
    ]
}

/// The most that the program puts into a code: every character of the name takes twelve bytes.
pub(super) fn largest() -> Vec<Row> {
    let label = "a".repeat(63);
    let address = format!("{}@{label}.{}.example", "b".repeat(64), "d".repeat(56));
    let mut row = Row::new("largest", &address, &"👩".repeat(128));
    row.login = "c".repeat(254);
    vec![row]
}

/// A provider whose user names are the parts before `@`, or any other word.
fn provider(servers: &[Server; 2]) -> String {
    let table = |(protocol, host, port, security): &Server| {
        let (table, protocol) = match *protocol {
            "smtp" => ("outgoing", String::new()),
            other => ("incoming", format!("protocol = \"{other}\"\n")),
        };
        format!(
            "[[{table}]]\n{protocol}host = \"{host}\"\nport = {port}\nsecurity = \"{security}\"\n\
             username = \"%EMAILLOCALPART%\"\nauthentication = [\"password-cleartext\"]\n"
        )
    };
    let head = "format = 1\nid = \"acme\"\nname = \"Acme\"\ndomains = [\"acme.example\"]\n";
    format!("{head}{}{}", table(&servers[0]), table(&servers[1]))
}

/// A person with three mailboxes: the second has one character too many for any code.
pub(super) fn too_large() -> Vec<Row> {
    let row = |address: &str| Row {
        id: "toolarge".to_owned(),
        address: address.to_owned(),
        ..largest().remove(0)
    };
    let larger = largest()[0].address.replace(".example", "d.example");
    ["toolarge.1@acme.example", &larger, "toolarge.3@acme.example"].map(row).into()
}

/// Makes the files of `people` with these servers and formats.
pub(super) fn made(people: &[Vec<Row>], servers: &[Server; 2], formats: &[&str]) -> Folder {
    let folder = Folder::new();
    let mut list = csv::Writer::from_writer(Vec::new());
    list.write_record(["id", "email", "name", "Login name"]).unwrap();
    for row in people.iter().flatten() {
        list.write_record([&row.id, &row.address, &row.name, &row.login]).unwrap();
    }
    folder.file("people.csv", list.into_inner().unwrap());
    folder.file("acme.toml", provider(servers));
    let mut args = vec!["--allow-other-domains".to_owned(), "--provider=./acme.toml".to_owned()];
    args.push(format!("--protocol={}", servers[0].0));
    args.extend(formats.iter().map(|format| format!("--only={format}")));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    folder.generate("people.csv", &args).exits(0);
    assert_eq!(folder.files("out/bundles").len(), people.len());
    folder
}

/// The bundle of a person in a folder that was [`made`].
pub(super) fn bundle(folder: &Folder, person: &[Row]) -> String {
    let stem = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        text[..end].to_owned()
    };
    let mut found = folder.files("out/bundles").into_iter();
    let found = found.find(|name| stem(name) == stem(&person[0].address));
    format!("out/bundles/{}", found.unwrap_or_else(|| panic!("no bundle of {}", person[0].address)))
}

/// The files in a bundle.
pub(super) fn names(folder: &Folder, bundle: &str) -> Vec<String> {
    let bytes = std::io::Cursor::new(folder.read(bundle));
    zip::ZipArchive::new(bytes)
        .unwrap()
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}
