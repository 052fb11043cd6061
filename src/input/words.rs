//! Words in cells: gone or here, yes or no, which devices.

use time::Date;

use super::columns::{VOCABULARY, YesMeans, fold, holds};
use super::day::{self, When};
use crate::domain::platform::{Platform, Platforms};
use crate::domain::server::Security;

/// The status of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Here,
    Gone,
    /// Here until a day in the future.
    LeavesLater,
    /// A date that is past in one reading and future in another.
    UnclearDay,
    Unknown,
}

/// The status in `cell`, whose column is answered by yes or no.
pub(super) fn status(cell: &str, yes: YesMeans, today: Option<Date>) -> Status {
    let inverted = yes == YesMeans::Gone;
    let word = fold(cell);
    let words = &VOCABULARY.words;
    let is_answer = holds(&words.yes, &word) || holds(&words.no, &word);
    if is_no_id(cell) && !is_answer || word == "never" {
        return Status::Here;
    }
    // `Suspended - left 2020`
    let first = fold(cell.split_whitespace().next().unwrap_or_default());
    if holds(&words.gone, &first) && !(inverted && first == "disabled") {
        return Status::Gone;
    }
    // the end of an open period in SAP and similar systems
    let day = cell.trim();
    if inverted && (day.starts_with("9999") || day.ends_with("9999")) && word.len() >= 6 {
        return Status::Here;
    }
    // the day on which the person leaves
    if inverted && let Some(when) = day::when(cell, today) {
        return match when {
            When::Past => Status::Gone,
            When::Future => Status::LeavesLater,
            When::Either => Status::UnclearDay,
        };
    }
    if inverted && ["enabled", "on"].contains(&word.as_str()) {
        // `Block sign in: enabled`
        return Status::Gone;
    }
    if inverted && ["disabled", "off", "inactive"].contains(&word.as_str()) {
        return Status::Here;
    }
    let (yes, no) = match yes {
        YesMeans::Here => (Status::Here, Status::Gone),
        YesMeans::Gone => (Status::Gone, Status::Here),
    };
    if word.is_empty() || holds(&words.here, &word) {
        Status::Here
    } else if holds(&words.gone, &word) {
        Status::Gone
    } else if holds(&words.yes, &word) {
        yes
    } else if holds(&words.no, &word) {
        no
    } else {
        Status::Unknown
    }
}

/// Whether `cell` marks a guest from another organization.
pub(super) fn is_guest(cell: &str) -> bool {
    holds(&VOCABULARY.words.guest, &fold(cell))
}

/// Whether `cell` means yes.
pub(super) fn is_yes(cell: &str) -> bool {
    holds(&VOCABULARY.words.yes, &fold(cell))
}

/// The platforms named in `cell`, all of them where it is blank; `None` where one is unknown.
pub(super) fn platforms(cell: &str) -> Option<Platforms> {
    if is_no_id(cell) {
        return Some(Platforms::ALL);
    }
    let mut all = None;
    for name in cell.split([',', ';', '/', '|', '+', '&', '\n']) {
        if !is_no_id(name) {
            let more = platform(name)?;
            all = Some(all.map_or(more, |all: Platforms| all.with(more)));
        }
    }
    Some(all.unwrap_or(Platforms::ALL))
}

/// Whether `cell` means that there is no id, in the words of databases and people.
pub(super) fn is_no_id(cell: &str) -> bool {
    let text = cell.trim();
    let is_mark = |c: char| c == '0' || !c.is_alphanumeric();
    holds(&VOCABULARY.words.no_id, &fold(text)) || text.chars().all(is_mark)
}

/// Whether `cell` means that there is no name. `Null` and `None` are people's names.
pub(super) fn is_no_name(cell: &str) -> bool {
    let text = cell.trim().to_lowercase();
    ["-", "--", "—", "?", ".", "n/a", "n.a.", "k.a.", "(null)"].contains(&text.as_str())
}

