//! Finding rows that speak of the same mailbox, in about 40 bytes a row.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::outcome::Fault;
use super::people::PersonRows;
use super::rows::RowState;
use crate::domain::email::EmailAddress;
use crate::domain::person::Person;
use crate::domain::slug::Slug;
use crate::input::{Location, Quoting};

/// Part of a SHA-256: 96 bits. A million rows share one by chance with a probability of 10^-17, and
/// nobody can make two addresses meet on purpose.
type Key = [u8; 12];

/// How many maps share the keys. Growing, a map holds its content twice; a small one holds little.
const SHARDS: usize = 61;

/// What has been seen so far, and where first. A list of more than four thousand million lines would
/// be told a wrong line, never a wrong duplicate.
#[derive(Debug)]
pub(super) struct Seen {
    addresses: Shards<Address>,
    ids: Shards<u32>,
    names: Shards<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Address {
    number: u32,
    /// 32 bits of the address as it was spelled.
    spelling: u32,
    /// 32 bits of the person's key.
    key: u32,
}

/// Something that an earlier row has, without the words that the row itself holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Repeat {
    Address { first: u32, spelled_alike: bool },
    Id { first: u32 },
    Name { first: u32 },
}

/// The row of a person, counted from 0, and what it repeats.
pub(super) type RowRepeat = (u8, Repeat);

impl Default for Seen {
    fn default() -> Self {
        Self { addresses: Shards::new(), ids: Shards::new(), names: Shards::new() }
    }
}

impl Seen {
    /// Notes the sound rows of `person`, unless one of them has what an earlier row has: a refused row
    /// is no reason to refuse another.
    pub(super) fn note(&mut self, person: &PersonRows) -> Vec<RowRepeat> {
        let mut repeats = Vec::new();
        let mut new: Vec<(Key, Address)> = Vec::with_capacity(1);
        let mut first = None;
        for (at, row) in (0_u8..).zip(&person.rows) {
            let RowState::Sound(of_row, account) = &row.state else {
                continue;
            };
            let key = start_of(account.key.as_str()).unwrap_or_default();
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
            // the first row names the bundle, and its id is that of the others
            if new.is_empty() {
                let names = Names::of(of_row);
                repeats.extend(self.of_first(&names).map(|repeat| (at, repeat)));
                first = Some((names, number));
            }
            new.push((address, Address { number, spelling, key }));
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

    /// The start of the key of the person who has `address`; `None` where nobody has.
    pub(super) fn key_of(&self, address: &EmailAddress) -> Option<u32> {
        Some(self.addresses.get(&digest(&address.normalized()))?.key)
    }

    fn of_first(&self, names: &Names) -> Option<Repeat> {
        let id = || Some(Repeat::Id { first: *self.ids.get(&names.id?)? });
        let name = || Some(Repeat::Name { first: *self.names.get(&names.bundle?)? });
        id().or_else(name)
    }
}

/// What must be unique about a person besides the addresses: the id, and the bundle's file name.
struct Names {
    id: Option<Key>,
    bundle: Option<Key>,
}

impl Names {
    fn of(person: &Person) -> Self {
        // a slug without hash holds the whole address: it is as unique as that
        let hashed = Slug::would_be_hashed(&person.address);
        Self {
            id: person.id.as_ref().map(|id| digest(id.as_str())),
            bundle: hashed.then(|| digest(Slug::from(&person.address).as_str())),
        }
    }
}

/// The first 32 bits of the person's key with these hexadecimal digits.
pub(super) fn start_of(key: &str) -> Option<u32> {
    u32::from_str_radix(key.get(..8)?, 16).ok()
}

/// Refuses the rows of `person` that repeat another, and with them the rest of that person.
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
    }
}

fn digest(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(text)[..12]);
    key
}

/// A map in parts.
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

    /// What is said of the rows of a list with the columns email, name and id.
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
    fn each_kind_of_duplicate_is_told_with_the_first_line() {
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
    fn neighbours_with_one_id_and_one_name_are_one_person() {
        assert_eq!(messages(&[("a@q.com", "Ada", "7"), ("b@q.com", "ada", "7")]), [""; 0]);
        assert_eq!(
            messages(&[("a@q.com", "Ada", "7"), ("b@q.com", "Bob", "7")]),
            ["the id `7` is already on line 2, for somebody of another name"]
        );
        assert_eq!(
            messages(&[("a@q.com", "Ada", "7"), ("b@", "Ada", "7")]),
            [
                "the person's row on line 3 is refused",
                "`b@` is not an address: nothing stands after `@`"
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
    fn an_id_that_everybody_has_is_none() {
        let addresses: Vec<String> = (0..50).map(|n| format!("a{n}@q.com")).collect();
        let rows: Vec<_> = addresses.iter().map(|a| (a.as_str(), "", "1")).collect();
        let messages = messages(&rows);
        assert_eq!(messages.len(), 50);
        assert!(messages.iter().all(|m| m == "more than 20 rows from line 2 on have one id"));
    }

    #[test]
    fn a_refused_row_refuses_no_other() {
        let rows = [
            ("ada@q.com", "", "7"),
            ("x@q.com", "", ""),
            ("bob@q.com", "", "7"),
            ("bob@q.com", "", "8"),
        ];
        assert_eq!(messages(&rows), ["the id `7` is already on line 2"]);
    }

    #[test]
    fn addresses_that_only_look_alike_are_two() {
        let rows = ["a+b@q.com", "a-b@q.com", "a.b@q.com", "ab@q.com"].map(|a| (a, "", ""));
        assert_eq!(messages(&rows), [""; 0]);
    }
}
