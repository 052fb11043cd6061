//! What is in a code: JSON in plain ASCII. `zbar` takes other bytes for Big5, and ASCII is the same to every reader.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::account::{MailAccount, PersonAccounts};
use crate::domain::server::{IncomingProtocol, Security, ServerLogin};
use crate::render::error::ReadFault;
use crate::render::literal::ascii_json;
use crate::render::stated::{StatedSecurity, StatedServer};
use crate::render::{Part, ReadError, Stated};

/// The largest code that several accounts share, in bytes: version 20 with error level M. Printed 4 cm wide, its modules
/// are 0.38 mm wide, which the cameras of phones still tell apart.
const COMFORTABLE: usize = 666;

/// The largest code of all, in bytes: version 40 with error level M (ISO/IEC 18004, table 7).
const LARGEST: usize = 2331;

/// `[1,[21,21],` and `]`.
const FRAME: usize = 12;

/// The only form there is.
const FORM: u64 = 1;

/// A password that is entered in the app. The others are 0 for nothing, 2 for an encrypted one, 5 for a certificate and 6 for OAuth.
const PASSWORD: u64 = 1;

/// The places of the accounts in each code. An account that fits into no code is in none.
pub(super) fn split(person: &PersonAccounts) -> Vec<Range<usize>> {
    let mut split: Vec<Range<usize>> = Vec::with_capacity(1);
    let mut used = FRAME;
    for (place, account) in person.iter().enumerate() {
        let size = fragment(account).len() + 1;
        if FRAME + size > LARGEST {
            continue;
        }
        match split.last_mut() {
            Some(last) if last.end == place && used + size <= COMFORTABLE => last.end += 1,
            _ => {
                split.push(place..place + 1);
                used = FRAME;
            }
        }
        used += size;
    }
    split
}

/// What is in the code `part`.
pub(super) fn payload(part: Part<'_>) -> String {
    let accounts: Vec<String> = part.person.iter().map(fragment).collect();
    frame((part.number, part.of), &accounts)
}

fn frame((number, of): (usize, usize), accounts: &[String]) -> String {
    format!("[{FORM},[{number},{of}],{}]", accounts.join(","))
}

/// An account: its incoming server, and its outgoing server with the identity. The app refuses `null` for the name of
/// the account and for the password: both are left out.
fn fragment(account: &MailAccount) -> String {
    let protocol = match account.protocol {
        IncomingProtocol::Imap => 0,
        IncomingProtocol::Pop => 1,
    };
    let identity = [account.address.as_str(), account.display_name.as_str()];
    format!(
        "{},[[{},{}]]",
        server(protocol, &account.incoming),
        server(0, &account.outgoing),
        json(&identity)
    )
}

fn server(protocol: u8, server: &ServerLogin) -> String {
    let security = number(server.endpoint.security);
    let host = server.endpoint.host.as_str();
    json(&(protocol, host, server.endpoint.port, security, PASSWORD, server.username.as_str()))
}

fn number(security: Security) -> u64 {
    match security {
        Security::None => 0,
        Security::StartTls => 2,
        Security::Tls => 3,
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // texts and numbers are always JSON, and JSON in ASCII is always a text
    String::from_utf8(ascii_json(value).unwrap_or_default()).unwrap_or_default()
}

/// What a payload says.
pub(super) struct Read {
    pub(super) accounts: Vec<Stated>,
    /// The number of the code, and how many there are.
    place: (usize, usize),
}

impl Read {
    pub(super) fn of(payload: &str) -> Result<Self, ReadError> {
        let values: Vec<Value> = serde_json::from_str(payload)?;
        let [form, place, accounts @ ..] = &values[..] else {
            return Err(ReadFault::missing("account").into());
        };
        if form.as_u64() != Some(FORM) {
            return Err(ReadFault::unknown("its format", &form.to_string()).into());
        }
        let place: (usize, usize) = serde_json::from_value(place.clone())?;
        let accounts = accounts.chunks(2).map(stated).collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            return Err(ReadFault::missing("account").into());
        }
        Ok(Self { accounts, place })
    }

    /// The payload that this version writes for the same settings.
    pub(super) fn again(&self) -> Result<String, ReadError> {
        let accounts =
            self.accounts.iter().map(|stated| Ok(fragment(&stated.sample(Arc::default())?)));
        Ok(frame(self.place, &accounts.collect::<Result<Vec<_>, ReadError>>()?))
    }
}

/// An account, from its two elements.
fn stated(elements: &[Value]) -> Result<Stated, ReadError> {
    let [incoming, groups] = elements else {
        return Err(ReadFault::missing("outgoing server").into());
    };
    let incoming: Server = serde_json::from_value(incoming.clone())?;
    let [(outgoing, (address, display_name))]: [(Server, (String, String)); 1] =
        serde_json::from_value(groups.clone())?;
    Ok(Stated {
        address,
        display_name: Some(display_name),
        protocol: match incoming.0 {
            0 => IncomingProtocol::Imap,
            1 => IncomingProtocol::Pop,
            other => return Err(ReadFault::unknown("its protocol", &other.to_string()).into()),
        },
        incoming: stated_server(incoming)?,
        outgoing: stated_server(outgoing)?,
        windows_user: None,
    })
}

