//! The JSON Schema of the file and the example, made from the table of keys and held against what
//! is read. `UPDATE_SCHEMA=1 cargo test --lib config` writes both anew.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::keys::{Key, Kind, PairKind, TABLES, Table};
use super::write::{NewFile, SCHEMA_FILE};
use super::{Config, FILE_NAME, read};
use crate::diagnostic::Diagnostic;
use crate::domain::setting::SettingKey;
use crate::input::columns::{Field, Target};
use crate::render::RENDERERS;

fn schema() -> Value {
    let mut root =
        object(TABLES.iter().find(|table| table.name.is_empty()).expect("the first table"));
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!("mailmuster.toml");
    root["required"] = json!(["format"]);
    for table in TABLES.iter().filter(|table| !table.name.is_empty()) {
        let mut at = &mut root;
        let (path, name) = table.name.rsplit_once('.').unwrap_or(("", table.name));
        for step in path.split('.').filter(|step| !step.is_empty()) {
            at = &mut at["properties"][step];
        }
        at["properties"][name] = object(table);
    }
    root
}

fn object(table: &Table) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        properties.insert(key.name.to_owned(), value(key));
    }
    if let Some(pairs) = &table.pairs {
        for name in names(pairs.kind) {
            let value = json!({ "type": ["string", "integer"] });
            // TOML reads `imap.host = "x"` as a table
            if let Some((server, setting)) = name.split_once('.') {
                let nested =
                    json!({ "type": "object", "additionalProperties": false, "properties": {} });
                let server = properties.entry(server.to_owned()).or_insert(nested);
                server["properties"][setting] = value.clone();
            }
            properties.insert(name, value);
        }
    }
    json!({
        "type": "object",
        "description": table.about,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn value(key: &Key) -> Value {
    let mut value = match key.kind {
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Formats => {
            let ids: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.format().id).collect();
            json!({ "type": "array", "items": { "type": "string", "enum": ids } })
        }
        Kind::Number(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Switch => json!({ "type": "boolean" }),
    };
    value["description"] = match key.flag {
        "" => json!(key.about),
        flag => json!(format!("{} ({flag})", key.about)),
    };
    value
}

fn names(kind: PairKind) -> Vec<String> {
    let settings = SettingKey::all().map(|key| key.to_string());
    match kind {
        PairKind::Settings => settings.collect(),
        PairKind::Columns => Field::ALL
            .into_iter()
            .map(|field| field.id().to_owned())
            .chain(settings.filter(|name| name.parse::<Target>().is_ok()))
            .collect(),
    }
}

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

/// What of `value` the schema does not take, by path. It knows the words that [`schema`] uses.
fn faults(schema: &Value, value: &toml::Value, at: &str, found: &mut Vec<String>) {
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
                faults(&schema["items"], item, at, found);
            }
        }
        toml::Value::Table(table) => {
            for (key, value) in table {
                let at = format!("{at}/{key}");
                match schema["properties"].get(key) {
                    Some(inner) => faults(inner, value, &at, found),
                    None => found.push(at),
                }
            }
        }
        _ => {}
    }
}

fn judged(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    faults(&schema(), &toml::from_str(text).unwrap(), "", &mut found);
    found
}

fn parsed(text: &str) -> Result<Config, String> {
    read::parse(FILE_NAME, Path::new(""), text).map_err(|error| error.to_string())
}

/// A file with one key of `table` as its example has it.
fn example(table: &Table, key: &Key) -> String {
    // what cannot stand alone gets what it needs
    let company = match key.name {
        "key" | "chain" | "passphrase_file" | "passphrase_env" => "certificate = \"c.pem\"\n",
        "pkcs12_name" => "pkcs12 = \"c.p12\"\n",
        _ => "",
    };
    format!("format = 1\n[{}]\n{company}{} = {}\n", table.name, key.name, key.sample)
}

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_keys() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert_file_is(SCHEMA_FILE, &text);
}

#[test]
fn the_example_in_the_repository_is_what_init_writes() {
    let text = NewFile::default().to_toml();
    assert_file_is(FILE_NAME, &text);
    assert_eq!(judged(&text), [""; 0]);
    parsed(&text).unwrap();
}

#[test]
fn every_key_of_the_table_is_read_and_fits_the_schema() {
    for table in TABLES.iter().filter(|table| !table.name.is_empty()) {
        for key in table.keys {
            let text = example(table, key);
            parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(judged(&text), [""; 0], "{text}");
        }
        if let Some(pairs) = &table.pairs {
            for name in names(pairs.kind) {
                let value = match name.rsplit('.').next() {
                    Some("port") => "993",
                    Some("security") => "\"tls\"",
                    _ => "\"x.example.org\"",
                };
                for key in [format!("\"{name}\""), name] {
                    let text = format!("format = 1\n[{}]\n{key} = {value}\n", table.name);
                    parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                    assert_eq!(judged(&text), [""; 0], "{text}");
                }
            }
        }
    }
}

/// What is read names its keys in the hint for a key that is far from all of them.
#[test]
fn every_key_that_is_read_stands_in_the_table() {
    for table in TABLES.iter().filter(|table| table.pairs.is_none()) {
        let header =
            if table.name.is_empty() { String::new() } else { format!("[{}]\n", table.name) };
        let text = format!("{header}zzzzzzzzzzzzzzz = 1\n");
        let hint = read::parse(FILE_NAME, Path::new(""), &text).unwrap_err().hint().unwrap();
        let mut read: Vec<&str> = hint.trim_start_matches("known here: ").split(", ").collect();
        let prefix = if table.name.is_empty() { String::new() } else { format!("{}.", table.name) };
        let tables = TABLES.iter().filter_map(|other| other.name.strip_prefix(&prefix));
        let tables = tables.filter(|name| !name.is_empty() && !name.contains('.'));
        let mut known: Vec<&str> = table.keys.iter().map(|key| key.name).chain(tables).collect();
        read.sort_unstable();
        known.sort_unstable();
        assert_eq!(read, known, "[{}]", table.name);
        assert_ne!(judged(&text), [""; 0], "the schema takes an unknown key");
    }
}

#[test]
fn the_schema_refuses_what_is_not_read() {
    for text in [
        "format = 2\n",
        "format = 1\n[output]\njobs = 513\n",
        "format = 1\n[output]\nonly = [\"apple\"]\n",
        "format = 1\n[provider]\nprotocol = \"exchange\"\n",
        "format = 1\n[provider.set]\nimap.hots = \"x\"\n",
        "format = 1\n[columns]\nemial = \"x\"\n",
        "format = 1\n[list]\nsheet = 2\n",
    ] {
        assert!(parsed(text).is_err() && !judged(text).is_empty(), "{text}");
    }
}
