//! Headers of the products that people export their lists from: which column is which, whatever the
//! order of the columns. `tests/data/headers/README.md` says where they come from.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;

use mailmuster::input::columns::{ColumnError, Meaning};
use mailmuster::input::{Field, InputError, InputErrorKind, List, Mapping, ReadOptions, Source};
use serde::Deserialize;
use support::project;

/// How many orders of its columns each header is tried in.
const ORDERS: u64 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    #[serde(default)]
    source: Vec<String>,
    delimiter: char,
    header_row: Option<usize>,
    expect: BTreeMap<String, Option<String>>,
    #[serde(default)]
    note: String,
}

impl Sample {
    fn text(&self) -> String {
        fs::read_to_string(project("tests/data/headers").join(format!("{}.txt", self.name)))
            .unwrap()
    }

    /// The lines above the header, and the header's cells.
    fn header(&self) -> (String, Vec<String>) {
        let text = self.text();
        let at = self.header_row.unwrap();
        let above: String = text.split_inclusive('\n').take(at).collect();
        let header = text.lines().nth(at).unwrap().trim_start_matches('\u{feff}');
        let record = csv::ReaderBuilder::new()
            .delimiter(self.delimiter as u8)
            .has_headers(false)
            .from_reader(header.as_bytes())
            .into_records()
            .next()
            .unwrap()
            .unwrap();
        (above, record.iter().map(str::to_owned).collect())
    }

    /// The list with its columns in this order.
    fn list(&self, above: &str, header: &[String]) -> Vec<u8> {
        let mut writer =
            csv::WriterBuilder::new().delimiter(self.delimiter as u8).from_writer(Vec::new());
        writer.write_record(header).unwrap();
        [above.as_bytes(), &writer.into_inner().unwrap()].concat()
    }

    /// Whether `mapping` is what is expected.
    fn judge(&self, found: Result<Mapping, InputError>) -> Result<(), String> {
        if !matches!(self.expect.get("email"), Some(Some(_))) {
            return match found {
                Err(InputError {
                    kind: InputErrorKind::Columns(ColumnError::NoEmail { .. }),
                    ..
                }) => Ok(()),
                Err(error) => Err(error.to_string()),
                Ok(mapping) => Err(format!("there is no e-mail column: {mapping}")),
            };
        }
        let mapping = found.map_err(|error| error.to_string())?;
        for (name, header) in &self.expect {
            let field = field(name);
            let header = header.as_deref();
            let is_right = if field == Field::Login && header.is_some_and(is_generic_login) {
                let shown = mapping.informational().any(|shown| Some(shown) == header)
                    // a list with nothing better takes its addresses from there
                    || mapping.header_of(Field::Email) == header;
                mapping.header_of(field).is_none() && shown
            } else {
                mapping.header_of(field) == header
            };
            if !is_right {
                return Err(format!("{} is not `{header:?}`: {mapping}", field.id()));
            }
        }
        for column in mapping.explain() {
            let is_used = column.meaning.target().is_some();
            let is_denied = matches!(column.meaning, Meaning::Denied(_));
            if is_others(column.header) && (is_used || !is_denied) {
                return Err(format!("`{}` is another person's: {mapping}", column.header));
            }
        }
        Ok(())
    }
}

/// The field that `index.json` calls `name`.
fn field(name: &str) -> Field {
    let id = match name {
        "first" => "first_name",
        "last" => "last_name",
        "middle" => "middle_name",
        "display" => "display_name",
        "tenant" => "client",
        "out_login" => "outgoing_login",
        "out_password" => "outgoing_password",
        other => other,
    };
    Field::ALL.into_iter().find(|field| field.id() == id).unwrap()
}

/// The login of another system: shown, never used.
fn is_generic_login(header: &str) -> bool {
    ["username", "samaccountname", "login", "sis_username", "current username", "benutzername"]
        .contains(&header.to_lowercase().as_str())
}

