//! The payload as the Classic API stores it faithfully.
//!
//! Jamf-Concepts/jamf-cli, `classic-profile-payload-ampersand-escaping-2026-07-30.md` (tried there on Jamf Pro 11): the API
//! decodes references once more than it should and refuses what then holds a bare `&` or `<`; profiles for mobile devices
//! keep every reference as text. So no value may need one.

/// The elements whose text is a value.
const LEAVES: [&str; 6] = ["key", "string", "integer", "real", "date", "data"];

/// The property list `profile` without white space between tags, which the API takes for empty elements, and with no
/// reference but those that XML demands. Text inside a value stays as it is.
pub(super) fn compact(profile: &[u8]) -> String {
    let text = String::from_utf8_lossy(profile);
    let mut compact = String::with_capacity(text.len());
    for piece in text.split('<').skip(1) {
        let (tag, content) = piece.split_once('>').unwrap_or((piece, ""));
        compact.push('<');
        compact.push_str(tag);
        compact.push('>');
        if LEAVES.contains(&tag) {
            push_text(&mut compact, content);
        }
    }
    compact
}

/// Appends `text` with the references decoded that XML does not demand.
fn push_text(compact: &mut String, text: &str) {
    match quick_xml::escape::unescape(text) {
        Ok(text) => {
            for c in text.chars() {
                match c {
                    '&' => compact.push_str("&amp;"),
                    '<' => compact.push_str("&lt;"),
                    c => compact.push(c),
                }
            }
        }
        // the property list writer makes no other references
        Err(_) => compact.push_str(text),
    }
}

/// The value of `key` in a compact payload that [`unstorable_in`] has passed.
pub(super) fn element<'p>(payload: &'p str, key: &str) -> Option<&'p str> {
    let (_, rest) = payload.split_once(&format!("<key>{key}</key><string>"))?;
    rest.split_once("</string>").map(|(value, _)| value)
}

/// The first character of a value that the API cannot store.
pub(super) fn unstorable(value: &str) -> Option<char> {
    // `>` can be stored, but other tools that read the profile back write it as a reference
    value.chars().find(|c| matches!(c, '&' | '<' | '>'))
}

/// The same, for a compact payload.
pub(super) fn unstorable_in(payload: &str) -> Option<char> {
    payload.split('<').filter_map(|piece| piece.split_once('>')).find_map(|(_, text)| {
        match text.find(['&', '>']).map(|at| &text[at..]) {
            Some(rest) if rest.starts_with("&lt;") => Some('<'),
            Some(rest) => rest.chars().next(),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_between_tags_goes_and_text_stays() {
        let pretty = "<?xml version=\"1.0\"?>\n<!DOCTYPE plist>\n<plist version=\"1.0\">\n<dict>\n\t<key>A</key>\n\t\
                      <array>\n\t\t<string> two  words\n\there </string>\n\t\t<true/>\n\t</array>\n\t<key>B</key>\n\t\
                      <string></string>\n\t<array>\n\t</array>\n</dict>\n</plist>\n";
        assert_eq!(
            compact(pretty.as_bytes()),
            "<?xml version=\"1.0\"?><!DOCTYPE plist><plist version=\"1.0\"><dict><key>A</key><array>\
             <string> two  words\n\there </string><true/></array><key>B</key><string></string><array></array></dict></plist>"
        );
    }

    #[test]
    fn only_references_that_xml_demands_stay() {
        let text = "<string>O&apos;Neil &quot;x&quot; &#65; &gt; &amp;amp; &lt;b></string>";
        assert_eq!(compact(text.as_bytes()), "<string>O'Neil \"x\" A > &amp;amp; &lt;b></string>");
    }

    #[test]
    fn what_the_api_cannot_store_is_found() {
        assert_eq!(unstorable("Ada O'Neil \"x\" é"), None);
        assert_eq!(unstorable("Smith & Sons"), Some('&'));
        assert_eq!(unstorable("a<b"), Some('<'));
        let holds = |value: &str| {
            unstorable_in(&compact(format!("<key>A</key><string>{value}</string>").as_bytes()))
        };
        assert_eq!(holds("O&apos;Neil"), None);
        assert_eq!(holds("a &amp; b"), Some('&'));
        assert_eq!(holds("a &lt; b"), Some('<'));
        assert_eq!(holds("a &gt; b"), Some('>'));
    }

    #[test]
    fn a_value_is_found_by_its_key() {
        let payload = "<key>A</key><string>1</string><key>B</key><string>2</string>";
        assert_eq!(element(payload, "B"), Some("2"));
        assert_eq!(element(payload, "C"), None);
    }
}