/// Whether `cell` is what a spreadsheet shows for a formula that failed.
pub(super) fn is_sheet_error(cell: &str) -> bool {
    let text = cell.trim();
    let named = text.strip_prefix('#').is_some_and(|rest| {
        let letters = rest.trim_end_matches(['!', '?']);
        let upper = letters.chars().all(|c| c.is_uppercase() || matches!(c, '/' | '0'));
        upper && letters.len() > 1 && (letters != rest || matches!(letters, "N/A" | "NV" | "N/D"))
    });
    named || text.len() > 2 && text.bytes().all(|byte| byte == b'#')
}

/// Bytes that start a placeholder; 0xC2 starts `«` in UTF-8.
const PLACEHOLDER_STARTS: [bool; 256] = bytes_among(b"${%<\xc2");

/// For each byte whether it is in `set`.
pub(super) const fn bytes_among(set: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < set.len() {
        table[set[at] as usize] = true;
        at += 1;
    }
    table
}

/// Whether `cell` holds a placeholder that another program fills in: Jamf Pro's `$EMAIL`, Intune's
/// `{{mail}}`, Jamf School's and Windows' `%USERNAME%`, `${mail}` of scripts, `«E-Mail»` of a mail merge.
pub(super) fn is_variable(cell: &str) -> bool {
    // this runs for every cell of a list, and almost none has such a character
    if !cell.bytes().any(|byte| PLACEHOLDER_STARTS[usize::from(byte)]) {
        return false;
    }
    let text = cell.trim();
    let is_name = |name: &str| {
        name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let between = |open: &str, close: &str| {
        text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map(|(name, _)| name)
    };
    let percent = || between("%", "%").is_some_and(is_name);
    let dollar = || {
        let name = text.strip_prefix('$').map(|rest| rest.split('@').next().unwrap_or(rest));
        name.is_some_and(|name| is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase()))
    };
    between("{{", "}}").is_some()
        || between("${", "}").is_some()
        || between("«", "»").is_some_and(|inner| text.len() == inner.len() + 4)
        || between("<<", ">>").is_some()
        || percent()
        || dollar()
}

/// Whether `cell` is a spreadsheet formula as text, as in a list that was exported with its formulas.
pub(super) fn is_formula(cell: &str) -> bool {
    cell.strip_prefix('=').is_some_and(|rest| !rest.trim().is_empty())
}

/// Whether `cell` is a number that a spreadsheet has rounded: `1.23457E+15`.
pub(super) fn is_rounded(cell: &str) -> bool {
    let Some((digits, exponent)) = cell.trim().split_once(['E', 'e']) else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    whole.len() == 1
        && is_number(whole)
        && is_number(fraction)
        && exponent.strip_prefix('+').is_some_and(is_number)
}

/// Devices in words: `iPhone 15`, `Windows 11 Pro`, `Mac und PC`.
fn platform(name: &str) -> Option<Platforms> {
    let whole = fold(name);
    if whole == "windowsphone" {
        // no format is for it
        return None;
    }
    known_platform(&whole).or_else(|| {
        let words = name.split_whitespace().filter_map(|word| known_platform(&fold(word)));
        words.reduce(Platforms::with)
    })
}

fn known_platform(word: &str) -> Option<Platforms> {
    let words = &VOCABULARY.words;
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let one = |platform| Some(Platforms::from_iter([platform]));
    if holds(&words.every_platform, word) {
        Some(Platforms::ALL)
    } else if holds(&words.apple, word) {
        one(Platform::Apple)
    } else if holds(&words.android, word) {
        one(Platform::Android)
    } else if holds(&words.windows, word) {
        one(Platform::Windows)
    } else {
        None
    }
}

