//! The servers that the accounts of a list use.

use std::collections::BTreeMap;

use super::super::{Checked, Job, RunError, Stop};
use super::each_person;
use crate::domain::server::Endpoint;
use crate::domain::setting::ServerRole;

/// The most servers that are kept, so that a list with a server of its own in each row stays small.
const MOST: usize = 1000;

/// A server, and how many mailboxes of the list use it.
#[derive(Clone, Debug)]
pub(crate) struct ListedServer {
    pub(crate) role: ServerRole,
    pub(crate) endpoint: Endpoint,
    pub(crate) mailboxes: u64,
}

/// The first 1000 servers of the list, those of most mailboxes first.
pub(crate) fn list_servers(
    job: &Job,
    checked: &Checked,
    stop: &Stop,
) -> Result<Vec<ListedServer>, RunError> {
    let mut servers: BTreeMap<String, ListedServer> = BTreeMap::new();
    each_person(job, checked, stop, &mut |person| {
        for account in person.accounts().iter().flat_map(|accounts| accounts.iter()) {
            let incoming = (ServerRole::Incoming(account.protocol), &account.incoming.endpoint);
            for (role, endpoint) in [incoming, (ServerRole::Outgoing, &account.outgoing.endpoint)] {
                let key = format!("{} {endpoint}", role.id());
                if let Some(known) = servers.get_mut(&key) {
                    known.mailboxes += 1;
                } else if servers.len() < MOST {
                    let endpoint = endpoint.clone();
                    servers.insert(key, ListedServer { role, endpoint, mailboxes: 1 });
                }
            }
        }
        Ok(())
    })?;
    let mut servers: Vec<ListedServer> = servers.into_values().collect();
    servers.sort_by_key(|server| std::cmp::Reverse(server.mailboxes));
    Ok(servers)
}
