//! Which characters a value may contain. Hostile cells are to be expected: they must not act on a file,
//! a terminal or a script, nor look like something else.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A character that no value may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfitCharacter(pub char);

impl fmt::Display for UnfitCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.0 {
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break",
            '\t' => "a tab",
            '\u{fffd}' => "a character that was lost when the file was saved",
            c if c.is_control() => "a control character",
            c if is_bidi_control(c) => "a character that reverses the direction of text",
            _ => "an invisible character",
        };
        write!(f, "{what} (U+{:04X})", u32::from(self.0))
    }
}

/// The first character of `text` that is not allowed in names and logins.
///
/// Refused are C0 and C1 controls, line separators, bidirectional controls (they can make `gpj.exe`
/// read as `exe.jpg`), zero-width and tag characters, the replacement character and what XML 1.0
/// forbids (§2.2). The joiners U+200C and U+200D stay: Persian names and emoji need them.
pub(crate) fn first_unfit(text: &str) -> Option<UnfitCharacter> {
    // a shortcut for most values of most lists
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return None;
    }
    text.chars().find(|c| is_unprintable(*c)).map(UnfitCharacter)
}

/// Whether `text` has a visible character. Joiners and variation selectors alone are invisible.
pub(crate) fn is_visible(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace() || matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
    };
    text.bytes().any(|byte| byte.is_ascii_graphic()) || !text.chars().all(unseen)
}

/// Whether `c` must never be printed unescaped.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || is_invisible(c) || is_noncharacter(c)
}

/// A cell that starts with one of these is a formula in spreadsheets (CWE-1236), in East Asia also with
/// the full-width forms.
pub(crate) const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The characters of `text` decomposed, without accents and in lower case: what is left of different spellings of one
/// word.
pub(crate) fn plain_letters(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase)
}

/// The `N` bytes whose hexadecimal digits are `text`; `None` for anything else.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// `bytes` as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The longest foreign value in a message, in characters.
const LONGEST_SHOWN: usize = 60;

/// A foreign value, made safe to print: control, bidirectional and invisible characters are
/// escaped like `\u{202E}`, a long value is cut with `…`.
///
/// Otherwise a cell could send escape sequences to the terminal, or mislead readers with a
/// right-to-left override.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for c in characters.by_ref().take(LONGEST_SHOWN) {
            if c == '`' || is_unprintable(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        if characters.next().is_some() {
            write!(f, "…")?;
        }
        Ok(())
    }
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_or_bidi_character_is_escaped() {
        assert_eq!(Shown("a\u{202e}b\u{1b}[31m").to_string(), "a\\u{202e}b\\u{1b}[31m");
    }

    #[test]
    fn a_long_value_is_cut() {
        let shown = Shown(&"x".repeat(61)).to_string();
        assert_eq!(shown, format!("{}…", "x".repeat(60)));
        assert_eq!(Shown(&"x".repeat(60)).to_string(), "x".repeat(60));
    }

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(hex(&[0, 0x0f, 0xa0, 0xff]), "000fa0ff");
        assert_eq!(unhex("000fa0ff"), Some([0, 0x0f, 0xa0, 0xff]));
        assert_eq!(unhex("000FA0FF"), Some([0, 0x0f, 0xa0, 0xff]));
    }

    #[test]
    fn other_digits_or_another_number_of_bytes_are_no_bytes() {
        for text in ["", "000fa0f", "000fa0ff0", "000fa0ff00", "000fa0fg", "000fa0+f", "000fa0é"] {
            assert_eq!(unhex::<4>(text), None, "{text}");
        }
    }

    #[test]
    fn names_from_all_over_the_world_are_valid() {
        for name in [
            "Zoë O’Brien",
            "Nguyễn Thị",
            "李小龙",
            "محمد علي",
            "👩\u{200d}💻 Ada",
            "می\u{200c}خواهم",
        ] {
            assert_eq!(first_unfit(name), None, "{name}");
        }
    }

    #[test]
    fn misleading_and_breaking_characters_are_invalid() {
        for c in [
            '\0',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{2028}',
            '\u{feff}',
            '\u{fffe}',
            '\u{fffd}',
            '\u{e0041}',
        ] {
            assert_eq!(first_unfit(&format!("a{c}b")), Some(UnfitCharacter(c)));
        }
    }

    #[test]
    fn invisible_characters_are_not_text() {
        assert!(!is_visible(" \u{200d}\u{fe0f}"));
        assert!(is_visible("👩\u{200d}💻"));
        assert!(first_unfit("\u{3164}").is_some() && first_unfit("\u{2800}").is_some());
    }

    #[test]
    fn the_message_names_the_kind_of_character() {
        assert_eq!(UnfitCharacter('\n').to_string(), "a line break (U+000A)");
        assert_eq!(
            UnfitCharacter('\u{202e}').to_string(),
            "a character that reverses the direction of text (U+202E)"
        );
        assert_eq!(UnfitCharacter('\u{7}').to_string(), "a control character (U+0007)");
    }
}
