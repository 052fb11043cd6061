use super::*;
use crate::diagnostic::Diagnostic;
use crate::domain::server::{IncomingProtocol, Security};
use crate::provider::{Authentication, Server, check};

const TODAY: Date = time::macros::date!(2026 - 11 - 23);

/// A file with `{inside}` in emailProvider, after one domain; the servers begin on line 4.
fn file(inside: &str) -> String {
    format!(
        "<clientConfig version=\"1.1\">\n<emailProvider id=\"acme.org\">\n<domain>acme.org</domain>\n{inside}\n</emailProvider>\n</clientConfig>\n"
    )
}

fn server(element: &str, kind: &str, inside: &str) -> String {
    format!("<{element} type=\"{kind}\">{inside}</{element}>")
}

const IMAP: &str = "<incomingServer type=\"imap\"><hostname>imap.acme.org</hostname><port>993</port><socketType>SSL</socketType><username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>";
const SMTP: &str = "<outgoingServer type=\"smtp\"><hostname>smtp.acme.org</hostname><port>587</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>";

fn import(text: &str) -> Result<Imported, ProviderError> {
    autoconfig("in/acme.xml", text, None, TODAY)
}

fn imported(text: &str) -> Imported {
    import(text).unwrap_or_else(|error| panic!("{error}"))
}

