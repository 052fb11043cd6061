//! Doubts about a signing identity that can sign, and what was chosen on the way.

use thiserror::Error;
use time::Date;

use super::reading::PassphraseEncoding;
use crate::diagnostic::{Diagnostic, Notice, Weight, shell_word};

/// A doubt about an identity that can sign.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum IdentityWarning {
    /// Certificates were given, and the issuer of the last one in the path is missing.
    #[error("the chain of `{subject}` stops short: no certificate of `{issuer}` was given")]
    ChainDoesNotFit {
        /// Whose it is.
        subject: String,
        /// Whose certificate is missing.
        issuer: String,
    },
    /// One of several certificates was chosen.
    #[error("signing with `{subject}`, valid to {until}; left out: {others}")]
    Chosen {
        /// Whose certificate signs.
        subject: String,
        /// Its last day.
        until: Date,
        /// The others, each with the reason.
        others: String,
    },
    /// Less than a month left.
    #[error("the certificate `{subject}` expires on {on}, in {}", crate::diagnostic::Count(*.days_left, "day"))]
    EndsSoon {
        /// Whose it is.
        subject: String,
        /// The last day.
        on: Date,
        /// Days until then.
        days_left: u64,
    },
    /// Certificates that look as if they belonged to the chain.
    #[error("left out of the chain of `{subject}`: {what}")]
    LeftOut {
        /// Whose chain it is.
        subject: String,
        /// Each with the reason.
        what: String,
    },
    /// No intermediates were given, and the leaf is not its own root.
    #[error("no chain was given for `{subject}`, which `{issuer}` issued")]
    NoChain {
        /// Whose it is.
        subject: String,
        /// Who issued it.
        issuer: String,
    },
    /// No code signing usage.
    #[error(
        "the certificate `{subject}` is not made for code signing: Windows will not trust the script's signature"
    )]
    NotForCode {
        /// Whose it is.
        subject: String,
    },
    /// No e-mail protection usage.
    #[error(
        "the certificate `{subject}` is not made for e-mail protection: `verify --ca` will not accept it for profiles"
    )]
    NotForProfiles {
        /// Whose it is.
        subject: String,
    },
    /// The passphrase fits only in another encoding.
    #[error("the passphrase opened `{file}` when it was read as {}", .encoding.name())]
    PassphraseEncoding {
        /// What it opened.
        file: String,
        /// How it was read.
        encoding: PassphraseEncoding,
    },
    /// Others can read the private key or its passphrase.
    #[error(
        "`{file}` opens a private key, and other users of this machine can read it (mode {mode:04o})"
    )]
    ReadableByOthers {
        /// The file.
        file: String,
        /// Its permission bits.
        mode: u32,
    },
}

impl IdentityWarning {
    /// Stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ChainDoesNotFit { .. } => "chain-does-not-fit",
            Self::Chosen { .. } => "certificate-chosen",
            Self::EndsSoon { .. } => "certificate-ends-soon",
            Self::LeftOut { .. } => "chain-left-out",
            Self::NoChain { .. } => "no-chain",
            Self::NotForCode { .. } => "not-for-code-signing",
            Self::NotForProfiles { .. } => "not-for-profiles",
            Self::PassphraseEncoding { .. } => "passphrase-encoding",
            Self::ReadableByOthers { .. } => "key-file-permissions",
        }
    }

    /// The same as a notice.
    pub(crate) fn notice(&self) -> Notice {
        let weight = match self {
            Self::Chosen { .. } | Self::LeftOut { .. } | Self::PassphraseEncoding { .. } => {
                Weight::Note
            }
            Self::ChainDoesNotFit { .. }
            | Self::EndsSoon { .. }
            | Self::NoChain { .. }
            | Self::NotForCode { .. }
            | Self::NotForProfiles { .. }
            | Self::ReadableByOthers { .. } => Weight::Important,
        };
        Notice { weight, hint: self.hint(), ..Notice::note(self.code(), self) }
    }
}

impl Diagnostic for IdentityWarning {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::ChainDoesNotFit { .. } => {
                "phones show `Unverified` if an intermediate certificate is missing; look for it at the issuer"
            }
            Self::EndsSoon { .. } => {
                "profiles turn `Unverified` when it ends; renew it with the same key (`mailmuster identity renew`, if `identity new` made it)"
            }
            Self::NoChain { .. } => {
                "phones show `Unverified` if an intermediate certificate is missing; give it with --sign-chain"
            }
            Self::NotForCode { .. } => {
                "give a code-signing certificate for scripts with --script-cert"
            }
            Self::NotForProfiles { .. } => {
                "devices accept it; to satisfy `verify --ca` too, sign profiles with a certificate for e-mail (S/MIME), and name this one with --script-cert"
            }
            Self::PassphraseEncoding { .. } => "save the passphrase in UTF-8",
            Self::ReadableByOthers { file, .. } => {
                return Some(format!("chmod 600 {}", shell_word(file)));
            }
            Self::Chosen { .. } | Self::LeftOut { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_whether_devices_trust_is_not_hidden_by_quiet() {
        let subject = || "CN=a".to_owned();
        let issuer = subject;
        let all = [
            IdentityWarning::ChainDoesNotFit { subject: subject(), issuer: issuer() },
            IdentityWarning::Chosen { subject: subject(), until: Date::MAX, others: String::new() },
            IdentityWarning::EndsSoon { subject: subject(), on: Date::MAX, days_left: 1 },
            IdentityWarning::LeftOut { subject: subject(), what: String::new() },
            IdentityWarning::NoChain { subject: subject(), issuer: issuer() },
            IdentityWarning::NotForCode { subject: subject() },
            IdentityWarning::NotForProfiles { subject: subject() },
            IdentityWarning::PassphraseEncoding {
                file: String::new(),
                encoding: PassphraseEncoding::Windows1252,
            },
            IdentityWarning::ReadableByOthers { file: String::new(), mode: 0o644 },
        ];
        let page = include_str!("../../../docs/codes.md");
        for warning in all {
            let notice = warning.notice();
            let shown = if notice.weight == Weight::Important { "yes" } else { "no" };
            let row = format!("| `{}` | {shown} |", notice.code);
            assert!(page.contains(&row), "docs/codes.md has no row `{row}`");
        }
    }
}
