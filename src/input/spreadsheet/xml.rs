//! XML of a spreadsheet, one event after the other. Nesting and the length of a piece are bounded, and
//! only the entities of XML itself are known.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::bounds::{Piecewise, fault_of};
use super::fault::{Bound, SheetFault};

/// The longest tag or text, in bytes. Excel's longest cell has 32,767 characters.
const LONGEST_PIECE: usize = 1 << 20;

/// The deepest nesting.
const DEEPEST: usize = 64;

const UNSOUND: SheetFault = SheetFault::Unfit("a part of it is not well-formed XML");

/// Reads XML.
pub(super) struct Xml<R> {
    reader: Reader<Piecewise<R>>,
    buffer: Vec<u8>,
    depth: usize,
}

/// One event that matters here.
pub(super) enum Node<'a> {
    Open(Tag<'a>),
    Close(EndTag<'a>),
    Text(Cow<'a, str>),
    End,
}

/// A start tag. Names are compared without prefix: writers choose it.
pub(super) struct Tag<'a>(BytesStart<'a>);

/// An end tag.
pub(super) struct EndTag<'a>(BytesEnd<'a>);

impl EndTag<'_> {
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }
}

impl Tag<'_> {
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// Calls `found` with prefix, name and value of each attribute.
    pub(super) fn each(&self, mut found: impl FnMut(&str, &str, &str)) -> Result<(), SheetFault> {
        for attribute in self.0.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| UNSOUND)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| UNSOUND)?;
            let key = attribute.key.into_inner();
            let (prefix, name) = key.split_once(':').unwrap_or(("", key));
            found(prefix, name, &value);
        }
        Ok(())
    }

    /// The value of the attribute called `name`, whatever its prefix.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>, SheetFault> {
        let mut value = None;
        self.each(|_, key, text| {
            if key == name && value.is_none() {
                value = Some(text.to_owned());
            }
        })?;
        Ok(value)
    }
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(inner: R) -> Self {
        let mut reader = Reader::from_reader(Piecewise::new(inner, LONGEST_PIECE));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Node<'_>, SheetFault> {
        self.buffer.clear();
        self.reader.get_mut().start();
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => fault_of(&error),
            _ => UNSOUND,
        })?;
        Ok(match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(SheetFault::TooMuch(Bound::Nesting));
                }
                Node::Open(Tag(tag))
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                Node::Close(EndTag(tag))
            }
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.into_inner()),
            Event::GeneralRef(reference) => Node::Text(Cow::Owned(resolve(&reference)?)),
            Event::Eof if self.depth > 0 => return Err(UNSOUND),
            Event::Eof => Node::End,
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => Node::Text(Cow::Borrowed("")),
        })
    }

    /// Passes over the rest of the element that was opened last.
    pub(super) fn skip(&mut self) -> Result<(), SheetFault> {
        let outside = self.depth - 1;
        while self.depth > outside {
            if matches!(self.next()?, Node::End) {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, SheetFault> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        Ok(None) => resolve_xml_entity(reference).map(str::to_owned).ok_or(UNSOUND),
        Err(_) => Err(UNSOUND),
    }
}