fn reports(imported: &Imported) -> Vec<String> {
    imported.skipped.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refused(text: &str, message: &str, hint: Option<&str>) {
    let error = import(text).unwrap_err();
    assert_eq!(error.to_string(), format!("`in/acme.xml` {message}"));
    assert_eq!(error.hint().as_deref(), hint);
}

#[test]
fn a_complete_file_is_imported_in_order_and_marked_as_not_verified() {
    let text = file(&format!(
        "<displayName>Acme Mail</displayName>{}{}{IMAP}{SMTP}{}",
        server(
            "incomingServer",
            "pop3",
            "<hostname>mail.%EMAILDOMAIN%</hostname><port>110</port><socketType>plain</socketType><username>%EMAILLOCALPART%</username><authentication>secure</authentication><authentication>plain</authentication>"
        ),
        server(
            "incomingServer",
            "imap",
            "<hostname>IMAP2.acme.org</hostname><port>143</port><socketType>STARTTLS</socketType><username>%EMAILLOCALPART%.%EMAILDOMAIN%</username><authentication>OAuth2</authentication>"
        ),
        server(
            "outgoingServer",
            "smtp",
            "<hostname>relay.acme.org</hostname><port>25</port><socketType>plain</socketType><authentication>none</authentication>"
        ),
    ));
    let imported = imported(&text);
    let Provider { id, name, verified, verified_on, domains, incoming, outgoing, .. } =
        &imported.provider;
    assert_eq!((id.as_str(), name.as_str()), ("acme-org", "Acme Mail"));
    assert_eq!((*verified, *verified_on), (false, Some(TODAY)));
    assert_eq!(domains[0].as_str(), "acme.org");
    let shape = |server: &Server| {
        (server.host.to_string(), server.port.get(), server.security, server.username.to_string())
    };
    let s = |text: &str| text.to_owned();
    let protocols: Vec<IncomingProtocol> = incoming.iter().map(|(protocol, _)| *protocol).collect();
    assert_eq!(protocols, [IncomingProtocol::Pop, IncomingProtocol::Imap, IncomingProtocol::Imap]);
    let servers: Vec<_> = incoming.iter().map(|(_, s)| s).chain(outgoing).map(shape).collect();
    assert_eq!(
        servers,
        [
            (s("mail.%EMAILDOMAIN%"), 110, Security::None, s("%EMAILLOCALPART%")),
            (s("imap2.acme.org"), 143, Security::StartTls, s("%EMAILLOCALPART%.%EMAILDOMAIN%")),
            (s("imap.acme.org"), 993, Security::Tls, s("%EMAILADDRESS%")),
            (s("smtp.acme.org"), 587, Security::StartTls, s("%EMAILADDRESS%")),
            (s("relay.acme.org"), 25, Security::None, s("%EMAILADDRESS%")),
        ]
    );
    let ways: Vec<&[Authentication]> = incoming
        .iter()
        .map(|(_, s)| s)
        .chain(outgoing)
        .map(|s| s.authentication.as_slice())
        .collect();
    let expected: [&[Authentication]; 5] = [
        &[Authentication::EncryptedPassword, Authentication::Password],
        &[Authentication::OAuth2],
        &[Authentication::Password],
        &[Authentication::Password],
        &[Authentication::None],
    ];
    assert_eq!(ways, expected);
    assert_eq!(
        incoming[0].1.evidence.source.as_deref().unwrap(),
        "imported from acme.xml, line 4 (Mozilla autoconfig), not verified"
    );
    assert!(
        imported
            .text
            .starts_with("# Imported from acme.xml on 2026-11-23. Nobody has verified it.\n")
    );
    assert!(imported.text.contains("\nverified = false\nverified_on = \"2026-11-23\"\n"));
    assert_eq!(Provider::parse("acme.toml", &imported.text).unwrap(), imported.provider);
    assert!(check::provider(&imported.provider)[0].what.starts_with("nobody has verified"));
    assert_eq!(reports(&imported), Vec::<String>::new());
}

#[test]
fn skipped_parts_are_reported_with_their_lines() {
    let exchange = server("incomingServer", "exchange", "<owaURL>https://x</owaURL>");
    let jmap = server("incomingServer", "jmap", "<url>https://x</url>");
    let other = server("outgoingServer", "lmtp", "");
    let gssapi =
        IMAP.replace("<authentication>", "<authentication>GSSAPI</authentication><authentication>");
    let extras = SMTP.replace(
        "</outgoingServer>",
        "<password>hunter2</password><restriction>x</restriction></outgoingServer>",
    );
    let ntlm_only = SMTP.replace("password-cleartext", "NTLM");
    let pop = IMAP.replace("\"imap\"", "\"pop3\"").replace(
        "</incomingServer>",
        "<pop3><leaveMessagesOnServer>true</leaveMessagesOnServer></pop3></incomingServer>",
    );
    let docs = "<documentation url=\"https://acme.org/help\"/>\n<documentation url=\"https://acme.org/more\"/>";
    let text = file(&format!(
        "{exchange}\n{jmap}\n{gssapi}\n{extras}\n{ntlm_only}\n{pop}\n{other}\n<!-- 500 a day -->\n{docs}\n<domain purpose=\"mx\">mx.acme.org</domain>"
    ))
    .replace(
        "</clientConfig>",
        "<webMail/>\n<oAuth2/>\n<enable visiturl=\"https://acme.org\"/></clientConfig>",
    );
    let imported = imported(&text);
    assert_eq!(
        imported.provider.documentation.as_ref().map(Link::as_str),
        Some("https://acme.org/help")
    );
    assert_eq!((imported.provider.incoming.len(), imported.provider.outgoing.len()), (2, 1));
    assert!(!imported.text.contains("hunter2"));
    assert_eq!(
        reports(&imported),
        [
            "line 4: `incomingServer` of type `exchange` is skipped (incoming servers have the type imap or pop3)",
            "line 5: `incomingServer` of type `jmap` is skipped (incoming servers have the type imap or pop3)",
            "line 6: `authentication` by `GSSAPI` is skipped (files cannot carry it)",
            "line 7: `password` is skipped (provider files contain no passwords)",
            "line 7: `restriction` is skipped (provider files have no such setting)",
            "line 8: `authentication` by `NTLM` is skipped (files cannot carry it)",
            "line 8: `outgoingServer` is skipped (files cannot carry its ways to sign in)",
            "line 9: `pop3` is skipped (the device decides what POP3 leaves on the server)",
            "line 10: `outgoingServer` of type `lmtp` is skipped (outgoing servers have the type smtp)",
            "line 11: a comment is skipped (read it: comments often state limits and conditions)",
            "line 13: `documentation` is skipped (a provider file has only one page)",
            "line 14: `domain` is skipped (it names mail exchangers instead of mailboxes)",
            "line 16: `webMail` is skipped (it does not describe a mail server)",
            "line 17: `oAuth2` is skipped (files cannot carry a browser sign-in)",
            "line 18: `enable` is skipped (if people must enable something first, add [[notes]] about it)",
        ]
    );
}

const WHOLE: &str = "a server has hostname, port, socketType, username and authentication";
const PLACEHOLDERS: &str = "placeholders are %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN%";

/// The text to replace, its replacement, the message and the hint.
const FAULTS: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "%EMAILADDRESS%",
        "%EMAILADDRESS",
        "line 4: `%EMAILADDRESS` cannot be used: `%EMAILADDRESS` is not a placeholder",
        Some(PLACEHOLDERS),
    ),
    (
        "%EMAILADDRESS%",
        "%REALNAME%",
        "line 4: `%REALNAME%` cannot be used: `%REALNAME%` is not a placeholder",
        Some(PLACEHOLDERS),
    ),
    (
        "imap.acme.org",
        "%EMAILLOCALPART%.acme.org",
        "line 4: `%EMAILLOCALPART%.acme.org` cannot be used: `%EMAILLOCALPART%` is not allowed in a host name; only %EMAILDOMAIN% is",
        Some("write a name like imap.example.org"),
    ),
    (
        "<hostname>smtp.acme.org</hostname>",
        "",
        "line 5: this `outgoingServer` has no `hostname`",
        Some(WHOLE),
    ),
    ("<port>587</port>", "", "line 5: this `outgoingServer` has no `port`", Some(WHOLE)),
    (
        "<socketType>SSL</socketType>",
        "",
        "line 4: this `incomingServer` has no `socketType`",
        Some(WHOLE),
    ),
    (
        "<username>%EMAILADDRESS%</username>",
        "",
        "line 4: this `incomingServer` has no `username`",
        Some(WHOLE),
    ),
    (
        "<authentication>password-cleartext</authentication>",
        "",
        "line 4: this `incomingServer` has no `authentication`",
        Some(WHOLE),
    ),
    (
        "<port>587</port>",
        "<port>587</port>\n<port>465</port>",
        "line 6: this server has a second `port`",
        Some("remove the wrong one"),
    ),
    ("993", "0", "line 4: `0` is not a port", Some("a port is a number from 1 to 65535")),
    ("993", "99999", "line 4: `99999` is not a port", Some("a port is a number from 1 to 65535")),
    (
        "SSL",
        "TLSv1",
        "line 4: `TLSv1` is not a socketType",
        Some("it is one of SSL, STARTTLS, plain"),
    ),
    (
        " type=\"imap\"",
        "",
        "line 4: `incomingServer` has no type",
        Some("it is one of type=\"imap\", \"pop3\", \"smtp\""),
    ),
    (
        "clientConfig",
        "config",
        "line 1: `config` is not the start of an autoconfig file",
        Some("the outermost element is <clientConfig version=\"1.1\">"),
    ),
    (
        "emailProvider",
        "provider",
        "line 1: there is no `emailProvider`",
        Some("it belongs into clientConfig and contains domains and servers"),
    ),
    ("id=\"acme.org\"", "", "line 2: `emailProvider` has no usable id", Some("set one: --id acme")),
    (
        "<domain>acme.org</domain>",
        "",
        "line 2: `emailProvider` has no `domain`",
        Some(
            "add a <domain>; where customers bring their own it is <domain>%EMAILDOMAIN%</domain>",
        ),
    ),
    (
        "<domain>acme.org</domain>",
        "<domain>acme</domain>",
        "line 3: `acme` is not a mail domain: its domain has no dot",
        Some("write the part after the @, like example.org"),
    ),
];

