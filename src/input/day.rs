//! Dates in any order, with months as words, with a time of day, or as a serial number.

use time::{Date, Duration, Month};

use super::columns::{VOCABULARY, fold};

/// Whether a date is past, where a cell may be read in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// On or before the day of the run, however the cell is read.
    Past,
    /// After it, however the cell is read.
    Future,
    /// `03/04/2026`, where one reading is past and the other is not; the year or month of the run.
    Either,
}

/// Years in which a person may have left: databases use earlier ones for no date, later ones for never.
const YEARS: std::ops::Range<i32> = 1950..2100;

/// Days since 1899-12-30, as spreadsheets count, from 1954 to 2099.
const SERIAL: std::ops::Range<i64> = 20_000..73_050;

/// How many years ahead a year of two digits may be; later ones are in the last century.
const FUTURE_YEARS: i32 = 20;

/// When the date in `cell` is; `None` where it is not a date. Without `today` every date is past.
pub(super) fn when(cell: &str, today: Option<Date>) -> Option<When> {
    let readings = readings(cell.trim(), today)?;
    let Some(today) = today else {
        return Some(When::Past);
    };
    let future = readings.iter().filter(|day| **day > today).count();
    Some(match future {
        0 => When::Past,
        count if count == readings.len() => When::Future,
        _ => When::Either,
    })
}

/// Every day that `cell` may mean: first and last one of a month or a year.
fn readings(cell: &str, today: Option<Date>) -> Option<Vec<Date>> {
    // the shortest is a year; longer ones are not in use
    if !(4..=40).contains(&cell.len()) {
        return None;
    }
    let parts = parts(without_time(cell))?;
    let year = |number: Number| number.year(today);
    let days = match parts[..] {
        [Part::Number(number)] => return whole(number),
        [Part::Word(month), Part::Number(last)] => return span(year(last)?, Some(month)),
        [Part::Number(first), Part::Number(last)] => {
            let (year, month) = if first.digits == 4 { (first, last) } else { (last, first) };
            let month = (year.digits == 4).then(|| u8::try_from(month.value).ok())??;
            return span(i32::try_from(year.value).ok()?, Some(Month::try_from(month).ok()?));
        }
        [Part::Number(first), Part::Word(month), Part::Number(last)] if first.digits == 4 => {
            vec![day(year(first)?, Some(month), last)]
        }
        [Part::Number(first), Part::Word(month), Part::Number(last)]
        | [Part::Word(month), Part::Number(first), Part::Number(last)] => {
            vec![day(year(last)?, Some(month), first)]
        }
        [Part::Number(a), Part::Number(b), Part::Number(c)] => {
            let mut days = Vec::new();
            if a.digits == 4 {
                days.push(day(year(a)?, b.month(), c));
            } else {
                days.push(day(year(c)?, b.month(), a));
                // dots are used for day before month only
                if !cell.contains('.') {
                    days.push(day(year(c)?, a.month(), b));
                }
                if c.digits < 3 && cell.contains('-') {
                    days.push(day(year(a)?, b.month(), c));
                }
            }
            days
        }
        _ => return None,
    };
    let days: Vec<Date> = days.into_iter().flatten().collect();
    (!days.is_empty()).then_some(days)
}

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Number(Number),
    Word(Month),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    value: i64,
    digits: usize,
}

impl Number {
    fn year(self, today: Option<Date>) -> Option<i32> {
        let value = i32::try_from(self.value).ok()?;
        let year = match self.digits {
            4 => value,
            2 => {
                let latest = today.map_or(2050, |today| today.year() + FUTURE_YEARS);
                if 2000 + value <= latest { 2000 + value } else { 1900 + value }
            }
            _ => return None,
        };
        YEARS.contains(&year).then_some(year)
    }

    fn month(self) -> Option<Month> {
        Month::try_from(u8::try_from(self.value).ok()?).ok()
    }
}

fn day(year: i32, month: Option<Month>, day: Number) -> Option<Date> {
    Date::from_calendar_date(year, month?, u8::try_from(day.value).ok()?).ok()
}

/// The first and the last day of a year, or of one of its months.
fn span(year: i32, month: Option<Month>) -> Option<Vec<Date>> {
    let first = month.unwrap_or(Month::January);
    let last = month.unwrap_or(Month::December);
    let length = last.length(year);
    let days = [
        Date::from_calendar_date(year, first, 1).ok()?,
        Date::from_calendar_date(year, last, length).ok()?,
    ];
    YEARS.contains(&year).then(|| days.to_vec())
}

