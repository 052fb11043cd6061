//! Numbers as a spreadsheet shows them: dates as dates, ids with their leading zeros.

use std::fmt::Write as _;

use time::{Date, Duration, Month, Time};

/// From here on a number may have lost digits: a spreadsheet keeps 15.
const ROUNDED: f64 = 1e15;

/// What the number format of a cell makes of a number, as far as it matters to a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum NumberFormat {
    #[default]
    Plain,
    /// Days since the epoch of the file.
    Date,
    /// Whole numbers with zeros before them: `00000`, `000-00-0000`.
    Padded(Box<[Digit]>),
}

/// One place of a format for whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digit {
    /// `0`
    Always,
    /// `#` and `?`
    IfAny,
    Literal(char),
}

/// What day 0 is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Epoch {
    /// 1899-12-30, for days after Excel's February 29, 1900, which never was.
    #[default]
    From1900,
    /// 1904-01-01, in files that began on a Mac.
    From1904,
}

impl NumberFormat {
    /// The built-in format `id` (ECMA-376 part 1, 18.8.30).
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Date,
            _ => Self::Plain,
        }
    }

    /// The format written as `code`.
    pub(super) fn of(code: &str) -> Self {
        let mut digits = Vec::new();
        let mut is_whole = true;
        let mut is_date = false;
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c {
                // the first section is that of positive numbers
                ';' => break,
                '"' => digits.extend(chars.by_ref().take_while(|c| *c != '"').map(Digit::Literal)),
                '\\' => digits.extend(chars.next().map(Digit::Literal)),
                // the width of a character, and a character that fills the cell
                '_' | '*' => _ = chars.next(),
                // a color, a condition, a currency or language
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    // hours or minutes that go on: a duration
                    if matches!(
                        inside.to_ascii_lowercase().as_str(),
                        "h" | "hh" | "m" | "mm" | "s" | "ss"
                    ) {
                        return Self::Plain;
                    }
                }
                '0' => digits.push(Digit::Always),
                '#' | '?' => digits.push(Digit::IfAny),
                '-' | ' ' | '/' | '(' | ')' | ':' | '+' => digits.push(Digit::Literal(c)),
                'd' | 'D' | 'y' | 'Y' => is_date = true,
                _ => is_whole = false,
            }
        }
        let has_zero = digits.iter().filter(|digit| **digit == Digit::Always).count() > 1;
        if is_date {
            Self::Date
        } else if is_whole && has_zero {
            Self::Padded(digits.into())
        } else {
            Self::Plain
        }
    }

    /// Adds `value` to `text` as the format shows it.
    pub(super) fn write(&self, value: f64, epoch: Epoch, text: &mut String) {
        match self {
            Self::Date => match day_and_time(value, epoch) {
                Some((day, time)) => write_moment(day, time, text),
                None => plain(value, text),
            },
            Self::Padded(digits) if value.fract() == 0.0 && (0.0..ROUNDED).contains(&value) => {
                pad(digits, value, text);
            }
            Self::Padded(_) | Self::Plain => plain(value, text),
        }
    }
}

/// A number as people write it: `7` and not `7.0`, `0.3` and not `0.30000000000000004`. One that may
/// have lost digits keeps an exponent, by which it is known.
pub(super) fn plain(value: f64, text: &mut String) {
    // writing to a string cannot fail
    if value.abs() >= ROUNDED {
        let scientific = format!("{value:E}");
        text.push_str(&scientific.replacen('E', "E+", 1));
    } else if value.fract() == 0.0 {
        _ = write!(text, "{}", value + 0.0);
    } else {
        let rounded = format!("{value:.14e}").parse().unwrap_or(value);
        _ = write!(text, "{rounded}");
    }
}

fn day_and_time(value: f64, epoch: Epoch) -> Option<(Date, Time)> {
    let (year, month, day) = match epoch {
        Epoch::From1900 => (1899, Month::December, 30),
        Epoch::From1904 => (1904, Month::January, 1),
    };
    if !(1.0..2_958_466.0).contains(&value) {
        return None;
    }
    let milliseconds = Duration::seconds_f64((value * 86_400_000.0).round() / 1000.0);
    let start = Date::from_calendar_date(year, month, day).ok()?.midnight();
    let moment = start.checked_add(milliseconds)?;
    Some((moment.date(), moment.time()))
}

fn write_moment(day: Date, time: Time, text: &mut String) {
    let (year, month, day) = day.to_calendar_date();
    _ = write!(text, "{year:04}-{:02}-{day:02}", u8::from(month));
    if time != Time::MIDNIGHT {
        let (hour, minute, second) = time.as_hms();
        _ = write!(text, "T{hour:02}:{minute:02}:{second:02}");
    }
}

/// Writes a whole number by the places of its format, the last digit in the last place.
fn pad(digits: &[Digit], value: f64, text: &mut String) {
    let number = format!("{value:.0}");
    let is_place = |digit: &&Digit| !matches!(digit, Digit::Literal(_));
    let places = digits.iter().filter(is_place).count();
    let mut left = number.chars();
    // digits without a place of their own go into the first one
    let mut extra = number.len().saturating_sub(places);
    let mut blank = places.saturating_sub(number.len());
    let mut begun = false;
    for digit in digits {
        match digit {
            Digit::Literal(c) if begun || *c != '-' => text.push(*c),
            Digit::Literal(_) => {}
            Digit::Always | Digit::IfAny if blank > 0 => {
                blank -= 1;
                if *digit == Digit::Always {
                    begun = true;
                    text.push('0');
                }
            }
            Digit::Always | Digit::IfAny => {
                begun = true;
                text.extend(left.by_ref().take(1 + std::mem::take(&mut extra)));
            }
        }
    }
}

#[cfg(test)]
mod tests;
