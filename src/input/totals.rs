//! Rows of totals below a list: recognized only where nothing else can be meant.

use ::csv::ByteRecord;

use super::columns::{Field, Mapping, VOCABULARY, fold, holds};
use super::spreadsheet::UNCALCULATED;
use super::{Shape, words};

/// The column with the word or the number by which `record` is a row of totals, if it is the last one of its
/// list.
///
/// It has no address, and every cell is blank or a number, except for one word such as `Total`. Without
/// that word a formula must add cells up, which only a spreadsheet shows.
pub(super) fn column(record: &ByteRecord, mapping: &Mapping, shape: Shape) -> Option<usize> {
    if record.as_slice().contains(&b'@') {
        return None;
    }
    let address = record.get(mapping.column(Field::Email)?).unwrap_or_default();
    if !address.trim_ascii().is_empty() {
        return None;
    }
    let (mut word, mut number) = (None, None);
    for (at, cell) in record.iter().enumerate() {
        // a sum that was never calculated
        let text = if cell == UNCALCULATED { "0" } else { std::str::from_utf8(cell).ok()?.trim() };
        if text.is_empty() {
            continue;
        }
        if is_number(text) {
            number = number.or(Some(at));
        } else if word.is_none() && number.is_none() && holds(&VOCABULARY.words.totals, &fold(text))
        {
            word = Some(at);
        } else {
            return None;
        }
    }
    let has_sum = shape.sheet.is_some_and(|sheet| sheet.has_sum);
    match (word, number) {
        (Some(word), Some(_)) => Some(word),
        // a number alone may be a password that has moved
        (None, Some(number)) if has_sum => mapping.quoting().quote(number),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let is_part = |c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || matches!(c, '.' | ',' | '\'' | '-' | '%' | '€' | '$' | '£')
    };
    has_digit && text.chars().all(is_part) || words::is_rounded(text)
}
