//! Holds the tables of keys against the flags, against what is read, and against the files in `docs`.
//! `UPDATE_SCHEMA=1 cargo test --lib config` writes those anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::config::Config;
use crate::config::write::{NewFile, SCHEMA_FILE};
use crate::strict_toml::TomlError;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

#[expect(clippy::disallowed_methods, reason = "the test writes what it compares")]
fn assert_file_is(name: &str, text: &str) {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(docs(name), text).unwrap();
    }
    let found = std::fs::read_to_string(docs(name)).unwrap().replace("\r\n", "\n");
    assert!(found == text, "docs/{name} is out of date: UPDATE_SCHEMA=1 cargo test --lib config");
}

/// Paths of values that the schema rejects. It knows the words that [`schema`] uses.
fn reject(schema: &Value, value: &toml::Value, at: &str, found: &mut Vec<String>) {
    let type_of = match value {
        toml::Value::String(_) => "string",
        toml::Value::Integer(_) => "integer",
        toml::Value::Boolean(_) => "boolean",
        toml::Value::Array(_) => "array",
        toml::Value::Table(_) => "object",
        _ => "other",
    };
    let types = &schema["type"];
    let fits = types == type_of
        || types.as_array().is_some_and(|types| types.iter().any(|known| known == type_of));
    let among = |text: &str| {
        schema["enum"].as_array().is_none_or(|words| words.iter().any(|word| word == text))
    };
    let is_sound = match value {
        toml::Value::String(text) => {
            among(text) && text.len() as u64 >= schema["minLength"].as_u64().unwrap_or(0)
        }
        toml::Value::Integer(number) => {
            schema["minimum"].as_i64().is_none_or(|least| least <= *number)
                && schema["maximum"].as_i64().is_none_or(|most| *number <= most)
        }
        _ => true,
    };
    if !fits || !is_sound {
        found.push(at.to_owned());
    }
    match value {
        toml::Value::Array(items) => {
            for item in items {
                reject(&schema["items"], item, at, found);
            }
        }
        toml::Value::Table(table) => {
            for (key, value) in table {
                let at = format!("{at}/{key}");
                match schema["properties"].get(key) {
                    Some(inner) => reject(inner, value, &at, found),
                    None => found.push(at),
                }
            }
        }
        _ => {}
    }
}

fn rejected(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    reject(&schema(), &toml::from_str(text).unwrap(), "", &mut found);
    found
}

fn parsed(text: &str) -> Result<Config, TomlError> {
    Config::parse(FILE_NAME, Path::new(""), text)
}

/// A config file with one key of `table` and its example.
fn example(table: &Table, key: &Key) -> String {
    // keys that are not valid alone
    let company = match key.name {
        "key" | "chain" | "passphrase_file" | "passphrase_env" => "certificate = \"c.pem\"\n",
        "pkcs12_name" => "pkcs12 = \"c.p12\"\n",
        _ => "",
    };
    format!("format = 1\n[{}]\n{company}{} = {}\n", table.name, key.name, key.sample)
}

fn keys() -> impl Iterator<Item = (&'static Table, &'static Key)> {
    TABLES.iter().flat_map(|table| {
        let keys = match table.content {
            Content::Keys(keys) => keys,
            Content::Pairs { .. } => &[],
        };
        keys.iter().map(move |key| (table, key))
    })
}

#[test]
fn the_schema_in_the_repository_is_current() {
    assert_file_is(SCHEMA_FILE, &text());
}

#[test]
fn the_example_in_the_repository_is_what_init_writes() {
    let text = NewFile::default().to_toml();
    assert_file_is(FILE_NAME, &text);
    assert_eq!(rejected(&text), [""; 0]);
    parsed(&text).unwrap();
}

#[test]
fn every_key_has_a_flag_with_help_and_an_example_that_is_read_and_fits_the_schema() {
    let flags = options::flags();
    for (table, key) in keys() {
        assert_ne!(key.about(&flags), "", "[{}] {}: no flag, or no help", table.name, key.name);
        let text = example(table, key);
        parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rejected(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_key_whose_flag_negates_it_has_the_opposite_help() {
    let flags = options::flags();
    let about = |name| keys().find(|(_, key)| key.name == name).unwrap().1.about(&flags);
    assert_eq!(about("self_check"), "Verify each signature after it is made");
    assert_eq!(about("unsigned"), "Do not sign");
}

#[test]
fn every_field_and_setting_is_read_and_fits_the_schema() {
    for table in TABLES {
        let Content::Pairs { kind, .. } = table.content else {
            continue;
        };
        for name in names(kind) {
            let value = match name.rsplit('.').next() {
                Some("port") => "993",
                Some("security") => "\"tls\"",
                _ => "\"x.example.org\"",
            };
            for key in [format!("\"{name}\""), name] {
                let text = format!("format = 1\n[{}]\n{key} = {value}\n", table.name);
                parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(rejected(&text), [""; 0], "{text}");
            }
        }
    }
}

#[test]
fn what_the_schema_rejects_is_not_read() {
    for text in [
        "format = 2\n",
        "format = 1\n[output]\njobs = 513\n",
        "format = 1\n[output]\nonly = [\"apple\"]\n",
        "format = 1\n[output]\nunknown = 1\n",
        "format = 1\n[provider]\nprotocol = \"exchange\"\n",
        "format = 1\n[provider.set]\nimap.hots = \"x\"\n",
        "format = 1\n[columns]\nemial = \"x\"\n",
        "format = 1\n[list]\nsheet = 2\n",
        "format = 1\nunknown = 1\n",
    ] {
        assert!(parsed(text).is_err() && !rejected(text).is_empty(), "{text}");
    }
}

#[test]
fn every_flag_of_the_options_is_a_key_or_has_a_reason_to_be_none() {
    let flags = options::flags();
    let flags: BTreeSet<&str> = flags.get_arguments().filter_map(clap::Arg::get_long).collect();
    let keys =
        keys().map(|(_, key)| key.flag).chain(TABLES.iter().filter_map(
            |table| match table.content {
                Content::Pairs { flag, .. } => Some(flag),
                Content::Keys(_) => None,
            },
        ));
    // a file descriptor is open in one run only
    let without_key = ["sign-passphrase-fd", "script-passphrase-fd"];
    let listed: Vec<&str> = keys.chain(without_key).collect();
    let set: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(set.len(), listed.len(), "a flag has two keys");
    assert_eq!(flags, set);
}
