//! Every key of the file. What `init` writes and the JSON Schema follow from this table, and tests
//! hold it against what is read and against the flags.

/// A table of the file.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name; blank for the keys above the first table.
    pub(crate) name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its keys, in the order in which they are written.
    pub(crate) keys: &'static [Key],
    /// What else may stand in it.
    pub(crate) pairs: Option<Pairs>,
}

/// A key of a table.
#[cfg_attr(not(test), expect(dead_code, reason = "the schema and the tests read flag and kind"))]
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// The flag that says the same; blank for the form of the file.
    pub(crate) flag: &'static str,
    /// What may stand behind it.
    pub(crate) kind: Kind,
    /// Its default, or where there is none an example, as TOML.
    pub(crate) sample: &'static str,
    /// What it says.
    pub(crate) about: &'static str,
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of formats.
    Formats,
    /// A number between two.
    Number(u16, u16),
    /// `true` or `false`.
    Switch,
}

/// Keys that are names of their own.
#[cfg_attr(not(test), expect(dead_code, reason = "the schema and the tests read flag and kind"))]
#[derive(Debug)]
pub(crate) struct Pairs {
    /// The flag that says the same.
    pub(crate) flag: &'static str,
    /// What the keys are.
    pub(crate) kind: PairKind,
    /// An example: key and value.
    pub(crate) sample: (&'static str, &'static str),
}

/// What the keys of a table of pairs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairKind {
    /// What a column can hold.
    Columns,
    /// Settings of servers.
    Settings,
}

/// The form of the file that this program reads.
pub(crate) const FORMAT: i64 = 1;