/// An address that is not the mailbox.
fn is_others(header: &str) -> bool {
    [
        "Recovery Email",
        "Home Secondary Email",
        "Work Secondary Email",
        "New Primary Email [UPLOAD ONLY]",
        "Manager Email",
        "authenticationEmail",
        "alternateEmailAddress",
        "Alternate email address",
        "Alternative E-Mail-Adresse",
        "secondEmail",
        "Source Email",
        "Reports To Email",
        "Secondary Email",
        "E-mail 2 Address",
        "Managed Apple ID (Requires Jamf Pro 10.15+)",
        "apple-id",
    ]
    .contains(&header)
}

fn samples() -> Vec<Sample> {
    let index = fs::read(project("tests/data/headers/index.json")).unwrap();
    serde_json::from_slice(&index).unwrap()
}

fn open(list: &[u8]) -> Result<Mapping, InputError> {
    let source = Source::spool(list)?;
    List::open(source, &ReadOptions::default()).map(|list| list.mapping)
}

/// Mixes `items`, always in the same way for one `seed` (Fisher and Yates over xorshift64).
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(at, usize::try_from(state % (at as u64 + 1)).unwrap());
    }
}

#[test]
fn there_is_a_file_for_every_entry_and_an_entry_for_every_file() {
    let mut named: Vec<String> =
        samples().iter().map(|sample| format!("{}.txt", sample.name)).collect();
    let mut there: Vec<String> = fs::read_dir(project("tests/data/headers"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".txt"))
        .collect();
    named.sort();
    there.sort();
    assert_eq!(named, there);
    assert_eq!(named.len(), 39);
    for sample in samples() {
        assert!(sample.source.iter().all(|source| source.starts_with("http")), "{}", sample.name);
        assert!(!sample.note.contains("  "), "{}", sample.name);
    }
}

#[test]
fn headers_of_products_are_mapped_as_the_product_means_them() {
    let mut wrong = Vec::new();
    for sample in samples().iter().filter(|sample| sample.header_row.is_some()) {
        if let Err(why) = sample.judge(open(sample.text().as_bytes())) {
            wrong.push(format!("{}: {why}", sample.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_of_the_columns_does_not_matter() {
    let mut wrong = Vec::new();
    for sample in samples().iter().filter(|sample| sample.header_row.is_some()) {
        let (above, mut header) = sample.header();
        for order in 0..=ORDERS {
            match order {
                0 => header.reverse(),
                seed => shuffle(&mut header, seed),
            }
            if let Err(why) = sample.judge(open(&sample.list(&above, &header))) {
                wrong.push(format!("{}, order {order}: {why}", sample.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_of_the_columns_does_not_change_what_any_of_them_is() {
    for sample in samples().iter().filter(|sample| sample.header_row.is_some()) {
        let (above, header) = sample.header();
        let Ok(mapping) = open(&sample.list(&above, &header)) else {
            continue;
        };
        let meanings = |mapping: &Mapping| {
            mapping
                .explain()
                .map(|column| (column.header.to_owned(), column.meaning.to_string()))
                .collect::<BTreeMap<_, _>>()
        };
        let mut shuffled = header.clone();
        shuffle(&mut shuffled, 7);
        let other = open(&sample.list(&above, &shuffled)).unwrap();
        assert_eq!(meanings(&mapping), meanings(&other), "{}", sample.name);
    }
}

#[test]
fn the_error_about_a_missing_header_proposes_columns() {
    let mut seen = 0;
    for sample in samples().iter().filter(|sample| sample.header_row.is_none()) {
        seen += 1;
        let error = open(sample.text().as_bytes()).unwrap_err();
        match (sample.name.as_str(), &error.kind) {
            (
                "cpanel-headerless" | "kerio-imap-migration",
                InputErrorKind::NoHeader { columns },
            ) => {
                assert_eq!(columns, "email,-,-");
            }
            // no cell of it is an address: all that can be said is that none is the mailbox
            ("imapsync-batch", InputErrorKind::Columns(ColumnError::NoEmail { .. })) => {}
            (name, _) => panic!("{name}: {error}"),
        }
    }
    assert_eq!(seen, 3);
}
