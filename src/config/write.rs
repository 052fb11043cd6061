//! A new config file with every key: given values, and the rest as comments.

use std::collections::BTreeMap;
use std::fmt::Display;

use clap::Command;

use super::keys::{Content, FORMAT, Key, TABLES};
use super::options;
use crate::domain::text::is_unprintable;

/// Name of the schema in the first line, where editors look for it.
pub(crate) const SCHEMA_FILE: &str = "mailmuster.schema.json";

/// The values of a new file.
#[derive(Debug, Default)]
pub(crate) struct NewFile {
    /// TOML values by table and key.
    values: BTreeMap<(&'static str, &'static str), String>,
    /// Keys and values of tables of pairs.
    pairs: BTreeMap<&'static str, Vec<(String, String)>>,
    /// Pairs that are shown as comments: a run detects them without the file.
    detected: BTreeMap<&'static str, Vec<(String, String)>>,
}

impl NewFile {
    /// Sets `key` to a text.
    pub(crate) fn text(&mut self, table: &'static str, key: &'static str, text: &str) {
        self.values.insert((table, key), quoted(text));
    }

    /// Sets `key` to several texts.
    pub(crate) fn list(&mut self, table: &'static str, key: &'static str, texts: &[String]) {
        let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        self.values.insert((table, key), format!("[{}]", quoted.join(", ")));
    }

    /// Sets `key` to `true`, `false` or a number.
    pub(crate) fn value(&mut self, table: &'static str, key: &'static str, value: impl Display) {
        self.values.insert((table, key), value.to_string());
    }

    /// Adds a pair to `table`.
    pub(crate) fn pair(&mut self, table: &'static str, key: &str, value: &str) {
        self.pairs.entry(table).or_default().push((key.to_owned(), value.to_owned()));
    }

    /// Adds a pair to `table` as a comment.
    pub(crate) fn detected(&mut self, table: &'static str, key: &str, value: &str) {
        self.detected.entry(table).or_default().push((key.to_owned(), value.to_owned()));
    }

    pub(crate) fn to_toml(&self) -> String {
        let mut text = format!(
            "#:schema ./{SCHEMA_FILE}\n\
             # Options of mailmuster that stay the same from run to run. A flag on the command line wins.\n\
             # Paths are relative to this file. A line that starts with `#` shows a default or an example.\n\
             # `mailmuster init --schema > {SCHEMA_FILE}` writes the schema that editors complete keys with.\n\
             \n\
             format = {FORMAT}\n"
        );
        let flags = options::flags();
        for table in TABLES {
            text.push_str(&format!("\n# {}\n[{}]\n", table.about, table.name));
            match table.content {
                Content::Keys(keys) => self.add_keys(table.name, keys, &flags, &mut text),
                Content::Pairs { sample, .. } => self.add_pairs(table.name, sample, &mut text),
            }
        }
        text
    }

    fn add_keys(&self, table: &'static str, keys: &[Key], flags: &Command, text: &mut String) {
        for key in keys {
            let line = match self.values.get(&(table, key.name)) {
                Some(value) => format!("{} = {value}", key.name),
                None => format!("# {} = {}", key.name, key.sample),
            };
            text.push_str(&format!("{line:<42} # {}\n", key.about(flags)));
        }
    }

    fn add_pairs(&self, table: &'static str, sample: (&str, &str), text: &mut String) {
        let pairs = self.pairs.get(table).map(Vec::as_slice).unwrap_or_default();
        let detected = self.detected.get(table).map(Vec::as_slice).unwrap_or_default();
        for (key, value) in pairs {
            text.push_str(&format!("{} = {}\n", bare_or_quoted(key), quoted(value)));
        }
        for (key, value) in detected {
            let line = format!("# {} = {}", bare_or_quoted(key), quoted(value));
            text.push_str(&format!("{line:<42} # detected\n"));
        }
        if pairs.is_empty() && detected.is_empty() {
            let (key, value) = sample;
            text.push_str(&format!("# {} = {}\n", bare_or_quoted(key), quoted(value)));
        }
    }
}

/// A key, quoted where TOML requires it.
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
    fn any_text_that_is_written_is_read_back() {
        for name in ["Example Ltd", "a \"b\" \\ c'", "# Zoë = 1", "\u{1f469}\u{200d}\u{1f4bb}"] {
            let mut file = NewFile::default();
            file.text("output", "organization", name);
            file.text("output", "folder", r"C:\out");
            file.value("output", "strict", true);
            file.list("output", "only", &["sheet".to_owned(), "apple-profile".to_owned()]);
            file.pair("columns", "email", name);
            file.pair("columns", "imap.host", "#3");
            file.detected("columns", "id", "No.\n[list]\ndelimiter = \"x\"");
            file.pair("provider.set", "imap.host", "mail.example.org");
            let config = Config::parse("a.toml", Path::new(""), &file.to_toml()).unwrap();
            assert_eq!(config.output.organization.as_deref(), Some(name));
            assert_eq!(config.output.out.as_deref(), Some(Path::new(r"C:\out")));
            assert_eq!(config.output.strict, Some(true));
            assert_eq!(config.output.only.len(), 2);
            let maps: Vec<String> = config.list.map.iter().map(ToString::to_string).collect();
            assert_eq!(
                maps,
                [format!("email={}", crate::diagnostic::Shown(name)), "imap.host=#3".to_owned()]
            );
            assert_eq!(config.provider.set[0].key().to_string(), "imap.host");
            assert_eq!(config.list.delimiter, None);
        }
    }
}
