//! Writing XML, and reading our own XML and XHTML back: the innermost elements and their text.

use std::io;

use quick_xml::Reader;
use quick_xml::Writer;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesText, Event};

use super::ReadError;
use super::error::ReadFault;

/// The deepest nesting that is read.
const DEEPEST: usize = 32;

/// A document that grows.
pub(super) type Xml = Writer<Vec<u8>>;

/// Writes an element with `text`, escaped, and nothing else in it.
pub(super) fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text))?;
    Ok(())
}

/// The text of a file in UTF-8.
pub(super) fn text(content: &[u8]) -> Result<&str, ReadError> {
    std::str::from_utf8(content).map_err(ReadError::from)
}

/// An element without elements inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Its name, or the value of the attribute that was asked for.
    pub(super) name: String,
    /// Its text, references resolved.
    pub(super) text: String,
}

/// The leaves of `text` in order. With `attribute`, only the elements that have it, by its value, with
/// the text of what is inside them.
pub(super) fn leaves(text: &str, attribute: Option<&str>) -> Result<Vec<Leaf>, ReadError> {
    let mut reader = Reader::from_str(text);
    let mut leaves = Vec::new();
    let mut open: Option<Leaf> = None;
    let mut inside = 0_usize;
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                let name = match attribute {
                    None => Some(tag.local_name().as_ref().to_owned()),
                    Some(wanted) => {
                        tag.try_get_attribute(wanted)?.map(|found| found.value.to_string())
                    }
                };
                if attribute.is_some() && open.is_some() && name.is_none() {
                    inside += 1;
                } else {
                    open = name.map(|name| Leaf { name, text: String::new() });
                    inside = 0;
                }
            }
            Event::Text(part) => {
                if let Some(leaf) = &mut open {
                    leaf.text.push_str(&part);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(leaf) = &mut open {
                    leaf.text.push_str(&resolve(&reference)?);
                }
            }
            Event::End(_) if inside > 0 => inside -= 1,
            Event::End(_) => leaves.extend(open.take()),
            Event::Eof => return Ok(leaves),
            _ => {}
        }
    }
}

/// Refuses a document that nests deeper than any of ours, for readers that recurse.
pub(super) fn refuse_deep(text: &str) -> Result<(), ReadError> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event()? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(ReadFault::TooDeep.into());
        }
    }
}

/// The text of the first leaf called `name`.
pub(super) fn value(leaves: &[Leaf], name: &str) -> Result<String, ReadError> {
    leaves
        .iter()
        .find(|leaf| leaf.name == name)
        .map(|leaf| leaf.text.clone())
        .ok_or_else(|| ReadFault::missing(name).into())
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, ReadError> {
    match reference.resolve_char_ref()? {
        Some(c) => Ok(c.to_string()),
        None => {
            Ok(resolve_xml_entity(reference).map(str::to_owned).ok_or(ReadFault::UnknownEntity)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_document_is_refused() {
        assert!(refuse_deep("<a><b><c/></b></a>").is_ok());
        assert!(refuse_deep(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn leaves_are_read_with_their_references() {
        let text = "<a><b>x &amp; &#x2f;y</b><c/><d q=\"w\">z</d></a>";
        let all = leaves(text, None).unwrap();
        assert_eq!(value(&all, "b").unwrap(), "x & /y");
        assert_eq!(all.len(), 2);
        assert_eq!(
            leaves(text, Some("q")).unwrap(),
            [Leaf { name: "w".to_owned(), text: "z".to_owned() }]
        );
        let parted = "<a q=\"w\">imap<i/><b>.my-host</b>.net</a><b>x</b>";
        assert_eq!(value(&leaves(parted, Some("q")).unwrap(), "w").unwrap(), "imap.my-host.net");
        assert!(leaves("<a>&bomb;</a>", None).is_err());
    }
}