/// A protection as people write it. Bare `SSL` and `TLS` mean TLS from the first byte, as in provider
/// files; the port is compared later.
pub(super) fn security(cell: &str) -> Option<Security> {
    match fold(cell).as_str() {
        "tls" | "ssl" | "ssltls" | "tlsssl" | "implicittls" => Some(Security::Tls),
        "starttls" | "stls" => Some(Security::StartTls),
        "none" | "plain" | "no" => Some(Security::None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_in_both_directions() {
        for (cell, yes, found) in [
            ("", YesMeans::Here, Status::Here),
            ("Active", YesMeans::Here, Status::Here),
            ("Suspended", YesMeans::Here, Status::Gone),
            ("to be deleted", YesMeans::Here, Status::Gone),
            ("True", YesMeans::Here, Status::Here),
            ("FALSE", YesMeans::Here, Status::Gone),
            ("True", YesMeans::Gone, Status::Gone),
            ("No", YesMeans::Gone, Status::Here),
            ("Blocked", YesMeans::Gone, Status::Gone),
            ("Ausgeschieden", YesMeans::Here, Status::Gone),
            ("Enabled", YesMeans::Gone, Status::Gone),
            ("Disabled", YesMeans::Gone, Status::Here),
            ("Enabled", YesMeans::Here, Status::Here),
            ("Suspended - left 2020", YesMeans::Here, Status::Gone),
            ("not active", YesMeans::Here, Status::Gone),
            ("2020-01-31", YesMeans::Gone, Status::Gone),
            ("31.12.9999", YesMeans::Gone, Status::Here),
            ("2020-01-31", YesMeans::Here, Status::Unknown),
            ("N/A", YesMeans::Gone, Status::Here),
            ("0", YesMeans::Here, Status::Gone),
            ("0", YesMeans::Gone, Status::Here),
            ("Probezeit", YesMeans::Here, Status::Unknown),
        ] {
            assert_eq!(status(cell, yes, None), found, "{cell} {yes:?}");
        }
    }

    #[test]
    fn words_for_nothing_are_recognized() {
        for text in [" N/A ", "0", "000", "0.0", "—", "k.A.", "(null)", "unbekannt", "."] {
            assert!(is_no_id(text), "{text}");
        }
        assert!(!is_no_id("007") && !is_no_id("E-0"));
        assert!(is_no_name("-") && is_no_name("N/A") && !is_no_name("Null"));
        for text in ["#REF!", "#N/A", "#WERT!", "#BEZUG!", "#NOM?", "#NV", "#####"] {
            assert!(is_sheet_error(text), "{text}");
        }
        assert!(!is_sheet_error("#1") && !is_sheet_error("#A") && !is_sheet_error("# Ada!"));
        assert!(is_rounded("1.23457E+15") && is_rounded("1,2E+20") && is_rounded("1E+15"));
        assert!(!is_rounded("E-101") && !is_rounded("12E+3") && !is_rounded("1E-5"));
    }

    #[test]
    fn a_variable_is_distinguished_from_a_word() {
        for text in [
            "$EMAIL",
            "$USERNAME@q.com",
            "$FLEET_VAR_HOST",
            "${mail}",
            "{{mail}}",
            "{{ upn }}@q.com",
            "%Email%",
            "%USERNAME%@q.com",
            "«E-Mail»",
            "<<Email>>",
        ] {
            assert!(is_variable(text), "{text}");
        }
        for text in [
            "ada@q.com",
            "a%b@q.com",
            "100% Ada",
            "$",
            "$am",
            "$A",
            "A$AP",
            "«Ada» Lovelace",
            "<ada@q.com>",
        ] {
            assert!(!is_variable(text), "{text}");
        }
    }

    #[test]
    fn devices_are_known_by_name_or_first_word() {
        let set = |platforms: &[Platform]| Some(platforms.iter().copied().collect::<Platforms>());
        for (cell, found) in [
            ("iPhone 15 Pro", set(&[Platform::Apple])),
            ("iOS/Android", set(&[Platform::Apple, Platform::Android])),
            ("Windows 11", set(&[Platform::Windows])),
            ("Win11", set(&[Platform::Windows])),
            ("mac OS", set(&[Platform::Apple])),
            (" ", set(&Platform::ALL)),
            ("all", set(&Platform::ALL)),
            (" ; ", set(&Platform::ALL)),
            ("Mac und PC", set(&[Platform::Apple, Platform::Windows])),
            ("iPhone and Android", set(&[Platform::Apple, Platform::Android])),
            ("N/A", set(&Platform::ALL)),
            ("Windows Phone", None),
            ("Linux", None),
            ("iPhone, toaster", None),
        ] {
            assert_eq!(platforms(cell), found, "{cell}");
        }
    }
}
