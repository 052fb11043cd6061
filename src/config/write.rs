//! A new file, with every key: what is said, and the rest as comments.

use std::collections::BTreeMap;

use super::keys::{TABLES, Table};
use crate::domain::text::is_unprintable;

/// The schema, as editors are told of it.
pub(crate) const SCHEMA_FILE: &str = "mailmuster.schema.json";

/// The JSON Schema of the file.
pub(crate) const SCHEMA: &str = include_str!("../../docs/mailmuster.schema.json");

/// What a new file says.
#[derive(Debug, Default)]
pub(crate) struct NewFile {
    /// Values as TOML, by table and key.
    values: BTreeMap<(&'static str, &'static str), String>,
    /// Keys of tables of pairs, with their values.
    pairs: BTreeMap<&'static str, Vec<(String, String)>>,
    /// The same for pairs that only a comment shows.
    shown: BTreeMap<&'static str, Vec<(String, String)>>,
}

impl NewFile {
    /// Says `text` behind `key`.
    pub(crate) fn text(&mut self, table: &'static str, key: &'static str, text: &str) {
        self.values.insert((table, key), quoted(text));
    }

    /// Says several texts behind `key`.
    pub(crate) fn list(&mut self, table: &'static str, key: &'static str, texts: &[String]) {
        let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        self.values.insert((table, key), format!("[{}]", quoted.join(", ")));
    }

    /// Says `true` or `false` behind `key`.
    pub(crate) fn switch(&mut self, table: &'static str, key: &'static str, on: bool) {
        self.values.insert((table, key), on.to_string());
    }

    /// Adds a pair to `table`.
    pub(crate) fn pair(&mut self, table: &'static str, key: &str, value: &str) {
        self.pairs.entry(table).or_default().push((key.to_owned(), value.to_owned()));
    }

    /// Adds a pair to `table` that is only shown: it would be found without the file.
    pub(crate) fn show(&mut self, table: &'static str, key: &str, value: &str) {
        self.shown.entry(table).or_default().push((key.to_owned(), value.to_owned()));
    }

    /// The whole text.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = format!(
            "#:schema ./{SCHEMA_FILE}\n\
             # What stays the same from run to run of mailmuster. A flag on the command line wins.\n\
             # Paths are relative to this file. A line behind `#` shows a default or an example.\n\
             # `mailmuster init --schema > {SCHEMA_FILE}` writes the schema that editors complete keys with.\n"
        );
        for table in TABLES {
            self.table(table, &mut text);
        }
        text
    }

    fn table(&self, table: &Table, text: &mut String) {
        text.push('\n');
        if !table.name.is_empty() {
            text.push_str(&format!("# {}\n[{}]\n", table.about, table.name));
        }
        for key in table.keys {
            let said = self.values.get(&(table.name, key.name));
            let required = table.name.is_empty();
            let line = match said {
                Some(value) => format!("{} = {value}", key.name),
                None if required => format!("{} = {}", key.name, key.sample),
                None => format!("# {} = {}", key.name, key.sample),
            };
            text.push_str(&format!("{line:<42} # {}\n", key.about));
        }
        let Some(pairs) = &table.pairs else {
            return;
        };
        let said = self.pairs.get(table.name).map(Vec::as_slice).unwrap_or_default();
        let shown = self.shown.get(table.name).map(Vec::as_slice).unwrap_or_default();
        for (key, value) in said {
            text.push_str(&format!("{} = {}\n", bare_or_quoted(key), quoted(value)));
        }
        for (key, value) in shown {
            let line = format!("# {} = {}", bare_or_quoted(key), quoted(value));
            text.push_str(&format!("{line:<42} # found by itself\n"));
        }
        if said.is_empty() && shown.is_empty() {
            let (key, value) = pairs.sample;
            text.push_str(&format!("# {} = {}\n", bare_or_quoted(key), quoted(value)));
        }
    }
}

/// A key: as it is where TOML lets it be.
fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A basic string (TOML 1.0), on one line whatever `text` holds.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_unprintable(c) => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_written_is_read_back_whatever_it_holds() {
        for name in ["Example Ltd", "a \"b\" \\ c'", "# Zoë = 1", "\u{1f469}\u{200d}\u{1f4bb}"] {
            let mut file = NewFile::default();
            file.text("output", "organization", name);
            file.text("output", "folder", r"C:\out");
            file.switch("output", "strict", true);
            file.list("output", "only", &["sheet".to_owned(), "apple-profile".to_owned()]);
            file.pair("columns", "email", name);
            file.pair("columns", "imap.host", "#3");
            file.show("columns", "id", "No.\n[list]\ndelimiter = \"x\"");
            file.pair("provider.set", "imap.host", "mail.example.org");
            let config = Config::parse("a.toml", Path::new(""), &file.to_toml()).unwrap();
            assert_eq!(config.output.organization.as_deref(), Some(name));
            assert_eq!(config.output.folder.as_deref(), Some(Path::new(r"C:\out")));
            assert_eq!(config.output.strict, Some(true));
            assert_eq!(config.output.only.unwrap().len(), 2);
            let maps: Vec<String> = config.list.maps.maps().map(ToString::to_string).collect();
            assert_eq!(
                maps,
                [format!("email={}", crate::diagnostic::Shown(name)), "imap.host=#3".to_owned()]
            );
            assert_eq!(config.provider.set[0].key().to_string(), "imap.host");
            assert_eq!(config.list.delimiter, None);
        }
    }
}
