//! The choices that a new file holds: typed, answered, or the defaults.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::list::Look;
use super::{InitError, folder_of};
use crate::cli::args::InitArgs;
use crate::cli::message::Console;
use crate::cli::questions::{Ended, NONE, Questions, or_none};
use crate::config::value;
use crate::config::write::NewFile;
use crate::diagnostic::{Diagnostic, Notice};
use crate::domain::host::Domain;
use crate::domain::identifier::ReverseDns;
use crate::domain::server::IncomingProtocol;
use crate::input::columns::{ColumnError, Field, Map, Place, Target};
use crate::input::{InputError, ReadOptions};
use crate::provider::{
    AUTOMATIC, BUILT_IN, DEFAULT_PROVIDER, Policy, Provider, ProviderError, Resolver,
};
use crate::sign::identity::IdentityFiles;

/// The folder that is proposed, beside the file.
const OUT: &str = "out";

/// Everything `init` asks for. Paths are as they were typed: from the current folder.
#[derive(Debug)]
pub(super) struct Choices {
    read: ReadOptions,
    look: Look,
    provider: String,
    protocol: IncomingProtocol,
    organization: Option<String>,
    identifier: Option<ReverseDns>,
    out: PathBuf,
    signer: Option<IdentityFiles>,
}

impl Choices {
    /// What `args` say; the rest is asked, or the default where nobody can be.
    pub(super) fn make<R: BufRead>(
        args: &InitArgs,
        list: Option<&Path>,
        path: &Path,
        questions: Option<&mut Questions<'_, R>>,
        console: &Console,
    ) -> Result<Self, InitError> {
        let pem = |certificate: &PathBuf| IdentityFiles::Pem {
            certificate: certificate.clone(),
            key: args.sign_key.clone(),
            chain: args.sign_chain.clone(),
        };
        let pkcs12 = || args.sign_p12.clone().map(IdentityFiles::Pkcs12);
        let typed = args.sign_cert.as_ref().map(pem).or_else(pkcs12);
        let mut choices = Self {
            read: ReadOptions {
                encoding: args.encoding,
                delimiter: args.delimiter,
                comment: None,
                columns: args.columns.clone(),
                sheet: args.sheet.clone(),
                maps: args.map.clone(),
            },
            look: Look::default(),
            provider: args.provider.clone().unwrap_or_else(|| DEFAULT_PROVIDER.to_owned()),
            protocol: IncomingProtocol::Imap,
            organization: args.organization.clone(),
            identifier: args.identifier.clone(),
            out: args.out.clone().unwrap_or_else(|| folder_of(path).join(OUT)),
            signer: typed,
        };
        choices.protocol = usual_protocol(&choices.provider)?;
        if let Some(protocol) = args.protocol {
            choices.protocol = protocol.into();
        }
        match questions {
            Some(questions) => {
                choices.look(list, Some(&mut *questions), console)?;
                choices.ask(args, questions)?;
            }
            None => choices.look(list, None::<&mut Questions<'_, R>>, console)?,
        }
        if let Err(error) = resolver(&choices.provider, choices.protocol) {
            console.notice(&Notice {
                hint: error.hint(),
                ..Notice::warning("provider-unusable", &error)
            });
        }
        Ok(choices)
    }

    /// Looks at the list. Whoever can be asked says which column has the addresses.
    fn look<R: BufRead>(
        &mut self,
        list: Option<&Path>,
        questions: Option<&mut Questions<'_, R>>,
        console: &Console,
    ) -> Result<(), InitError> {
        let Some(list) = list else {
            return Ok(());
        };
        self.look = match (Look::at(list, &self.read, console), questions) {
            (Err(InputError::Columns(error @ ColumnError::NoEmail { .. })), Some(questions)) => {
                console.line(&error);
                let header = questions.ask("the column of addresses", "#1", |answer| {
                    Ok(Place::Header(answer.to_owned()))
                })?;
                self.read.maps.push(Map { target: Target::Field(Field::Email), place: header });
                Look::at(list, &self.read, console)?
            }
            (look, _) => look?,
        };
        Ok(())
    }

    /// Asks for what `args` do not say.
    fn ask<R: BufRead>(
        &mut self,
        args: &InitArgs,
        questions: &mut Questions<'_, R>,
    ) -> Result<(), Ended> {
        if args.provider.is_none() {
            let provider = |id: &str| match usual_protocol(id) {
                Ok(protocol) => Ok((id.to_owned(), protocol)),
                Err(error) => Err(told(&error)),
            };
            (self.provider, self.protocol) =
                questions.ask("provider: id, file or auto", &self.provider, provider)?;
        }
        if let Some(protocol) = args.protocol {
            self.protocol = protocol.into();
        } else {
            let proposal = self.protocol.id();
            self.protocol = questions.ask("protocol: imap or pop", proposal, value::protocol)?;
        }
        if args.organization.is_none() {
            self.organization =
                questions.ask("organization, as devices show it", NONE, |answer| {
                    or_none(answer, value::organization)
                })?;
        }
        if args.identifier.is_none() {
            let proposal = self.look.domain.clone().unwrap_or_else(|| NONE.to_owned());
            self.identifier = questions.ask(
                "your own domain, for identifiers on devices",
                &proposal,
                |answer| or_none(answer, identifier),
            )?;
        }
        if args.out.is_none() {
            let proposal = self.out.display().to_string();
            self.out = questions.ask("folder to fill", &proposal, |answer| Ok(answer.into()))?;
        }
        if self.signer.is_none() {
            let certificate = questions.file("certificate that signs (PEM, PKCS#12)", NONE)?;
            let is_pem = certificate.as_deref().is_some_and(|file| !is_pkcs12(file));
            let (mut key, mut chain) = (None, None);
            if is_pem {
                key = questions.file("its private key; none: in the same file", NONE)?;
                chain = questions.file("intermediate certificates", NONE)?;
            }
            self.signer = signer(certificate, key, chain);
        }
        Ok(())
    }

    /// The file's text, for a file in `folder`.
    pub(super) fn to_toml(&self, folder: &Path) -> String {
        let mut file = NewFile::default();
        let ReadOptions { encoding, delimiter, columns, sheet, .. } = &self.read;
        if let Some(encoding) = encoding {
            file.text("list", "encoding", &encoding.to_string());
        }
        match delimiter {
            Some(b'\t') => file.text("list", "delimiter", "tab"),
            Some(delimiter) => file.text("list", "delimiter", &char::from(*delimiter).to_string()),
            None => {}
        }
        if let Some(columns) = columns {
            file.list("list", "columns", &columns.names());
        }
        if let Some(sheet) = sheet {
            file.text("list", "sheet", sheet);
        }
        for map in &self.read.maps {
            let header = match &map.place {
                Place::Header(header) => header,
                Place::Nowhere => "-",
            };
            file.pair("columns", &map.target.to_string(), header);
        }
        for (field, header) in &self.look.found {
            file.show("columns", field, header);
        }
        let is_file =
            self.provider != AUTOMATIC && BUILT_IN.iter().all(|(id, _)| *id != self.provider);
        if is_file {
            file.text("provider", "id", &rebased(Path::new(&self.provider), folder));
        } else {
            file.text("provider", "id", &self.provider);
        }
        file.text("provider", "protocol", self.protocol.id());
        file.text("output", "folder", &rebased(&self.out, folder));
        if let Some(organization) = &self.organization {
            file.text("output", "organization", organization);
        }
        if let Some(identifier) = &self.identifier {
            file.text("output", "identifier", identifier.as_str());
        }
        match &self.signer {
            Some(IdentityFiles::Pkcs12(path)) => {
                file.text("signing", "pkcs12", &rebased(path, folder));
            }
            Some(IdentityFiles::Pem { certificate, key, chain }) => {
                file.text("signing", "certificate", &rebased(certificate, folder));
                for (name, path) in [("key", key), ("chain", chain)] {
                    if let Some(path) = path {
                        file.text("signing", name, &rebased(path, folder));
                    }
                }
            }
            None => {}
        }
        file.to_toml()
    }
}

/// How mail is fetched from the provider `id`, if there is one that files can set up.
fn usual_protocol(id: &str) -> Result<IncomingProtocol, ProviderError> {
    if id == AUTOMATIC {
        return Ok(IncomingProtocol::Imap);
    }
    let provider = Provider::load(id)?;
    if let Some(reason) = provider.refused {
        return Err(ProviderError::Refused { provider: provider.name, reason });
    }
    let has_imap =
        provider.incoming.iter().any(|(protocol, _)| *protocol == IncomingProtocol::Imap);
    Ok(if has_imap { IncomingProtocol::Imap } else { IncomingProtocol::Pop })
}

/// What a run will do about the provider.
fn resolver(id: &str, protocol: IncomingProtocol) -> Result<Resolver, ProviderError> {
    if id == AUTOMATIC {
        Resolver::automatic(protocol, Policy::default())
    } else {
        Resolver::new(Provider::load(id)?, protocol, &[], Policy::default())
    }
}

/// `error` and its cure on one line.
fn told(error: &dyn Diagnostic) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// The identifier that begins with `domain`, backwards.
fn identifier(domain: &str) -> Result<ReverseDns, String> {
    let domain = Domain::try_from(domain).map_err(|error| format!("`{domain}`: {error}"))?;
    let own = domain.as_str();
    let labels: Vec<&str> = own.strip_prefix("mail.").unwrap_or(own).rsplit('.').collect();
    ReverseDns::try_from(format!("{}.mail", labels.join(".")).as_str())
        .map_err(|error| error.to_string())
}

fn is_pkcs12(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ending.eq_ignore_ascii_case("p12") || ending.eq_ignore_ascii_case("pfx")
}

fn signer(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    chain: Option<PathBuf>,
) -> Option<IdentityFiles> {
    let certificate = certificate?;
    Some(if is_pkcs12(&certificate) {
        IdentityFiles::Pkcs12(certificate)
    } else {
        IdentityFiles::Pem { certificate, key, chain }
    })
}

/// `path`, which starts from the current folder, as it is said in a file in `folder`.
fn rebased(path: &Path, folder: &Path) -> String {
    let is_here = folder.as_os_str().is_empty() || folder == Path::new(".");
    let rebased = match path.strip_prefix(folder) {
        _ if is_here || path.is_absolute() => path.to_owned(),
        Ok(below) => below.to_owned(),
        Err(_) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    };
    rebased.display().to_string()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::{Cli, Command, GlobalArgs};
    use crate::config::Config;

    /// The file that `init` makes in `clients` from `flags` and `answers`.
    fn made(flags: &[&str], answers: &str) -> Result<Config, InitError> {
        let console = Console::new(&GlobalArgs { json: false, quiet: true, exit_base: 0 });
        let words = ["mailmuster", "init"].iter().chain(flags);
        let Command::Init(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("another command");
        };
        let path = Path::new("clients/mailmuster.toml");
        let mut questions = Questions::new(answers.as_bytes(), &console);
        let choices = Choices::make(&args, None, path, Some(&mut questions), &console)?;
        let folder = folder_of(path);
        Ok(Config::parse("mailmuster.toml", folder, &choices.to_toml(folder)).unwrap())
    }

    #[test]
    fn answers_become_the_file() {
        let answers = "nobody\ncenturylink\npop\nExample Ltd\nmail.example.com\n\nnone\n";
        let config = made(&[], answers).unwrap();
        assert_eq!(config.provider.id.as_deref(), Some("centurylink"));
        assert_eq!(config.provider.protocol, Some(IncomingProtocol::Pop));
        assert_eq!(config.output.organization.as_deref(), Some("Example Ltd"));
        assert_eq!(config.output.identifier.unwrap().as_str(), "com.example.mail");
        assert_eq!(config.output.folder.as_deref(), Some(Path::new("clients/out")));
        assert!(config.signing.profiles.is_none());
    }

    #[test]
    fn blank_answers_are_the_proposals() {
        let config = made(&[], "\n\n\n\n\n\n").unwrap();
        assert_eq!(config.provider.id.as_deref(), Some(DEFAULT_PROVIDER));
        assert_eq!(config.provider.protocol, Some(IncomingProtocol::Imap));
        assert_eq!(config.output.organization, None);
        assert_eq!(config.output.identifier, None);
    }

    #[test]
    fn what_is_typed_is_not_asked() {
        let flags = [
            "--provider=auto",
            "--protocol=pop",
            "--organization=E",
            "--identifier=com.example",
            "--out=clients/x",
            "--sign-p12=/id/signer.bin",
        ];
        let config = made(&flags, "").unwrap();
        assert_eq!(config.provider.id.as_deref(), Some("auto"));
        assert_eq!(config.output.folder.as_deref(), Some(Path::new("clients/x")));
        let files = config.signing.profiles.unwrap().files;
        assert!(
            matches!(files, IdentityFiles::Pkcs12(file) if file == Path::new("/id/signer.bin"))
        );
    }

    #[test]
    fn whoever_goes_away_leaves_no_file() {
        assert!(matches!(made(&[], "centurylink\n"), Err(InitError::Answers(_))));
    }

    #[test]
    fn a_path_is_said_from_the_folder_of_the_file() {
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new("a")), "b.pem");
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new("")), "a/b.pem");
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new(".")), "a/b.pem");
        assert!(Path::new(&rebased(Path::new("b.pem"), Path::new("a"))).is_absolute());
    }
}
