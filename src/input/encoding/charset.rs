//! Character sets: those that browsers know, and the code pages of DOS and OEM programs.

use std::io::{self, Read};
use std::sync::LazyLock;

use encoding_rs::Encoding as Standard;

/// A character set other than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum Charset {
    /// One of the WHATWG's (encoding.spec.whatwg.org).
    Standard(&'static Standard),
    /// A code page that the WHATWG left out.
    Oem(CodePage),
}

/// Code pages of the Windows console, and of database exports. Their tables are Unicode's
/// mapping files CP437.TXT, CP850.TXT and CP852.TXT (unicode.org/Public/MAPPINGS/VENDORS/MICSFT/PC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum CodePage {
    /// United States.
    Cp437,
    /// Western Europe.
    Cp850,
    /// Central Europe.
    Cp852,
}

/// The characters of bytes 0x80 to 0xFF.
pub(in crate::input) type Upper = [char; 128];

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
const CP852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

impl CodePage {
    const ALL: [Self; 3] = [Self::Cp437, Self::Cp850, Self::Cp852];

    fn name(self) -> &'static str {
        match self {
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
            Self::Cp852 => "cp852",
        }
    }

    fn upper(self) -> &'static Upper {
        static TABLES: LazyLock<[Upper; 3]> = LazyLock::new(|| [CP437, CP850, CP852].map(table));
        &TABLES[self as usize]
    }
}

fn table(characters: &str) -> Upper {
    let mut upper = ['\0'; 128];
    for (place, c) in upper.iter_mut().zip(characters.chars()) {
        *place = c;
    }
    upper
}

impl Charset {
    /// The character set called `label`: `cp850`, `ibm850`, `850` or any name that browsers know.
    pub(in crate::input) fn of(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let number = ["cp", "ibm", "oem", ""]
            .iter()
            .find_map(|prefix| label.strip_prefix(prefix).filter(|rest| rest.len() == 3));
        let page = CodePage::ALL.into_iter().find(|page| {
            number.is_some_and(|number| page.name().strip_prefix("cp") == Some(number))
        });
        page.map(Self::Oem).or_else(|| Standard::for_label(label.as_bytes()).map(Self::Standard))
    }

    /// The name that `--encoding` takes, in lower case.
    pub(in crate::input) fn name(self) -> String {
        match self {
            Self::Standard(standard) => standard.name().to_ascii_lowercase(),
            Self::Oem(page) => page.name().to_owned(),
        }
    }

    /// The characters of bytes 0x80 to 0xFF, where each byte is one character. A byte that the set
    /// leaves undefined is a C1 control or U+FFFD.
    pub(in crate::input) fn upper(self) -> Upper {
        match self {
            Self::Oem(page) => *page.upper(),
            Self::Standard(standard) => {
                let mut upper = ['\u{fffd}'; 128];
                for (byte, place) in (0x80..=0xff_u8).zip(upper.iter_mut()) {
                    let byte = [byte];
                    let (text, _) = standard.decode_without_bom_handling(&byte);
                    *place = text.chars().next().unwrap_or('\u{fffd}');
                }
                upper
            }
        }
    }
}

/// Decodes a code page to UTF-8.
pub(super) struct OemReader<R> {
    inner: R,
    upper: &'static Upper,
    /// UTF-8 that did not fit in the caller's buffer.
    decoded: Vec<u8>,
    taken: usize,
}

impl<R> OemReader<R> {
    pub(super) fn new(inner: R, page: CodePage) -> Self {
        Self { inner, upper: page.upper(), decoded: Vec::new(), taken: 0 }
    }
}

impl<R: Read> Read for OemReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.decoded.len() {
            let mut raw = [0; 8 << 10];
            let count = self.inner.read(&mut raw)?;
            self.decoded.clear();
            self.taken = 0;
            for byte in &raw[..count] {
                if byte.is_ascii() {
                    self.decoded.push(*byte);
                } else {
                    let c = self.upper[usize::from(*byte & 0x7f)];
                    self.decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        let rest = &self.decoded[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_pages_have_several_names() {
        for label in ["cp850", "IBM850", "850", "oem850"] {
            assert_eq!(Charset::of(label), Some(Charset::Oem(CodePage::Cp850)), "{label}");
        }
        assert_eq!(Charset::of("Macintosh").unwrap().name(), "macintosh");
        assert_eq!(Charset::of("cp1252"), Charset::of("latin1"));
        assert_eq!(Charset::of("cp851"), None);
    }

    #[test]
    fn a_code_page_defines_every_byte() {
        for page in CodePage::ALL {
            assert!(!page.upper().contains(&'\0'), "{}", page.name());
        }
    }

    #[test]
    fn decoding_goes_on_across_small_buffers() {
        let raw: Vec<u8> = (0..40_000_u32).map(|n| (n % 251) as u8).collect();
        let mut reader = OemReader::new(&raw[..], CodePage::Cp850);
        let mut text = Vec::new();
        let mut small = [0; 3];
        loop {
            let count = reader.read(&mut small).unwrap();
            if count == 0 {
                break;
            }
            text.extend_from_slice(&small[..count]);
        }
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.chars().count(), raw.len());
        assert!(text.chars().zip(&raw).all(|(c, byte)| !byte.is_ascii() || c == char::from(*byte)));
    }
}
