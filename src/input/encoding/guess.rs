//! The probable encoding of a list that is not UTF-8, judged by what its words would be.

use std::collections::BTreeSet;
use std::io::Read;

use encoding_rs::{MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253};

use super::charset::{Charset, CodePage, Upper};
use crate::input::error::InputError;
use crate::input::source::Source;

/// Encodings that are tried. Of those that fit equally well the first wins: Excel's `CSV` in
/// western countries, in eastern ones, Excel for Mac, the Windows console.
const TRIED: [Charset; 8] = [
    Charset::Standard(WINDOWS_1252),
    Charset::Standard(WINDOWS_1250),
    Charset::Standard(MACINTOSH),
    Charset::Oem(CodePage::Cp850),
    Charset::Oem(CodePage::Cp437),
    Charset::Oem(CodePage::Cp852),
    Charset::Standard(WINDOWS_1251),
    Charset::Standard(WINDOWS_1253),
];

/// How many different words are judged.
const MOST_WORDS: usize = 2000;

/// The longest word that is judged, in bytes.
const LONGEST_WORD: usize = 60;

/// How much better than windows-1252 another encoding must fit, in faults (see [`faults`] for what
/// they are, here in quarters), so that one odd name does not decide.
const MARGIN: u32 = 2;

/// How many other encodings are listed.
const MOST_CANDIDATES: usize = 3;

/// The guess for a list that is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::input) struct Guess {
    /// The encoding that fits best.
    pub(in crate::input) charset: Charset,
    /// Others that fit about as well, the best first.
    pub(in crate::input) candidates: Vec<Charset>,
    /// Bytes that are neither ASCII nor UTF-8.
    pub(in crate::input) foreign: u64,
    /// Characters beyond ASCII that are well-formed UTF-8: a part of the list may be.
    pub(in crate::input) utf8: u64,
}

/// Words with bytes beyond ASCII, collected over chunks.
pub(super) struct Words {
    words: BTreeSet<Vec<u8>>,
    /// The start of a word that continues in the next chunk.
    cut: Vec<u8>,
    /// Which bytes beyond ASCII the list has, from 0x80.
    present: [bool; 128],
    foreign: u64,
}

impl Default for Words {
    fn default() -> Self {
        Self { words: BTreeSet::new(), cut: Vec::new(), present: [false; 128], foreign: 0 }
    }
}

impl Words {
    /// The words of a list.
    pub(super) fn of(source: &Source) -> Result<Self, InputError> {
        let mut reader = source.open()?;
        let mut words = Self::default();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match reader.read(&mut buffer).map_err(|error| source.unreadable(error))? {
                0 => return Ok(words),
                count => words.add(&buffer[..count]),
            }
        }
    }

    pub(super) fn add(&mut self, chunk: &[u8]) {
        for byte in chunk {
            if byte.is_ascii_alphabetic() || !byte.is_ascii() {
                self.cut.push(*byte);
            } else {
                self.end_word();
            }
        }
    }

    fn end_word(&mut self) {
        // a part in UTF-8 does not help to guess the rest
        if std::str::from_utf8(&self.cut).is_err() {
            for byte in self.cut.iter().filter(|byte| !byte.is_ascii()) {
                self.present[usize::from(*byte & 0x7f)] = true;
                self.foreign += 1;
            }
            if self.cut.len() <= LONGEST_WORD && self.words.len() < MOST_WORDS {
                self.words.insert(std::mem::take(&mut self.cut));
            }
        }
        self.cut.clear();
    }

    /// The encoding that fits best, for a list that has `utf8` characters in UTF-8.
    pub(super) fn guess(self, utf8: u64) -> Guess {
        let foreign = self.foreign;
        let (charset, candidates) = self.judge();
        Guess { charset, candidates, foreign, utf8 }
    }

    /// The encoding that fits best, and others that fit about as well.
    fn judge(mut self) -> (Charset, Vec<Charset>) {
        self.end_word();
        let mut ranked: Vec<(u32, usize, Vec<String>)> = Vec::new();
        for (number, charset) in TRIED.into_iter().enumerate() {
            let upper = charset.upper();
            let is_disproved = self
                .present
                .iter()
                .zip(upper)
                .any(|(present, c)| *present && (c == '\u{fffd}' || c.is_control()));
            if is_disproved {
                continue;
            }
            let texts: Vec<String> = self.words.iter().map(|word| decoded(word, &upper)).collect();
            let faults = texts.iter().map(|text| faults(text)).sum::<u32>();
            let handicap = if number == 0 { 0 } else { MARGIN };
            ranked.push((faults + handicap, number, texts));
        }
        ranked.sort();
        let mut seen: Vec<&[String]> = Vec::new();
        let most = ranked.first().map_or(0, |(faults, ..)| faults + 2 * MARGIN);
        let mut fitting = Vec::new();
        for (faults, number, texts) in &ranked {
            // an encoding that reads all words alike is not an alternative
            if *faults <= most && !seen.contains(&&texts[..]) {
                seen.push(texts);
                fitting.push(TRIED[*number]);
            }
        }
        let mut fitting = fitting.into_iter();
        let best = fitting.next().unwrap_or(TRIED[0]);
        (best, fitting.take(MOST_CANDIDATES).collect())
    }
}

fn decoded(word: &[u8], upper: &Upper) -> String {
    let decode = |byte: &u8| {
        if byte.is_ascii() { char::from(*byte) } else { upper[usize::from(*byte & 0x7f)] }
    };
    word.iter().map(decode).collect()
}

