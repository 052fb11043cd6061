//! Finding rows that speak of the same mailbox, in 20 bytes a row.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::outcome::RowProblem;
use crate::domain::person::Person;
use crate::domain::slug::Slug;
use crate::input::Location;

/// Part of a SHA-256: 96 bits. A million rows share one by chance with a probability of 10^-17, and
/// nobody can make two addresses meet on purpose.
type Key = [u8; 12];

/// What has been seen so far, and on which line first. A list of more than four thousand million
/// lines would be told a wrong line, never a wrong duplicate.
#[derive(Debug, Default)]
pub(super) struct Seen {
    addresses: HashMap<Key, Address>,
    ids: HashMap<Key, u32>,
    names: HashMap<Key, u32>,
}

#[derive(Debug)]
struct Address {
    line: u32,
    /// 32 bits of the address as it was spelled.
    spelling: u32,
}

impl Seen {
    /// Notes `person`. Everything an earlier row has already is a problem.
    pub(super) fn note(&mut self, person: &Person, location: Location) -> Vec<RowProblem> {
        let line = u32::try_from(location.line).unwrap_or(u32::MAX);
        let spelled = digest(person.address.as_str());
        let spelling = u32::from_le_bytes([spelled[0], spelled[1], spelled[2], spelled[3]]);
        let address = digest(&person.address.normalized());
        let id = person.id.as_ref().map(|id| (id, digest(id.as_str())));
        let slug = Slug::from(&person.address);
        // a slug without hash holds the whole address: it is as unique as that
        let name = slug.is_hashed().then(|| digest(slug.as_str()));

        let mut problems = Vec::new();
        if let Some(first) = self.addresses.get(&address) {
            problems.push(RowProblem::DuplicateAddress {
                address: person.address.to_string(),
                first_line: first.line.into(),
                spelled_alike: first.spelling == spelling,
            });
            // the same mailbox has the same id and file name: one word about it is enough
            return problems;
        }
        if let Some((id, key)) = &id
            && let Some(first) = self.ids.get(key)
        {
            problems.push(RowProblem::DuplicateId {
                id: id.as_str().to_owned(),
                first_line: (*first).into(),
            });
        }
        if let Some(first) = name.and_then(|key| self.names.get(&key)) {
            let address = person.address.to_string();
            problems.push(RowProblem::DuplicateName { address, first_line: (*first).into() });
        }
        // a refused row is no reason to refuse another
        if problems.is_empty() {
            self.addresses.insert(address, Address { line, spelling });
            id.map(|(_, key)| self.ids.insert(key, line));
            name.map(|key| self.names.insert(key, line));
        }
        problems
    }
}

fn digest(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(text)[..12]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::domain::name::DisplayName;
    use crate::domain::person::PersonId;

    fn person(address: &str, id: Option<&str>) -> Person {
        Person {
            address: EmailAddress::try_from(address).unwrap(),
            display_name: DisplayName::try_from("Ada").unwrap(),
            login: None,
            id: id.map(|id| PersonId::try_from(id).unwrap()),
        }
    }

    fn messages(people: &[(&str, Option<&str>)]) -> Vec<String> {
        let mut seen = Seen::default();
        (2..)
            .zip(people)
            .flat_map(|(line, (address, id))| seen.note(&person(address, *id), Location { line }))
            .map(|problem| problem.to_string())
            .collect()
    }

    #[test]
    fn each_kind_of_duplicate_is_told_with_the_first_line() {
        assert_eq!(
            messages(&[("ada@q.com", None), ("ada@q.com", None)]),
            ["`ada@q.com` is already on line 2"]
        );
        assert_eq!(
            messages(&[("ada@q.com", None), ("Ada@q.com", None), ("ada@Q.COM", None)]),
            [
                "`Ada@q.com` is already on line 2, in other upper and lower case",
                "`ada@q.com` is already on line 2"
            ]
        );
        assert_eq!(
            messages(&[("ada@q.com", Some("7")), ("bob@q.com", Some("7"))]),
            ["the id `7` is already on line 2"]
        );
    }

    #[test]
    fn a_refused_row_refuses_no_other() {
        let rows = [("ada@q.com", Some("7")), ("bob@q.com", Some("7")), ("bob@q.com", Some("8"))];
        assert_eq!(messages(&rows), ["the id `7` is already on line 2"]);
    }

    #[test]
    fn addresses_that_only_look_alike_are_two() {
        assert_eq!(
            messages(&[
                ("a+b@q.com", None),
                ("a-b@q.com", None),
                ("a.b@q.com", None),
                ("ab@q.com", None)
            ]),
            [""; 0]
        );
    }
}
