//! What happened to people, by kind: how many, and the first few of each.

use std::collections::BTreeMap;

use crate::ledger::EventKind;

/// How many people of one kind are kept one by one.
const MOST_LISTED: usize = 20;

/// The changes of a run, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeSummary(BTreeMap<EventKind, Group>);

/// People to whom the same happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) first: Vec<ChangedPerson>,
}

/// A person with what happened to them, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedPerson {
    /// The first mailbox.
    pub(crate) address: String,
    /// Fields with their old and new values; may be blank.
    pub(crate) details: String,
    /// What the person has to do.
    pub(crate) action: String,
}

impl ChangeSummary {
    /// Adds a person. `person` is called for the first ones of a kind only.
    pub(crate) fn add(&mut self, kind: EventKind, person: impl FnOnce() -> ChangedPerson) {
        let group = self.0.entry(kind).or_default();
        group.count += 1;
        if group.first.len() < MOST_LISTED {
            group.first.push(person());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many people `kind` has.
    pub(crate) fn count(&self, kind: EventKind) -> u64 {
        self.0.get(&kind).map_or(0, |group| group.count)
    }

    /// How many people each kind has, by its word.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.iter().map(|(kind, group)| (kind.id(), group.count)).collect()
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (EventKind, &Group)> {
        self.0.iter().map(|(kind, group)| (*kind, group))
    }
}
