//! Words of a server, made harmless.

use std::fmt;

use crate::domain::text::is_unprintable;

/// The longest text of a server in messages, in characters.
const LONGEST: usize = 200;

/// A line that a server sent. Printed, it is one line of at most 200 characters, and nothing in it acts on a
/// terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerText(String);

impl From<&[u8]> for ServerText {
    fn from(line: &[u8]) -> Self {
        let mut kept: String = String::new();
        let text = String::from_utf8_lossy(line);
        let mut characters = text.trim().chars();
        for c in characters.by_ref().take(LONGEST) {
            if c == '`' || is_unprintable(c) {
                kept.extend(c.escape_unicode());
            } else {
                kept.push(c);
            }
        }
        if characters.next().is_some() {
            kept.push('…');
        }
        Self(kept)
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_cannot_act_on_a_terminal() {
        let hostile =
            ServerText::from(b"* BYE \x1b]0;x\x07\x1b[31m \x9b2J\x00 `id`\r\n".as_slice());
        let shown = hostile.to_string();
        assert!(!shown.chars().any(is_unprintable), "{shown}");
        assert!(!shown.contains('`'), "{shown}");
        assert!(shown.starts_with("* BYE \\u{1b}]0;x"), "{shown}");
    }

    #[test]
    fn a_long_line_is_cut() {
        let shown = ServerText::from(vec![b'z'; 9000].as_slice()).to_string();
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.ends_with('…'));
    }
}
