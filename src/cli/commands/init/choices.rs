//! The choices that a new file holds: typed, answered, or the defaults.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::list::Look;
use super::own::{OWN, OwnProvider, OwnServers};
use super::{InitArgs, folder_of};
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::questions::{Ended, NONE, Questions, or_none};
use crate::clock::Clock;
use crate::config::value;
use crate::diagnostic::{Diagnostic, Notice};
use crate::domain::host::Domain;
use crate::domain::identifier::ReverseDns;
use crate::domain::server::IncomingProtocol;
use crate::input::columns::{ColumnError, Field, Map, Place, Target};
use crate::input::{InputError, InputErrorKind, ReadOptions};
use crate::provider::{AUTOMATIC, DEFAULT_PROVIDER, Policy, Provider, ProviderError, Resolver};
use crate::sign::identity::IdentityFiles;

/// The folder that is proposed, beside the file.
const OUT: &str = "out";

/// Everything `init` asks for. Paths are as they were typed: from the current folder.
#[derive(Debug)]
pub(super) struct Choices {
    pub(super) read: ReadOptions,
    pub(super) look: Look,
    pub(super) provider: ProviderChoice,
    pub(super) protocol: IncomingProtocol,
    pub(super) organization: Option<String>,
    pub(super) identifier: Option<ReverseDns>,
    pub(super) out: PathBuf,
    pub(super) signer: Option<IdentityFiles>,
}

/// Where mail is fetched and sent.
#[derive(Debug)]
pub(super) enum ProviderChoice {
    /// The id of a built-in provider, a file that exists, or `auto`.
    Named(String),
    /// A provider file to be written.
    Own(Box<OwnProvider>),
}

impl Choices {
    /// The provider file to write, if the user's own servers were named.
    pub(super) fn own_provider(&self) -> Option<&OwnProvider> {
        match &self.provider {
            ProviderChoice::Own(own) => Some(own),
            ProviderChoice::Named(_) => None,
        }
    }

