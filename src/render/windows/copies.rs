//! The copies of the script that agents run without arguments: those of one person for an MDM, and those of a fleet, in
//! which each Windows user finds their own accounts.

use super::{
    Account, Block, Data, DefaultAction, PARTS, SCRIPT, WindowsScript, checked, is_script, script,
};
use crate::artifact::{Draft, FileBytes, FileName};
use crate::domain::account::PersonAccounts;
use crate::render::literal::{GuardedText, ascii_json};
use crate::render::{
    Form, Format, Part, ReadError, RenderError, Renderer, Renderers, Setup, Stated,
};

/// The script of `person` in the two copies that an MDM runs without arguments: one looks whether the accounts are
/// set up, the other sets them up.
pub(crate) fn managed_scripts(
    person: &PersonAccounts,
    setup: &Setup,
) -> Result<[Draft; 2], RenderError> {
    let draft = |action, name| {
        let content = script(person, setup, action)
            .map_err(|error| RenderError::new(&WindowsScript, error))?;
        let (file_name, signature) = (FileName::new(["windows", name]), SCRIPT.signature);
        Ok(Draft { file_name, content, signature })
    };
    Ok([
        draft(DefaultAction::Detect, "Detect-MailAccount.ps1")?,
        draft(DefaultAction::Install, "Set-MailAccount.ps1")?,
    ])
}

/// The formats of fleet scripts, which no bundle has and no option names.
pub(crate) const FLEET: &Renderers = &[&INSTALL, &DETECT, &REMOVE];

/// A fleet script with one action.
struct FleetScript {
    action: DefaultAction,
    format: &'static Format,
}

const INSTALL: FleetScript = FleetScript {
    action: DefaultAction::Install,
    format: &Format {
        id: "windows-fleet-install",
        about: "PowerShell script that sets up the accounts of the Windows user at the PC",
        opens_with: OPENS_WITH,
        ..SCRIPT
    },
};

const DETECT: FleetScript = FleetScript {
    action: DefaultAction::Detect,
    format: &Format {
        id: "windows-fleet-detect",
        about: "PowerShell script that detects whether the accounts of the Windows user at the PC are set up",
        opens_with: OPENS_WITH,
        ..SCRIPT
    },
};

const REMOVE: FleetScript = FleetScript {
    action: DefaultAction::Remove,
    format: &Format {
        id: "windows-fleet-remove",
        about: "PowerShell script that takes back what was not imported yet for the Windows user at the PC, and names finished accounts",
        opens_with: OPENS_WITH,
        ..SCRIPT
    },
};

const OPENS_WITH: &str =
    "Windows PowerShell 5.1 or PowerShell 7, through Group Policy, Intune or any RMM agent";

impl Renderer for FleetScript {
    fn format(&self) -> &'static Format {
        self.format
    }

    fn file_name(&self, _: &str, _: usize) -> FileName {
        FileName::new([&format!("{}-Mail.ps1", self.action.id())])
    }

    /// The script of a fleet of one person, whose Windows user is the address.
    fn render(
        &self,
        Part { person, .. }: Part<'_>,
        setup: &Setup,
    ) -> Result<FileBytes, RenderError> {
        let accounts = FleetAccounts::of(person, person.first.address.as_str(), setup)?;
        self.content(&person.first.provider.name, &[&accounts])
    }

    fn read(&self, content: &[u8]) -> Result<Vec<Stated>, ReadError> {
        WindowsScript.read(content)
    }

    fn check_form(&self, content: &[u8]) -> Result<Form, ReadError> {
        checked(content, self.action, |user| !user.is_empty())
    }

    fn looks_like(&self, content: &[u8]) -> bool {
        let of_action = |data: Data| data.default_action.as_str() == self.action.id();
        is_for_a_fleet(content)
            && Block::of(content).and_then(|block| block.data()).is_ok_and(of_action)
    }
}

