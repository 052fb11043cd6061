//! What a list tells `init`: its columns, and the domain of most addresses.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::cli::message::Console;
use crate::cli::questions::NONE;
use crate::config::options::ListOptions;
use crate::domain::host::Domain;
use crate::input::{InputError, List, RowContent, Source};
use crate::provider::own::is_own_domain;

/// How many rows are looked at.
const MOST_ROWS: usize = 1000;

/// Endings of lists.
const LISTS: [&str; 4] = ["csv", "xlsx", "xls", "ods"];

/// What was found out about a list.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// Fields whose columns were found, with the headers.
    pub(super) found: Vec<(String, String)>,
    /// The domain that more than half of the addresses have, if it can be the organization's own.
    pub(super) domain: Option<Domain>,
}

impl Look {
    /// Looks at `list`, which is read by `options`, and says what was understood.
    pub(super) fn at(
        list: &Path,
        options: &ListOptions,
        console: &Console,
    ) -> Result<Self, InputError> {
        let maps = &options.map;
        let opened = List::open(Source::file(list), &options.clone().into())?;
        let mut rows = opened.rows()?;
        console.line(&format_args!("{}: {}", list.display(), opened.about()));
        console.line(&format_args!("columns: {}", opened.mapping));
        let mut found: Vec<(String, String)> = Vec::new();
        let named = options.columns.is_none();
        let columns = opened.mapping.explain().filter(|_| named);
        for column in columns.filter(|c| !c.is_secret && !c.header.is_empty()) {
            if let Some(target) = column.meaning.target().map(|target| target.to_string())
                && maps.iter().all(|map| map.target.to_string() != target)
                && found.iter().all(|(other, _)| *other != target)
            {
                found.push((target, column.header.to_owned()));
            }
        }
        let mut domains: BTreeMap<Domain, u64> = BTreeMap::new();
        let mut addresses = 0;
        for _ in 0..MOST_ROWS {
            let Some(row) = rows.next_row()? else { break };
            if let RowContent::Person(person) = row.content {
                *domains.entry(person.address.domain().clone()).or_default() += 1;
                addresses += 1;
            }
        }
        let domain = domains
            .into_iter()
            .find(|(_, count)| count * 2 > addresses)
            .map(|(domain, _)| domain)
            .filter(is_own_domain);
        Ok(Self { found, domain })
    }
}

/// The one list of the current folder, if there is just one.
pub(super) fn proposal() -> String {
    let names = fs::read_dir(".").into_iter().flatten().filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let ending = Path::new(&name).extension()?.to_str()?.to_lowercase();
        LISTS.contains(&ending.as_str()).then_some(name)
    });
    let names: Vec<String> = names.take(2).collect();
    match &names[..] {
        [only] => only.clone(),
        _ => NONE.to_owned(),
    }
}
