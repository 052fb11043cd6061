//! The examples of every command, for `--help` and the man pages.

use super::End;

/// A command line, and what it does.
pub(super) struct Example {
    pub(super) line: &'static str,
    pub(super) does: &'static str,
}

/// What the help of a command adds to clap's own text.
pub(super) struct Extra {
    /// The words after `mailmuster`.
    command: &'static str,
    pub(super) end: End,
    pub(super) examples: &'static [Example],
}

/// What is added to the help of `command`, the words after `mailmuster`.
pub(super) fn extra_of(command: &str) -> Option<&'static Extra> {
    EXTRAS.iter().find(|extra| extra.command == command)
}

const EXTRAS: &[Extra] = &[
    Extra {
        command: "",
        end: End::Everything,
        examples: &[
            Example {
                line: "mailmuster check staff.csv",
                does: "Report what is wrong with a list, write nothing",
            },
            Example {
                line: "mailmuster generate staff.csv --out out --sign-cert signer.pem --sign-key key.pem",
                does: "Make a signed bundle for every person in the list",
            },
            Example {
                line: "mailmuster verify out --ca ca.pem",
                does: "Check every file of that run against an authority",
            },
        ],
    },
    Extra {
        command: "generate",
        end: End::Fields,
        examples: &[
            Example {
                line: "mailmuster generate staff.csv",
                does: "Make what changed since the last run, with the mailmuster.toml next to the list",
            },
            Example {
                line: "mailmuster generate staff.csv --out out --sign-p12 signer.p12",
                does: "The same without config file, signed with a certificate of your own",
            },
            Example {
                line: "mailmuster generate new.csv --out out --add",
                does: "Further people for a folder; nobody leaves",
            },
            Example {
                line: "mailmuster generate staff.xlsx --out out --map 'email=Work address' --only apple-profile,sheet",
                does: "Name the column of the addresses, and make two formats only",
            },
        ],
    },
    Extra {
        command: "check",
        end: End::Fields,
        examples: &[
            Example { line: "mailmuster check staff.csv", does: "Report every fault of a list" },
            Example {
                line: "mailmuster check staff.csv --explain-columns",
                does: "Tell the use of each column, and why",
            },
            Example {
                line: "mailmuster check staff.csv --write-rejects rejects.csv",
                does: "Copy the refused rows, each with the reason, to be corrected",
            },
        ],
    },
    Extra {
        command: "plan",
        end: End::Plan,
        examples: &[
            Example {
                line: "mailmuster plan staff.csv --out out",
                does: "Show who would get new files, who joined and who left",
            },
            Example {
                line: "mailmuster plan staff.csv --exit-code --quiet && echo nothing to do",
                does: "Ask in a script whether a run is needed, with the mailmuster.toml next to the list",
            },
        ],
    },
    Extra {
        command: "status",
        end: End::Status,
        examples: &[
            Example {
                line: "mailmuster status out",
                does: "Count people, name signers and list the last runs",
            },
            Example {
                line: "mailmuster status out --expiring 30 || echo renew the certificate",
                does: "Ask in a script whether a certificate ends soon",
            },
        ],
    },
    Extra {
        command: "history",
        end: End::Plain,
        examples: &[
            Example { line: "mailmuster history out", does: "List the runs into a folder" },
            Example {
                line: "mailmuster history out ada@example.com",
                does: "Tell what happened to one person",
            },
        ],
    },
    Extra {
        command: "rename",
        end: End::Codes,
        examples: &[Example {
            line: "mailmuster rename bob@example.com robert@example.com --out out",
            does: "Keep the account on devices when the next list has the new address",
        }],
    },
    Extra {
        command: "resign",
        end: End::Codes,
        examples: &[Example {
            line: "mailmuster resign out --sign-p12 renewed.p12",
            does: "Sign all files again after a renewal; the list is not needed",
        }],
    },
    Extra {
        command: "retire",
        end: End::Codes,
        examples: &[
            Example {
                line: "mailmuster retire --person bob@example.com --out out",
                does: "Retire one person",
            },
            Example {
                line: "mailmuster retire staff.csv --out out",
                does: "Retire everybody whom the list does not name",
            },
        ],
    },
    Extra {
        command: "export",
        end: End::Fields,
        examples: &[
            Example {
                line: "mailmuster export jamf staff.csv --out jamf",
                does: "One profile, in which Jamf Pro fills in the person, and the people whom it does not fit",
            },
            Example {
                line: "mailmuster export intune staff.csv --per-person --out intune",
                does: "A profile for each person",
            },
            Example {
                line: "mailmuster export windows staff.csv --out scripts --map 'directory_user=Windows user'",
                does: "Signed scripts with everybody's accounts, for Group Policy or an RMM agent",
            },
            Example {
                line: "mailmuster export hosting --domain example.com --provider acme.toml --out hosting",
                does: "What mail apps fetch from your domain",
            },
        ],
    },
    Extra {
        command: "probe",
        end: End::Codes,
        examples: &[
            Example {
                line: "mailmuster probe",
                does: "Ask the servers of CenturyLink, or those of the mailmuster.toml here",
            },
            Example {
                line: "mailmuster probe staff.csv --write",
                does: "Also those that the list names, and put what works into mailmuster.toml",
            },
            Example {
                line: "mailmuster probe --provider acme.toml --ca acme-ca.pem",
                does: "Servers of your own, with an authority of your own",
            },
            Example {
                line: "mailmuster probe --sign-in ada@centurylink.net",
                does: "Sign in once with one mailbox, and see whether it may send",
            },
            Example {
                line: "mailmuster probe staff.csv --sign-in --sample 5",
                does: "The same with five mailboxes of a list that has passwords",
            },
            Example {
                line: "mailmuster probe --since probe.json",
                does: "Report what has changed since `mailmuster probe --json > probe.json`",
            },
        ],
    },
    Extra {
        command: "init",
        end: End::Fields,
        examples: &[
            Example {
                line: "mailmuster init staff.csv",
                does: "Ask a few questions and write mailmuster.toml next to the list",
            },
            Example {
                line: "mailmuster init staff.csv --yes --organization 'Example Ltd' --identifier com.example.mail",
                does: "The same without questions",
            },
        ],
    },
    Extra {
        command: "verify",
        end: End::Codes,
        examples: &[
            Example {
                line: "mailmuster verify out --ca signer/ca.pem",
                does: "Check every file of a folder, and that this authority's signer made it",
            },
            Example {
                line: "mailmuster verify lovelace-ada.zip --ca signer/ca.pem",
                does: "Check one bundle",
            },
        ],
    },
    Extra {
        command: "inspect",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster inspect lovelace-ada.zip signer/cert.pem",
            does: "Tell in plain words what is in a bundle and in a certificate",
        }],
    },
    Extra {
        command: "identity",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster identity new --out signer --name 'Example Ltd Mail'",
            does: "Make an authority and a signer of your own",
        }],
    },
    Extra {
        command: "identity new",
        end: End::Plain,
        examples: &[
            Example {
                line: "mailmuster identity new --out signer --name 'Example Ltd Mail'",
                does: "Make an authority and a signer of your own, for two years",
            },
            Example {
                line: "mailmuster identity new --out signer --ca-key /media/stick/ca-key.pem",
                does: "Keep the key of the authority elsewhere",
            },
        ],
    },
    Extra {
        command: "identity renew",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster identity renew signer --out signer-2028",
            does: "Issue a new certificate for the same key; `resign` or `generate` uses it",
        }],
    },
    Extra {
        command: "identity show",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster identity show signer/cert.pem",
            does: "Tell until when a certificate is valid, and what it may sign",
        }],
    },
    Extra {
        command: "provider",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster provider list",
            does: "List the built-in providers with their domains",
        }],
    },
    Extra {
        command: "provider list",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster provider list --json",
            does: "List the built-in providers for a program",
        }],
    },
    Extra {
        command: "provider show",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster provider show centurylink > acme.toml",
            does: "Begin a provider file of your own with a copy",
        }],
    },
    Extra {
        command: "provider check",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster provider check acme.toml",
            does: "Report what is wrong or doubtful in a provider file",
        }],
    },
    Extra {
        command: "provider import",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster provider import config-v1.1.xml > acme.toml",
            does: "Make a provider file from Mozilla's format",
        }],
    },
    Extra {
        command: "completions",
        end: End::Plain,
        examples: &[
            Example {
                line: "mailmuster completions bash > ~/.local/share/bash-completion/completions/mailmuster",
                does: "Bash, for one user (`mkdir -p` makes the folder)",
            },
            Example {
                line: "mailmuster completions zsh > ~/.zfunc/_mailmuster",
                does: "Zsh, if ~/.zshrc has `fpath+=~/.zfunc` before `compinit`",
            },
            Example {
                line: "mailmuster completions fish > ~/.config/fish/completions/mailmuster.fish",
                does: "Fish (`mkdir -p` makes the folder)",
            },
            Example { line: "mailmuster completions powershell >> $PROFILE", does: "PowerShell" },
        ],
    },
    Extra {
        command: "man",
        end: End::Plain,
        examples: &[Example {
            line: "mailmuster man ~/.local/share/man/man1",
            does: "Then `man mailmuster` and `man mailmuster-generate` show them",
        }],
    },
];
