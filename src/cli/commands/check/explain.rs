//! `check --explain-columns`: what each column is used for, why, and sample cells.

use serde::Serialize;

use crate::cli::message::Console;
use crate::diagnostic::Shown;
use crate::domain::email::EmailAddress;
use crate::input::columns::{Column, Target};
use crate::input::{Field, InputError, List, Quoting};

/// How many cells of a column are shown.
const SAMPLES: usize = 3;

/// How many rows samples are taken from.
const MOST_ROWS: usize = 1000;

/// The longest sample, in characters.
const LONGEST_SAMPLE: usize = 40;

/// Reports each column of `list`.
pub(super) fn columns(list: &List, console: &Console) -> Result<(), InputError> {
    let mapping = &list.mapping;
    let mut rows = list.rows()?;
    let mut samples: Vec<Vec<String>> = vec![Vec::new(); mapping.width()];
    let shown: Vec<Option<Target>> = mapping
        .explain()
        .map(|column| column.meaning.target().filter(|_| !column.is_secret))
        .collect();
    for _ in 0..MOST_ROWS {
        if rows.next_row()?.is_none() {
            break;
        }
        for ((cell, samples), target) in rows.cells().zip(&mut samples).zip(&shown) {
            if let Some(target) = target
                && samples.len() < SAMPLES
            {
                let text = String::from_utf8_lossy(cell);
                let sample = redacted(text.trim(), *target, mapping.quoting());
                if !sample.is_empty() && !samples.contains(&sample) {
                    samples.push(sample);
                }
            }
        }
    }
    for (column, samples) in mapping.explain().zip(&samples) {
        report(&column, samples, console);
    }
    Ok(())
}

fn report(column: &Column<'_>, samples: &[String], console: &Console) {
    let Column { number, header, meaning, is_secret } = *column;
    let target = meaning.target().map(|target| target.to_string());
    let shown: Vec<String> = samples.iter().map(|sample| format!("`{}`", Shown(sample))).collect();
    let cells = match (is_secret, shown.is_empty()) {
        (true, _) => "; its cells are not shown".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!("; {}", shown.join(", ")),
    };
    console.answer(&format_args!(
        "column {number} `{}`: {} ({meaning}){cells}",
        Shown(header),
        target.as_deref().unwrap_or("not used")
    ));
    console.event(&ColumnEvent {
        event: "column",
        number,
        header,
        field: target,
        rule: meaning.to_string(),
        samples,
    });
}

#[derive(Serialize)]
struct ColumnEvent<'a> {
    event: &'static str,
    number: usize,
    header: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    rule: String,
    samples: &'a [String],
}

/// `text` as far as it helps to see that the right column was taken: of each word the first letter, of
/// an address the domain. Words that say nothing about a person stay. Of a list with passwords only the
/// domains of addresses are shown.
fn redacted(text: &str, target: Target, quoting: Quoting) -> String {
    let text: String = text.chars().take(LONGEST_SAMPLE).collect();
    if quoting == Quoting::Forbidden {
        // where cells have moved, this one may be a password
        return EmailAddress::try_from(text.as_str())
            .map(|address| format!("\u{2022}@{}", address.domain()))
            .unwrap_or_default();
    }
    let is_plain = matches!(
        target,
        Target::Setting(_)
            | Target::Field(
                Field::Status
                    | Field::UserType
                    | Field::Platform
                    | Field::Domain
                    | Field::MustChange
            )
    );
    if is_plain {
        return text;
    }
    let (hidden, open) = match text.split_once('@') {
        Some((local, domain)) => (local, format!("@{domain}")),
        None => (text.as_str(), String::new()),
    };
    let mut shown = String::new();
    let mut inside = false;
    for c in hidden.chars() {
        shown.push(if c.is_alphanumeric() && inside { '\u{2022}' } else { c });
        inside = c.is_alphanumeric();
    }
    shown + &open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_shows_the_kind_of_thing_and_not_the_thing() {
        let field = Target::Field;
        assert_eq!(
            redacted("ada.king@q.com", field(Field::Email), Quoting::Allowed),
            "a••.k•••@q.com"
        );
        assert_eq!(
            redacted("Ada Lovelace", field(Field::DisplayName), Quoting::Allowed),
            "A•• L•••••••"
        );
        assert_eq!(redacted("Suspended", field(Field::Status), Quoting::Allowed), "Suspended");
        assert_eq!(redacted("ada@q.com", field(Field::Email), Quoting::Forbidden), "•@q.com");
        assert_eq!(redacted("hunter2", field(Field::Status), Quoting::Forbidden), "");
        assert_eq!(redacted("P@s$-w0rd", field(Field::DisplayName), Quoting::Forbidden), "");
    }
}
