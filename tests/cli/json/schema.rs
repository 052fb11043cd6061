//! A JSON Schema validator that knows the keywords of `docs/json.schema.json`, and refuses any other:
//! a keyword that is not understood would let everything pass.

use serde_json::Value;

/// Keywords that decide nothing.
const REMARKS: [&str; 5] = ["$schema", "$id", "title", "description", "$defs"];

/// A schema with its definitions.
pub(super) struct Schema(pub(super) Value);

impl Schema {
    /// The definition with the name `name`.
    pub(super) fn definition(&self, name: &str) -> &Value {
        self.0["$defs"].get(name).unwrap_or_else(|| panic!("the schema has no `{name}`"))
    }

    /// Whether `value` is what `schema` describes.
    pub(super) fn accepts(&self, schema: &Value, value: &Value) -> bool {
        let schema = schema.as_object().expect("a schema is an object");
        schema.iter().all(|(keyword, wanted)| match keyword.as_str() {
            "$ref" => {
                let name = wanted.as_str().and_then(|it| it.strip_prefix("#/$defs/")).unwrap();
                self.accepts(self.definition(name), value)
            }
            "anyOf" => wanted.as_array().unwrap().iter().any(|one| self.accepts(one, value)),
            "type" => type_of(value) == wanted,
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => value.as_object().is_none_or(|object| {
                object.iter().all(|(name, value)| {
                    wanted.get(name).is_none_or(|schema| self.accepts(schema, value))
                })
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                let known = schema.get("properties");
                object
                    .iter()
                    .filter(|(name, _)| known.is_none_or(|known| known.get(name).is_none()))
                    .all(|(_, value)| {
                        wanted.as_bool().unwrap_or_else(|| self.accepts(wanted, value))
                    })
            }),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| self.accepts(wanted, item))),
            "prefixItems" => value.as_array().is_none_or(|items| {
                items.iter().zip(wanted.as_array().unwrap()).all(|(it, one)| self.accepts(one, it))
            }),
            "minItems" => {
                value.as_array().is_none_or(|it| it.len() as u64 >= wanted.as_u64().unwrap())
            }
            "maxItems" => {
                value.as_array().is_none_or(|it| it.len() as u64 <= wanted.as_u64().unwrap())
            }
            remark => {
                assert!(REMARKS.contains(&remark), "the keyword `{remark}` is not understood");
                true
            }
        })
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
