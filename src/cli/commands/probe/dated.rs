//! `--write`: the day on which a server worked goes into a provider file of the user's own. Those of the program cannot
//! be changed.

use std::path::Path;

use time::Date;
use toml_edit::{DocumentMut, Item, Table, value};

use super::settle::assign;
use crate::bounded;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::diagnostic::{Count, Notice};
use crate::domain::setting::ServerRole;
use crate::output::replace_file;
use crate::probe::ServerReport;
use crate::provider::{AUTOMATIC, Provider};

/// Dates the servers in the provider file `id` that work according to `reports`.
pub(super) fn date_servers(
    id: &str,
    reports: &[ServerReport],
    today: Date,
    console: &Console,
) -> Result<(), Failure> {
    let file = Path::new(id);
    if id == AUTOMATIC || Provider::is_built_in(id) || !file.is_file() {
        return Ok(());
    }
    let Ok(text) = bounded::read_text(file, bounded::SMALL) else { return Ok(()) };
    let Some((dated, count)) = dated(&text, reports, today) else { return Ok(()) };
    // what is written must be what a run reads
    if count == 0 || Provider::parse(id, &dated).is_err() {
        return Ok(());
    }
    replace_file(file, dated.as_bytes())?;
    console.notice(&Notice::note(
        "servers-dated",
        format_args!("`{id}` now says of {} `checked_on = \"{today}\"`", Count(count, "server")),
    ));
    Ok(())
}

/// The file with the date at each server that works, and their number; `None` if it has no such form.
fn dated(text: &str, reports: &[ServerReport], today: Date) -> Option<(String, u64)> {
    let mut document: DocumentMut = text.parse().ok()?;
    let today = today.to_string();
    let mut count = 0;
    for name in ["incoming", "outgoing"] {
        let servers = document.get_mut(name).and_then(Item::as_array_of_tables_mut);
        for server in servers.into_iter().flat_map(|servers| servers.iter_mut()) {
            let works = reports.iter().any(|it| it.works() && is_about(it, server));
            if !works || server.get("checked_on").and_then(Item::as_str) == Some(&today) {
                continue;
            }
            match server.get_mut("checked_on") {
                Some(item) => assign(item, &today),
                None => drop(server.insert("checked_on", value(&today))),
            }
            count += 1;
        }
    }
    Some((document.to_string(), count))
}

/// Whether `report` is that of the server that the table describes. A host with a placeholder is no server's.
fn is_about(report: &ServerReport, server: &Table) -> bool {
    let text = |key| server.get(key).and_then(Item::as_str);
    let endpoint = &report.target.endpoint;
    let protocol = match report.target.role {
        ServerRole::Incoming(protocol) => Some(protocol.id()),
        ServerRole::Outgoing => None,
    };
    text("protocol") == protocol
        && text("host") == Some(endpoint.host.as_str())
        && server.get("port").and_then(Item::as_integer) == Some(endpoint.port.get().into())
        && text("security") == Some(endpoint.security.id())
}
