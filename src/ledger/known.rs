//! Everybody whom the ledger knows, in 84 bytes each: enough to see who is new, who has changed and who
//! has left while a list of any length is read.

use rusqlite::Row;

use super::record::{Fingerprint, PersonKey, State};
use super::{Ledger, LedgerError, SignerId};
use crate::domain::label::{Label, Labels};

/// How the list that is being read names a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Not at all.
    Absent,
    /// In rows that are refused: the files stay as they are.
    Refused,
    /// In sound rows.
    Sound,
}

/// Who has the first address of a known person, and with it the place of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// That person, or nobody.
    Same,
    /// Another person of the list.
    Successor,
}

/// A known person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownPerson {
    pub(crate) key: PersonKey,
    /// All zero where it is not known what the files were made from.
    fingerprint: [u8; 16],
    /// The bundle's size in bytes.
    pub(crate) size: u32,
    /// CRC-32 of the labels.
    labels: u32,
    /// Who signed the bundle: a place in [`Known::signers`].
    signers: u16,
    /// A place in [`Known::digests`].
    digest: u32,
    pub(crate) state: State,
    pub(crate) listing: Listing,
    /// Whether the list names the person, with nothing to be made.
    pub(crate) is_unchanged: bool,
    /// Whether an address is that of another person too, who stays: no device may lose that account.
    pub(crate) shares_address: bool,
    pub(crate) first_address: Holder,
}

impl KnownPerson {
    /// Whether the files were made from what has this fingerprint.
    pub(crate) fn has(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprint == fingerprint.0
    }

    /// Whether the ledger has these labels.
    pub(crate) fn has_labels(&self, labels: &Labels) -> bool {
        let Labels { client, group, department } = labels;
        self.labels
            == checksum(
                [client, group, department].map(|label| label.as_ref().map_or("", Label::as_str)),
            )
    }
}

/// Who signed a bundle: its profiles and its scripts; `None` for unsigned files.
type Signers = Option<(SignerId, SignerId)>;

/// Everybody, in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Known {
    people: Vec<KnownPerson>,
    /// Each pair of signers once: a folder has very few.
    signers: Vec<Signers>,
    /// SHA-256 of each bundle, unless [`Known::forget_digests`] has dropped them.
    digests: Vec<[u8; 32]>,
}

impl Known {
    pub(crate) fn get(&self, key: PersonKey) -> Option<&KnownPerson> {
        self.at(key).map(|at| &self.people[at])
    }

    pub(crate) fn get_mut(&mut self, key: PersonKey) -> Option<&mut KnownPerson> {
        self.at(key).map(|at| &mut self.people[at])
    }

    fn at(&self, key: PersonKey) -> Option<usize> {
        self.people.binary_search_by_key(&key, |person| person.key).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The person with the key `key`, and the SHA-256 of the bundle.
    pub(crate) fn with_digest(&self, key: PersonKey) -> Option<(&KnownPerson, [u8; 32])> {
        let person = self.get(key)?;
        Some((person, *self.digests.get(person.digest as usize)?))
    }

    /// Drops the digests, 32 bytes each: who makes no bundle needs none.
    pub(crate) fn forget_digests(&mut self) {
        self.digests = Vec::new();
    }

    /// Who signed the bundle of `person`.
    pub(crate) fn signers_of(&self, person: &KnownPerson) -> Signers {
        self.signers.get(usize::from(person.signers)).copied().flatten()
    }

    /// Takes the bundles of people whose signers fit `is_outdated` for bundles that have to be made.
    pub(crate) fn make_again(&mut self, is_outdated: impl Fn(Signers) -> bool) {
        let outdated: Vec<bool> =
            self.signers.iter().map(|signers| is_outdated(*signers)).collect();
        for person in &mut self.people {
            person.is_unchanged &=
                !outdated.get(usize::from(person.signers)).copied().unwrap_or(true);
        }
    }

    /// Everybody.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &KnownPerson> {
        self.people.iter()
    }

