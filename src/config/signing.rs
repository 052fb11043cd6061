//! `[signing]`: keys that need or exclude each other.

use std::path::PathBuf;

use toml::Spanned;

use super::keys::{ScriptsTable, SigningTable, Text, Texts};
use super::read::File;
use super::{IdentityConfig, PassphrasePlace, SigningConfig, value};
use crate::diagnostic::Shown;
use crate::domain::web_address::{WebAddress, WebAddressError};
use crate::sign::identity::IdentityFiles;
use crate::strict_toml::TomlError;

/// Reads `[signing]` of `file`.
pub(super) fn read(file: &File<'_>, table: SigningTable) -> Result<SigningConfig, TomlError> {
    let SigningTable {
        certificate,
        key,
        chain,
        pkcs12,
        pkcs12_name,
        passphrase_file,
        passphrase_env,
        unsigned,
        require_identity,
        self_check,
        timestamp_url,
        timestamp_ca,
        timestamp_timeout,
        scripts,
    } = table;
    let own = ScriptsTable {
        certificate,
        key,
        chain,
        pkcs12,
        pkcs12_name,
        passphrase_file,
        passphrase_env,
    };
    let profiles = identity(file, &own)?;
    let scripts = identity(file, &scripts)?;
    let [require_identity, self_check] =
        [require_identity, self_check].map(|switch| switch.map(Spanned::into_inner));
    if let Some(unsigned) = unsigned.as_ref().filter(|unsigned| *unsigned.get_ref()) {
        if profiles.is_some() || scripts.is_some() {
            let what = "an identity is named, but nothing is signed";
            let hint = "remove `unsigned`, or the identity";
            return Err(file.fault(unsigned, what, Some(hint)));
        }
        if require_identity == Some(true) {
            let what = "an identity is required, but nothing is signed";
            let hint = "remove `unsigned` or `require_identity`";
            return Err(file.fault(unsigned, what, Some(hint)));
        }
    }
    let unsigned = unsigned.map(Spanned::into_inner);
    let timestamp_ca = timestamp_ca.as_ref().map(|path| file.path("timestamp_ca", path));
    let timestamp_timeout = timestamp_timeout.as_ref().map(|number| {
        let seconds = value::seconds(*number.get_ref());
        seconds.map_err(|error| file.fault(number, &format!("`timestamp_timeout`: {error}"), None))
    });
    Ok(SigningConfig {
        profiles,
        scripts,
        unsigned,
        require_identity,
        self_check,
        timestamp_url: addresses(file, timestamp_url)?,
        timestamp_ca: timestamp_ca.transpose()?,
        timestamp_timeout: timestamp_timeout.transpose()?,
    })
}

/// The addresses of time-stamp authorities.
fn addresses(file: &File<'_>, listed: Texts) -> Result<Vec<WebAddress>, TomlError> {
    let listed = listed.map(Spanned::into_inner).unwrap_or_default();
    let address = |text: &Spanned<String>| {
        let fault = |error: WebAddressError| {
            let what = format!("`{}`: {error}", Shown(text.get_ref()));
            file.fault(text, &what, None)
        };
        text.get_ref().parse().map_err(fault)
    };
    listed.iter().map(address).collect()
}

fn identity(file: &File<'_>, table: &ScriptsTable) -> Result<Option<IdentityConfig>, TomlError> {
    let path = |name, text: &Text| text.as_ref().map(|text| file.path(name, text)).transpose();
    if let (Some(_), Some(pkcs12)) = (&table.certificate, &table.pkcs12) {
        let what = "`pkcs12` and `certificate` name two identities";
        return Err(file.fault(pkcs12, what, Some("keep one of them")));
    }
    if let (Some(_), Some(second)) = (&table.passphrase_file, &table.passphrase_env) {
        let what = "`passphrase_file` and `passphrase_env` name two passphrases";
        return Err(file.fault(second, what, Some("keep one of them")));
    }
    let passphrase = match (&table.passphrase_file, &table.passphrase_env) {
        (Some(path), _) => Some(PassphrasePlace::File(file.path("passphrase_file", path)?)),
        (_, Some(name)) => Some(PassphrasePlace::Environment(file.text("passphrase_env", name)?)),
        (None, None) => None,
    };
    let alone: [(&str, &Text); 4] = [
        ("key", &table.key),
        ("chain", &table.chain),
        ("passphrase_file", &table.passphrase_file),
        ("passphrase_env", &table.passphrase_env),
    ];
    if let (None, Some(name)) = (&table.pkcs12, &table.pkcs12_name) {
        let what = "`pkcs12_name` belongs to no PKCS#12 file";
        return Err(file.fault(name, what, Some("add `pkcs12`, or remove the line")));
    }
    let needless = if table.certificate.is_some() {
        None
    } else {
        let skip = if table.pkcs12.is_some() { 2 } else { 4 };
        alone[..skip].iter().find_map(|(name, text)| Some((*name, text.as_ref()?)))
    };
    if let Some((name, at)) = needless {
        let (what, hint) = if table.pkcs12.is_some() {
            (format!("`{name}` has no effect beside `pkcs12`"), "remove the line")
        } else {
            (format!("`{name}` belongs to no certificate"), "add `certificate` or `pkcs12`")
        };
        return Err(file.fault(at, &what, Some(hint)));
    }
    let certificate: Option<PathBuf> = path("certificate", &table.certificate)?;
    let files = match (certificate, path("pkcs12", &table.pkcs12)?) {
        (Some(certificate), _) => IdentityFiles::Pem {
            certificate,
            key: path("key", &table.key)?,
            chain: path("chain", &table.chain)?,
        },
        (None, Some(pkcs12)) => {
            let name = table.pkcs12_name.as_ref().map(|name| file.text("pkcs12_name", name));
            IdentityFiles::Pkcs12 { file: pkcs12, name: name.transpose()? }
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(IdentityConfig { files, passphrase }))
}
