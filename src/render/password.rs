//! Passwords in files of another program. mailmuster never writes one.

use super::xml::{Leaf, leaves};

/// Whether the XML file `content` has an element or a profile's key for a password, with a value. `false` is no
/// proof of the opposite.
pub(crate) fn has_password(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let leaves = leaves(text, None).unwrap_or_default();
    let is_password = |name: &str| name.trim().to_ascii_lowercase().ends_with("password");
    let has_text = |leaf: &Leaf| !leaf.text.trim().is_empty();
    let is_element = |leaf: &Leaf| is_password(&leaf.name) && has_text(leaf);
    leaves.iter().any(is_element)
        || leaves.windows(2).any(|pair| {
            let [key, value] = pair else { return false };
            key.name == "key"
                && is_password(&key.text)
                && ["string", "data"].contains(&value.name.as_str())
                && has_text(value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_by_its_element_or_key() {
        for (text, expected) in [
            ("<a><password>x</password></a>", true),
            ("<a><Password>x&amp;</Password></a>", true),
            ("<a><b:Password>x</b:Password></a>", true),
            ("<dict><key>IncomingPassword</key>\n<string>x</string></dict>", true),
            ("<dict><key>Password</key><data>eA==</data></dict>", true),
            ("<a><password></password><password/><password> </password></a>", false),
            ("<dict><key>IncomingPassword</key><string></string></dict>", false),
            (
                "<dict><key>OutgoingPasswordSameAsIncomingPassword</key><true/><key>k</key><string>x</string></dict>",
                false,
            ),
            ("<dict><key>Auth</key><string>EmailAuthPassword</string></dict>", false),
            ("<authentication>password-cleartext</authentication>", false),
            ("no XML", false),
        ] {
            assert_eq!(has_password(text.as_bytes()), expected, "{text}");
        }
    }
}
