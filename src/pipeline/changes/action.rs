//! What a person has to do on their devices, in words.

use std::fmt;

use crate::domain::platform::Platform;
use crate::pipeline::signers::SignerStep;

/// What has to be done on a kind of device. Later ones include earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// Nothing.
    #[default]
    Nothing,
    /// The same settings under a renewed certificate.
    RenewedSigner,
    /// The same settings under another signature.
    NewSigner,
    /// The account is there, and its settings are other ones.
    Update,
    /// The account is there, under an earlier address.
    Readdress,
    /// The account is not there.
    Install,
    /// A mailbox is no longer the person's.
    RemoveMailbox,
    /// Devices know the account under another identifier: without removing it there would be two.
    RemoveFirst,
}

/// What has to be done, by kind of device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Actions {
    by_platform: [Action; Platform::ALL.len()],
    /// Whether the instructions are other ones.
    pub(super) sheet: bool,
}

impl Actions {
    pub(super) fn on(&mut self, platform: Platform, action: Action) {
        let at = &mut self.by_platform[platform as usize];
        *at = (*at).max(action);
    }

    pub(super) fn on_all(&mut self, action: Action) {
        for platform in Platform::ALL {
            self.on(platform, action);
        }
    }

    /// Notes what `signer` means for devices. A profile that was installed by hand is not replaced by one from
    /// another signer.
    pub(super) fn signer(&mut self, signer: SignerStep) {
        match signer {
            SignerStep::Same => {}
            SignerStep::Renewed => self.on(Platform::Apple, Action::RenewedSigner),
            SignerStep::Other => self.new_signer(),
        }
    }

    fn new_signer(&mut self) {
        let at = &mut self.by_platform[Platform::Apple as usize];
        *at = match *at {
            Action::Nothing | Action::RenewedSigner => Action::NewSigner,
            Action::Install => Action::Install,
            Action::NewSigner
            | Action::Update
            | Action::Readdress
            | Action::RemoveMailbox
            | Action::RemoveFirst => Action::RemoveFirst,
        };
    }

    /// Nothing has to be done on devices that the person does not have.
    pub(super) fn keep_only(&mut self, platforms: &[String]) {
        for platform in Platform::ALL {
            if !platforms.iter().any(|id| id == platform.id()) {
                self.by_platform[platform as usize] = Action::Nothing;
            }
        }
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for platform in Platform::ALL {
            parts.extend(words(platform, self.by_platform[platform as usize]));
        }
        if parts.is_empty() {
            return f.write_str("nothing on the devices");
        }
        f.write_str(&parts.join("; "))
    }
}

/// The same identifiers replace a profile in place (Apple, `CommonPayloadKeys.yaml`); a profile that was
/// installed by hand is not replaced by one from another signer (Apple, *Configuring multiple devices using
/// profiles*). The Windows script changes the account that it made; no Android app updates an account from
/// a file.
fn words(platform: Platform, action: Action) -> Option<&'static str> {
    Some(match (platform, action) {
        (_, Action::Nothing)
        | (Platform::Android | Platform::Windows, Action::RenewedSigner | Action::NewSigner) => {
            return None;
        }
        (Platform::Apple, Action::Update | Action::Readdress) => {
            "iPhone, iPad, Mac: install the new profile, which updates the account in place"
        }
        (Platform::Apple, Action::Install) => "iPhone, iPad, Mac: install the profile",
        (Platform::Apple, Action::RemoveMailbox) => {
            "iPhone, iPad, Mac: remove the profile of the mailbox that is gone"
        }
        (Platform::Apple, Action::RenewedSigner) => {
            "iPhone, iPad, Mac: nothing; the new profile replaces the old one when it is installed"
        }
        (Platform::Apple, Action::NewSigner) => {
            "iPhone, iPad, Mac: no hurry; to install the new profile later, remove the old one first, because it has another signer"
        }
        (Platform::Apple, Action::RemoveFirst) => {
            "iPhone, iPad, Mac: remove the old profile first, then install the new one"
        }
        (Platform::Windows, Action::Update) => "Windows: run Set-Mail.cmd again",
        (Platform::Windows, Action::Readdress) => {
            "Windows: run Set-Mail.cmd, then remove the account with the old address from the mail program"
        }
        (Platform::Windows, Action::Install) => "Windows: run Set-Mail.cmd",
        (Platform::Windows, Action::RemoveMailbox) => {
            "Windows: remove the mailbox that is gone from the mail program"
        }
        (Platform::Windows, Action::RemoveFirst) => {
            "Windows: remove the old account from the mail program, then run Set-Mail.cmd"
        }
        (Platform::Android, Action::Update) => {
            "Android: change the account's settings as START-HERE.html shows them"
        }
        (Platform::Android, Action::Readdress) => {
            "Android: add the account as START-HERE.html shows, then remove that with the old address"
        }
        (Platform::Android, Action::Install) => "Android: add the account as START-HERE.html shows",
        (Platform::Android, Action::RemoveMailbox) => {
            "Android: remove the mailbox that is gone from the mail app"
        }
        (Platform::Android, Action::RemoveFirst) => {
            "Android: compare the account's settings with START-HERE.html"
        }
    })
}
