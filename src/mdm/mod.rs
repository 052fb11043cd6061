//! Accounts in, files for a mobile device management (MDM) out. Pure, like `render`: signs nothing, sees no
//! folder, and never talks to an MDM. A new MDM is a file with an [`Mdm`], and its line in [`MDMS`].

use std::fmt;

use thiserror::Error;

use crate::artifact::Artifact;
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::account::PersonAccounts;
use crate::domain::directory::Directory;
use crate::domain::shared::SharedAccount;
use crate::domain::slug::Slug;
use crate::render::managed::{ManagedForm, ProfileOf, managed};
use crate::render::windows::AgentCopies;
use crate::render::{RenderError, Setup};

mod fleet;
mod graph;
mod intune;
mod jamf;
mod object;
mod readme;
mod variable;
mod win32;

pub(crate) use object::{Body, ExportedFile, Line, Made, Name, Own};
pub(crate) use readme::{Numbers, WindowsNumbers};
pub(crate) use variable::{Holds, Variable};

/// Every MDM.
pub(crate) const MDMS: &[&dyn Mdm] = &[&jamf::Jamf, &intune::Intune, &fleet::Fleet];

/// What is true of every export for one MDM.
#[derive(Debug)]
pub(crate) struct About {
    /// On the command line, and in `export.json`.
    pub(crate) id: &'static str,
    /// As its maker writes it.
    pub(crate) name: &'static str,
    /// What may hold a person's address; the first is the default.
    pub(crate) variables: &'static [Variable],
    /// The person's name, as a variable.
    pub(crate) full_name: &'static str,
    /// The program that sends the export, with its file name.
    pub(crate) helper: (&'static str, &'static str),
    /// The page that explains the export.
    pub(crate) readme: &'static str,
    pub(crate) pace: Pace,
    /// Whether people with Windows get the script, too.
    pub(crate) scripts: Scripts,
}

/// How fast an MDM takes requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// For each person.
    pub(crate) requests: u64,
    /// In a minute.
    pub(crate) a_minute: u64,
    /// Where that number is from.
    pub(crate) source: &'static str,
}

impl Pace {
    /// How long it takes to serve `people`, in whole minutes, rounded up.
    pub(crate) fn minutes(self, people: u64) -> u64 {
        (people * self.requests).div_ceil(self.a_minute)
    }
}

/// Whether an MDM runs scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scripts {
    Signed,
    None,
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) shape: Shape,
    /// What holds the address in a shared profile.
    pub(crate) variable: Variable,
    pub(crate) user_names: UserNames,
}

/// How people are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One profile, in which the MDM fills in the person.
    Shared,
    /// A profile for each person.
    PerPerson,
    /// What an earlier export made for each person is taken back.
    Retire,
}

impl Shape {
    /// The word in `export.json`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::PerPerson => "per-person",
            Self::Retire => "retire",
        }
    }
}

/// What people are called in the MDM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UserNames {
    /// By the column `directory_user` of the list
    Column,
    /// By the address of the mailbox
    Address,
    /// By the part of the address before `@`
    LocalPart,
}

/// A person as exports see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ManagedPerson<'a> {
    pub(crate) accounts: &'a PersonAccounts,
    pub(crate) directory: &'a Directory,
}

impl<'a> ManagedPerson<'a> {
    pub(crate) fn address(&self) -> &'a str {
        self.accounts.first.address.as_str()
    }

    /// In file names: that of the person's bundle.
    pub(crate) fn stem(&self) -> String {
        Slug::from(&self.accounts.first.address).as_str().to_owned()
    }

    /// What the MDM calls the person.
    pub(crate) fn user(&self, names: UserNames) -> Option<&'a str> {
        match names {
            UserNames::Column => self.directory.user.value().map(|user| user.as_str()),
            UserNames::Address => Some(self.address()),
            UserNames::LocalPart => Some(self.accounts.first.address.local_part()),
        }
    }

    /// Every text of the person that an export holds, with what it is.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let user = self.directory.user.value().map(|user| ("user name in the MDM", user.as_str()));
        let of_accounts = self.accounts.iter().flat_map(|account| {
            [
                ("address", account.address.as_str()),
                ("name", account.display_name.as_str()),
                ("user name", account.incoming.username.as_str()),
                ("user name for sending", account.outgoing.username.as_str()),
                ("name of the provider", account.provider.name.as_str()),
            ]
        });
        of_accounts.chain(user)
    }
}

/// Whose profile is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    Everybody(&'a SharedAccount),
    Person(ManagedPerson<'a>),
}

impl<'a> Subject<'a> {
    /// The person's key, or `shared`.
    fn id(&self) -> String {
        match self {
            Self::Everybody(_) => "shared".to_owned(),
            Self::Person(person) => person.accounts.key.to_string(),
        }
    }

    /// In file names: that of the person's bundle, or `shared`.
    fn stem(&self) -> String {
        match self {
            Self::Everybody(_) => "shared".to_owned(),
            Self::Person(person) => person.stem(),
        }
    }

    /// `CenturyLink`.
    fn provider(&self) -> &'a str {
        match self {
            Self::Everybody(account) => &account.provider.name,
            Self::Person(person) => &person.accounts.first.provider.name,
        }
    }

    /// The name in the console of the MDM: `what` with the address, which tells people apart.
    fn title(&self, what: &str) -> String {
        let provider = self.provider();
        match self {
            Self::Everybody(_) => format!("{provider} {what}"),
            Self::Person(person) => format!("{provider} {what} ({})", person.address()),
        }
    }

    /// The unsigned profile.
    fn profile(&self, setup: &Setup, form: &ManagedForm) -> Result<Vec<u8>, MdmError> {
        let of = match self {
            Self::Everybody(account) => ProfileOf::Everybody(account),
            Self::Person(person) => ProfileOf::Person(person.accounts),
        };
        Ok(managed(of, setup, form)?)
    }
}

