//! Parses untrusted XML into a small tree with line numbers.
//!
//! Document types are refused, so that entities can neither expand nor read files. Nesting is limited
//! here, the size by the caller.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::ProviderError;
use crate::diagnostic::Shown;

/// The deepest nesting allowed.
const DEEPEST: usize = 32;

/// The most attributes of one element. Each is compared with all before it.
const MOST_ATTRIBUTES: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Without namespace prefix.
    pub(super) name: String,
    /// Of its start tag, from 1.
    pub(super) line: usize,
    /// Without the text of child elements.
    text: String,
    pub(super) children: Vec<Self>,
    attributes: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Element,
    /// The first line of each comment.
    pub(super) comments: Vec<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct XmlFault {
    /// From 1.
    pub(super) line: usize,
    pub(super) what: String,
    pub(super) hint: Option<&'static str>,
}

impl XmlFault {
    pub(super) fn in_file(self, file: &str) -> ProviderError {
        let Self { line, what, hint } = self;
        ProviderError::NotAutoconfig { file: file.to_owned(), line, what, hint }
    }
}

impl Element {
    /// The text with white space collapsed.
    pub(super) fn text(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub(super) fn parse(text: &str) -> Result<Document, XmlFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut tree = Tree::default();
    loop {
        let line = lines.of(reader.buffer_position());
        let event = reader
            .read_event()
            .map_err(|error| malformed(lines.of(reader.error_position()), &error))?;
        match event {
            Event::Start(tag) => tree.open(&tag, line)?,
            Event::End(_) => tree.close(),
            Event::Text(text) => tree.text(&text, line)?,
            Event::CData(text) => tree.text(&text, line)?,
            Event::GeneralRef(reference) => tree.text(&resolve(&reference, line)?, line)?,
            Event::Comment(_) => tree.comments.push(line),
            Event::DocType(kind) if is_html(&kind) => return Err(web_page(line)),
            Event::DocType(_) => {
                return Err(XmlFault {
                    line,
                    what: "a document type (DOCTYPE) is not allowed".to_owned(),
                    hint: Some("remove it: files of this format have no document type"),
                });
            }
            Event::Eof => return tree.finish(line),
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Whether the name of an element or document type is `html`.
fn is_html(name: &str) -> bool {
    name.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

/// Web servers send a page if they do not have the file.
fn web_page(line: usize) -> XmlFault {
    XmlFault {
        line,
        what: "this is a web page (HTML), not an autoconfig file".to_owned(),
        hint: Some(
            "the server has no such file or requires a sign-in: open the address in a browser and save the XML",
        ),
    }
}

/// The tree under construction.
#[derive(Default)]
struct Tree {
    root: Option<Element>,
    open: Vec<Element>,
    comments: Vec<usize>,
}

impl Tree {
    fn open(&mut self, tag: &BytesStart<'_>, line: usize) -> Result<(), XmlFault> {
        if self.open.len() == DEEPEST {
            return Err(fault(line, format!("it is nested deeper than {DEEPEST} elements")));
        }
        if self.open.is_empty() && is_html(tag.local_name().as_ref()) {
            return Err(web_page(line));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(fault(line, "it has a second root element".to_owned()));
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| malformed(line, &error))?;
            if attributes.len() == MOST_ATTRIBUTES {
                let what = format!("an element has more than {MOST_ATTRIBUTES} attributes");
                return Err(fault(line, what));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| malformed(line, &error))?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        self.open.push(Element {
            name: tag.local_name().as_ref().to_owned(),
            line,
            text: String::new(),
            children: Vec::new(),
            attributes,
        });
        Ok(())
    }

    fn close(&mut self) {
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str, line: usize) -> Result<(), XmlFault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(fault(line, "it has text outside of the root element".to_owned())),
        }
        Ok(())
    }

    fn finish(self, line: usize) -> Result<Document, XmlFault> {
        if let Some(element) = self.open.last() {
            let what = format!("`{}` of line {} is never closed", element.name, element.line);
            return Err(fault(line, format!("it ends too early: {what}")));
        }
        let root = self.root.ok_or_else(|| fault(line, "it has no element".to_owned()))?;
        Ok(Document { root, comments: self.comments })
    }
}

/// Line numbers by position, counted from the last position.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line number of byte `position`, from 1.
    fn of(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let bytes = self.text.as_bytes();
        let breaks = |part: &[u8]| part.split(|byte| *byte == b'\n').count() - 1;
        if position >= self.at {
            self.line += breaks(&bytes[self.at..position]);
        } else {
            self.line -= breaks(&bytes[position..self.at]);
        }
        self.at = position;
        self.line
    }
}

fn resolve(reference: &BytesRef<'_>, line: usize) -> Result<String, XmlFault> {
    match reference.resolve_char_ref().map_err(|error| malformed(line, &error))? {
        Some(c) => Ok(c.to_string()),
        None => resolve_xml_entity(reference).map(str::to_owned).ok_or_else(|| XmlFault {
            line,
            what: format!("the entity `&{};` is unknown", Shown(reference)),
            hint: Some("XML has only &amp; &lt; &gt; &quot; &apos;: write the text itself"),
        }),
    }
}

fn malformed(line: usize, error: &dyn std::fmt::Display) -> XmlFault {
    fault(line, format!("it is not well-formed XML: {error}"))
}

fn fault(line: usize, what: String) -> XmlFault {
    XmlFault { line, what, hint: Some("download the file again, or correct it") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        let fault = parse(text).unwrap_err();
        (fault.line, fault.what)
    }

    #[test]
    fn elements_keep_their_lines_texts_and_attributes() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\n<a x=\"1 &amp; 2\">\n <!-- c -->\n <n:b>x\n  &lt;&#x79;<![CDATA[ & ]]></n:b>\n <b/>\n</a>\n";
        let document = parse(text).unwrap();
        let root = &document.root;
        assert_eq!((root.name.as_str(), root.line), ("a", 2));
        assert_eq!(root.attribute("x"), Some("1 & 2"));
        assert_eq!(root.attribute("y"), None);
        let children: Vec<(&str, usize, String)> =
            root.children.iter().map(|b| (b.name.as_str(), b.line, b.text())).collect();
        assert_eq!(children, [("b", 4, "x <y &".to_owned()), ("b", 6, String::new())]);
        assert_eq!(document.comments, [3]);
    }

    #[test]
    fn expanding_and_external_entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]>\n<a>&x;</a>";
        assert_eq!(wrong(bomb), (1, "a document type (DOCTYPE) is not allowed".to_owned()));
        assert_eq!(wrong("<a>\n&x;</a>"), (2, "the entity `&x;` is unknown".to_owned()));
        let deep = "<a>".repeat(100_000);
        assert_eq!(wrong(&deep), (1, "it is nested deeper than 32 elements".to_owned()));
        let wide = |count: usize| {
            let attributes: String = (0..count).map(|number| format!(" a{number}=\"\"")).collect();
            format!("<a{attributes}/>")
        };
        assert_eq!(wrong(&wide(65)), (1, "an element has more than 64 attributes".to_owned()));
        assert!(parse(&wide(64)).is_ok());
        assert!(parse(&format!("{}{}", "<a>".repeat(32), "</a>".repeat(32))).is_ok());
    }

    #[test]
    fn a_malformed_file_is_refused_with_its_line() {
        assert_eq!(wrong("<a>\n<b>\n").1, "it ends too early: `b` of line 2 is never closed");
        assert_eq!(wrong("").1, "it has no element");
        assert_eq!(wrong("<a/>\n<b/>"), (2, "it has a second root element".to_owned()));
        assert_eq!(wrong("<a/>\nx"), (1, "it has text outside of the root element".to_owned()));
        let (line, what) = wrong("<a>\n<b>\n</c>\n</a>");
        assert!(line == 3 && what.starts_with("it is not well-formed XML: "), "{line} {what}");
        let (line, what) = wrong("<a>\n<b x=1/>\n</a>");
        assert!(line == 2 && what.starts_with("it is not well-formed XML: "), "{line} {what}");
        assert_eq!(wrong("<a x=\"&y;\"/>").0, 1);
    }
}
