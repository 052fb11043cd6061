//! Who is in which script. Agents are given a script by hand, so that a person must stay in the same one.

use std::collections::HashMap;

use super::{FleetScriptError, WindowsUser};
use crate::domain::account::{AccountKey, PersonAccounts};
use crate::render::windows::FleetAccounts;
use crate::render::{RenderError, Setup};

/// The most parts of a fleet.
const MOST_PARTS: usize = 1 << 12;

/// Hexadecimal digits of a key that decide the part of a person: as many as [`MOST_PARTS`] needs.
const DIGITS: usize = 3;

/// A person in a fleet script.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: AccountKey,
    pub(crate) user: WindowsUser,
    /// Of each mailbox.
    pub(crate) addresses: Vec<String>,
    pub(crate) accounts: FleetAccounts,
}

impl Member {
    pub(crate) fn of(
        person: &PersonAccounts,
        user: WindowsUser,
        setup: &Setup,
    ) -> Result<Self, RenderError> {
        Ok(Self {
            key: person.key.clone(),
            addresses: person.iter().map(|account| account.address.to_string()).collect(),
            accounts: FleetAccounts::of(person, user.as_str(), setup)?,
            user,
        })
    }
}

/// The parts of a fleet. One without people has no script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// A power of two.
    pub(crate) count: usize,
    /// The part of each person, from 0.
    pub(crate) of: Vec<usize>,
}

impl Parts {
    /// The numbers of the parts with people, in order, and the positions of these.
    pub(crate) fn filled(&self) -> Vec<(usize, Vec<usize>)> {
        let mut filled: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut places: Vec<usize> = (0..self.of.len()).collect();
        places.sort_by_key(|place| self.of[*place]);
        for place in places {
            let part = self.of[place];
            match filled.last_mut().filter(|(last, _)| *last == part) {
                Some((_, places)) => places.push(place),
                None => filled.push((part, vec![place])),
            }
        }
        filled
    }
}

/// What is known of a person before the split: the leading bits of their key, the folded Windows user, and the size.
type Weight = (usize, String, usize);

/// Splits `members` over the fewest parts of which none is larger than `most` bytes, where a script without people has
/// `empty` bytes. The leading bits of a person's key decide the part: more people, or fewer, move nobody unless the number of
/// parts changes, and then a part is split in two. People with one Windows user are together, where the first of their keys
/// belongs, because Outlook imports one file at a time.
pub(crate) fn split(
    members: &[Member],
    empty: usize,
    most: usize,
) -> Result<Parts, FleetScriptError> {
    let weights = members
        .iter()
        .map(|member| (leading(&member.key), member.user.folded(), member.accounts.len()));
    let weights: Vec<Weight> = weights.collect();
    let found = parts(&weights, empty, most);
    found.map_err(|needed| FleetScriptError::TooSmall { most, needed })
}

/// The same for weights; if there is no such split, the size of the largest script of the finest one.
fn parts(weights: &[Weight], empty: usize, most: usize) -> Result<Parts, usize> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (leading, user, _) in weights {
        let least = first.entry(user).or_insert(*leading);
        *least = (*least).min(*leading);
    }
    let mut count = 1;
    loop {
        let of: Vec<usize> =
            weights.iter().map(|(_, user, _)| first[user.as_str()] * count / MOST_PARTS).collect();
        let mut sizes = vec![empty; count];
        for (part, (_, _, size)) in of.iter().zip(weights) {
            sizes[*part] += size;
        }
        let largest = sizes.into_iter().max().unwrap_or(empty);
        if largest <= most {
            return Ok(Parts { count, of });
        }
        if count == MOST_PARTS {
            return Err(largest);
        }
        count *= 2;
    }
}

/// The number that the first digits of a key are, below [`MOST_PARTS`].
fn leading(key: &AccountKey) -> usize {
    let digits = key.as_str().get(..DIGITS).unwrap_or_default();
    usize::from_str_radix(digits, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` people of 10 bytes each, spread evenly.
    fn people(count: usize) -> Vec<Weight> {
        // a prime to MOST_PARTS visits every value
        (0..count).map(|n| (n * 1021 % MOST_PARTS, format!("USER{n}"), 10)).collect()
    }

    #[test]
    fn parts_double_only_when_one_would_be_too_large_and_nobody_moves_otherwise() {
        let of = |count: usize| parts(&people(count), 100, 200).unwrap();
        assert_eq!(of(10).count, 1);
        assert_eq!(of(11).count, 2);
        let (few, more) = (of(11), of(14));
        assert_eq!(few.count, more.count);
        assert_eq!(few.of[..], more.of[..11], "further people move nobody");
        let many = of(40);
        assert!(many.count > more.count);
        for (one, other) in more.of.iter().zip(&many.of) {
            assert_eq!(*one, *other * more.count / many.count, "a part is split in two");
        }
    }

    #[test]
    fn no_part_is_larger_than_allowed_and_nobody_is_lost() {
        for most in [110, 111, 119, 120, 200, 1000, 100_000] {
            let people = people(500);
            let found = parts(&people, 100, most).unwrap();
            assert!(found.count.is_power_of_two());
            let filled = found.filled();
            assert_eq!(filled.iter().map(|(_, places)| places.len()).sum::<usize>(), 500);
            for (_, places) in &filled {
                assert!(100 + places.len() * 10 <= most, "{most}: {}", places.len());
            }
            assert!(filled.is_sorted_by_key(|(part, _)| *part));
        }
    }

    #[test]
    fn people_with_one_windows_user_are_together_in_any_order() {
        let mut people = people(64);
        people[3].1 = "ADA".to_owned();
        people[40].1 = "ADA".to_owned();
        let found = parts(&people, 100, 130).unwrap();
        assert_ne!(people[3].0 * found.count / MOST_PARTS, people[40].0 * found.count / MOST_PARTS);
        assert_eq!(found.of[3], found.of[40]);
        people.reverse();
        let again = parts(&people, 100, 130).unwrap();
        let reversed: Vec<usize> = again.of.iter().rev().copied().collect();
        assert_eq!((again.count, reversed), (found.count, found.of));
    }

    #[test]
    fn a_size_for_nobody_is_answered_with_the_one_that_is_needed() {
        let mut people = people(3);
        people[1].2 = 77;
        assert_eq!(parts(&people, 100, 176), Err(177));
        assert!(parts(&people, 100, 177).is_ok());
        assert_eq!(parts(&people, 100, 1), Err(177));
    }
}