/// Why a file for an MDM could not be made.
#[derive(Debug, Error)]
pub(crate) enum MdmError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A bug.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A bug as well.
    #[error("README.md cannot be made: {0}")]
    Readme(String),
}

/// The script of a person in the copies that an MDM runs, signed.
#[derive(Debug)]
pub(crate) struct SignedScripts {
    /// Says by its exit code whether the accounts are set up.
    pub(crate) detect: Artifact,
    /// Sets them up.
    pub(crate) install: Artifact,
}

/// The signed fleet scripts of one part, for an MDM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FleetPart<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    /// From 0: the same for a part whose number of siblings changes.
    pub(crate) number: usize,
    /// `1-of-4`, as in file names.
    pub(crate) name: &'a str,
    /// Where the scripts are in the export.
    pub(crate) folder: &'a str,
    pub(crate) scripts: &'a AgentCopies<Artifact>,
    pub(crate) check: SignatureCheck,
    /// How PCs run the scripts: the value of `-ExecutionPolicy`.
    pub(crate) policy: &'a str,
}

/// Whether the MDM asks the PC to trust the signer before it runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureCheck {
    /// The admin's own certificate has signed.
    Enforced,
    /// Nothing is signed, or by the development identity, which no PC trusts.
    Off,
}

/// Makes the files for one MDM.
pub(crate) trait Mdm: Sync {
    /// A constant of the MDM.
    fn about(&self) -> &'static About;

    /// The MDM's variable in `text`, which it would replace.
    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str>;

    /// Why the MDM cannot take a file with `text` in it, beyond variables.
    fn refuses_text(&self, _text: &str) -> Option<String> {
        None
    }

    /// Why this person cannot be served, if so.
    fn refuses(&self, _person: &ManagedPerson<'_>, _request: &Request) -> Option<Refusal> {
        None
    }

    /// Files that grow by lines, with their first lines.
    fn tables(&self, request: &Request) -> Vec<ExportedFile>;

    /// The table that puts right what a variable holds, if there is one.
    fn mends(&self, _request: &Request) -> Option<&'static str> {
        None
    }

    /// The lines of one person.
    fn lines(&self, person: &ManagedPerson<'_>, request: &Request) -> Vec<Line>;

    /// The profiles of `subject`, and what creates them.
    fn make(
        &self,
        subject: Subject<'_>,
        setup: &Setup,
        request: &Request,
    ) -> Result<Made, MdmError>;

    /// What a person's scripts become.
    fn scripts(
        &self,
        _person: &ManagedPerson<'_>,
        _scripts: &SignedScripts,
    ) -> Result<Made, MdmError> {
        Ok(Made::default())
    }

    /// What the fleet scripts of a part become.
    fn fleet_part(&self, _part: &FleetPart<'_>) -> Result<Made, MdmError> {
        Ok(Made::default())
    }

    /// The names of everything that may have been made for a person.
    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name>;
}

impl fmt::Debug for dyn Mdm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.about().id)
    }
}

/// The MDM with the id `id`.
pub(crate) fn by_id(id: &str) -> Option<&'static dyn Mdm> {
    MDMS.iter().copied().find(|mdm| mdm.about().id == id)
}

/// Why an MDM cannot have a person's files.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The MDM would put something else in its place.
    #[error("{mdm} would replace `{}` in the {what}", Shown(.variable))]
    Variable { mdm: &'static str, what: &'static str, variable: String },
    #[error("{mdm} cannot hold this {what}: {why}")]
    Text { mdm: &'static str, what: &'static str, why: String },
    #[error("the list does not say what {mdm} calls this person")]
    NoUser { mdm: &'static str },
    #[error("the {what} has {size} bytes, and {mdm} takes {most}")]
    TooLarge { mdm: &'static str, what: &'static str, size: usize, most: usize },
}

impl Refusal {
    /// For programs, stable.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Variable { .. } => "mdm-variable",
            Self::Text { .. } => "mdm-text",
            Self::NoUser { .. } => "mdm-no-user",
            Self::TooLarge { .. } => "mdm-too-large",
        }
    }
}

impl Diagnostic for Refusal {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Variable { .. } | Self::Text { .. } => {
                "correct the row, or give this person the files of `generate`".to_owned()
            }
            Self::NoUser { .. } => {
                "name the column with --map directory_user=HEADER, or say --user-names address or --user-names local-part".to_owned()
            }
            Self::TooLarge { .. } => "split the person's mailboxes over two ids".to_owned(),
        })
    }
}

/// Why `mdm` cannot have the files of `person`.
pub(crate) fn refusal(
    mdm: &dyn Mdm,
    person: &ManagedPerson<'_>,
    request: &Request,
) -> Option<Refusal> {
    let name = mdm.about().name;
    let of_text = |(what, text): (&'static str, &str)| {
        if let Some(variable) = mdm.variable_in(text) {
            return Some(Refusal::Variable { mdm: name, what, variable: variable.to_owned() });
        }
        mdm.refuses_text(text).map(|why| Refusal::Text { mdm: name, what, why })
    };
    person.texts().find_map(of_text).or_else(|| mdm.refuses(person, request))
}