impl FleetScript {
    fn content(&self, provider: &str, people: &[&FleetAccounts]) -> Result<FileBytes, RenderError> {
        let (shared, after) = *PARTS;
        let data = Data::about(self.action, GuardedText::new(provider), Vec::new());
        let mut own = ascii_json(&data).map_err(|error| RenderError::new(self, error))?;
        // the accounts are the last member of the block
        own.truncate(own.len() - CLOSING.len());
        for (number, FleetAccounts(accounts)) in people.iter().enumerate() {
            if number > 0 {
                own.push(b',');
            }
            own.extend_from_slice(accounts);
        }
        own.extend_from_slice(CLOSING);
        own.extend_from_slice(after.as_bytes());
        Ok(FileBytes { shared: shared.as_bytes(), own })
    }
}

/// What follows the accounts in a data block.
const CLOSING: &[u8] = b"]}";

/// Whether the script `content` names Windows users.
pub(in crate::render) fn is_for_a_fleet(content: &[u8]) -> bool {
    let names_a_user =
        |data: Data| data.accounts.iter().any(|account| !account.windows_user.as_str().is_empty());
    is_script(content) && Block::of(content).and_then(|block| block.data()).is_ok_and(names_a_user)
}

/// The accounts of one person as they are in the data block of a fleet script.
#[derive(Debug)]
pub(crate) struct FleetAccounts(Vec<u8>);

impl FleetAccounts {
    pub(crate) fn of(
        person: &PersonAccounts,
        windows_user: &str,
        setup: &Setup,
    ) -> Result<Self, RenderError> {
        // the same script for any order of rows
        let mut accounts: Vec<_> = person.iter().collect();
        accounts.sort_by(|one, other| one.key.cmp(&other.key));
        let accounts = accounts.into_iter().map(|it| Account::of(it, windows_user, setup));
        let json = ascii_json(&accounts.collect::<Vec<_>>())
            .map_err(|error| RenderError::new(&INSTALL, error))?;
        Ok(Self(json[1..json.len() - 1].to_vec()))
    }

    /// How much longer they make a script, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len() + ",".len()
    }
}

/// The copies of a fleet script, by what they do.
#[derive(Debug)]
pub(crate) struct AgentCopies<T> {
    pub(crate) install: T,
    pub(crate) detect: T,
    pub(crate) remove: T,
}

impl<T> AgentCopies<T> {
    /// All three, in the order in which they are written.
    pub(crate) fn all(&self) -> [&T; 3] {
        [&self.install, &self.detect, &self.remove]
    }

    /// Each copy made into something else.
    pub(crate) fn try_map<U, E>(
        self,
        mut make: impl FnMut(T) -> Result<U, E>,
    ) -> Result<AgentCopies<U>, E> {
        let (install, detect) = (make(self.install)?, make(self.detect)?);
        Ok(AgentCopies { install, detect, remove: make(self.remove)? })
    }
}

