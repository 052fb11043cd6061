//! `[signing]`: keys that belong together, and those that exclude each other.

use std::path::PathBuf;

use toml::Spanned;

use super::read::File;
use super::spec::{ScriptsSpec, SigningSpec};
use super::{IdentityConfig, PassphrasePlace, SigningConfig};
use crate::sign::identity::IdentityFiles;
use crate::strict_toml::TomlError;

/// Reads `[signing]` of `file`.
pub(super) fn read(file: &File<'_>, spec: SigningSpec) -> Result<SigningConfig, TomlError> {
    let SigningSpec {
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
        scripts,
    } = spec;
    let own = ScriptsSpec {
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
    if let Some(unsigned) = &unsigned
        && *unsigned.get_ref()
        && (profiles.is_some() || scripts.is_some())
    {
        let hint = "take out `unsigned`, or the identity";
        return Err(file.fault(
            unsigned,
            "an identity is named, and nothing is signed",
            Some(hint),
        ));
    }
    if let Some(unsigned) = &unsigned
        && *unsigned.get_ref()
        && require_identity == Some(true)
    {
        let what = "an identity is required, and nothing is signed";
        let hint = "take out `unsigned` or `require_identity`";
        return Err(file.fault(unsigned, what, Some(hint)));
    }
    let unsigned = unsigned.map(Spanned::into_inner);
    Ok(SigningConfig { profiles, scripts, unsigned, require_identity, self_check })
}

fn identity(file: &File<'_>, spec: &ScriptsSpec) -> Result<Option<IdentityConfig>, TomlError> {
    let path = |name, text: &Option<Spanned<String>>| {
        text.as_ref().map(|text| file.path(name, text)).transpose()
    };
    if let (Some(_), Some(pkcs12)) = (&spec.certificate, &spec.pkcs12) {
        let what = "`pkcs12` and `certificate` name two identities";
        return Err(file.fault(pkcs12, what, Some("keep one of them")));
    }
    if let (Some(_), Some(second)) = (&spec.passphrase_file, &spec.passphrase_env) {
        let what = "`passphrase_file` and `passphrase_env` name two passphrases";
        return Err(file.fault(second, what, Some("keep one of them")));
    }
    let passphrase = match (&spec.passphrase_file, &spec.passphrase_env) {
        (Some(path), _) => Some(PassphrasePlace::File(file.path("passphrase_file", path)?)),
        (_, Some(name)) => Some(PassphrasePlace::Environment(file.text("passphrase_env", name)?)),
        (None, None) => None,
    };
    let alone: [(&str, &Option<Spanned<String>>); 4] = [
        ("key", &spec.key),
        ("chain", &spec.chain),
        ("passphrase_file", &spec.passphrase_file),
        ("passphrase_env", &spec.passphrase_env),
    ];
    if let (None, Some(name)) = (&spec.pkcs12, &spec.pkcs12_name) {
        let what = "`pkcs12_name` belongs to no PKCS#12 file";
        return Err(file.fault(name, what, Some("add `pkcs12`, or take the line out")));
    }
    let needless = if spec.certificate.is_some() {
        None
    } else {
        let skip = if spec.pkcs12.is_some() { 2 } else { 4 };
        alone[..skip].iter().find_map(|(name, text)| Some((*name, text.as_ref()?)))
    };
    if let Some((name, at)) = needless {
        let (what, hint) = if spec.pkcs12.is_some() {
            (format!("`{name}` has no effect beside `pkcs12`"), "take the line out")
        } else {
            (format!("`{name}` belongs to no certificate"), "add `certificate` or `pkcs12`")
        };
        return Err(file.fault(at, &what, Some(hint)));
    }
    let certificate: Option<PathBuf> = path("certificate", &spec.certificate)?;
    let files = match (certificate, path("pkcs12", &spec.pkcs12)?) {
        (Some(certificate), _) => IdentityFiles::Pem {
            certificate,
            key: path("key", &spec.key)?,
            chain: path("chain", &spec.chain)?,
        },
        (None, Some(pkcs12)) => {
            let name = spec.pkcs12_name.as_ref().map(|name| file.text("pkcs12_name", name));
            IdentityFiles::Pkcs12 { file: pkcs12, name: name.transpose()? }
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(IdentityConfig { files, passphrase }))
}
