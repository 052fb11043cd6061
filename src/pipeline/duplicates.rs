//! Finds duplicate rows in about 40 bytes a row.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::holders::Holders;
use super::outcome::Fault;
use super::people::PersonRows;
use super::rows::RowState;
use crate::domain::email::EmailAddress;
use crate::domain::person::Person;
use crate::domain::slug::Slug;
use crate::input::{Location, Quoting};
use crate::ledger::PersonKey;

/// 96 bits of a SHA-256. A collision in a million rows has a probability of 10^-17 and cannot be
/// provoked.
type Key = [u8; 12];

/// The number of maps. A growing map has its content twice in memory, so each is kept small.
const SHARDS: usize = 61;

/// The rows seen so far and their lines. Line numbers saturate at `u32::MAX`.
#[derive(Debug)]
pub(super) struct Seen {
    addresses: Shards<Address>,
    ids: Shards<u32>,
    names: Shards<u32>,
    /// Whose rows are refused although the list has each address once.
    pub(super) holders: Holders,
}

#[derive(Clone, Copy, Debug)]
struct Address {
    number: u32,
    /// 32 bits of the hash of the address as written.
    spelling: u32,
}

/// A value that an earlier row or a known person has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Repeat {
    Address {
        first: u32,
        spelled_alike: bool,
    },
    Id {
        first: u32,
    },
    Name {
        first: u32,
    },
    /// A person whom the folder knows under another key has the address.
    Known,
}

/// A row of a person, from 0, and what it repeats.
pub(super) type RowRepeat = (u8, Repeat);

impl Default for Seen {
    fn default() -> Self {
        Self {
            addresses: Shards::new(),
            ids: Shards::new(),
            names: Shards::new(),
            holders: Holders::default(),
        }
    }
}

impl Seen {
    /// Adds the valid rows of `person`, unless one of them repeats an earlier row: a refused row must not
    /// refuse others.
    pub(super) fn note(&mut self, person: &PersonRows) -> Vec<RowRepeat> {
        let mut repeats = Vec::new();
        let mut new: Vec<(Key, Address)> = Vec::with_capacity(1);
        let mut first = None;
        for (at, row) in (0_u8..).zip(&person.rows) {
            let RowState::Sound(of_row, account) = &row.state else {
                continue;
            };
            let number = u32::try_from(row.location.number).unwrap_or(u32::MAX);
            let written = of_row.address.as_str();
            let spelled = digest(written);
            let spelling = u32::from_le_bytes([spelled[0], spelled[1], spelled[2], spelled[3]]);
            let is_normal = !written.bytes().any(|byte| byte.is_ascii_uppercase());
            let address = if is_normal { spelled } else { digest(&of_row.address.normalized()) };
            let earlier = self.addresses.get(&address).copied();
            let beside = new.iter().find(|(key, _)| *key == address).map(|(_, address)| *address);
            if let Some(first) = earlier.or(beside) {
                let spelled_alike = first.spelling == spelling;
                repeats.push((at, Repeat::Address { first: first.number, spelled_alike }));
                continue;
            }
            if self.holders.is_another_s(&of_row.address, PersonKey::from(&account.key)) {
                repeats.push((at, Repeat::Known));
                continue;
            }
            // the first row names the bundle; the others have the same id
            if new.is_empty() {
                let names = Names::of(of_row);
                repeats.extend(self.of_first(&names).map(|repeat| (at, repeat)));
                first = Some((names, number));
            }
            new.push((address, Address { number, spelling }));
        }
        if repeats.is_empty() {
            if let Some((Names { id, bundle }, number)) = first {
                if let Some(key) = id {
                    self.ids.insert(key, number);
                }
                if let Some(key) = bundle {
                    self.names.insert(key, number);
                }
            }
            for (key, address) in new {
                self.addresses.insert(key, address);
            }
        }
        repeats
    }

    /// Whether a valid row has `address`.
    pub(super) fn has(&self, address: &EmailAddress) -> bool {
        self.addresses.get(&digest(&address.normalized())).is_some()
    }

    fn of_first(&self, names: &Names) -> Option<Repeat> {
        let id = || Some(Repeat::Id { first: *self.ids.get(&names.id?)? });
        let name = || Some(Repeat::Name { first: *self.names.get(&names.bundle?)? });
        id().or_else(name)
    }
}

/// The unique values of a person besides the addresses: the id and the file name of the bundle.
struct Names {
    id: Option<Key>,
    bundle: Option<Key>,
}

impl Names {
    fn of(person: &Person) -> Self {
        // a slug without hash contains the whole address and is as unique
        let hashed = Slug::would_be_hashed(&person.address);
        Self {
            id: person.id.as_ref().map(|id| digest(id.as_str())),
            bundle: hashed.then(|| digest(Slug::from(&person.address).as_str())),
        }
    }
}

/// Refuses the rows of `person` that repeat another, and with them all rows of that person.
pub(super) fn refuse(
    person: &mut PersonRows,
    repeats: impl IntoIterator<Item = RowRepeat>,
    quoting: Quoting,
) {
    for (at, repeat) in repeats {
        let Some(row) = person.rows.get_mut(usize::from(at)) else {
            continue;
        };
        if let Some(problem) =
            row.person().map(|person| problem(repeat, person, row.location, quoting))
        {
            row.refuse(problem);
        }
    }
    person.refuse_companions();
}