#[test]
fn a_faulty_file_is_refused_with_its_line() {
    let both = format!("{IMAP}\n{SMTP}");
    for (from, to, message, hint) in FAULTS.iter().copied() {
        let text = file(&both);
        // a name occurs in two tags; other parts are in both servers
        let broken = if from.starts_with(['<', '%']) {
            text.replacen(from, to, 1)
        } else {
            text.replace(from, to)
        };
        assert_ne!(broken, text, "{from}");
        refused(&broken, message, hint);
    }
    let usable = "a usable server has the type imap, pop3 or smtp and accepts a password or OAuth2";
    refused(&file(SMTP), "line 2: there is no usable `incomingServer`", Some(usable));
    refused(&file(IMAP), "line 2: there is no usable `outgoingServer`", Some(usable));
    refused(
        &format!("<!DOCTYPE clientConfig>{}", file(&both)),
        "line 1: a document type (DOCTYPE) is not allowed",
        Some("remove it: files of this format have no document type"),
    );
}

#[test]
fn an_id_is_given_or_made_from_the_file() {
    let both = file(&format!("{IMAP}{SMTP}"));
    let given = autoconfig("acme.xml", &both, Some("acme".parse().unwrap()), TODAY).unwrap();
    assert_eq!((given.provider.id.as_str(), given.provider.name.as_str()), ("acme", "acme"));
    let odd = both.replace("id=\"acme.org\"", "id=\" Messaging_Engine. \"");
    assert_eq!(imported(&odd).provider.id.as_str(), "messaging-engine");
}

