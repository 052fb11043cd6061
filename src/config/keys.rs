//! Every key of the config file, once: its name, its TOML type, the flag with the same meaning, and
//! its default or an example. Help texts and permitted values are those of the flag. `init`, the JSON
//! Schema and the structs that serde reads follow from these tables.

use clap::{Arg, Command};
use serde::Deserialize;
use toml::Spanned;

use super::pairs::Pairs;

/// The version of the file's format.
pub(super) const FORMAT: i64 = 1;

pub(super) type Text = Option<Spanned<String>>;
pub(super) type Texts = Option<Spanned<Vec<Spanned<String>>>>;
pub(super) type Threads = Option<Spanned<i64>>;
pub(super) type Seconds = Option<Spanned<i64>>;
pub(super) type Switch = Option<Spanned<bool>>;

/// Defines the struct that serde reads from one table of the file, and its keys. `+` adds a table inside it.
macro_rules! table {
    ($name:ident {
        $($key:ident: $kind:ident, $flag:literal, $sample:literal;)*
        $(+ $inner:ident: $type:ty;)?
    }) => {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default, expecting = "a table")]
        pub(super) struct $name {
            $(pub(super) $key: $kind,)*
            $(pub(super) $inner: $type,)?
        }

        impl $name {
            const KEYS: &[Key] = &[$(Key {
                name: stringify!($key),
                kind: Kind::$kind,
                flag: $flag,
                sample: $sample,
            },)*];
        }
    };
}

table!(ListTable {
    delimiter: Text, "delimiter", r#"",""#;
    encoding: Text, "encoding", r#""utf-8""#;
    comment: Text, "comment", r##""#""##;
    columns: Texts, "columns", r#"["email", "-", "display_name"]"#;
    sheet: Text, "sheet", r#""1""#;
});

table!(ProviderTable {
    id: Text, "provider", r#""centurylink""#;
    protocol: Text, "protocol", r#""imap""#;
    allow_other_domains: Switch, "allow-other-domains", "false";
    allow_cleartext: Switch, "allow-cleartext", "false";
    + set: Pairs;
});

table!(OutputTable {
    folder: Text, "out", r#""out""#;
    strict: Switch, "strict", "false";
    only: Texts, "only", r#"["sheet"]"#;
    organization: Text, "organization", r#""Example Ltd""#;
    contact: Text, "contact", r#""IT help desk, +1 555 0100""#;
    language: Text, "language", r#""en""#;
    identifier: Text, "identifier", r#""local.mailmuster""#;
    hosting: Texts, "hosting", r#"["example.com"]"#;
    jobs: Threads, "jobs", "4";
});

table!(SigningTable {
    certificate: Text, "sign-cert", r#""signer.pem""#;
    key: Text, "sign-key", r#""signer.key""#;
    chain: Text, "sign-chain", r#""chain.pem""#;
    pkcs12: Text, "sign-p12", r#""signer.p12""#;
    pkcs12_name: Text, "sign-p12-name", r#""Acme Mail""#;
    passphrase_file: Text, "sign-passphrase-file", r#""passphrase.txt""#;
    passphrase_env: Text, "sign-passphrase-env", r#""SIGN_PASSPHRASE""#;
    unsigned: Switch, "unsigned", "false";
    require_identity: Switch, "require-identity", "false";
    self_check: Switch, "no-self-check", "true";
    timestamp_url: Texts, "timestamp-url", r#"["http://timestamp.example.com"]"#;
    timestamp_ca: Text, "timestamp-ca", r#""authority.pem""#;
    timestamp_timeout: Seconds, "timestamp-timeout", "30";
    + scripts: ScriptsTable;
});

table!(ScriptsTable {
    certificate: Text, "script-cert", r#""code.pem""#;
    key: Text, "script-key", r#""code.key""#;
    chain: Text, "script-chain", r#""code-chain.pem""#;
    pkcs12: Text, "script-p12", r#""code.p12""#;
    pkcs12_name: Text, "script-p12-name", r#""Acme Code""#;
    passphrase_file: Text, "script-passphrase-file", r#""code-passphrase.txt""#;
    passphrase_env: Text, "script-passphrase-env", r#""SCRIPT_PASSPHRASE""#;
});

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) format: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) list: ListTable,
    #[serde(default)]
    pub(super) columns: Pairs,
    #[serde(default)]
    pub(super) provider: ProviderTable,
    #[serde(default)]
    pub(super) output: OutputTable,
    #[serde(default)]
    pub(super) signing: SigningTable,
}

/// Every table, in the order in which `init` writes them.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "list",
        about: "How the list is read. What is missing here is detected.",
        content: Content::Keys(ListTable::KEYS),
    },
    Table {
        name: "columns",
        about: "Columns of fields: a header, \"#3\" for the third column, \"-\" for none.",
        content: Content::Pairs {
            kind: PairKind::Columns,
            flag: "map",
            sample: ("email", "Work address"),
        },
    },
    Table {
        name: "provider",
        about: "Servers for receiving and sending mail.",
        content: Content::Keys(ProviderTable::KEYS),
    },
    Table {
        name: "provider.set",
        about: "Overrides of this provider's settings.",
        content: Content::Pairs {
            kind: PairKind::Settings,
            flag: "set",
            sample: ("imap.host", "mail.centurylink.net"),
        },
    },
    Table { name: "output", about: "What is made.", content: Content::Keys(OutputTable::KEYS) },
    Table {
        name: "signing",
        about: "The identity that signs. The file never contains a passphrase, only its place.",
        content: Content::Keys(SigningTable::KEYS),
    },
    Table {
        name: "signing.scripts",
        about: "Another identity for scripts.",
        content: Content::Keys(ScriptsTable::KEYS),
    },
];

/// A table of the file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) content: Content,
}

/// What a table contains.
#[derive(Debug)]
pub(super) enum Content {
    Keys(&'static [Key]),
    /// Keys that are names of fields or settings.
    Pairs {
        kind: PairKind,
        flag: &'static str,
        /// An example: key and value.
        sample: (&'static str, &'static str),
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairKind {
    /// Fields, with the headers of their columns.
    Columns,
    /// Settings of servers, with their values.
    Settings,
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The flag with the same meaning, without its dashes. `no-` in front means the opposite.
    pub(super) flag: &'static str,
    /// The default as TOML; an example for keys without one.
    pub(super) sample: &'static str,
}

/// The TOML type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Texts,
    /// A number of threads.
    Threads,
    /// A number of seconds.
    Seconds,
    Switch,
}

impl Key {
    /// What the key means, in the words of its flag.
    pub(super) fn about(&self, flags: &Command) -> String {
        let help = arg(flags, self.flag).and_then(Arg::get_help).map(ToString::to_string);
        let help = help.unwrap_or_default();
        match help.strip_prefix("Do not ").filter(|_| self.flag.starts_with("no-")) {
            Some(opposite) => opposite[..1].to_uppercase() + &opposite[1..],
            None => help,
        }
    }

    /// The only texts that the flag takes; none where it takes any.
    pub(super) fn permitted(&self, flags: &Command) -> Vec<String> {
        let values = arg(flags, self.flag).map(Arg::get_possible_values).unwrap_or_default();
        values.iter().map(|value| value.get_name().to_owned()).collect()
    }
}

pub(super) fn arg<'a>(flags: &'a Command, name: &str) -> Option<&'a Arg> {
    flags.get_arguments().find(|arg| arg.get_long() == Some(name))
}