/// Protocol, host, port, security, kind of sign-in, user name.
type Server = (u64, String, u16, u64, u64, String);

fn stated_server(
    (_, host, port, security, _, username): Server,
) -> Result<StatedServer, ReadError> {
    let known = [Security::Tls, Security::StartTls, Security::None];
    let security = known
        .into_iter()
        .find(|known| number(*known) == security)
        .ok_or_else(|| ReadFault::unknown("its security", &security.to_string()))?;
    Ok(StatedServer { host, port, security: StatedSecurity::Exactly(security), username })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::DisplayName;
    use crate::render::sample::samples;

    fn person(accounts: usize, name: &str) -> PersonAccounts {
        let (_, mut person) = samples().remove(0);
        person.first.display_name = DisplayName::try_from(name).unwrap();
        person.more = vec![person.first.clone(); accounts - 1];
        person
    }

    #[test]
    fn a_payload_is_the_one_of_the_specification() {
        let mut person = person(1, "Jane Doe");
        person.first.address = "jane.doe@centurylink.net".try_into().unwrap();
        for (server, host, port) in [
            (&mut person.first.incoming, "mail.centurylink.net", 993),
            (&mut person.first.outgoing, "smtp.centurylink.net", 587),
        ] {
            server.username = "jane.doe@centurylink.net".try_into().unwrap();
            server.endpoint.host = host.try_into().unwrap();
            server.endpoint.port = std::num::NonZeroU16::new(port).unwrap();
        }
        person.first.outgoing.endpoint.security = Security::StartTls;
        person.first.incoming.endpoint.security = Security::Tls;
        person.first.protocol = IncomingProtocol::Imap;
        assert_eq!(
            payload(Part::from(&person)),
            r#"[1,[1,1],[0,"mail.centurylink.net",993,3,1,"jane.doe@centurylink.net"],[[[0,"smtp.centurylink.net",587,2,1,"jane.doe@centurylink.net"],["jane.doe@centurylink.net","Jane Doe"]]]]"#
        );
    }

    #[test]
    fn a_payload_is_ascii_without_null_and_reads_back() {
        for (_, person) in samples() {
            let payload = payload(Part::from(&person));
            assert!(payload.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{payload}");
            assert!(!payload.contains("null"), "{payload}");
            let read = Read::of(&payload).unwrap();
            assert_eq!(read.accounts.len(), person.iter().count());
            for (read, account) in read.accounts.iter().zip(person.iter()) {
                assert_eq!(read.differences(&Stated::from(account)), []);
            }
            assert_eq!(read.again().unwrap(), payload);
        }
    }

    #[test]
    fn accounts_share_a_code_while_it_stays_small() {
        assert_eq!(split(&person(1, "Ada")).first(), Some(&(0..1)));
        let most = split(&person(20, "Ada"));
        assert!(most[0].len() > 1, "{most:?}");
        assert_eq!(most.iter().cloned().flatten().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
        let of = most.len();
        for (number, places) in (1..).zip(most) {
            let person = person(20, "Ada");
            let part = person.part(places);
            let payload = payload(Part { person: &part, number, of });
            assert!(payload.len() <= COMFORTABLE, "{}", payload.len());
            assert!(payload.starts_with(&format!("[1,[{number},{of}],[")), "{payload}");
        }
        // twelve bytes a character
        assert_eq!(split(&person(2, &"👩".repeat(100))), [0..1, 1..2]);
        let mut large = person(1, &"👩".repeat(128));
        let long = format!("{}.example", ["a".repeat(59).as_str(); 4].join("."));
        large.first.incoming.username = format!("b@{long}").as_str().try_into().unwrap();
        large.first.incoming.endpoint.host = long.as_str().try_into().unwrap();
        large.first.outgoing = large.first.incoming.clone();
        assert!(split(&large).is_empty());
        large.more = vec![person(1, "Ada").first];
        assert_eq!(split(&large).first(), Some(&(1..2)));
    }

    #[test]
    fn other_forms_and_values_are_refused() {
        let server = r#"[0,"a.example",993,3,1,"u"]"#;
        let whole = |form: &str, incoming: &str, identity: &str| {
            format!(r"[{form},[1,1],{incoming},[[{server},{identity}]]]")
        };
        assert!(Read::of(&whole("1", server, r#"["a@b.example","A"]"#)).is_ok());
        for (form, incoming, identity) in [
            ("2", server, r#"["a@b.example","A"]"#),
            ("1", r#"[2,"a.example",993,3,1,"u"]"#, r#"["a@b.example","A"]"#),
            ("1", r#"[0,"a.example",993,1,1,"u"]"#, r#"["a@b.example","A"]"#),
            ("1", r#"[0,"a.example",99993,3,1,"u"]"#, r#"["a@b.example","A"]"#),
            ("1", r#"[0,"a.example",993,3,1,"u",null]"#, r#"["a@b.example","A"]"#),
            ("1", server, r#"["a@b.example",null]"#),
            ("1", server, r#"["a@b.example"]"#),
        ] {
            assert!(
                Read::of(&whole(form, incoming, identity)).is_err(),
                "{form} {incoming} {identity}"
            );
        }
        for text in ["", "[]", "[1]", "[1,[1,1]]", "{}", "[1,[1,1],[]]"] {
            assert!(Read::of(text).is_err(), "{text}");
        }
    }
}
