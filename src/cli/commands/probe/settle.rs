//! `--write`: the setting that works goes into the config file, and nothing else in it changes.

use std::path::Path;

use thiserror::Error;
use time::Date;
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::bounded;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::config::{Config, ConfigError, path_beside};
use crate::diagnostic::{Diagnostic, Notice};
use crate::output::{replace_file, write_new_file};
use crate::probe::Finding;
use crate::provider::Override;

/// What is to be changed for everybody.
#[derive(Debug, Default)]
pub(super) struct Change(Vec<Override>);

impl Change {
    /// For a provider that is chosen by the address.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Of two findings about one setting, the first.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut changes: Vec<Override> = Vec::new();
        for change in findings.iter().flat_map(Finding::change) {
            if changes.iter().all(|known| known.key() != change.key()) {
                changes.push(change);
            }
        }
        Self(changes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A config file that is not changed.
#[derive(Debug, Error)]
pub(super) enum SettleError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("`{file}` cannot be changed: {why}")]
    Form { file: String, why: String },
}

impl Diagnostic for SettleError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Form { .. } => Some("add the setting by hand, in [provider]".to_owned()),
        }
    }
}

/// Writes `change` into the config file `named`, else into the one beside `list`, which is created if it is missing.
pub(super) fn settle(
    named: Option<&Path>,
    list: &Path,
    change: &Change,
    today: Date,
    console: &Console,
) -> Result<(), Failure> {
    if change.is_empty() {
        console.notice(&Notice::note(
            "nothing-to-write",
            "no setting is changed: none is known to be better",
        ));
        return Ok(());
    }
    let path = named.map_or_else(|| path_beside(list), Path::to_owned);
    let exists = path.symlink_metadata().is_ok();
    let file = path.display().to_string();
    let before = if exists {
        bounded::read_text(&path, bounded::SMALL).map_err(|error| {
            SettleError::from(ConfigError::Unreadable { file: file.clone(), error })
        })?
    } else {
        "format = 1\n".to_owned()
    };
    let form = |why: String| SettleError::Form { file: file.clone(), why };
    let text = changed(&before, &change.0, today).map_err(form)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    // what is written must be what a run reads
    let config = Config::parse(&file, folder, &text).map_err(|error| form(error.to_string()))?;
    if change.0.iter().any(|change| !config.provider.set.contains(change)) {
        return Err(form("it has the setting in a form that is not known here".to_owned()).into());
    }
    if exists {
        replace_file(&path, text.as_bytes())?;
    } else {
        write_new_file(&path, text.as_bytes())?;
    }
    let set: Vec<String> =
        change.0.iter().map(|it| format!("{} = \"{}\"", it.key(), it.value())).collect();
    console.notice(&Notice::important(
        "settings-written",
        format_args!("{file} now has {}", set.join(" and ")),
    ));
    Ok(())
}

/// The file `text` with `changes`.
fn changed(text: &str, changes: &[Override], today: Date) -> Result<String, String> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let root = document.as_table_mut();
    let (provider, _) = table(root, "provider", Look::Header)?;
    let (set, is_block) = table(provider, "set", Look::Dotted)?;
    for change in changes {
        let (key, text) = (change.key().to_string(), change.value());
        if let Some(item) = set.get_mut(&key) {
            assign(item, &text);
            continue;
        }
        let Some((role, kind)) = key.split_once('.') else { continue };
        let (server, is_server_block) = table(set, role, Look::Dotted)?;
        if let Some(item) = server.get_mut(kind) {
            assign(item, &text);
            continue;
        }
        let mut item = value(&text);
        // in `{ … }` a comment would swallow the rest of the line
        if let (true, true, Some(value)) = (is_block, is_server_block, item.as_value_mut()) {
            value.decor_mut().set_suffix(format!(" # by probe, {today}"));
        }
        server.insert(kind, item);
    }
    Ok(document.to_string())
}

/// How a new table looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// `[provider]`
    Header,
    /// `set.imap.host = …`
    Dotted,
}

/// The table `name` in `outer`, in whatever form the file has it; a new one if it is missing. Also whether it has lines
/// of its own, unlike `{ … }`.
fn table<'a>(
    outer: &'a mut dyn TableLike,
    name: &str,
    look: Look,
) -> Result<(&'a mut dyn TableLike, bool), String> {
    let item = outer.entry(name).or_insert_with(|| {
        let mut table = Table::new();
        table.set_dotted(look == Look::Dotted);
        Item::Table(table)
    });
    let is_block = item.is_table();
    let table = item.as_table_like_mut().ok_or_else(|| format!("`{name}` is not a table"))?;
    Ok((table, is_block))
}

/// Replaces a value and keeps the comment behind it.
pub(super) fn assign(item: &mut Item, text: &str) {
    let decor = item.as_value().map(|value| value.decor().clone());
    *item = value(text);
    if let (Some(decor), Some(value)) = (decor, item.as_value_mut()) {
        *value.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn with(text: &str, changes: &[&str]) -> String {
        let changes: Vec<Override> = changes.iter().map(|it| it.parse().unwrap()).collect();
        let text = changed(text, &changes, date!(2026 - 11 - 29)).unwrap();
        let config = Config::parse("a.toml", Path::new(""), &text).unwrap();
        for change in &changes {
            assert!(config.provider.set.contains(change), "{text}");
        }
        text
    }

    #[test]
    fn a_new_file_has_the_setting_alone() {
        assert_eq!(
            with("format = 1\n", &["imap.host=mail.centurylink.net"]),
            "format = 1\n\n[provider]\nset.imap.host = \"mail.centurylink.net\" # by probe, 2026-11-29\n"
        );
    }

    #[test]
    fn everything_else_in_the_file_stays() {
        let text = "#:schema ./x\nformat = 1 # one\n\n[provider] # servers\nid = 'centurylink'\n\n[output]\nfolder = \"out\"\n";
        assert_eq!(
            with(text, &["smtp.port=465", "smtp.security=tls"]),
            "#:schema ./x\nformat = 1 # one\n\n[provider] # servers\nid = 'centurylink'\n\
             set.smtp.port = \"465\" # by probe, 2026-11-29\nset.smtp.security = \"tls\" # by probe, 2026-11-29\n\n\
             [output]\nfolder = \"out\"\n"
        );
    }

    #[test]
    fn a_setting_that_is_there_is_replaced_in_its_form() {
        for (before, after) in [
            (
                "[provider.set]\n\"imap.host\" = \"x.example\" # old\n",
                "[provider.set]\n\"imap.host\" = \"y.example\" # old\n",
            ),
            (
                "[provider]\nset.imap.host = \"x.example\" # old\n",
                "[provider]\nset.imap.host = \"y.example\" # old\n",
            ),
            (
                "provider = { set = { imap = { host = \"x.example\" } } }\n",
                "provider = { set = { imap = { host = \"y.example\" } } }\n",
            ),
        ] {
            let written = with(&format!("format = 1\n{before}"), &["imap.host=y.example"]);
            assert_eq!(written, format!("format = 1\n{after}"));
        }
        let inline = "format = 1\nprovider = { set = { smtp.port = 465 } }\n";
        let written = with(inline, &["imap.host=y.example"]);
        assert!(!written.contains('#'), "{written}");
        assert!(changed("format = 1\nprovider = 1\n", &[], date!(2026 - 11 - 29)).is_err());
    }
}
