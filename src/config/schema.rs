//! The JSON Schema of the config file.

use clap::Command;
use serde_json::{Map, Value, json};

use super::FILE_NAME;
use super::keys::{Content, FORMAT, Key, Kind, PairKind, TABLES, Table};
use super::options;
use super::value::{MOST_JOBS, MOST_SECONDS};
use crate::domain::setting::SettingKey;
use crate::input::columns::{Field, Target};

#[cfg(test)]
mod tests;

/// The schema as a JSON text, which ends with a line break.
pub(crate) fn text() -> String {
    format!("{:#}\n", schema())
}

fn schema() -> Value {
    let flags = options::flags();
    let mut root = object("");
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!(FILE_NAME);
    root["required"] = json!(["format"]);
    root["properties"]["format"] = json!({
        "type": "integer",
        "minimum": FORMAT,
        "maximum": FORMAT,
        "description": "Version of the file's format",
    });
    for table in TABLES {
        let mut parent = &mut root;
        let (path, name) = table.name.rsplit_once('.').unwrap_or(("", table.name));
        for step in path.split('.').filter(|step| !step.is_empty()) {
            parent = &mut parent["properties"][step];
        }
        parent["properties"][name] = table_schema(table, &flags);
    }
    root
}

fn object(description: &str) -> Value {
    json!({
        "type": "object",
        "description": description,
        "additionalProperties": false,
        "properties": {},
    })
}

fn table_schema(table: &Table, flags: &Command) -> Value {
    let mut schema = object(table.about);
    schema["properties"] = Value::Object(match table.content {
        Content::Keys(keys) => {
            keys.iter().map(|key| (key.name.to_owned(), key_schema(key, flags))).collect()
        }
        Content::Pairs { kind, .. } => pairs_schema(kind),
    });
    if let Content::Pairs { flag, .. } = table.content {
        schema["description"] = json!(format!("{} (--{flag})", table.about));
    }
    schema
}

fn pairs_schema(kind: PairKind) -> Map<String, Value> {
    let mut properties = Map::new();
    for name in names(kind) {
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
    properties
}

fn key_schema(key: &Key, flags: &Command) -> Value {
    let mut text = json!({ "type": "string" });
    let permitted = key.permitted(flags);
    let mut schema = match key.kind {
        Kind::Text | Kind::Texts => {
            if !permitted.is_empty() {
                text["enum"] = json!(permitted);
            }
            if key.kind == Kind::Texts {
                json!({ "type": "array", "items": text })
            } else if permitted.is_empty() {
                json!({ "type": "string", "minLength": 1 })
            } else {
                text
            }
        }
        Kind::Threads => json!({ "type": "integer", "minimum": 1, "maximum": MOST_JOBS }),
        Kind::Seconds => json!({ "type": "integer", "minimum": 1, "maximum": MOST_SECONDS }),
        Kind::Switch => json!({ "type": "boolean" }),
    };
    schema["description"] = json!(format!("{} (--{})", key.about(flags), key.flag));
    schema
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
