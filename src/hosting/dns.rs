//! DNS records in the form of a zone file (RFC 1035 §5), for one domain.

use crate::domain::hosted::HostedDomain;
use crate::domain::server::{Endpoint, IncomingProtocol, Security};

/// How long others may keep a record, in seconds.
const TTL: u32 = 3600;

/// The SRV records of the services that the servers offer. A record that says a service is *not* offered (target `.`)
/// is left out: what else the domain offers is not known here.
pub(super) fn zone(hosted: &HostedDomain) -> String {
    let domain = hosted.domain.as_str();
    let incoming = match (hosted.protocol, hosted.incoming.endpoint.security) {
        (IncomingProtocol::Imap, Security::Tls) => "_imaps",
        (IncomingProtocol::Imap, _) => "_imap",
        (IncomingProtocol::Pop, Security::Tls) => "_pop3s",
        (IncomingProtocol::Pop, _) => "_pop3",
    };
    // RFC 8314 §5.1 for TLS from the first byte, RFC 6186 §3.1 for STARTTLS
    let outgoing = match hosted.outgoing.endpoint.security {
        Security::Tls => "_submissions",
        Security::StartTls | Security::None => "_submission",
    };
    let records: String = [(incoming, &hosted.incoming), (outgoing, &hosted.outgoing)]
        .map(|(service, server)| {
            let Endpoint { host, port, .. } = &server.endpoint;
            format!("{service}._tcp.{domain}. {TTL} IN SRV 0 1 {port} {host}.\n")
        })
        .concat();
    include_str!("../../templates/hosting/dns.txt")
        .replace("{records}\n", &records)
        .replace("{domain}", domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::tests::hosted;

    /// The lines that are records.
    fn records(hosted: &HostedDomain) -> Vec<String> {
        let zone = zone(hosted);
        let lines = zone.lines().filter(|line| !line.starts_with(';'));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn each_server_has_the_record_of_its_service() {
        assert_eq!(
            records(&hosted("acme.example")),
            [
                "_imaps._tcp.acme.example. 3600 IN SRV 0 1 993 imap.acme.example.",
                "_submission._tcp.acme.example. 3600 IN SRV 0 1 587 smtp.acme.example.",
            ]
        );
        let mut other = hosted("acme.example");
        other.protocol = IncomingProtocol::Pop;
        other.outgoing.endpoint.security = Security::Tls;
        let services = |hosted: &HostedDomain| -> Vec<String> {
            let first = |line: &String| line.split('.').next().unwrap().to_owned();
            records(hosted).iter().map(first).collect()
        };
        assert_eq!(services(&other), ["_pop3s", "_submissions"]);
        other.incoming.endpoint.security = Security::StartTls;
        assert_eq!(services(&other), ["_pop3", "_submissions"]);
        other.protocol = IncomingProtocol::Imap;
        assert_eq!(services(&other), ["_imap", "_submissions"]);
    }
}