    /// What `args` say; the rest is asked, or the default where nobody can be.
    pub(super) fn make<R: BufRead>(
        args: &InitArgs,
        list: Option<&Path>,
        path: &Path,
        questions: Option<&mut Questions<'_, R>>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let pem = |certificate: &PathBuf| IdentityFiles::Pem {
            certificate: certificate.clone(),
            key: args.sign_key.clone(),
            chain: args.sign_chain.clone(),
        };
        let pkcs12 =
            || args.sign_p12.clone().map(|file| IdentityFiles::Pkcs12 { file, name: None });
        let typed = args.sign_cert.as_ref().map(pem).or_else(pkcs12);
        let named = args.provider.clone().unwrap_or_else(|| DEFAULT_PROVIDER.to_owned());
        let mut choices = Self {
            read: ReadOptions {
                encoding: args.encoding,
                delimiter: args.delimiter,
                comment: None,
                columns: args.columns.clone(),
                sheet: args.sheet.clone(),
                maps: args.map.clone(),
                today: None,
            },
            look: Look::default(),
            provider: ProviderChoice::Named(named.clone()),
            protocol: IncomingProtocol::Imap,
            organization: args.organization.clone(),
            identifier: args.identifier.clone(),
            out: args.out.clone().unwrap_or_else(|| folder_of(path).join(OUT)),
            signer: typed,
        };
        choices.protocol = usual_protocol(&named)?;
        if let Some(protocol) = args.protocol {
            choices.protocol = protocol.into();
        }
        let mut servers = None;
        if let (Some(incoming), Some(outgoing)) = (&args.incoming_server, &args.outgoing_server) {
            servers = Some(OwnServers::given(choices.protocol, incoming, outgoing)?);
        }
        if let Some(questions) = questions {
            choices.look(list, Some(&mut *questions), console)?;
            choices.ask(args, &mut servers, questions)?;
        } else {
            choices.look(list, None::<&mut Questions<'_, R>>, console)?;
            if args.provider.is_none() && servers.is_none() {
                choices.report_own_domain(console);
            }
        }
        if let Some(servers) = servers {
            let today = Clock::for_run(None)?.run().date();
            let domain = choices.look.domain.as_ref();
            choices.provider =
                ProviderChoice::Own(Box::new(servers.provider(domain, folder_of(path), today)?));
        }
        if let Err(error) = choices.resolver() {
            console.notice(&Notice {
                hint: error.hint(),
                ..Notice::warning("provider-not-taken", &error)
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
    ) -> Result<(), Failure> {
        let Some(list) = list else {
            return Ok(());
        };
        self.look = match (Look::at(list, &self.read, console), questions) {
            (
                Err(InputError {
                    kind: InputErrorKind::Columns(error @ ColumnError::NoEmail { .. }),
                    ..
                }),
                Some(questions),
            ) => {
                console.line(&error);
                let header = questions.ask("the column of addresses", "#1", |answer| {
                    answer.parse::<Place>().map_err(|error| error.to_string())
                })?;
                self.read.maps.push(Map { target: Target::Field(Field::Email), place: header });
                Look::at(list, &self.read, console)?
            }
            (look, _) => look?,
        };
        Ok(())
    }

    /// Reports that the default provider does not have the list's own domain.
    fn report_own_domain(&self, console: &Console) {
        if let Some(domain) = &self.look.domain {
            let message = format!("most addresses are in {domain}, which no built-in provider has");
            let hint = "--incoming-server and --outgoing-server write a provider file for it";
            console.notice(&Notice::warning("own-domain", message).with_hint(hint));
        }
    }

    /// Asks for what `args` do not say. `servers` are those of the user's own domain.
    fn ask<R: BufRead>(
        &mut self,
        args: &InitArgs,
        servers: &mut Option<OwnServers>,
        questions: &mut Questions<'_, R>,
    ) -> Result<(), Ended> {
        let mut is_own = false;
        if args.provider.is_none() && servers.is_none() {
            let provider = |id: &str| match usual_protocol(id) {
                _ if id == OWN => Ok((id.to_owned(), IncomingProtocol::Imap)),
                Ok(protocol) => Ok((id.to_owned(), protocol)),
                Err(error) => Err(on_one_line(&error)),
            };
            let proposal = if self.look.domain.is_some() { OWN } else { DEFAULT_PROVIDER };
            let question = "provider: id, file, auto, or own for servers of your own";
            let (named, protocol) = questions.ask(question, proposal, provider)?;
            is_own = named == OWN;
            (self.provider, self.protocol) = (ProviderChoice::Named(named), protocol);
        }
        if let Some(protocol) = args.protocol {
            self.protocol = protocol.into();
        } else {
            let proposal = self.protocol.id();
            self.protocol = questions.ask("protocol: imap or pop", proposal, value::protocol)?;
        }
        if is_own {
            *servers = Some(OwnServers::ask(self.protocol, questions)?);
        }
        if args.organization.is_none() {
            self.organization =
                questions.ask("organization, as devices show it", NONE, |answer| {
                    or_none(answer, value::organization)
                })?;
        }
        if args.identifier.is_none() {
            let proposal =
                self.look.domain.as_ref().map_or_else(|| NONE.to_owned(), Domain::to_string);
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

    /// What a run will do about the provider.
    fn resolver(&self) -> Result<Resolver, ProviderError> {
        let provider = match &self.provider {
            ProviderChoice::Named(named) if named == AUTOMATIC => {
                return Resolver::automatic(self.protocol, Policy::default());
            }
            ProviderChoice::Named(named) => Provider::load(named)?,
            ProviderChoice::Own(own) => own.provider.clone(),
        };
        Resolver::new(provider, self.protocol, &[], Policy::default())
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

/// `error` and its cure on one line.
pub(super) fn on_one_line(error: &dyn Diagnostic) -> String {
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
        IdentityFiles::Pkcs12 { file: certificate, name: None }
    } else {
        IdentityFiles::Pem { certificate, key, chain }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;
    use crate::cli::args::GlobalArgs;
    use crate::cli::commands::Command;
    use crate::config::Config;

    /// The file that `init` makes in `clients` from `flags` and `answers`.
    fn made(flags: &[&str], answers: &str) -> Result<Config, Failure> {
        let folder = Path::new("clients");
        let text = choices(flags, answers)?.to_toml(folder);
        Ok(Config::parse("mailmuster.toml", folder, &text).unwrap())
    }

    fn choices(flags: &[&str], answers: &str) -> Result<Choices, Failure> {
        let console = Console::new(&GlobalArgs { json: false, quiet: true, exit_base: 0 });
        let words = ["mailmuster", "init"].iter().chain(flags);
        let Command::Init(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("another command");
        };
        let path = Path::new("clients/mailmuster.toml");
        let mut questions = Questions::new(answers.as_bytes(), &console);
        Choices::make(&args, None, path, Some(&mut questions), &console)
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
    fn servers_of_one_s_own_become_a_provider_file() {
        let answers = "own\nimap\n\nimap.example.com:587\nimap.example.com\nsmtp.example.com:465\n";
        let choices = choices(&[], &format!("{answers}\n\n\n\n")).unwrap();
        let own = choices.own_provider().unwrap();
        assert_eq!(own.path, Path::new("clients/own.toml"));
        let hosts: Vec<String> = [&own.provider.incoming[0].1, &own.provider.outgoing[0]]
            .map(|server| format!("{}:{}", server.host, server.port))
            .into();
        assert_eq!(hosts, ["imap.example.com:993", "smtp.example.com:465"]);
        assert!(choices.to_toml(Path::new("clients")).contains("id = \"own.toml\""));
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
            matches!(files, IdentityFiles::Pkcs12 { file, .. } if file == Path::new("/id/signer.bin"))
        );
    }

    #[test]
    fn whoever_goes_away_leaves_no_file() {
        let failure = made(&[], "centurylink\n").unwrap_err();
        assert_eq!(failure.error.to_string(), Ended.to_string());
    }
}
