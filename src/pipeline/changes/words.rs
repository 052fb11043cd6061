//! The actions on one kind of device as a sentence.
//!
//! There is one profile for all mailboxes of a person: the same identifier replaces it as a whole, a payload with the
//! same identifier and UUID is updated, and one with another is removed and added (Apple, `TopLevel.yaml`,
//! `CommonPayloadKeys.yaml`). A profile that was installed by hand is not replaced by one from another signer
//! (Apple, *Configuring multiple devices using profiles*). The Windows script finds an account by its address, adds
//! it or changes it, and removes none; no Android app updates an account from a file.

use std::collections::BTreeSet;

use super::action::{Action, Naming};
use crate::domain::platform::Platform;
use crate::render::files::{Files, Means};

/// What a sentence is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    pub(super) platform: Platform,
    pub(super) actions: &'a BTreeSet<Action>,
    pub(super) naming: Naming,
    /// The files of the bundle that the person has.
    pub(super) old: &'a Files,
    pub(super) new: &'a Files,
}

impl Words<'_> {
    /// `None` if there is nothing to do.
    pub(super) fn all(&self) -> Option<String> {
        let had = self.old.means(self.platform) == Means::File;
        let has = self.new.means(self.platform) == Means::File;
        let words = match self.platform {
            Platform::Apple if had && has => self.profile(),
            Platform::Apple if had && self.changes_accounts() && !self.installs() => {
                let by_hand = self.set_up();
                Some(format!("remove the old profile, then {by_hand}"))
            }
            Platform::Windows if has => self.script(),
            Platform::Apple if has && self.installs() => Some("install the profile".to_owned()),
            _ => self.by_hand(),
        }?;
        let device = match self.platform {
            Platform::Apple => "iPhone, iPad, Mac",
            Platform::Android => "Android",
            Platform::Windows => "Windows",
        };
        Some(format!("{device}: {words}"))
    }

    fn has(&self, action: &Action) -> bool {
        self.actions.contains(action)
    }

    fn installs(&self) -> bool {
        self.has(&Action::Install)
    }

    /// Whether an account on the device is another one now.
    fn changes_accounts(&self) -> bool {
        self.actions.iter().any(|action| {
            matches!(
                action,
                Action::Update(_)
                    | Action::Readdress { .. }
                    | Action::Rekey(_)
                    | Action::Add(_)
                    | Action::Remove(_)
            )
        })
    }

    /// The mailboxes of the actions that `of` picks.
    fn pick(&self, of: fn(&Action) -> Option<&String>) -> Vec<&str> {
        self.actions.iter().filter_map(of).map(String::as_str).collect()
    }

    fn readdressed(&self) -> Option<&str> {
        self.actions.iter().find_map(|action| match action {
            Action::Readdress { new, .. } => Some(new.as_str()),
            _ => None,
        })
    }

    /// Mailboxes that stay, with other settings.
    fn updated(&self) -> Vec<&str> {
        let mut updated = self.pick(|action| match action {
            Action::Update(address) => Some(address),
            _ => None,
        });
        updated.retain(|address| self.readdressed() != Some(address));
        updated
    }

    fn rekeyed(&self) -> Vec<&str> {
        self.pick(|action| match action {
            Action::Rekey(address) => Some(address),
            _ => None,
        })
    }

    fn added(&self) -> Vec<&str> {
        self.pick(|action| match action {
            Action::Add(address) => Some(address),
            _ => None,
        })
    }

    /// Mailboxes that the person no longer has.
    fn gone(&self) -> Vec<&str> {
        self.pick(|action| match action {
            Action::Remove(address) => Some(address),
            _ => None,
        })
    }

    /// Addresses that have to go, where an account is not replaced with its profile.
    fn removal(&self, from: &str) -> Option<String> {
        let removed = self.pick(|action| match action {
            Action::Remove(address) | Action::Readdress { old: address, .. } => Some(address),
            _ => None,
        });
        (!removed.is_empty()).then(|| format!("remove {} from the {from}", and(&removed)))
    }

    /// On devices that had a profile and get one.
    fn profile(&self) -> Option<String> {
        let is_other_signer = self.has(&Action::NewSigner);
        if self.installs() {
            let first = ", but remove an earlier one first, because it has another signer";
            let first = if is_other_signer { first } else { "" };
            return Some(format!("install the profile{first}"));
        }
        let is_reissued = self.has(&Action::Reissue) || self.changes_accounts();
        let words = match (is_reissued, is_other_signer) {
            (true, true) => "remove the old profile first, then install the new one",
            (true, false) => {
                return Some(format!("install the new profile, which {}", self.replaced()));
            }
            (false, true) => {
                "no hurry; to install the new profile later, remove the old one first, because it has another signer"
            }
            (false, false) if self.has(&Action::RenewedSigner) => {
                "nothing; the new profile replaces the old one when it is installed"
            }
            (false, false) => return None,
        };
        Some(words.to_owned())
    }

    /// What a new profile does in the place of the old one.
    fn replaced(&self) -> String {
        let again = self.rekeyed();
        let mut updated: Vec<&str> =
            self.updated().into_iter().filter(|it| !again.contains(it)).collect();
        updated.extend(self.readdressed());
        let mut parts = Vec::new();
        if self.naming == Naming::TheAccount && again.is_empty() {
            return "updates the account in place".to_owned();
        }
        if !updated.is_empty() {
            parts.push(format!("updates {} in place", and(&updated)));
        }
        let (added, gone) = (self.added(), self.gone());
        if !added.is_empty() {
            parts.push(format!("adds {}", and(&added)));
        }
        if !gone.is_empty() {
            parts.push(format!("removes {}", and(&gone)));
        }
        if !again.is_empty() {
            parts.push(format!(
                "sets {} up again: the password is asked for again, and mail that only the device has is lost",
                and(&again)
            ));
        }
        if parts.is_empty() { "updates the accounts in place".to_owned() } else { and(&parts) }
    }

    /// With the Windows script.
    fn script(&self) -> Option<String> {
        let program = self.new.program();
        let had = self.old.means(self.platform) == Means::File;
        let (updated, added) = (self.updated(), self.added());
        let mut parts = Vec::new();
        if self.installs() {
            parts.push(format!("run {program}"));
        } else if self.naming == Naming::TheAccount && self.readdressed().is_some() {
            return Some(format!(
                "run {program}, then remove the account with the old address from the mail program"
            ));
        } else if !updated.is_empty() || !added.is_empty() || self.readdressed().is_some() {
            let again = if had { " again" } else { "" };
            let mut whose: Vec<String> = Vec::new();
            if self.naming == Naming::ByAddress {
                let of = |what: &'static str| move |it: &str| format!("{it} ({what})");
                whose.extend(updated.into_iter().map(of("changed")));
                whose.extend(self.readdressed().map(of("new")));
                whose.extend(added.into_iter().map(of("new")));
            }
            let whose =
                if whose.is_empty() { String::new() } else { format!(" for {}", and(&whose)) };
            parts.push(format!("run {program}{again}{whose}"));
        } else if self.has(&Action::FirstFile) {
            parts.push(format!("run {program}, unless {} there already", self.it_is()));
        }
        parts.extend(self.removal("mail program"));
        (!parts.is_empty()).then(|| parts.join(", then "))
    }

    /// Without a file that changes an account.
    fn by_hand(&self) -> Option<String> {
        let changes = self.changed_by_hand();
        if self.installs() || !self.has(&Action::FirstFile) {
            return changes;
        }
        let first =
            if self.platform == Platform::Apple && self.new.means(self.platform) == Means::File {
                "install the profile".to_owned()
            } else {
                self.set_up()
            };
        let it_is = self.it_is();
        let changes = changes.map(|it| format!(" (where {it_is}: {it})")).unwrap_or_default();
        Some(format!("{first}, unless {it_is} there already{changes}"))
    }

    fn it_is(&self) -> &'static str {
        match self.naming {
            Naming::TheAccount => "the account is",
            Naming::ByAddress => "the accounts are",
        }
    }

    fn changed_by_hand(&self) -> Option<String> {
        let from = if self.platform == Platform::Android { "mail app" } else { "mail program" };
        let as_shown = if self.new.has_sheet() { " as START-HERE.html shows" } else { "" };
        let them = if self.new.has_sheet() { " as START-HERE.html shows them" } else { "" };
        let (updated, added) = (self.updated(), self.added());
        let mut parts = Vec::new();
        if self.installs() {
            parts.push(self.set_up());
            parts.extend(self.removal(from));
            return Some(and(&parts));
        }
        if self.naming == Naming::TheAccount {
            return if self.readdressed().is_some() {
                Some(format!("{}, then remove that with the old address", self.set_up()))
            } else if updated.is_empty() {
                None
            } else {
                Some(format!("change the account's settings{them}"))
            };
        }
        if !updated.is_empty() {
            parts.push(format!("change the settings of {}{them}", and(&updated)));
        }
        let new: Vec<&str> = added.into_iter().chain(self.readdressed()).collect();
        if !new.is_empty() {
            // the file or code has the other mailboxes too, and apps add them a second time
            parts.push(format!("add {} by hand{as_shown}", and(&new)));
        }
        parts.extend(self.removal(from));
        (!parts.is_empty()).then(|| and(&parts))
    }

    /// How accounts are set up that are not there, without a profile or a script.
    fn set_up(&self) -> String {
        let account = match self.naming {
            Naming::TheAccount => "the account",
            Naming::ByAddress => "the accounts",
        };
        let set_up = match (self.platform, self.new.means(self.platform)) {
            (Platform::Android, Means::File | Means::Sheet) => format!("add {account}"),
            _ => format!("set {account} up by hand"),
        };
        match self.new.means(self.platform) {
            _ if self.new.has_sheet() => format!("{set_up} as START-HERE.html shows"),
            Means::File => format!("{set_up} with the files in the folder android"),
            Means::Sheet | Means::Nothing => {
                format!("{set_up}, because the bundle has no file for it")
            }
        }
    }
}

/// A list in words.
fn and<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [others @ .., last] => {
            let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", others.join(", "), last.as_ref())
        }
    }
}