fn problem(repeat: Repeat, person: &Person, location: Location, quoting: Quoting) -> Fault {
    let address = person.address.to_string();
    let place = |number: u32| location.at(number.into());
    match repeat {
        Repeat::Address { first, spelled_alike } => {
            Fault::DuplicateAddress { address, first: place(first), spelled_alike }
        }
        Repeat::Id { first } => Fault::DuplicateId {
            id: person.id.as_ref().and_then(|id| quoting.quote(id.as_str().to_owned())),
            first: place(first),
            neighbour: None,
        },
        Repeat::Name { first } => Fault::DuplicateName { address, first: place(first) },
        Repeat::Known => Fault::KnownAddress { address },
    }
}

fn digest(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(text)[..12]);
    key
}

/// A map split into parts.
#[derive(Debug)]
struct Shards<V>(Vec<HashMap<Key, V>>);

impl<V> Shards<V> {
    fn new() -> Self {
        Self((0..SHARDS).map(|_| HashMap::new()).collect())
    }

    fn get(&self, key: &Key) -> Option<&V> {
        self.0[Self::shard(key)].get(key)
    }

    fn insert(&mut self, key: Key, value: V) {
        self.0[Self::shard(&key)].insert(key, value);
    }

    fn shard(key: &Key) -> usize {
        usize::from(u16::from_le_bytes([key[10], key[11]])) % SHARDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::people::People;
    use crate::pipeline::tests::job;

    /// The messages about a list with the columns email, name and id.
    fn messages(rows: &[(&str, &str, &str)]) -> Vec<String> {
        let mut list = "email,name,id\n".to_owned();
        for (address, name, id) in rows {
            list.push_str(&format!("{address},{name},{id}\n"));
        }
        let job = job(&list);
        let mut people = People::open(&job).unwrap();
        let mut seen = Seen::default();
        let mut messages = Vec::new();
        while let Some(mut person) = people.next().unwrap() {
            let repeats = seen.note(&person);
            refuse(&mut person, repeats, Quoting::Allowed);
            for row in &person.rows {
                if let RowState::Refused(problems) = &row.state {
                    messages.extend(problems.iter().map(ToString::to_string));
                }
            }
        }
        messages
    }

    #[test]
    fn each_kind_of_duplicate_is_reported_with_the_first_line() {
        assert_eq!(
            messages(&[("ada@q.com", "", ""), ("ada@q.com", "", "")]),
            ["`ada@q.com` is already on line 2"]
        );
        assert_eq!(
            messages(&[("ada@q.com", "", ""), ("Ada@q.com", "", ""), ("ada@Q.COM", "", "")]),
            [
                "`Ada@q.com` is already on line 2, in other upper and lower case",
                "`ada@q.com` is already on line 2"
            ]
        );
        assert_eq!(
            messages(&[("a@q.com", "", "7"), ("b@q.com", "", "8"), ("c@q.com", "", "7")]),
            ["the id `7` is already on line 2"]
        );
    }

    #[test]
    fn adjacent_rows_with_one_id_and_name_are_one_person() {
        assert_eq!(messages(&[("a@q.com", "Ada", "7"), ("b@q.com", "ada", "7")]), [""; 0]);
        assert_eq!(
            messages(&[("a@q.com", "Ada", "7"), ("b@q.com", "Bob", "7")]),
            ["the id `7` is already on line 2, for a person with another name"]
        );
        assert_eq!(
            messages(&[("a@q.com", "Ada", "7"), ("b@", "Ada", "7")]),
            [
                "the person's row on line 3 is refused",
                "`b@` is not an address: nothing follows `@`"
            ]
        );
        assert_eq!(
            messages(&[("a@q.com", "Ada", "7"), ("A@q.com", "Ada", "7")]),
            [
                "the person's row on line 3 is refused",
                "`A@q.com` is already on line 2, in other upper and lower case"
            ]
        );
    }

    #[test]
    fn an_id_that_everybody_has_is_a_fault() {
        let addresses: Vec<String> = (0..50).map(|n| format!("a{n}@q.com")).collect();
        let rows: Vec<_> = addresses.iter().map(|a| (a.as_str(), "", "1")).collect();
        let messages = messages(&rows);
        assert_eq!(messages.len(), 50);
        assert!(messages.iter().all(|m| m == "more than 20 rows from line 2 on have one id"));
    }

    #[test]
    fn a_refused_row_does_not_refuse_others() {
        let rows = [
            ("ada@q.com", "", "7"),
            ("x@q.com", "", ""),
            ("bob@q.com", "", "7"),
            ("bob@q.com", "", "8"),
        ];
        assert_eq!(messages(&rows), ["the id `7` is already on line 2"]);
    }

    #[test]
    fn similar_addresses_are_different() {
        let rows = ["a+b@q.com", "a-b@q.com", "a.b@q.com", "ab@q.com"].map(|a| (a, "", ""));
        assert_eq!(messages(&rows), [""; 0]);
    }
}
