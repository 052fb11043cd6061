//! Why a file cannot be written or read back.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::num::ParseIntError;
use std::str::Utf8Error;

use quick_xml::events::attributes::AttrError;
use thiserror::Error;

use super::Renderer;
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::email::EmailError;
use crate::domain::host::HostError;
use crate::domain::name::NameError;

/// A file that cannot be written: always a bug in this program.
#[derive(Debug, Error)]
#[error("the format {format} cannot hold this account: {why}")]
pub struct RenderError {
    format: &'static str,
    why: Box<dyn StdError + Send + Sync>,
}

impl RenderError {
    pub(super) fn new(
        renderer: &dyn Renderer,
        why: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { format: renderer.format().id, why: why.into() }
    }
}

impl Diagnostic for RenderError {
    fn hint(&self) -> Option<String> {
        Some(format!(
            "this is a bug in mailmuster: please report it; --only leaves {} out",
            self.format
        ))
    }
}

/// A file that cannot be read back, or that this version writes for nobody.
#[derive(Debug, Error)]
pub struct ReadError(ReadFault);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ReadFault::Foreign(what) => f.write_str(what),
            fault => write!(f, "it cannot be read: {fault}"),
        }
    }
}

impl<E: Into<ReadFault>> From<E> for ReadError {
    fn from(fault: E) -> Self {
        Self(fault.into())
    }
}

/// What is wrong with a file.
#[derive(Debug, Error)]
pub(super) enum ReadFault {
    #[error(transparent)]
    Utf8(#[from] Utf8Error),
    #[error(transparent)]
    Xml(#[from] quick_xml::Error),
    #[error(transparent)]
    Attribute(#[from] AttrError),
    #[error(transparent)]
    Picture(#[from] png::DecodingError),
    #[error(transparent)]
    XmlValue(#[from] quick_xml::DeError),
    #[error(transparent)]
    XmlForm(#[from] quick_xml::SeError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("{}", plain(.0))]
    PropertyList(#[from] plist::Error),
    #[error(transparent)]
    Port(#[from] ParseIntError),
    #[error("a port is 0")]
    PortZero,
    #[error(transparent)]
    Address(#[from] EmailError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Write(#[from] io::Error),
    #[error("it has no {0}")]
    Missing(String),
    #[error("{setting} is {value}")]
    Unknown { setting: &'static str, value: String },
    #[error("it has a payload `{}`, which mailmuster never writes", Shown(.0))]
    ForeignPayload(String),
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("it has an unknown entity")]
    UnknownEntity,
    #[error("its data block does not end")]
    EndlessBlock,
    /// It can be read and differs from what this version writes.
    #[error("{0}")]
    Foreign(&'static str),
}

/// serde's own words: without the name of plist's variant and the list of all known keys.
fn plain(error: &plist::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Serde(\"").unwrap_or(&text).trim_end_matches("\")");
    text.split(", expected").next().unwrap_or_default().to_owned()
}

impl ReadFault {
    pub(super) fn missing(what: &str) -> Self {
        Self::Missing(what.to_owned())
    }

    pub(super) fn unknown(setting: &'static str, value: &str) -> Self {
        Self::Unknown { setting, value: value.to_owned() }
    }
}