#[test]
fn an_invalid_name_is_replaced_by_the_next() {
    let names = |long: &str, short: &str| {
        let names = format!(
            "<displayName>{long}</displayName><displayShortName>{short}</displayShortName>"
        );
        imported(&file(&format!("{names}{IMAP}{SMTP}")))
    };
    assert_eq!(names("Acme\n  Mail", "Acme").provider.name, "Acme Mail");
    let long = names(&"x".repeat(41), "Acme");
    assert_eq!(long.provider.name, "Acme");
    assert_eq!(
        reports(&long),
        ["line 4: `displayName` is skipped (a name has 1 to 40 characters and no placeholder)"]
    );
    assert_eq!(names("%EMAILDOMAIN% Mail", "a&#x202e;b").provider.name, "acme-org");
}

#[test]
fn a_hosting_provider_has_no_domains_of_its_own() {
    let hosting = file(&format!("{IMAP}{SMTP}"))
        .replace("<domain>acme.org</domain>", "<domain>%EMAILDOMAIN%</domain>");
    let imported = imported(&hosting);
    assert!(imported.provider.domains.is_empty());
    assert_eq!(
        reports(&imported),
        ["line 3: `domain` is skipped (a provider file without domains allows any)"]
    );
}

#[test]
fn repeated_values_are_imported_once_and_pages_must_be_links() {
    let plain = IMAP
        .replace("</incomingServer>", "<authentication>plain</authentication></incomingServer>");
    let pages = "<documentation url=\"https://%EMAILDOMAIN%/\"/><documentation/><instruction url=\"http://acme.org/\"/>";
    let imported = imported(&file(&format!("<domain>ACME.org</domain>{pages}{plain}{SMTP}")));
    assert_eq!(imported.provider.domains.len(), 1);
    assert_eq!(imported.provider.incoming[0].1.authentication, [Authentication::Password]);
    assert_eq!(
        imported.provider.documentation.as_ref().map(Link::as_str),
        Some("http://acme.org/")
    );
    assert_eq!(
        reports(&imported),
        ["line 4: `documentation` is skipped (its url is not a web address)"]
    );
}

#[test]
fn hostile_texts_remain_texts() {
    let names = "<displayName>a\"&#10;[[outgoing]] #'''</displayName><documentation url=\"https://x/&quot;&#10;y\"/>";
    let imported =
        autoconfig("a\nverified = true.xml", &file(&format!("{names}{IMAP}{SMTP}")), None, TODAY)
            .unwrap();
    assert_eq!(imported.provider.name, "a\" [[outgoing]] #'''");
    assert!(imported.text.starts_with("# Imported from a\\u{a}verified = true.xml on"));
    assert!(!Provider::parse("x.toml", &imported.text).unwrap().verified);
}

proptest::proptest! {
    /// A damaged file is refused, or the result can be read back.
    #[test]
    fn a_damaged_file_is_refused_or_read_back(cut in 0_usize..900, length in 0_usize..60, with in "[<>/&;%\"a-z\u{0}\u{202e}é \n]{0,12}") {
        let mut text = file(&format!("<displayName>Acme</displayName>{IMAP}{SMTP}"));
        let at = |position: usize| (position..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let range = at(cut.min(text.len()))..at((cut + length).min(text.len()));
        text.replace_range(range, &with);
        match import(&text) {
            Ok(imported) => {
                let again = Provider::parse("acme.toml", &imported.text).map_err(|e| e.to_string());
                proptest::prop_assert_eq!(again, Ok(imported.provider));
            }
            Err(error) => {
                let at_fault = matches!(error, ProviderError::NotReadBack { .. });
                proptest::prop_assert!(!at_fault, "{}", error);
            }
        }
    }
}