/// What makes `word` improbable as a word of a list of people, in quarters of a fault.
fn faults(word: &str) -> u32 {
    let chars: Vec<char> = word.chars().collect();
    let mut faults = 0;
    let mut foreign_run = 0;
    for (at, c) in chars.iter().copied().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1).copied();
        if c.is_ascii() {
            foreign_run = 0;
        } else if is_letter(c) {
            foreign_run += u32::from(script(c) == Script::Latin);
            if is_out_of_case(before, c, after) || foreign_run == 3 {
                faults += 4;
            } else if "šŠžŽœŒŸ".contains(c) || before.is_none() && c.is_lowercase() && c != 'ß'
            {
                // a character of few names
                faults += 1;
            }
        } else {
            foreign_run = 0;
            faults += if is_punctuation_in_place(before, c, after) { 0 } else { 4 };
        }
    }
    let mut scripts = chars.iter().filter(|c| is_letter(**c)).map(|c| script(*c));
    let first = scripts.next();
    // `Mьller`
    if scripts.any(|script| Some(script) != first) || first == Some(Script::Other) {
        faults += 4;
    }
    faults
}

/// Upper case after lower case, or one letter of another case in the middle: `JosŽ`, `JŸrgen`.
fn is_out_of_case(before: Option<char>, c: char, after: Option<char>) -> bool {
    let is_lower = |c: Option<char>| c.is_some_and(char::is_lowercase);
    let is_upper = |c: Option<char>| c.is_some_and(char::is_uppercase);
    if c.is_uppercase() {
        is_lower(before) || is_upper(before) && is_lower(after)
    } else {
        c != 'ß' && is_upper(before) && is_upper(after)
    }
}

/// An apostrophe between letters, quotes around a word, marks after it.
fn is_punctuation_in_place(before: Option<char>, c: char, after: Option<char>) -> bool {
    match c {
        '’' | '‘' | '´' | '\u{a0}' | '\u{ad}' => true,
        '–' | '—' | '·' => before.is_none() || after.is_none(),
        '“' | '„' | '«' | '¿' | '¡' | '§' | '£' => before.is_none() && after.is_some(),
        '”' | '»' | '…' | '™' | '®' | '°' | '€' => after.is_none(),
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Other,
}

fn script(c: char) -> Script {
    match c {
        'ƒ' => Script::Other,
        '\0'..='\u{24f}' => Script::Latin,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{400}'..='\u{45f}' | 'ґ' | 'Ґ' => Script::Cyrillic,
        _ => Script::Other,
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, 'ª' | 'º' | 'ˆ' | 'ˇ' | 'µ' | 'ⁿ')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guess for `text` written in `label`.
    fn guess(label: &str, text: &str) -> (String, Vec<String>) {
        let upper = Charset::of(label).unwrap().upper();
        let byte = |c: char| match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => byte,
            _ => {
                let at = upper.iter().position(|other| *other == c);
                0x80 + u8::try_from(at.unwrap_or_else(|| panic!("{label} has no {c}"))).unwrap()
            }
        };
        let mut words = Words::default();
        let bytes: Vec<u8> = text.chars().map(byte).collect();
        for chunk in bytes.chunks(7) {
            words.add(chunk);
        }
        let (charset, candidates) = words.judge();
        (charset.name(), candidates.into_iter().map(Charset::name).collect())
    }

    #[test]
    fn names_show_their_encoding() {
        for (label, text) in [
            ("windows-1252", "José Núñez, Jürgen Größler, Zoë O’Brien, François Lefèvre"),
            ("windows-1252", "MÜLLER, ÉLODIE, Bärbel"),
            ("windows-1252", "Müller"),
            ("windows-1252", "Bärbel"),
            ("macintosh", "José Núñez, Jürgen Größler, François Lefèvre"),
            ("macintosh", "José"),
            ("cp850", "José Núñez, Jürgen Groß"),
            ("cp850", "Bärbel Müller, Øystein Ågård"),
            ("cp852", "Łukasz Wałęsa, Ždeňka Dvořáková, Jiří Kučera"),
            ("windows-1250", "Łukasz Wałęsa, Grażyna Śląska"),
            ("windows-1251", "Иван Петров, Ольга"),
            ("windows-1253", "Γιώργος Παπαδόπουλος, Άννα"),
        ] {
            assert_eq!(guess(label, text).0, label, "{text}");
        }
    }

    #[test]
    fn encodings_that_fit_as_well_are_listed() {
        // `ř` of windows-1250 is `ø` of windows-1252
        let (best, others) = guess("windows-1250", "Dvořák");
        assert_eq!(best, "windows-1252");
        assert!(others.contains(&"windows-1250".to_owned()), "{others:?}");
        // cp437 reads these as cp850 does
        let (best, others) = guess("cp850", "Jürgen José");
        assert_eq!(best, "cp850");
        assert!(!others.contains(&"cp437".to_owned()), "{others:?}");
    }

    #[test]
    fn an_undefined_byte_disproves_an_encoding() {
        let mut words = Words::default();
        words.add(b"x\x81");
        let (best, others) = words.judge();
        for charset in others.into_iter().chain([best]) {
            let has_none = ["windows-1250", "windows-1252", "windows-1253"];
            assert!(!has_none.contains(&charset.name().as_str()), "{}", charset.name());
        }
    }
}
