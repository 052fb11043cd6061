//! An example of Thunderbird's `policies.json`, with an account in it. The keys are those that the Windows script writes into
//! `prefs.js`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::domain::email::EmailAddress;
use crate::domain::hosted::HostedDomain;
use crate::domain::server::{IncomingProtocol, Security};

/// `nsMsgAuthMethod`: a password, which only the connection encrypts.
const PASSWORD: u8 = 3;

#[derive(Serialize)]
struct File {
    policies: Policies,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policies {
    preferences: Map<String, Value>,
}

/// The file for a mailbox of the domain. Every Windows user of the PC would get its account.
pub(crate) fn policies(hosted: &HostedDomain) -> Vec<u8> {
    let HostedDomain { domain, protocol, incoming, outgoing, .. } = hosted;
    let address = EmailAddress::someone(domain);
    let socket = |security: Security| match security {
        Security::None => 0,
        Security::StartTls => 2,
        Security::Tls => 3,
    };
    let kind = match protocol {
        IncomingProtocol::Imap => "imap",
        IncomingProtocol::Pop => "pop3",
    };
    let keys = [
        ("accountmanager.accounts", json!("account1")),
        ("accountmanager.defaultaccount", json!("account1")),
        ("account.account1.identities", json!("id1")),
        ("account.account1.server", json!("server1")),
        ("identity.id1.fullName", json!("Someone Else")),
        ("identity.id1.useremail", json!(address.as_str())),
        ("identity.id1.smtpServer", json!("smtp1")),
        ("identity.id1.valid", json!(true)),
        ("server.server1.type", json!(kind)),
        ("server.server1.name", json!(address.as_str())),
        ("server.server1.hostname", json!(incoming.endpoint.host.as_str())),
        ("server.server1.port", json!(incoming.endpoint.port.get())),
        ("server.server1.socketType", json!(socket(incoming.endpoint.security))),
        ("server.server1.authMethod", json!(PASSWORD)),
        ("server.server1.userName", json!(incoming.login.of(&address))),
        ("server.server1.check_new_mail", json!(true)),
        ("server.server1.login_at_startup", json!(true)),
        ("smtpservers", json!("smtp1")),
        ("smtp.defaultserver", json!("smtp1")),
        ("smtpserver.smtp1.hostname", json!(outgoing.endpoint.host.as_str())),
        ("smtpserver.smtp1.port", json!(outgoing.endpoint.port.get())),
        ("smtpserver.smtp1.try_ssl", json!(socket(outgoing.endpoint.security))),
        ("smtpserver.smtp1.authMethod", json!(PASSWORD)),
        ("smtpserver.smtp1.username", json!(outgoing.login.of(&address))),
    ];
    let preference = |(key, value): (&str, Value)| {
        (format!("mail.{key}"), json!({"Value": value, "Status": "default"}))
    };
    let preferences = keys.into_iter().map(preference).collect();
    // texts and numbers: this cannot fail
    let mut content =
        serde_json::to_vec_pretty(&File { policies: Policies { preferences } }).unwrap_or_default();
    content.push(b'\n');
    content
}
