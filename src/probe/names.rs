//! Looking up host names. The only place with an async runtime, which the library is built on.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::fault::NameFault;
use super::report::Addresses;
use super::text::ServerText;
use crate::domain::host::HostName;

/// The wait for one answer of one name server, of which each is asked twice.
const ANSWER: Duration = Duration::from_secs(3);

/// The most that both questions about one name may take together.
const LONGEST: Duration = Duration::from_secs(12);

/// The name servers to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    /// Those of this computer, and its hosts file.
    System,
    /// This one alone.
    Server(SocketAddr),
}

impl Names {
    /// The addresses of `host`, and the aliases on the way.
    pub(super) fn look_up(self, host: &HostName) -> Result<Addresses, NameFault> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| NameFault::Failed(error.kind().to_string()))?;
        let found = runtime.block_on(async {
            let resolver = self.resolver().map_err(|error| fault(&error))?;
            let name = query(host)?;
            let asked = tokio::time::timeout(LONGEST, async {
                let (other, six) = (resolver.clone(), name.clone());
                let six = tokio::spawn(async move { other.lookup(six, RecordType::AAAA).await });
                let four = resolver.lookup(name, RecordType::A).await;
                (four, six.await)
            });
            match asked.await {
                Ok((four, Ok(six))) => joined([four, six]),
                Ok((four, Err(_))) => joined([four]),
                Err(_) => Err(NameFault::NoAnswer),
            }
        });
        match (found, self) {
            (Err(NameFault::NoAnswer), Self::Server(address)) => Err(NameFault::Silent(address)),
            (found, _) => found,
        }
    }

    fn resolver(self) -> Result<TokioResolver, NetError> {
        let mut builder = match self {
            Self::System => TokioResolver::builder_tokio()?,
            Self::Server(address) => {
                let port = |mut connection: ConnectionConfig| {
                    connection.port = address.port();
                    connection
                };
                let connections =
                    vec![port(ConnectionConfig::udp()), port(ConnectionConfig::tcp())];
                let server = NameServerConfig::new(address.ip(), true, connections);
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options: &mut ResolverOpts = builder.options_mut();
        options.timeout = ANSWER;
        options.attempts = 2;
        options.preserve_intermediates = true;
        builder.build()
    }
}

/// A name with a dot is a whole one: no search domain is added.
fn query(host: &HostName) -> Result<Name, NameFault> {
    let mut name =
        Name::from_ascii(host.as_str()).map_err(|error| NameFault::Failed(error.to_string()))?;
    name.set_fqdn(host.as_str().contains('.'));
    Ok(name)
}

/// Both answers as one: an address is enough, and a name without records of one kind exists all the same.
fn joined<const N: usize>(answers: [Result<Lookup, NetError>; N]) -> Result<Addresses, NameFault> {
    let mut found = Addresses::default();
    let mut faults = Vec::new();
    for answer in answers {
        match answer {
            Ok(lookup) => found.add(&lookup),
            Err(error) => faults.push(fault(&error)),
        }
    }
    if !found.addresses.is_empty() {
        return Ok(found);
    }
    faults.push(NameFault::NoAddress);
    let rank = |fault: &NameFault| match fault {
        NameFault::NoSuchName => 0,
        NameFault::NoAnswer | NameFault::Silent(_) => 1,
        NameFault::Failed(_) => 2,
        NameFault::NoAddress => 3,
    };
    Err(faults.into_iter().min_by_key(rank).unwrap_or(NameFault::NoAddress))
}

impl Addresses {
    fn add(&mut self, lookup: &Lookup) {
        for record in lookup.answers() {
            match &record.data {
                RData::A(address) => self.addresses.push(IpAddr::V4(address.0)),
                RData::AAAA(address) => self.addresses.push(IpAddr::V6(address.0)),
                RData::CNAME(alias) => {
                    let alias = alias.0.to_ascii();
                    let alias =
                        ServerText::from(alias.trim_end_matches('.').as_bytes()).to_string();
                    if !self.aliases.contains(&alias) {
                        self.aliases.push(alias);
                    }
                }
                _ => {}
            }
        }
    }
}

fn fault(error: &NetError) -> NameFault {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => NameFault::NoSuchName,
            ResponseCode::NoError => NameFault::NoAddress,
            code => NameFault::Failed(code.to_string()),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => NameFault::Failed(code.to_string()),
        NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy => {
            NameFault::NoAnswer
        }
        error => NameFault::Failed(ServerText::from(error.to_string().as_bytes()).to_string()),
    }
}