/// The scripts for `people`, whose file names end with `part`.
pub(crate) fn fleet_scripts(
    provider: &str,
    people: &[&FleetAccounts],
    part: &str,
) -> Result<AgentCopies<Draft>, RenderError> {
    let draft = |copy: &FleetScript| {
        Ok(Draft {
            file_name: FileName::new([&format!("{}-Mail-{part}.ps1", copy.action.id())]),
            content: copy.content(provider, people)?,
            signature: copy.format.signature,
        })
    };
    Ok(AgentCopies { install: draft(&INSTALL)?, detect: draft(&DETECT)?, remove: draft(&REMOVE)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::SignatureFormat;
    use crate::domain::identifier::ReverseDns;
    use crate::render::sample;
    use crate::render::{RENDERERS, recognize};

    fn people() -> Vec<PersonAccounts> {
        sample::samples().into_iter().map(|(_, person)| person).take(3).collect()
    }

    fn setup() -> Setup {
        Setup::of(ReverseDns::try_from("com.example").unwrap())
    }

    /// The scripts of the sample people, whose Windows users have numbers.
    fn scripts() -> AgentCopies<Vec<u8>> {
        let accounts = |(number, person): (usize, &PersonAccounts)| {
            FleetAccounts::of(person, &format!("CORP\\o'{number}"), &setup()).unwrap()
        };
        let accounts: Vec<_> = people().iter().enumerate().map(accounts).collect();
        let copies = fleet_scripts("Acme", &accounts.iter().collect::<Vec<_>>(), "1-of-2").unwrap();
        assert_eq!(copies.remove.file_name.as_str(), "Remove-Mail-1-of-2.ps1");
        let AgentCopies { install, detect, remove } = copies;
        let bytes = |draft: Draft| draft.content.to_vec();
        AgentCopies { install: bytes(install), detect: bytes(detect), remove: bytes(remove) }
    }

    #[test]
    fn the_accounts_of_everybody_are_read_back_with_their_windows_users() {
        let AgentCopies { install, detect, remove } = scripts();
        let expected: Vec<Stated> = people()
            .iter()
            .enumerate()
            .flat_map(|(number, person)| {
                let windows_user = Some(format!("CORP\\o'{number}"));
                let mut accounts: Vec<_> = person.iter().collect();
                accounts.sort_by(|one, other| one.key.cmp(&other.key));
                let stated: Vec<Stated> = accounts
                    .into_iter()
                    .map(|account| Stated { windows_user: windows_user.clone(), ..account.into() })
                    .collect();
                stated
            })
            .collect();
        for (copy, content) in [(&INSTALL, &install), (&DETECT, &detect), (&REMOVE, &remove)] {
            assert_eq!(copy.read(content).unwrap(), expected);
            assert_eq!(copy.check_form(content).unwrap(), Form::Whole);
            for renderer in RENDERERS.iter().chain(crate::render::removal::REMOVAL).chain(FLEET) {
                let is_own = renderer.format().id == copy.format.id;
                assert_eq!(renderer.looks_like(content), is_own, "{renderer:?}");
            }
            assert!(content.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')));
        }
        assert!(INSTALL.check_form(&detect).is_err(), "it does something else");
    }

    #[test]
    fn a_script_with_an_account_for_anybody_is_refused_among_those_of_a_fleet() {
        let text = String::from_utf8(scripts().install).unwrap();
        let anybody =
            text.replacen("\"windowsUser\":\"=CORP\\\\o\\u00271\"", "\"windowsUser\":\"=\"", 1);
        assert_ne!(text, anybody);
        assert!(INSTALL.looks_like(anybody.as_bytes()));
        assert!(INSTALL.check_form(anybody.as_bytes()).is_err());
    }

    #[test]
    fn a_fleet_script_is_not_that_of_a_person_and_the_other_way_round() {
        let fleet = scripts().install;
        assert!(WindowsScript.check_form(&fleet).is_err());
        let person = &people()[0];
        let own = WindowsScript.render(Part::from(person), &setup()).unwrap().to_vec();
        assert!(INSTALL.check_form(&own).is_err());
        // in a bundle nothing else looks for it
        let found = recognize(RENDERERS, SignatureFormat::AuthenticodeScript, Some(&fleet));
        assert_eq!(found.unwrap().format().id, "windows-script");
    }

    #[test]
    fn the_length_of_accounts_is_what_they_add_to_a_script() {
        let accounts: Vec<_> = people()
            .iter()
            .map(|person| FleetAccounts::of(person, "ada", &setup()).unwrap())
            .collect();
        let size = |people: &[&FleetAccounts]| INSTALL.content("Acme", people).unwrap().len();
        let all: Vec<&FleetAccounts> = accounts.iter().collect();
        let added: usize = accounts.iter().map(FleetAccounts::len).sum();
        assert_eq!(size(&all), size(&[]) + added - 1, "no comma before the first");
    }
}
