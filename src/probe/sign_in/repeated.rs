//! Whether the words of a server have a password in them. Pure.

use crate::domain::secret::Secret;

/// Fewer letters and digits are found in any words.
const SHORTEST_BARE: usize = 4;

/// Whether `line` has `secret` in it: as it is, in other case, with escapes or other signs between, or in hexadecimal.
pub(super) fn repeats(line: &[u8], secret: &Secret) -> bool {
    let has = |line: &[u8], part: &[u8]| {
        !part.is_empty() && line.windows(part.len()).any(|it| it.eq_ignore_ascii_case(part))
    };
    let secret = secret.expose();
    let hex: Vec<u8> = secret.iter().flat_map(|byte| hex_digits(*byte)).collect();
    let (hex, bare) = (Secret::new(hex), bare_of(secret));
    let line = Secret::new(line.to_vec());
    let decoded = percent_decoded(line.expose());
    [&line, &decoded].into_iter().any(|line| {
        let line_bare = bare_of(line.expose());
        has(line.expose(), secret)
            || has(line.expose(), hex.expose())
            || bare.expose().len() >= SHORTEST_BARE && has(line_bare.expose(), bare.expose())
    })
}

/// The letters and digits of `text`.
fn bare_of(text: &[u8]) -> Secret {
    let mut kept = Vec::with_capacity(text.len());
    kept.extend(text.iter().filter(|it| it.is_ascii_alphanumeric() || !it.is_ascii()));
    Secret::new(kept)
}

fn hex_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)])
}

fn percent_decoded(text: &[u8]) -> Secret {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digits = [*high, *low];
                std::str::from_utf8(&digits).ok().and_then(|it| u8::from_str_radix(it, 16).ok())
            }
            _ => None,
        };
        rest = if byte.is_some() { &after[2..] } else { after };
        decoded.push(byte.unwrap_or(*first));
    }
    Secret::new(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_repeated(line: &str, secret: &str) -> bool {
        repeats(line.as_bytes(), &Secret::new(secret.as_bytes().to_vec()))
    }

    #[test]
    fn a_password_is_found_in_any_form() {
        for line in [
            "got A\"b\\c-1%.",
            "got a\"B\\C-1%.",
            "got A\\\"b\\\\c-1%.",
            "A%22b%5Cc-1%25",
            "ABC1",
            "4122625C632D3125",
        ] {
            assert!(is_repeated(line, "A\"b\\c-1%"), "{line}");
        }
        assert!(is_repeated("GR\u{fc}N is wrong", "gr\u{fc}n"));
        assert!(is_repeated("a NO %%x", "%%"));
    }

    #[test]
    fn other_words_are_not_taken_for_it() {
        for (line, secret) in [
            ("a NO 100% wrong", "Canary"),
            ("unavailable", "u-n"),
            ("%", "%%"),
            ("a", ""),
            ("", "x"),
        ] {
            assert!(!is_repeated(line, secret), "{line} {secret}");
        }
    }
}
