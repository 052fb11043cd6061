//! Two sets of settings compared, field by field.

use super::action::{Action, Actions, Naming};
use super::settings::{PersonSettings, SharedSettings};
use crate::bundle::manifest::{AccountEntry, CardEntry, ServerEntry};
use crate::domain::platform::Platform;
use crate::render::files::{Files, platform_of};

/// A field with its old and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldChange {
    /// In an admin's words; with the mailbox before it for people who have several.
    pub(crate) field: String,
    /// Blank for a new field.
    pub(crate) old: String,
    /// Blank for a field that is gone.
    pub(crate) new: String,
}

impl std::fmt::Display for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part =
            |text: &'_ str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        write!(f, "{}: {} → {}", self.field, part(&self.old), part(&self.new))
    }
}

/// What is different, and what has to be done on which device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) fields: Vec<FieldChange>,
    pub(super) actions: Actions,
}

/// A person's settings with those of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    pub(super) person: &'a PersonSettings,
    pub(super) shared: &'a SharedSettings,
}

impl Difference {
    /// What is different between `old` and `new`.
    pub(super) fn between(old: Side<'_>, new: Side<'_>) -> Self {
        let mut difference = Self::default();
        difference.accounts(old.person, new.person);
        difference.platforms(old.person, new.person);
        difference.shared(old.shared, new.shared);
        difference.field("language".to_owned(), &old.person.language, &new.person.language);
        difference.formats(old, new);
        difference.actions.keep_only(&new.person.platforms);
        difference
    }

    fn field(&mut self, field: String, old: &str, new: &str) -> bool {
        if old != new {
            self.fields.push(FieldChange { field, old: old.to_owned(), new: new.to_owned() });
        }
        old != new
    }

    fn accounts(&mut self, old: &PersonSettings, new: &PersonSettings) {
        let is_one = old.accounts.len() == 1 && new.accounts.len() == 1;
        if !is_one {
            self.actions.naming = Naming::ByAddress;
        }
        let mut gone: Vec<&AccountEntry> = old.accounts.iter().collect();
        for account in &new.accounts {
            let same = |other: &&AccountEntry| other.key == account.key;
            let alike =
                |other: &&AccountEntry| other.address.eq_ignore_ascii_case(&account.address);
            let earlier = gone.iter().position(same).or_else(|| gone.iter().position(alike));
            let earlier = earlier.or_else(|| is_one.then_some(0).filter(|_| !gone.is_empty()));
            if let Some(earlier) = earlier.map(|at| gone.remove(at)) {
                self.account(earlier, account, !is_one);
            } else {
                self.field("mailbox".to_owned(), "", &account.address);
                self.actions.on_all(&Action::Add(account.address.clone()));
            }
        }
        for account in gone {
            self.field("mailbox".to_owned(), &account.address, "");
            self.actions.on_all(&Action::Remove(account.address.clone()));
        }
    }

    fn account(&mut self, old: &AccountEntry, new: &AccountEntry, is_named: bool) {
        let field = |name: &str| {
            if is_named { format!("{} {name}", new.address) } else { name.to_owned() }
        };
        let is_same_mailbox = old.address.eq_ignore_ascii_case(&new.address);
        if self.field(field("address"), &old.address, &new.address) && !is_same_mailbox {
            let (old, new) = (old.address.clone(), new.address.clone());
            self.actions.on_all(&Action::Readdress { old, new });
        }
        // a login in other upper and lower case because the address is so: what devices have still works
        let follows = |old_login: &str, new_login: &str| {
            is_same_mailbox
                && old.address != new.address
                && old_login.eq_ignore_ascii_case(new_login)
        };
        let mut is_changed = self.field(field("name"), &old.display_name, &new.display_name)
            && !(follows(&old.display_name, &new.display_name) && old.display_name == old.address);
        is_changed |= self.field(field("provider"), &old.provider_name, &new.provider_name);
        is_changed |= self.field(field("protocol"), &old.protocol, &new.protocol);
        for (name, old, new) in [
            (field(&new.protocol), &old.incoming, &new.incoming),
            (field("smtp"), &old.outgoing, &new.outgoing),
        ] {
            is_changed |= self.server(&name, old, new);
            let login = format!("{name} login");
            is_changed |= self.field(login, &old.username, &new.username)
                && !follows(&old.username, &new.username);
        }
        let own = |account: &AccountEntry| {
            if account.own_outgoing_password { "its own" } else { "the same" }
        };
        is_changed |= self.field(field("password for sending"), own(old), own(new));
        if is_changed {
            self.actions.on_all(&Action::Update(new.address.clone()));
        }
        if old.key != new.key {
            self.field(field("identifier on devices"), &old.key, &new.key);
            // Windows and Android know an account by its address
            self.actions.on(Platform::Apple, Action::Rekey(new.address.clone()));
        }
        let card = |card: Option<&CardEntry>| card.map(|card| format!("{card:?}"));
        if card(old.card.as_ref()) != card(new.card.as_ref()) {
            self.field(field("provider's notes"), "as before", "changed");
        }
    }

    fn server(&mut self, name: &str, old: &ServerEntry, new: &ServerEntry) -> bool {
        let port = |server: &ServerEntry| server.port.to_string();
        self.field(format!("{name} host"), &old.host, &new.host)
            | self.field(format!("{name} port"), &port(old), &port(new))
            | self.field(format!("{name} security"), &old.security, &new.security)
    }

    fn platforms(&mut self, old: &PersonSettings, new: &PersonSettings) {
        if !self.field("devices".to_owned(), &old.platforms.join(", "), &new.platforms.join(", ")) {
            return;
        }
        for platform in Platform::ALL {
            let has =
                |settings: &PersonSettings| settings.platforms.iter().any(|id| id == platform.id());
            if has(new) && !has(old) {
                self.actions.on(platform, Action::Install);
            }
        }
    }

    fn shared(&mut self, old: &SharedSettings, new: &SharedSettings) {
        let (old, new) = (&old.setup, &new.setup);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        if self.field("organization".to_owned(), &text(&old.organization), &text(&new.organization))
        {
            self.actions.on(Platform::Apple, Action::Reissue);
        }
        self.field("contact".to_owned(), &text(&old.contact), &text(&new.contact));
        self.field("signature".to_owned(), &old.trust, &new.trust);
    }

    /// Formats that were added or left out, and those of which this version makes another file: of those that
    /// the person gets.
    fn formats(&mut self, old: Side<'_>, new: Side<'_>) {
        let is_for = |id: &str| {
            let platforms = &new.person.platforms;
            platform_of(id).is_none_or(|it| platforms.iter().any(|other| other == it.id()))
        };
        let (old, new) = (old.shared, new.shared);
        for (id, digest) in new.formats.iter().filter(|(id, _)| is_for(id)) {
            match old.formats.get(id) {
                None => {
                    self.field("files".to_owned(), "", id);
                }
                Some(earlier) => {
                    self.field(format!("version of {id}"), earlier, digest);
                }
            }
        }
        for id in old.formats.keys().filter(|id| !new.formats.contains_key(*id) && is_for(id)) {
            self.field("files".to_owned(), id, "");
        }
        let (old, new) = (Files::from(old), Files::from(new));
        for platform in Platform::ALL {
            if old.means(platform) < new.means(platform) {
                self.actions.on(platform, Action::FirstFile);
            }
        }
    }
}
