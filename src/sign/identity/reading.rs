//! In which encodings a passphrase is tried.

use encoding_rs::WINDOWS_1252;
use zeroize::Zeroizing;

use crate::domain::passphrase::Passphrase;
use crate::domain::secret::Secret;

/// How a passphrase was read to open something, where that is not simply as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassphraseEncoding {
    /// Given in UTF-8, and the key was encrypted with its bytes in windows-1252, or the other way round.
    Windows1252,
    /// Each byte of UTF-8 was taken for a character, as OpenSSL did for PKCS#12 before version 1.1
    /// (`passphrase-encoding(7)`).
    Utf8AsLatin1,
}

impl PassphraseEncoding {
    /// Its name in words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Windows1252 => "windows-1252",
            Self::Utf8AsLatin1 => {
                "UTF-8 that was taken for Latin-1, as old versions of OpenSSL did"
            }
        }
    }
}

/// A passphrase in one form, and which that is.
pub(super) type Reading = (Passphrase, Option<PassphraseEncoding>);

/// What to try for a key file, whose cipher takes the passphrase's bytes as they are: those that were
/// given, and then those of the other encoding people save text in.
pub(super) fn for_bytes(passphrase: &Passphrase) -> Vec<Reading> {
    let mut readings = vec![(passphrase.clone(), None)];
    let given = passphrase.expose();
    let other = if let Ok(text) = std::str::from_utf8(given) {
        windows_1252_of(text)
    } else {
        Some(utf8_of_windows_1252(given))
    };
    readings.extend(reading(
        other.filter(|other| other.expose() != given),
        PassphraseEncoding::Windows1252,
    ));
    readings
}

/// What to try for PKCS#12, whose cipher takes characters (RFC 7292 §B.1). All are valid UTF-8.
pub(super) fn for_text(passphrase: &Passphrase) -> Vec<Reading> {
    let given = passphrase.expose();
    let Ok(text) = std::str::from_utf8(given) else {
        let text = utf8_of_windows_1252(given);
        return reading(Some(text), PassphraseEncoding::Windows1252).into_iter().collect();
    };
    let mut readings = vec![(passphrase.clone(), None)];
    if !text.is_ascii() {
        let mut wide = Zeroizing::new(String::with_capacity(given.len() * 2));
        wide.extend(given.iter().map(|byte| char::from(*byte)));
        let wide = Secret::new(wide.as_bytes().to_vec());
        readings.extend(reading(Some(wide), PassphraseEncoding::Utf8AsLatin1));
    }
    readings
}

fn reading(bytes: Option<Secret>, encoding: PassphraseEncoding) -> Option<Reading> {
    Some((Passphrase::new(bytes?).ok()?, Some(encoding)))
}

fn utf8_of_windows_1252(bytes: &[u8]) -> Secret {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Secret::new(text.into_owned().into_bytes())
}

/// `None` where a character is not in windows-1252.
fn windows_1252_of(text: &str) -> Option<Secret> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    let bytes = Secret::new(bytes.into_owned());
    (!unmappable).then_some(bytes)
}
