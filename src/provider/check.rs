//! What is doubtful about a provider's description: things a file may say that are often mistakes.

use super::{Authentication, Provider, Server};
use crate::domain::server::{IncomingProtocol, Security};
use crate::domain::setting::ServerRole;

/// A doubt, with the change that would settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is doubtful.
    pub what: String,
    /// What to do.
    pub cure: String,
}

/// Every doubt about every server of `provider`, alternatives included.
pub fn provider(provider: &Provider) -> Vec<Finding> {
    let incoming = provider
        .incoming
        .iter()
        .map(|(protocol, server)| (ServerRole::Incoming(*protocol), server));
    let outgoing = provider.outgoing.iter().map(|server| (ServerRole::Outgoing, server));
    incoming
        .chain(outgoing)
        .flat_map(|(role, server)| self::server(server, role, provider))
        .collect()
}

/// Every doubt about one server.
pub fn server(server: &Server, role: ServerRole, provider: &Provider) -> Vec<Finding> {
    let id = role.id();
    let mut findings = Vec::new();
    if let Some(doubt) = &server.disputed {
        let alternative = other_host(server, role, provider).map_or_else(String::new, |host| {
            format!("; if sign-in fails, use --set {id}.host={host}")
        });
        findings.push(Finding {
            what: format!("{} is disputed: {doubt} ({})", server.host, server.checked_on),
            cure: format!("try one mailbox first{alternative}"),
        });
    }
    if server.security == Security::None {
        findings.push(Finding {
            what: format!("the {role} server {} sends passwords unprotected", server.host),
            cure: format!("use TLS: --set {id}.security=tls with the port for it"),
        });
    }
    if let Some(usual) = usual_security(server.port.get()).filter(|usual| *usual != server.security)
    {
        findings.push(Finding {
            what: format!(
                "the {role} server {} has {} on port {}, which is usually {usual}",
                server.host, server.security, server.port
            ),
            cure: format!("if that is a mistake: --set {id}.security={}", usual.id()),
        });
    }
    if let Some(usual) = usual_side(server.port.get()).filter(|usual| *usual != role) {
        findings.push(Finding {
            what: format!(
                "the {role} server {} uses port {}, which is for {usual}",
                server.host, server.port
            ),
            cure: "check host and port".to_owned(),
        });
    }
    if server.authentication.contains(&Authentication::None) {
        findings.push(Finding {
            what: format!("the {role} server {} is said to need no sign-in", server.host),
            cure: "almost every provider wants authentication for sending: check it".to_owned(),
        });
    }
    if server.host.to_string().starts_with("www.") {
        findings.push(Finding {
            what: format!("the {role} server {} is named like a web site", server.host),
            cure: "write the mail server's name without any additional prefix".to_owned(),
        });
    }
    findings
}

/// The first other host that the provider declares for the same use.
fn other_host(server: &Server, role: ServerRole, provider: &Provider) -> Option<String> {
    let others: Vec<&Server> = match role {
        ServerRole::Incoming(protocol) => {
            provider.incoming.iter().filter(|(p, _)| *p == protocol).map(|(_, s)| s).collect()
        }
        ServerRole::Outgoing => provider.outgoing.iter().collect(),
    };
    others.iter().map(|other| other.host.to_string()).find(|host| *host != server.host.to_string())
}

/// RFC 8314 §3.2 and 3.3, RFC 9051 §2.1, RFC 1939.
fn usual_security(port: u16) -> Option<Security> {
    match port {
        993 | 995 | 465 => Some(Security::Tls),
        143 | 110 | 587 => Some(Security::StartTls),
        _ => None,
    }
}

fn usual_side(port: u16) -> Option<ServerRole> {
    match port {
        993 | 143 => Some(ServerRole::Incoming(IncomingProtocol::Imap)),
        995 | 110 => Some(ServerRole::Incoming(IncomingProtocol::Pop)),
        25 | 465 | 587 => Some(ServerRole::Outgoing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(incoming: &str) -> Vec<String> {
        let text = format!(
            r#"
            format = 1
            id = "acme"
            name = "Acme"
            verified_on = "2026-11-22"
            [[incoming]]
            {incoming}
            username = "%EMAILADDRESS%"
            source = "test"
            checked_on = "2026-11-22"
            [[outgoing]]
            host = "smtp.acme.org"
            port = 587
            security = "starttls"
            username = "%EMAILADDRESS%"
            authentication = ["password-cleartext"]
            source = "test"
            checked_on = "2026-11-22"
            "#
        );
        let acme = Provider::parse("acme.toml", &text).unwrap();
        provider(&acme).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn sound_settings_raise_no_doubt() {
        assert_eq!(
            findings(
                "protocol=\"imap\"\nhost=\"imap.acme.org\"\nport=993\nsecurity=\"tls\"\nauthentication=[\"password-cleartext\"]"
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn each_doubtful_setting_is_found() {
        let rest = "protocol=\"imap\"\nauthentication=[\"password-cleartext\"]";
        for (setting, part) in [
            ("host=\"imap.acme.org\"\nport=993\nsecurity=\"starttls\"", "usually SSL/TLS"),
            ("host=\"imap.acme.org\"\nport=143\nsecurity=\"none\"", "sends passwords unprotected"),
            ("host=\"imap.acme.org\"\nport=465\nsecurity=\"tls\"", "which is for outgoing (SMTP)"),
            ("host=\"www.imap.acme.org\"\nport=993\nsecurity=\"tls\"", "named like a web site"),
        ] {
            let found = findings(&format!("{setting}\n{rest}"));
            assert!(found.iter().any(|what| what.contains(part)), "{setting}: {found:?}");
        }
        let found = findings(
            "protocol=\"pop\"\nhost=\"pop.acme.org\"\nport=995\nsecurity=\"tls\"\nauthentication=[\"none\"]",
        );
        assert_eq!(found, ["the incoming (POP3) server pop.acme.org is said to need no sign-in"]);
    }
}
