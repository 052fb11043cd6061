//! `.intunewin`: the package in which Intune takes a Win32 app. Microsoft publishes a program that makes it, and no
//! description; the form is that of this program's output and of two others that make it (svrooij/ContentPrep,
//! volodymyrsmirnov/IntuneWin).
//!
//! ```text
//! outer zip, stored    IntuneWinPackage/Contents/IntunePackage.intunewin   MAC || vector || AES-256-CBC(inner zip)
//!                      IntuneWinPackage/Metadata/Detection.xml             keys, MAC, digest and size of the inner zip
//! inner zip, deflated  the files
//! ```
//!
//! The keys are in the same file: this is a form of transport, and keeps nothing secret.

mod detection;
mod read;
mod write;

pub(crate) use read::{Opened, is_one, open};
pub(crate) use write::{PackError, pack};

/// The ending of a package's name.
pub(crate) const ENDING: &str = ".intunewin";

/// The encrypted inner zip. .NET Framework writes `\` here; `/` is what the zip format has.
const CONTENT: &str = "IntuneWinPackage/Contents/IntunePackage.intunewin";

const DETECTION: &str = "IntuneWinPackage/Metadata/Detection.xml";

/// A file in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackedFile {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}
