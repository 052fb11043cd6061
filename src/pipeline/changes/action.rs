//! What a person has to do on their devices.

use std::collections::BTreeSet;

use super::words::Words;
use crate::domain::platform::Platform;
use crate::pipeline::signers::SignerStep;
use crate::render::files::Files;

/// Something that has to be done on a kind of device. Mailboxes are named by their addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// The same settings under a renewed certificate.
    RenewedSigner,
    /// The same settings under another signature.
    NewSigner,
    /// There is a file for the first time, and the account may be there without it.
    FirstFile,
    /// No account of the person is there.
    Install,
    /// The files say something else, and the accounts are as they were.
    Reissue,
    /// The account is there, and its settings are other ones.
    Update(String),
    /// The account is there, under an earlier address.
    Readdress { old: String, new: String },
    /// The account is there, under another identifier.
    Rekey(String),
    /// The account is not there.
    Add(String),
    /// The mailbox is no longer the person's.
    Remove(String),
}

/// How an action names a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Naming {
    /// As the account: the person has no other.
    #[default]
    TheAccount,
    /// By its address.
    ByAddress,
}

/// What has to be done, by kind of device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions {
    by_platform: [BTreeSet<Action>; Platform::ALL.len()],
    pub(super) naming: Naming,
}

impl Actions {
    pub(super) fn on(&mut self, platform: Platform, action: Action) {
        self.by_platform[platform as usize].insert(action);
    }

    pub(super) fn on_all(&mut self, action: &Action) {
        for platform in Platform::ALL {
            self.on(platform, action.clone());
        }
    }

    /// Notes what `signer` means for devices. A profile that was installed by hand is not replaced by one from
    /// another signer. A device that gets its first profile has no other.
    pub(super) fn signer(&mut self, signer: SignerStep) {
        let action = match signer {
            SignerStep::Same => return,
            SignerStep::Renewed => Action::RenewedSigner,
            SignerStep::Other => Action::NewSigner,
        };
        if !self.by_platform[Platform::Apple as usize].contains(&Action::Install) {
            self.on(Platform::Apple, action);
        }
    }

    /// Nothing has to be done on devices that the person does not have.
    pub(super) fn keep_only(&mut self, platforms: &[String]) {
        for platform in Platform::ALL {
            if !platforms.iter().any(|id| id == platform.id()) {
                self.by_platform[platform as usize].clear();
            }
        }
    }

    /// The same in words, for a person whose bundle had the files `old` and has the files `new`.
    pub(super) fn words(&self, old: &Files, new: &Files) -> String {
        let words = |platform: Platform| {
            Words {
                platform,
                actions: &self.by_platform[platform as usize],
                naming: self.naming,
                old,
                new,
            }
            .all()
        };
        let parts: Vec<String> = Platform::ALL.into_iter().filter_map(words).collect();
        if parts.is_empty() { "nothing on the devices".to_owned() } else { parts.join("; ") }
    }
}
