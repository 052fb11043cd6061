//! What apps fetch from the web server of a mail domain: the same files for all of its mailboxes.

use std::io;

use super::ReadError;
use super::android::autoconfig::{self, ADDRESS, Config, LOCAL_PART, servers};
use super::android::autodiscover;
use super::error::ReadFault;
use super::stated::StatedServer;
use super::xml::{leaves, text, value};
use crate::domain::host::Domain;
use crate::domain::hosted::{HostedDomain, HostedServer, LoginRule};

pub(crate) use super::android::fairemail;

/// What is to be done with a single file for hosting, which names no person.
pub(super) const OF_A_DOMAIN: &str = "it serves a whole domain: name the folder of its export";

/// The Autodiscover response, without a user: apps take the address as user name.
pub(crate) fn autodiscover(hosted: &HostedDomain) -> io::Result<Vec<u8>> {
    autodiscover::write_hosted(hosted)
}

/// Mozilla autoconfig, with placeholders for the user name.
pub(crate) fn autoconfig(hosted: &HostedDomain) -> io::Result<Vec<u8>> {
    let login = |server: &HostedServer| match server.login {
        LoginRule::Address => ADDRESS,
        LoginRule::LocalPart => LOCAL_PART,
    };
    autoconfig::write(&Config {
        domain: hosted.domain.as_str(),
        title: hosted.provider.clone(),
        provider: &hosted.provider,
        protocol: hosted.protocol,
        incoming: (&hosted.incoming.endpoint, login(&hosted.incoming)),
        outgoing: (&hosted.outgoing.endpoint, login(&hosted.outgoing)),
    })
}

/// The settings in a hosted autoconfig file, which states all of them.
pub(crate) fn read_autoconfig(content: &[u8]) -> Result<HostedDomain, ReadError> {
    let text = text(content)?;
    let leaves = leaves(text, None)?;
    let servers = servers(text, &leaves)?;
    let server = |stated: &StatedServer| -> Result<HostedServer, ReadError> {
        let login = match stated.username.as_str() {
            ADDRESS => LoginRule::Address,
            LOCAL_PART => LoginRule::LocalPart,
            other => return Err(ReadFault::unknown("username", other).into()),
        };
        Ok(HostedServer { endpoint: stated.endpoint()?, login })
    };
    Ok(HostedDomain {
        domain: Domain::try_from(value(&leaves, "domain")?.as_str())?,
        provider: value(&leaves, "displayShortName")?,
        protocol: servers.protocol,
        incoming: server(&servers.incoming)?,
        outgoing: server(&servers.outgoing)?,
    })
}

/// Every setting on which the hosted Autodiscover response `content` and `hosted` do not agree: the setting, its value in
/// the response, and the other one.
pub(crate) fn differences(
    content: &[u8],
    hosted: &HostedDomain,
) -> Result<Vec<(&'static str, String, String)>, ReadError> {
    let (protocol, incoming, outgoing) = autodiscover::read_hosted(text(content)?)?;
    let sides = [
        ("incoming server", incoming, &hosted.incoming.endpoint),
        ("outgoing server", outgoing, &hosted.outgoing.endpoint),
    ];
    let mut found = Vec::new();
    if protocol != hosted.protocol {
        found.push(("protocol", protocol.to_string(), hosted.protocol.to_string()));
    }
    for (setting, this, that) in sides {
        if this != *that {
            found.push((setting, this.to_string(), that.to_string()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::{Endpoint, IncomingProtocol, Security};

    fn hosted() -> HostedDomain {
        let server = |host: &str, port: u16, security, login| HostedServer {
            endpoint: Endpoint {
                host: host.try_into().unwrap(),
                port: port.try_into().unwrap(),
                security,
            },
            login,
        };
        HostedDomain {
            domain: Domain::try_from("acme.example").unwrap(),
            provider: "Smith & <Sons>".to_owned(),
            protocol: IncomingProtocol::Imap,
            incoming: server("imap.acme.example", 993, Security::Tls, LoginRule::LocalPart),
            outgoing: server("smtp.acme.example", 587, Security::StartTls, LoginRule::Address),
        }
    }

    #[test]
    fn both_files_are_read_back_as_they_were() {
        for protocol in [IncomingProtocol::Imap, IncomingProtocol::Pop] {
            let hosted = HostedDomain { protocol, ..hosted() };
            assert_eq!(read_autoconfig(&autoconfig(&hosted).unwrap()).unwrap(), hosted);
            assert_eq!(differences(&autodiscover(&hosted).unwrap(), &hosted).unwrap(), []);
        }
    }

    #[test]
    fn no_file_has_anything_of_a_person() {
        let files = [autodiscover(&hosted()).unwrap(), autoconfig(&hosted()).unwrap()];
        for file in files.map(|file| String::from_utf8(file).unwrap()) {
            for word in ["<User>", "LoginName", "DisplayName", "@", "someone", "password>"] {
                assert!(!file.contains(word), "{word}: {file}");
            }
            assert!(file.starts_with("<?xml") && !file.contains('\r') && file.ends_with(">\n"));
        }
    }

    #[test]
    fn a_response_with_another_server_is_found() {
        let text = String::from_utf8(autodiscover(&hosted()).unwrap()).unwrap();
        for (from, to, setting) in [
            ("imap.acme.example", "imap.evil.example", "incoming server"),
            ("<Port>587", "<Port>25", "outgoing server"),
            ("<Type>IMAP", "<Type>POP3", "protocol"),
            ("<Encryption>TLS", "<Encryption>SSL", "outgoing server"),
        ] {
            let other = text.replace(from, to);
            let found = differences(other.as_bytes(), &hosted()).unwrap();
            assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [setting], "{from}");
        }
        assert!(differences(b"<a/>", &hosted()).is_err());
    }
}
