//! The file as it is written. What it means is found out in [`super::read`].

use serde::Deserialize;
use toml::Spanned;

use super::pairs::Pairs;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigSpec {
    pub(super) format: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) list: ListSpec,
    #[serde(default)]
    pub(super) columns: Pairs,
    #[serde(default)]
    pub(super) provider: ProviderSpec,
    #[serde(default)]
    pub(super) output: OutputSpec,
    #[serde(default)]
    pub(super) signing: SigningSpec,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ListSpec {
    pub(super) delimiter: Option<Spanned<String>>,
    pub(super) encoding: Option<Spanned<String>>,
    pub(super) comment: Option<Spanned<String>>,
    pub(super) columns: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) sheet: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ProviderSpec {
    pub(super) id: Option<Spanned<String>>,
    pub(super) protocol: Option<Spanned<String>>,
    pub(super) allow_other_domains: Option<bool>,
    pub(super) allow_cleartext: Option<bool>,
    pub(super) set: Pairs,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct OutputSpec {
    pub(super) folder: Option<Spanned<String>>,
    pub(super) strict: Option<bool>,
    pub(super) only: Option<Vec<Spanned<String>>>,
    pub(super) organization: Option<Spanned<String>>,
    pub(super) contact: Option<Spanned<String>>,
    pub(super) language: Option<Spanned<String>>,
    pub(super) identifier: Option<Spanned<String>>,
    pub(super) jobs: Option<Spanned<i64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct SigningSpec {
    pub(super) certificate: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) chain: Option<Spanned<String>>,
    pub(super) pkcs12: Option<Spanned<String>>,
    pub(super) pkcs12_name: Option<Spanned<String>>,
    pub(super) passphrase_file: Option<Spanned<String>>,
    pub(super) passphrase_env: Option<Spanned<String>>,
    pub(super) unsigned: Option<Spanned<bool>>,
    pub(super) require_identity: Option<bool>,
    pub(super) self_check: Option<bool>,
    pub(super) scripts: ScriptsSpec,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
pub(super) struct ScriptsSpec {
    pub(super) certificate: Option<Spanned<String>>,
    pub(super) key: Option<Spanned<String>>,
    pub(super) chain: Option<Spanned<String>>,
    pub(super) pkcs12: Option<Spanned<String>>,
    pub(super) pkcs12_name: Option<Spanned<String>>,
    pub(super) passphrase_file: Option<Spanned<String>>,
    pub(super) passphrase_env: Option<Spanned<String>>,
}