/// Every table, in the order in which they are written.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "",
        about: "",
        keys: &[key("format", "", Kind::Number(1, 1), "1", "the form of this file")],
        pairs: None,
    },
    Table {
        name: "list",
        about: "How the list is read. What is not said here is found out.",
        keys: &[
            key("delimiter", "--delimiter", Kind::Text, "\",\"", "between cells; \"tab\" too"),
            key(
                "encoding",
                "--encoding",
                Kind::Text,
                "\"utf-8\"",
                "character encoding of the list",
            ),
            key("comment", "--comment", Kind::Text, "\"#\"", "lines that begin so are passed over"),
            key(
                "columns",
                "--columns",
                Kind::Texts,
                "[\"email\", \"-\", \"display_name\"]",
                "fields of the columns of a list without a header",
            ),
            key(
                "sheet",
                "--sheet",
                Kind::Text,
                "\"1\"",
                "sheet of a spreadsheet, by name or number",
            ),
        ],
        pairs: None,
    },
    Table {
        name: "columns",
        about: "Columns named by hand: a header, \"#3\" for the third column, \"-\" for none.",
        keys: &[],
        pairs: Some(Pairs {
            flag: "--map",
            kind: PairKind::Columns,
            sample: ("email", "Work address"),
        }),
    },
    Table {
        name: "provider",
        about: "Where mail is fetched and sent.",
        keys: &[
            key(
                "id",
                "--provider",
                Kind::Text,
                "\"centurylink\"",
                "a built-in provider, a provider file, or \"auto\" to choose by the domain of each address",
            ),
            key(
                "protocol",
                "--protocol",
                Kind::OneOf(&["imap", "pop"]),
                "\"imap\"",
                "protocol for receiving mail",
            ),
            key(
                "allow_other_domains",
                "--allow-other-domains",
                Kind::Switch,
                "false",
                "allow addresses outside the provider's domains",
            ),
            key(
                "allow_cleartext",
                "--allow-cleartext",
                Kind::Switch,
                "false",
                "allow servers without TLS",
            ),
        ],
        pairs: None,
    },
    Table {
        name: "provider.set",
        about: "Settings of this provider that are changed.",
        keys: &[],
        pairs: Some(Pairs {
            flag: "--set",
            kind: PairKind::Settings,
            sample: ("imap.host", "mail.centurylink.net"),
        }),
    },
    Table {
        name: "output",
        about: "What is made.",
        keys: &[
            key("folder", "--out", Kind::Text, "\"out\"", "the folder to fill"),
            key(
                "strict",
                "--strict",
                Kind::Switch,
                "false",
                "write nothing if any row is at fault or the encoding is a guess",
            ),
            key(
                "only",
                "--only",
                Kind::Formats,
                "[\"sheet\", \"apple-profile\"]",
                "formats to make [default: all]",
            ),
            key(
                "organization",
                "--organization",
                Kind::Text,
                "\"Example Ltd\"",
                "name of your organization, shown on devices and on the sheet",
            ),
            key(
                "contact",
                "--contact",
                Kind::Text,
                "\"IT help desk, +1 555 0100\"",
                "contact for help, shown on the sheet",
            ),
            key(
                "language",
                "--language",
                Kind::Text,
                "\"en\"",
                "language of the sheet; a language column in the list wins",
            ),
            key(
                "identifier",
                "--identifier",
                Kind::Text,
                "\"local.mailmuster\"",
                "your domain in reverse; never change it between runs",
            ),
            key(
                "jobs",
                "--jobs",
                Kind::Number(1, super::value::MOST_JOBS),
                "4",
                "number of threads [default: one per core]",
            ),
        ],
        pairs: None,
    },
    Table {
        name: "signing",
        about: "Who signs. A passphrase never stands here, only where it is.",
        keys: &[
            key(
                "certificate",
                "--sign-cert",
                Kind::Text,
                "\"signer.pem\"",
                "PEM; its file may also hold the key and the chain",
            ),
            key("key", "--sign-key", Kind::Text, "\"signer.key\"", "its private key, PEM"),
            key(
                "chain",
                "--sign-chain",
                Kind::Text,
                "\"chain.pem\"",
                "intermediate certificates, PEM",
            ),
            key(
                "pkcs12",
                "--sign-p12",
                Kind::Text,
                "\"signer.p12\"",
                "or all of it in one PKCS#12 file",
            ),
            key(
                "pkcs12_name",
                "--sign-p12-name",
                Kind::Text,
                "\"Acme Mail\"",
                "which identity of several in it: name, subject or SHA-256",
            ),
            key(
                "passphrase_file",
                "--sign-passphrase-file",
                Kind::Text,
                "\"passphrase.txt\"",
                "a file whose first line is the passphrase",
            ),
            key(
                "passphrase_env",
                "--sign-passphrase-env",
                Kind::Text,
                "\"SIGN_PASSPHRASE\"",
                "or an environment variable that holds it",
            ),
            key("unsigned", "--unsigned", Kind::Switch, "false", "sign nothing"),
            key(
                "require_identity",
                "--require-identity",
                Kind::Switch,
                "false",
                "never sign with the development identity",
            ),
            key(
                "self_check",
                "--no-self-check",
                Kind::Switch,
                "true",
                "verify each signature after it is made",
            ),
        ],
        pairs: None,
    },
    Table {
        name: "signing.scripts",
        about: "Another identity for scripts.",
        keys: &[
            key(
                "certificate",
                "--script-cert",
                Kind::Text,
                "\"code.pem\"",
                "PEM; its file may also hold the key and the chain",
            ),
            key("key", "--script-key", Kind::Text, "\"code.key\"", "its private key, PEM"),
            key(
                "chain",
                "--script-chain",
                Kind::Text,
                "\"code-chain.pem\"",
                "intermediate certificates, PEM",
            ),
            key(
                "pkcs12",
                "--script-p12",
                Kind::Text,
                "\"code.p12\"",
                "or all of it in one PKCS#12 file",
            ),
            key(
                "pkcs12_name",
                "--script-p12-name",
                Kind::Text,
                "\"Acme Code\"",
                "which identity of several in it: name, subject or SHA-256",
            ),
            key(
                "passphrase_file",
                "--script-passphrase-file",
                Kind::Text,
                "\"code-passphrase.txt\"",
                "a file whose first line is the passphrase",
            ),
            key(
                "passphrase_env",
                "--script-passphrase-env",
                Kind::Text,
                "\"SCRIPT_PASSPHRASE\"",
                "or an environment variable that holds it",
            ),
        ],
        pairs: None,
    },
];

/// Flags of `generate` and `check` that have no key, each with the reason.
#[cfg(test)]
pub(crate) const WITHOUT_KEY: &[(&str, &str)] = &[
    ("--at", "it speaks of one run"),
    ("--config", "it names the file"),
    ("--exit-base", "it belongs to whatever starts the program"),
    ("--explain-columns", "it asks a question"),
    ("--help", "it asks a question"),
    ("--json", "it belongs to whatever starts the program"),
    ("--no-config", "it puts the file aside"),
    ("--quiet", "it belongs to whatever starts the program"),
    ("--script-passphrase-fd", "a descriptor is open in one run only"),
    ("--sign-passphrase-fd", "a descriptor is open in one run only"),
    ("--trust-folder", "who types it vouches for the folder; a file in it must not"),
    ("--version", "it asks a question"),
    ("--write-rejects", "it asks for one more file once"),
];

const fn key(
    name: &'static str,
    flag: &'static str,
    kind: Kind,
    sample: &'static str,
    about: &'static str,
) -> Key {
    Key { name, flag, kind, sample, about }
}
