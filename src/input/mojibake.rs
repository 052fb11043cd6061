//! UTF-8 that a program read as another encoding and saved again: `MÃ¼ller`, `Ð˜Ð²Ð°Ð½`, `J├╝rgen`.
//!
//! Found by the way back: text beyond ASCII whose bytes in such an encoding are well-formed UTF-8. By
//! chance that happens with a few pairs of letters, which is what [`is_probable`] rules out.

use std::sync::LazyLock;

use encoding_rs::{MACINTOSH, WINDOWS_1250, WINDOWS_1252};

use super::encoding::{Charset, CodePage};

/// Encodings that UTF-8 is mistaken for: Windows in the west and east, Excel for Mac, consoles.
const CARRIERS: [Charset; 5] = [
    Charset::Standard(WINDOWS_1252),
    Charset::Standard(WINDOWS_1250),
    Charset::Standard(MACINTOSH),
    Charset::Oem(CodePage::Cp850),
    Charset::Oem(CodePage::Cp437),
];

/// The longest word that is looked at and repeated, in bytes.
const LONGEST_WORD: usize = 80;

/// Characters beyond ASCII and their bytes in one encoding, sorted.
struct Bytes([(char, u8); 128]);

static TABLES: LazyLock<[Bytes; 5]> = LazyLock::new(|| {
    CARRIERS.map(|carrier| {
        let mut bytes = [('\0', 0); 128];
        for ((place, c), byte) in bytes.iter_mut().zip(carrier.upper()).zip(0x80..=0xff) {
            *place = (c, byte);
        }
        bytes.sort_unstable();
        Bytes(bytes)
    })
});

impl Bytes {
    fn of(&self, c: char) -> Option<u8> {
        let at = self.0.binary_search_by_key(&c, |(known, _)| *known).ok()?;
        Some(self.0[at].1)
    }

    /// The text that `run` was, if its bytes are well-formed UTF-8.
    fn back(&self, run: &str) -> Option<String> {
        // the first byte of a sequence of several (RFC 3629 §4)
        let first = self.of(run.chars().next()?)?;
        if !matches!(first, 0xc2..=0xf4) {
            return None;
        }
        let bytes: Option<Vec<u8>> = run.chars().map(|c| self.of(c)).collect();
        String::from_utf8(bytes?).ok()
    }
}

/// The first word of `text` that is mojibake.
pub(super) fn find(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        let tail = &rest[start..];
        let length = tail.find(|c: char| c.is_ascii()).unwrap_or(tail.len());
        let run = &tail[..length];
        let from = text.len() - tail.len();
        let is_found = run.len() <= LONGEST_WORD
            && TABLES.iter().any(|table| {
                table.back(run).is_some_and(|was| {
                    let before = text[..from].chars().next_back();
                    let after = tail[length..].chars().next();
                    is_probable(before, run, after, &was)
                })
            });
        if is_found {
            return Some(word_around(text, from, from + length));
        }
        rest = &tail[length..];
    }
    None
}

/// Whether `run`, between two ASCII characters, was rather `was` than what it is.
fn is_probable(before: Option<char>, run: &str, after: Option<char>, was: &str) -> bool {
    if !was.chars().all(is_of_names) {
        return false;
    }
    let mut chars = was.chars();
    match (chars.next(), chars.next()) {
        // two letters can stand beside each other: `DRĂGĂŞANU` is no `DRĂGêANU`, and `BĂŞlan` no name
        (Some('\u{a0}'..='\u{17f}'), None) if run.chars().all(char::is_alphabetic) => {
            let is_lower = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
            is_lower(before) || is_lower(after)
        }
        (Some('\u{a0}'..='\u{17f}'), None) => true,
        // one character of another script is chance: `Jean–Élie` by way of macintosh
        (Some(c), None) => c.len_utf8() > 2,
        _ => true,
    }
}

/// Whether names are written with `c`: scripts in use and the marks between names. Rare scripts are
/// left out, for it is those that chance yields.
fn is_of_names(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'..='\u{17f}'
            | '\u{218}'..='\u{21b}'
            | '\u{386}'..='\u{3ce}'
            | '\u{400}'..='\u{45f}'
            | '\u{490}' | '\u{491}'
            | '\u{5d0}'..='\u{5ea}'
            | '\u{621}'..='\u{64a}'
            | '\u{67e}' | '\u{686}' | '\u{698}' | '\u{6a9}' | '\u{6af}' | '\u{6cc}'
            | '\u{900}'..='\u{e7f}'
            | '\u{10d0}'..='\u{10ff}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{2010}'..='\u{2026}'
            | '\u{20ac}' | '\u{2122}'
            | '\u{3000}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{1f300}'..='\u{1faff}'
    )
}

/// The word of `text` that the bytes from `start` to `end` are in.
fn word_around(text: &str, start: usize, end: usize) -> &str {
    let is_space = |c: char| c.is_ascii_whitespace();
    let from = text[..start].rfind(is_space).map_or(0, |at| at + 1);
    let to = text[end..].find(is_space).map_or(text.len(), |at| end + at);
    text.get(from..to).filter(|word| word.len() <= LONGEST_WORD).unwrap_or(&text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text`, its UTF-8 read in the encoding called `label`.
    fn misread(label: &str, text: &str) -> String {
        let upper = Charset::of(label).unwrap().upper();
        let read = |byte: u8| {
            if byte.is_ascii() { char::from(byte) } else { upper[usize::from(byte & 0x7f)] }
        };
        text.bytes().map(read).collect()
    }

    #[test]
    fn any_script_is_found_by_way_of_any_carrier() {
        for carrier in ["windows-1252", "windows-1250", "macintosh", "cp850", "cp437"] {
            for name in [
                "Müller",
                "Šárka",
                "Łukasz",
                "O’Brien",
                "Señor",
                "Иван",
                "Γιώργος",
                "山田太郎",
                "김철수",
                "Nguyễn",
                "محمد",
                "דוד",
                "สมชาย",
                "अमित",
            ] {
                let text = format!("Dr. {} Jr", misread(carrier, name));
                assert_eq!(
                    find(&text),
                    text.strip_prefix("Dr. ").and_then(|t| t.strip_suffix(" Jr")),
                    "{carrier} {name}"
                );
            }
        }
    }

    #[test]
    fn sound_names_are_not_taken_for_it() {
        for name in [
            "Müller",
            "São",
            "ÂNGELA",
            "Ärger",
            "Łukasz",
            "O’Brien",
            "Äpfel",
            "Íñigo",
            "Conceição",
            "BĂŞESCU",
            "DRĂGĂŞANU",
            "Иван Петров",
            "Γιώργος",
            "山田太郎",
            "김철수",
            "Nguyễn Thị",
            "محمد علي",
            "Ó’Briain",
            "Strauß’",
            "„Groß”",
            "Jean–Élie",
            "Marie–Ève",
            "Eyþór",
            "Guðný",
            "Ægir",
            "Ørsted",
            "Öçal",
            "Ñuñez",
            "Þórður",
            "Ağaoğlu",
            "Șerban",
            "Їжак",
            "Петър",
            "ÉÀÈ",
            "Jürgen…",
            "«Élan»",
            "Ðorđe",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn one_undefined_byte_does_not_hide_it() {
        assert_eq!(find("Å\u{81}ukasz"), Some("Å\u{81}ukasz"));
        assert_eq!(find("GarcÃ\u{ad}a Ã\u{a0} la"), Some("GarcÃ\u{ad}a"));
    }
}
