//! What Thunderbird for Android refuses in a code or a settings file is in none of ours, whatever the list says. The
//! same rules, read by an independent reader, are in `tests/oracles/android`.

use mailmuster::domain::account::PersonAccounts;
use mailmuster::domain::email::EmailAddress;
use mailmuster::domain::name::{DisplayName, LoginName};
use mailmuster::domain::person::Person;
use mailmuster::domain::server::{IncomingProtocol, Security};
use proptest::prelude::*;
use serde_json::Value;

use super::{account, files, resolve};

/// The payloads of a person's codes, as the pictures state them.
fn payloads(person: &PersonAccounts) -> Vec<String> {
    let payload = |content: Vec<u8>| {
        let svg = String::from_utf8(content).unwrap();
        let (_, rest) = svg.split_once("<metadata>").unwrap();
        let (text, _) = rest.split_once("</metadata>").unwrap();
        quick_xml::escape::unescape(text).unwrap().into_owned()
    };
    files("android-qr-svg", person).iter().map(|file| payload(file.content.to_vec())).collect()
}

/// Each way in which the app would refuse a payload.
fn faults(payload: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |condition: bool, what: &str| {
        if !condition {
            faults.push(what.to_owned());
        }
    };
    demand(payload.bytes().all(|byte| matches!(byte, b' '..=b'~')), "not ASCII");
    let Ok(Value::Array(values)) = serde_json::from_str(payload) else {
        return vec!["no array".to_owned()];
    };
    demand(values[0] == 1, "version");
    let place = |at: usize| values[1][at].as_u64().unwrap_or_default();
    demand(1 <= place(0) && place(0) <= place(1), "place");
    demand(values.len() >= 4 && values.len() % 2 == 0, "elements");
    for account in values[2..].chunks(2) {
        let group = &account[1][0];
        demand(account[1].as_array().is_some_and(|groups| groups.len() == 1), "groups");
        demand(group.as_array().is_some_and(|group| group.len() == 2), "identities");
        for (server, protocols) in [(&account[0], 0..=1), (&group[0], 0..=0)] {
            let number = |at: usize| server[at].as_u64().unwrap_or(u64::MAX);
            demand(server.as_array().is_some_and(|server| server.len() == 6), "server");
            demand(protocols.contains(&number(0)), "protocol");
            demand(is_host(server[1].as_str()), "host");
            demand((1..=65535).contains(&number(2)), "port");
            demand([0, 2, 3].contains(&number(3)), "security");
            demand(number(4) == 1, "sign-in");
            demand(is_line(&server[5]), "user name");
        }
        let address = group[1][0].as_str().unwrap_or_default();
        let (local_part, domain) = address.rsplit_once('@').unwrap_or_default();
        demand(local_part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "address");
        demand(!local_part.is_empty() && is_host(Some(domain)), "domain");
        demand(is_line(&group[1][1]), "name");
    }
    faults
}

fn is_host(host: Option<&str>) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-')
    };
    host.is_some_and(|host| host.split('.').all(is_label))
}

fn is_line(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.contains(['\r', '\n']))
}

#[test]
fn a_payload_that_the_app_would_refuse_is_noticed() {
    let sound = &payloads(&account("plain").into())[0];
    assert_eq!(faults(sound), [""; 0]);
    for (from, to, fault) in [
        ("[1,[1,1]", "[2,[1,1]", "version"),
        ("[1,[1,1]", "[1,[2,1]", "place"),
        ("Ada", "Ad\u{e1}", "not ASCII"),
        ("Ada", "A\\nda", "name"),
        ("\"Ada Lovelace\"", "null", "name"),
        ("\"imap.", "\"imap_", "host"),
        (",993,", ",0,", "port"),
        (",993,3,1,", ",993,1,1,", "security"),
        (",993,3,1,", ",993,3,3,", "sign-in"),
        ("[0,\"imap", "[2,\"imap", "protocol"),
        ("],[[[0", ",null],[[[0", "server"),
        ("[\"ada.lovelace@", "[\"\\\"ada\\\"@", "address"),
    ] {
        assert!(sound.contains(from), "{from} in {sound}");
        let changed = sound.replacen(from, to, 1);
        assert_eq!(faults(&changed), [fault], "{changed}");
    }
}

proptest! {
    #[test]
    fn no_list_makes_a_code_or_a_file_that_the_app_refuses(
        name in "(.|\\s|\u{2028}|\u{202e}|\u{feff}){1,20}|\\PC{1,60}",
        login in "\\PC{1,30}|[ -~]{1,60}|(.|\\s){1,9}",
        hosts in ["[a-z0-9ßéäA-Z_.-]{1,30}", "[a-z0-9]{1,9}_?\\.[a-z0-9-]{1,9}\\.example"],
        ports in any::<[std::num::NonZeroU16; 2]>(),
        (pop, securities) in (any::<bool>(), [0_usize..3, 0_usize..3]),
    ) {
        let protocol = if pop { IncomingProtocol::Pop } else { IncomingProtocol::Imap };
        let incoming = if pop { "pop" } else { "imap" };
        let overrides =
            [format!("{incoming}.port={}", ports[0]), format!("smtp.port={}", ports[1])];
        let overrides: Vec<&str> = overrides.iter().map(String::as_str).collect();
        let address = EmailAddress::try_from("ada+1@q.com").unwrap();
        let mut account = resolve(&Person::new(address), protocol, &overrides);
        if let Ok(name) = DisplayName::try_from(name.as_str()) {
            account.display_name = name;
        }
        let servers = [&mut account.incoming, &mut account.outgoing];
        for (at, server) in servers.into_iter().enumerate() {
            if let Ok(host) = hosts[at].as_str().try_into() {
                server.endpoint.host = host;
            }
            if let Ok(login) = LoginName::try_from(login.as_str()) {
                server.username = login;
            }
            let security = [Security::Tls, Security::StartTls, Security::None];
            server.endpoint.security = security[securities[at]];
        }
        let person = PersonAccounts::from(account);
        let payloads = payloads(&person);
        prop_assert_eq!(payloads.len(), 1);
        prop_assert_eq!(faults(&payloads[0]), [""; 0], "{}", payloads[0]);
        let file = files("android-thunderbird", &person).remove(0).content.to_vec();
        let file = String::from_utf8(file).unwrap();
        prop_assert!(file.starts_with("<?xml"));
        // each value is on one line, with its tags
        for line in file.lines() {
            let line = line.trim_start_matches(' ');
            prop_assert!(line.starts_with('<') && line.ends_with('>'), "{}", line);
        }
        prop_assert!(!file.contains(['\r', '\0']));
        let host = person.first.incoming.endpoint.host.to_string();
        for (element, wanted) in [("email", person.first.address.as_str()), ("host", &host)] {
            let text = quick_xml::escape::partial_escape(wanted);
            let line = format!("<{element}>{text}</{element}>");
            prop_assert!(wanted.is_ascii() && file.contains(&line), "{}", line);
        }
    }
}
