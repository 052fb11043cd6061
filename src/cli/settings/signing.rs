//! The identities that sign, from flags and the config file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SettingsError;
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::passphrase::PassphraseSource;
use crate::config::options::SigningOptions;
use crate::config::{Config, IdentityConfig, SigningConfig};
use crate::domain::web_address::WebAddress;
use crate::sign::SelfCheck;
use crate::sign::identity::IdentityFiles;

/// Who signs.
#[derive(Debug)]
pub(in crate::cli) struct SigningSettings {
    /// Whether nothing is signed.
    pub(in crate::cli) unsigned: Unsigned,
    /// Each signature is verified after it is made.
    pub(in crate::cli) self_check: SelfCheck,
    /// Identity that signs [default: the development identity].
    pub(in crate::cli) profiles: Option<Signer>,
    /// Identity that signs scripts [default: the one that signs the rest].
    pub(in crate::cli) scripts: Option<Signer>,
    /// Who gives time stamps [default: nobody].
    pub(in crate::cli) stamps: Option<StampOptions>,
}

/// Who gives time stamps, as it was named.
#[derive(Debug)]
pub(in crate::cli) struct StampOptions {
    pub(in crate::cli) addresses: Vec<WebAddress>,
    pub(in crate::cli) authorities: Option<PathBuf>,
    pub(in crate::cli) timeout: Duration,
}

/// How long one answer of a time-stamp authority may take, in seconds.
const STAMP_SECONDS: u16 = 30;

/// Whether nothing is signed, and by whose choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Unsigned {
    No,
    ByFlag,
    ByConfig,
}

/// An identity that the user named.
#[derive(Debug)]
pub(in crate::cli) struct Signer {
    pub(in crate::cli) files: IdentityFiles,
    pub(in crate::cli) passphrase: PassphraseSource,
}

/// One identity as it was typed.
struct Typed {
    /// `sign` or `script`.
    kind: &'static str,
    files: Option<IdentityFiles>,
    pkcs12_name: Option<String>,
    passphrase: PassphraseSource,
}

impl SigningSettings {
    /// Who signs, from flags and the config file at `config`, if one is named.
    pub(in crate::cli) fn of_file(
        args: &SigningOptions,
        config: Option<&Path>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let config = config.map(Config::load).transpose()?.unwrap_or_default();
        let mut aside = Vec::new();
        let settings = Self::merge(args, config.signing, &mut aside)?;
        super::report_file(&config.file, &aside, console);
        Ok(settings)
    }

    pub(super) fn merge(
        args: &SigningOptions,
        file: SigningConfig,
        aside: &mut Vec<&str>,
    ) -> Result<Self, SettingsError> {
        let required = args.require_identity.or(file.require_identity) == Some(true);
        let own = Typed {
            kind: "sign",
            files: args.signer.files(),
            pkcs12_name: args.signer.sign_p12_name.clone(),
            passphrase: PassphraseSource::of(
                args.sign_passphrase_file.as_ref(),
                args.sign_passphrase_env.as_ref(),
                args.sign_passphrase_fd,
            ),
        };
        let scripts = Typed {
            kind: "script",
            files: args.script_files(),
            pkcs12_name: args.script_p12_name.clone(),
            passphrase: PassphraseSource::of(
                args.script_passphrase_file.as_ref(),
                args.script_passphrase_env.as_ref(),
                args.script_passphrase_fd,
            ),
        };
        let names_one = own.files.is_some() || scripts.files.is_some();
        let unsigned = match args.unsigned {
            Some(true) => Unsigned::ByFlag,
            None if !names_one && file.unsigned == Some(true) => Unsigned::ByConfig,
            Some(false) | None => Unsigned::No,
        };
        let signs = unsigned == Unsigned::No;
        let has_identity = own.files.is_some() || file.profiles.is_some();
        // `--unsigned` is as good as an identity: it was typed for this run
        if required && unsigned != Unsigned::ByFlag && (!signs || !has_identity) {
            return Err(SettingsError::IdentityRequired);
        }
        let stamps = StampOptions::merge(args, &file)?.filter(|_| signs);
        let drops = |typed: &Typed| !signs || typed.files.is_some();
        if file.profiles.is_some() && drops(&own) {
            aside.push("[signing] identity");
        }
        if file.scripts.is_some() && drops(&scripts) {
            aside.push("[signing.scripts]");
        }
        Ok(Self {
            unsigned,
            self_check: match (args.no_self_check, file.self_check) {
                (Some(true), _) | (None, Some(false)) => SelfCheck::Off,
                (Some(false), _) | (None, Some(true) | None) => SelfCheck::On,
            },
            profiles: own.signer(file.profiles.filter(|_| signs))?,
            scripts: scripts.signer(file.scripts.filter(|_| signs))?,
            stamps,
        })
    }
}

impl StampOptions {
    /// Addresses that were typed replace those of the file. What the file says about them waits for an address.
    fn merge(args: &SigningOptions, file: &SigningConfig) -> Result<Option<Self>, SettingsError> {
        let typed = &args.timestamp_url;
        let addresses = if typed.is_empty() { &file.timestamp_url } else { typed };
        if addresses.is_empty() {
            return match (&args.timestamp_ca, args.timestamp_timeout) {
                (Some(_), _) => Err(SettingsError::NoStamps { flag: "--timestamp-ca" }),
                (None, Some(_)) => Err(SettingsError::NoStamps { flag: "--timestamp-timeout" }),
                (None, None) => Ok(None),
            };
        }
        let seconds = args.timestamp_timeout.or(file.timestamp_timeout).unwrap_or(STAMP_SECONDS);
        Ok(Some(Self {
            addresses: addresses.clone(),
            authorities: args.timestamp_ca.clone().or_else(|| file.timestamp_ca.clone()),
            timeout: Duration::from_secs(seconds.into()),
        }))
    }
}

impl Typed {
    /// What was typed, or else what the `file` says. A passphrase that was typed opens either.
    fn signer(self, file: Option<IdentityConfig>) -> Result<Option<Signer>, SettingsError> {
        let passphrase_of_file = |place: Option<_>| place.map(PassphraseSource::from);
        let (mut files, waiting) = match (self.files, file) {
            (Some(files), _) => (files, None),
            (None, Some(file)) => (file.files, passphrase_of_file(file.passphrase)),
            (None, None) if self.pkcs12_name.is_some() => {
                return Err(SettingsError::NoKeystore { kind: self.kind });
            }
            (None, None) => {
                let source_name = match self.passphrase {
                    PassphraseSource::File(_) => "file",
                    PassphraseSource::Environment(_) => "env",
                    PassphraseSource::Descriptor(_) => "fd",
                    PassphraseSource::Prompt => return Ok(None),
                };
                return Err(SettingsError::NoIdentity { kind: self.kind, source_name });
            }
        };
        if let Some(typed) = self.pkcs12_name {
            // like a passphrase, it chooses in the file's keystore too
            let IdentityFiles::Pkcs12 { name, .. } = &mut files else {
                return Err(SettingsError::NoKeystore { kind: self.kind });
            };
            *name = Some(typed);
        }
        let passphrase = match self.passphrase {
            PassphraseSource::Prompt => waiting.unwrap_or(PassphraseSource::Prompt),
            typed => typed,
        };
        Ok(Some(Signer { files, passphrase }))
    }
}
