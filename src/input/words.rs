//! What cells say in words: gone or here, yes or no, which devices.

use super::columns::{TABLE, fold, holds};
use crate::domain::platform::{Platform, Platforms};
use crate::domain::server::Security;

/// What a status cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Here,
    Gone,
    Unknown,
}

/// The status in `cell`; in an `inverted` column "yes" means gone.
pub(super) fn status(cell: &str, inverted: bool) -> Status {
    let word = fold(cell);
    let words = &TABLE.words;
    if inverted && ["enabled", "on"].contains(&word.as_str()) {
        // what is enabled is the block
        return Status::Gone;
    }
    if inverted && ["disabled", "off", "inactive"].contains(&word.as_str()) {
        return Status::Here;
    }
    let yes = if inverted { Status::Gone } else { Status::Here };
    let no = if inverted { Status::Here } else { Status::Gone };
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

/// Whether `cell` says that somebody is of another organization.
pub(super) fn is_guest(cell: &str) -> bool {
    holds(&TABLE.words.guest, &fold(cell))
}

/// Whether `cell` says yes.
pub(super) fn is_yes(cell: &str) -> bool {
    holds(&TABLE.words.yes, &fold(cell))
}

/// The platforms named in `cell`, all of them where it is blank; `None` where one is unknown.
pub(super) fn platforms(cell: &str) -> Option<Platforms> {
    let mut all = None;
    for name in cell.split([',', ';', '/', '|', '+', '&', '\n']) {
        if !name.trim().is_empty() {
            let more = platform(name)?;
            all = Some(all.map_or(more, |all: Platforms| all.with(more)));
        }
    }
    Some(all.unwrap_or(Platforms::ALL))
}

/// Whether `cell` says that there is no id: what databases and people write for "none".
pub(super) fn is_no_id(cell: &str) -> bool {
    matches!(
        cell.trim().to_ascii_lowercase().as_str(),
        "-" | "--" | "n/a" | "na" | "none" | "null" | "nil" | "tbd" | "?" | "0" | "x"
    )
}

/// Whether `cell` is what a spreadsheet shows for a formula that failed.
pub(super) fn is_sheet_error(cell: &str) -> bool {
    const ERRORS: [&str; 9] =
        ["#n/a", "#ref!", "#name?", "#value!", "#div/0!", "#null!", "#num!", "#spill!", "#nv"];
    ERRORS.contains(&cell.trim().to_ascii_lowercase().as_str())
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

/// One device: `iPhone 15` and `Windows 11 Pro` by their first word.
fn platform(name: &str) -> Option<Platforms> {
    let whole = fold(name);
    let first = fold(name.split_whitespace().next().unwrap_or_default());
    [whole.as_str(), first.as_str()].into_iter().find_map(|word| {
        let words = &TABLE.words;
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
    })
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
        for (cell, inverted, found) in [
            ("", false, Status::Here),
            ("Active", false, Status::Here),
            ("Suspended", false, Status::Gone),
            ("to be deleted", false, Status::Gone),
            ("True", false, Status::Here),
            ("FALSE", false, Status::Gone),
            ("True", true, Status::Gone),
            ("No", true, Status::Here),
            ("Blocked", true, Status::Gone),
            ("Ausgeschieden", false, Status::Gone),
            ("Enabled", true, Status::Gone),
            ("Disabled", true, Status::Here),
            ("Enabled", false, Status::Here),
            ("Probezeit", false, Status::Unknown),
        ] {
            assert_eq!(status(cell, inverted), found, "{cell} {inverted}");
        }
    }

    #[test]
    fn what_stands_for_nothing_is_known() {
        assert!(is_no_id(" N/A ") && is_no_id("0") && !is_no_id("00"));
        assert!(is_sheet_error("#REF!") && !is_sheet_error("#1"));
        assert!(is_rounded("1.23457E+15") && is_rounded("1,2E+20") && is_rounded("1E+15"));
        assert!(!is_rounded("E-101") && !is_rounded("12E+3") && !is_rounded("1E-5"));
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
            ("Linux", None),
            ("iPhone, toaster", None),
        ] {
            assert_eq!(platforms(cell), found, "{cell}");
        }
    }
}
