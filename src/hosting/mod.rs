//! What an organization puts on the web server and into the DNS of its own mail domains, so that mail apps find
//! the settings. Pure, like `render`: sees no folder, opens no connection, and knows no person.

mod dns;
mod readme;

use std::io;

use crate::domain::hosted::HostedDomain;
use crate::render::hosted::fairemail::{self, FairEmailEntry};
use crate::render::hosted::{autoconfig, autodiscover};

/// The id of the export: on the command line, and in its list of files.
pub(crate) const ID: &str = "hosting";

/// The Autodiscover response, below the folder of its domain.
pub(crate) const AUTODISCOVER: &str = "autodiscover/autodiscover.xml";

/// Mozilla autoconfig, below the folder of its domain.
pub(crate) const AUTOCONFIG: &str = "mail/config-v1.1.xml";

/// The same, where apps look if the name `autoconfig.` does not answer.
pub(crate) const WELL_KNOWN: &str = ".well-known/autoconfig/mail/config-v1.1.xml";

/// What `FairEmail` imports from disk.
pub(crate) const FAIREMAIL: &str = "fairemail/providers.xml";

/// Where the README and the snippets expect the folders of the domains on a web server.
const BASE: &str = "/var/www/mail-settings";

/// The snippets for web servers, each with its file name.
const SNIPPETS: [(&str, &str); 3] = [
    ("nginx.conf", include_str!("../../templates/hosting/nginx.conf")),
    ("apache.conf", include_str!("../../templates/hosting/apache.conf")),
    ("Caddyfile", include_str!("../../templates/hosting/Caddyfile")),
];

/// A file below the folder of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostedFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// Every file for `domains` and `entries`, either of which may be empty.
pub(crate) fn files(
    domains: &[HostedDomain],
    entries: &[FairEmailEntry],
) -> io::Result<Vec<HostedFile>> {
    let mut files = Vec::new();
    for hosted in domains {
        let domain = hosted.domain.as_str();
        let mut add = |name: &str, content: Vec<u8>| {
            files.push(HostedFile { path: format!("{domain}/{name}"), content });
        };
        let config = autoconfig(hosted)?;
        add(AUTODISCOVER, autodiscover(hosted)?);
        add(AUTOCONFIG, config.clone());
        add(WELL_KNOWN, config);
        add("dns.txt", dns::zone(hosted).into_bytes());
        for (name, template) in SNIPPETS {
            let root = format!("{BASE}/{domain}");
            let text = template.replace("{domain}", domain).replace("{root}", &root);
            add(name, text.into_bytes());
        }
    }
    if !entries.is_empty() {
        let content = fairemail::write(entries)?;
        files.push(HostedFile { path: FAIREMAIL.to_owned(), content });
    }
    let content = readme::text(domains, entries).into_bytes();
    files.push(HostedFile { path: "README.txt".to_owned(), content });
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::host::Domain;
    use crate::domain::hosted::{HostedServer, LoginRule};
    use crate::domain::server::{Endpoint, IncomingProtocol, Security};

    pub(super) fn hosted(domain: &str) -> HostedDomain {
        let server = |host: &str, port: u16, security| HostedServer {
            endpoint: Endpoint {
                host: host.try_into().unwrap(),
                port: port.try_into().unwrap(),
                security,
            },
            login: LoginRule::Address,
        };
        HostedDomain {
            domain: Domain::try_from(domain).unwrap(),
            provider: "Acme".to_owned(),
            protocol: IncomingProtocol::Imap,
            incoming: server("imap.acme.example", 993, Security::Tls),
            outgoing: server("smtp.acme.example", 587, Security::StartTls),
        }
    }

    #[test]
    fn each_domain_has_its_folder_and_no_file_has_a_placeholder_left() {
        let domains = [hosted("acme.example"), hosted("münchen.example")];
        let entries = fairemail::entries(&domains);
        let files = files(&domains, &entries).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), 2 * 7 + 2);
        for path in [
            "acme.example/autodiscover/autodiscover.xml",
            "acme.example/mail/config-v1.1.xml",
            "acme.example/.well-known/autoconfig/mail/config-v1.1.xml",
            "xn--mnchen-3ya.example/nginx.conf",
            "fairemail/providers.xml",
        ] {
            assert!(paths.contains(&path), "{path}");
        }
        for HostedFile { path, content } in &files {
            let text = String::from_utf8(content.clone()).unwrap();
            assert!(!text.starts_with('\u{feff}') && !text.contains('\r'), "{path}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}: {text}");
            for left in ["{domain", "{root}", "{base}", "{line}", "{first}", "{records}"] {
                assert!(!text.contains(left), "{path} has {left}");
            }
        }
    }

    #[test]
    fn without_domains_there_is_only_what_fairemail_imports() {
        let entries = fairemail::entries(&[hosted("acme.example")]);
        let files = files(&[], &entries).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [FAIREMAIL, "README.txt"]);
        let text = String::from_utf8(files[1].content.clone()).unwrap();
        assert!(text.starts_with("Providers for FairEmail\n"), "{text}");
        assert!(text.contains("acme.example") && !text.contains("nginx"), "{text}");
    }
}
