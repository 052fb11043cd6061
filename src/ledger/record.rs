//! What the ledger keeps of a person.

use crate::domain::account::AccountKey;
use crate::domain::label::Labels;

use super::SignerId;

/// The person's stable key, as 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PersonKey(pub(super) [u8; 16]);

impl PersonKey {
    /// As a number: two comparisons of registers instead of a call, in every step of a search.
    fn number(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

impl Ord for PersonKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for PersonKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&AccountKey> for PersonKey {
    fn from(key: &AccountKey) -> Self {
        // an account key has 32 hexadecimal digits
        Self(u128::from_str_radix(key.as_str(), 16).unwrap_or_default().to_be_bytes())
    }
}

impl std::fmt::Display for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.number())
    }
}

/// The first 128 bits of a SHA-256 over everything that decides a person's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

/// Where a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// In the last list.
    Current,
    /// No longer in the list; the bundle is where it was.
    Left,
    /// No longer in the list; the bundle is in `retired`.
    Retired,
}

impl State {
    pub(super) const ALL: [Self; 3] = [Self::Current, Self::Left, Self::Retired];

    /// The word in the ledger.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Left => "left",
            Self::Retired => "retired",
        }
    }
}

/// A person with the bundle that was made for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonRecord {
    pub(crate) key: PersonKey,
    /// Absent where it is not known what the files were made from: the next run makes them again.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// The bundle's size in bytes.
    pub(crate) size: u64,
    /// The bundle's path in the folder.
    pub(crate) bundle: String,
    /// SHA-256 of the bundle.
    pub(crate) sha256: [u8; 32],
    pub(crate) name: String,
    /// In the order of the list.
    pub(crate) addresses: Vec<String>,
    pub(crate) labels: Labels,
    /// Identifiers of the profiles on devices.
    pub(crate) identifiers: Vec<String>,
    /// JSON that the caller reads again to name what has changed.
    pub(crate) settings: String,
    /// What the run's people share, as JSON that the caller reads again.
    pub(crate) setup: Option<std::sync::Arc<str>>,
    /// Who signed profiles and scripts; `None` for unsigned files.
    pub(crate) signers: Option<(SignerId, SignerId)>,
}

/// A file in the folder that takes accounts off devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its path in the folder.
    pub(crate) path: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// SHA-256 of it.
    pub(crate) sha256: [u8; 32],
}

/// A person who is retired, with where their files are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retirement {
    pub(crate) key: PersonKey,
    /// Path of the bundle in the folder; blank where it is lost.
    pub(crate) bundle: String,
    /// Absent where nothing is known of the accounts.
    pub(crate) package: Option<Package>,
}

/// Something that happened to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) person: PersonKey,
    pub(crate) kind: EventKind,
    /// What is different, in words.
    pub(crate) details: String,
    /// What the person has to do, in words.
    pub(crate) action: String,
}

/// What happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EventKind {
    /// Known for the first time.
    New,
    /// Other settings.
    Changed,
    /// The same settings, signed by another certificate.
    SignerChanged,
    /// The same settings, signed by a certificate that renews the earlier one.
    SignerRenewed,
    /// The same settings; the bundle was missing or different.
    Recreated,
    /// Found in the folder of an earlier version.
    Adopted,
    /// No longer in the list.
    Left,
    /// In the list again.
    Returned,
    /// Under another address, with the old key.
    Renamed,
    /// No longer in the list; the bundle is in `retired`, beside a removal package.
    Retired,
}

impl EventKind {
    const ALL: [Self; 10] = [
        Self::New,
        Self::Changed,
        Self::SignerChanged,
        Self::SignerRenewed,
        Self::Recreated,
        Self::Adopted,
        Self::Left,
        Self::Returned,
        Self::Renamed,
        Self::Retired,
    ];

    /// The kind with the word `id`.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The word in the ledger and in `changes.csv`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::SignerChanged => "signer-changed",
            Self::SignerRenewed => "signer-renewed",
            Self::Recreated => "re-created",
            Self::Adopted => "adopted",
            Self::Left => "left",
            Self::Returned => "returned",
            Self::Renamed => "renamed",
            Self::Retired => "retired",
        }
    }
}