    /// How many people are in the state `state`.
    pub(crate) fn count(&self, state: State) -> u64 {
        self.people.iter().filter(|person| person.state == state).count() as u64
    }

    /// How many of the current people whom `whom` accepts have files that a certificate of `by` signed.
    pub(crate) fn signed_by(&self, by: &[SignerId], whom: impl Fn(&KnownPerson) -> bool) -> u64 {
        let has_signed = |signers: &Signers| {
            signers
                .is_some_and(|(profiles, scripts)| by.contains(&profiles) || by.contains(&scripts))
        };
        let pairs: Vec<bool> = self.signers.iter().map(has_signed).collect();
        let is_signed = |person: &&KnownPerson| {
            person.state == State::Current
                && whom(person)
                && pairs.get(usize::from(person.signers)).copied().unwrap_or_default()
        };
        self.people.iter().filter(is_signed).count() as u64
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut KnownPerson> {
        self.people.iter_mut()
    }

    /// People whom the list does not name, and who are not retired yet. Some of them share an address.
    pub(crate) fn not_retired(&self) -> impl Iterator<Item = &KnownPerson> {
        self.people
            .iter()
            .filter(|person| person.listing == Listing::Absent && person.state != State::Retired)
    }

    /// Current people whom the list does not name.
    pub(crate) fn leavers(&self) -> impl Iterator<Item = &KnownPerson> {
        self.people
            .iter()
            .filter(|person| person.state == State::Current && person.listing == Listing::Absent)
    }
}

impl Ledger {
    /// Everybody whom the ledger knows.
    pub(crate) fn known(&self) -> Result<Known, LedgerError> {
        let count: u32 = self
            .db
            .query_row("SELECT count(*) FROM person", [], |row| row.get(0))
            .map_err(self.at())?;
        let mut known = Known {
            people: Vec::with_capacity(count as usize),
            signers: Vec::new(),
            digests: Vec::with_capacity(count as usize),
        };
        let mut statement = self
            .db
            .prepare(
                "SELECT key, fingerprint, size, state, profile_signer, script_signer, client, \"group\", department, sha256
                 FROM person",
            )
            .map_err(self.at())?;
        let mut rows = statement.query([]).map_err(self.at())?;
        while let Some(row) = rows.next().map_err(self.at())? {
            let (person, digest) = read(row, &mut known).map_err(self.at())?;
            known.people.push(person);
            known.digests.push(digest);
        }
        known.people.sort_unstable_by_key(|person| person.key);
        Ok(known)
    }
}

fn checksum(labels: [&str; 3]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    for label in labels {
        sum.update(label.as_bytes());
        sum.update(b"\0");
    }
    sum.finalize()
}

fn read(row: &Row<'_>, known: &mut Known) -> rusqlite::Result<(KnownPerson, [u8; 32])> {
    let state = row.get_ref(3)?.as_str()?;
    let (profiles, scripts): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    let pair = profiles.zip(scripts).map(|(one, other)| (SignerId(one), SignerId(other)));
    let at = known.signers.iter().position(|other| *other == pair).unwrap_or_else(|| {
        known.signers.push(pair);
        known.signers.len() - 1
    });
    let label = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str_or_null()?.unwrap_or(""));
    let person = KnownPerson {
        key: PersonKey(row.get(0)?),
        fingerprint: row.get::<_, Option<_>>(1)?.unwrap_or_default(),
        size: row.get(2)?,
        labels: checksum([label(6)?, label(7)?, label(8)?]),
        signers: u16::try_from(at).unwrap_or(u16::MAX),
        digest: u32::try_from(known.digests.len()).unwrap_or(u32::MAX),
        state: State::ALL.into_iter().find(|known| known.id() == state).unwrap_or(State::Left),
        listing: Listing::Absent,
        is_unchanged: false,
        shares_address: false,
        first_address: Holder::Same,
    };
    Ok((person, row.get(9)?))
}