/// A number alone: a year, `20200131`, or the days of a spreadsheet.
fn whole(number: Number) -> Option<Vec<Date>> {
    let Number { value, digits } = number;
    match digits {
        4 => span(i32::try_from(value).ok()?, None),
        5 if SERIAL.contains(&value) => {
            let start = Date::from_calendar_date(1899, Month::December, 30).ok()?;
            Some(vec![start.checked_add(Duration::days(value))?])
        }
        8 => {
            let year = i32::try_from(value / 10_000).ok().filter(|year| YEARS.contains(year))?;
            let part = |value| Number { value, digits: 2 };
            Some(vec![day(year, part(value / 100 % 100).month(), part(value % 100))?])
        }
        _ => None,
    }
}

/// `text` up to the time of day: `2020-01-31T08:00:00+01:00`, `31.01.2020 8:00`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else {
        return text;
    };
    let before = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    before.trim_end_matches(['T', 't', ' ', ',', '\u{a0}'])
}

/// The numbers and months of `text`, in its order; `None` where a word is neither.
fn parts(text: &str) -> Option<Vec<Part>> {
    let is_between = |c: char| {
        c.is_whitespace() || matches!(c, '-' | '/' | '.' | ',' | '\'' | '–' | '年' | '月' | '日')
    };
    let words = &VOCABULARY.words;
    let mut parts = Vec::new();
    for word in text.split(is_between).filter(|word| !word.is_empty()) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, ending) = word.split_at(digits);
        let folded = fold(ending);
        if digits > 0 {
            // `31st`, `1er`
            if !matches!(folded.as_str(), "" | "st" | "nd" | "rd" | "th" | "er" | "o" | "a") {
                return None;
            }
            parts.push(Part::Number(Number { value: number.parse().ok()?, digits }));
        } else if let Some(at) = words.months.iter().position(|names| names.contains(&folded)) {
            parts.push(Part::Word(Month::try_from(u8::try_from(at + 1).ok()?).ok()?));
        } else if !words.beside_days.contains(&folded) {
            return None;
        }
        if parts.len() > 3 {
            return None;
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_date_is_read_in_every_common_form() {
        for cell in [
            "2020-01-31",
            "1/31/20",
            "31.01.2020",
            "31.1.20",
            "31-Jan-2020",
            "31-Jan-20",
            "Jan 31 2020",
            "January 31st, 2020",
            "Fri, 31 Jan 2020",
            "2020-01-31T00:00:00Z",
            "2020-01-31T08:00:00.000+01:00",
            "31.01.2020 8:00",
            "1/31/2020 12:00:00 AM",
            "20200131",
            "43861",
            "31. Januar 2020",
            "31 janvier 2020",
            "31 de enero de 2020",
            "31 gennaio 2020",
            "31 de janeiro de 2020",
            "31 januari 2020",
            "31 stycznia 2020",
            "2020年1月31日",
            "2020/01/31",
            "2020-Jan-31",
        ] {
            let days = readings(cell, Some(date!(2026 - 11 - 29)));
            assert_eq!(days, Some(vec![date!(2020 - 01 - 31)]), "{cell}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_date_is_not_read_as_one() {
        for cell in [
            "",
            "7",
            "123",
            "Probezeit",
            "31.02.2020",
            "99/99/99",
            "1.2.3.4",
            "12345678901",
            "yes",
            "1900-01-01",
            "9999-12-31",
            "B-12-2020",
            "13/2020",
            "2020-13",
            "12:30",
        ] {
            assert_eq!(when(cell, Some(date!(2026 - 11 - 29))), None, "{cell}");
        }
    }

    #[test]
    fn a_date_is_past_or_future_in_every_reading_or_unclear() {
        for (cell, found) in [
            ("2026-11-29", When::Past),
            ("2026-11-30", When::Future),
            ("01/02/2026", When::Past),
            ("01/02/2027", When::Future),
            ("01/12/2026", When::Either),
            ("1.12.2026", When::Future),
            ("2025", When::Past),
            ("2026", When::Either),
            ("2027", When::Future),
            ("Nov 2026", When::Either),
            ("10/2026", When::Past),
            ("1/1/46", When::Future),
            ("1/1/98", When::Past),
        ] {
            assert_eq!(when(cell, Some(date!(2026 - 11 - 29))), Some(found), "{cell}");
        }
        assert_eq!(when("2099-01-01", None), Some(When::Past));
    }
}
