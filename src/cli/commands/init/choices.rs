//! The choices that a new file holds: typed, answered, or the defaults.

use std::convert::Infallible;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::list::Look;
use super::own::{OWN, OwnProvider, OwnServers};
use super::{InitArgs, folder_of};
use crate::cli::failure::Failure;
use crate::cli::message::Console;
use crate::cli::questions::{Ended, NONE, Questions, WithHint, or_none};
use crate::clock::Clock;
use crate::config::options::{ListOptions, OutputOptions, ProviderOptions};
use crate::config::value;
use crate::diagnostic::{Diagnostic, Notice, Shown};
use crate::domain::host::{Domain, HostError};
use crate::domain::identifier::{ReverseDns, ReverseDnsError};
use crate::domain::server::IncomingProtocol;
use crate::input::columns::{ColumnError, Field, Map, Place, Target};
use crate::input::{InputError, InputErrorKind};
use crate::provider::{AUTOMATIC, DEFAULT_PROVIDER, Policy, Provider, ProviderError, Resolver};
use crate::sign::identity::IdentityFiles;

/// The folder that is proposed, beside the file.
const OUT: &str = "out";

/// Everything `init` asks for. Paths are as they were typed: from the current folder.
#[derive(Debug)]
pub(super) struct Choices {
    pub(super) read: ListOptions,
    pub(super) look: Look,
    pub(super) provider: ProviderChoice,
    pub(super) protocol: IncomingProtocol,
    /// Overrides and permissions; its provider and protocol are above.
    pub(super) options: ProviderOptions,
    pub(super) output: OutputOptions,
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

    /// The choices in `args`; the rest is asked interactively, else defaulted.
    pub(super) fn make<R: BufRead>(
        args: &InitArgs,
        list: Option<&Path>,
        path: &Path,
        questions: Option<&mut Questions<'_, R>>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let InitArgs { read, provider: options, output, signer, .. } = args;
        let named = options.provider.clone().unwrap_or_else(|| DEFAULT_PROVIDER.to_owned());
        let usual = usual_protocol(&named)?;
        let mut choices = Self {
            read: read.clone(),
            look: Look::default(),
            provider: ProviderChoice::Named(named),
            protocol: options.protocol.unwrap_or(usual),
            options: options.clone(),
            output: output.clone(),
            out: output.out.clone().unwrap_or_else(|| folder_of(path).join(OUT)),
            signer: signer.files(),
        };
        let mut servers = None;
        if let (Some(incoming), Some(outgoing)) = (&args.incoming_server, &args.outgoing_server) {
            servers = Some(OwnServers::given(choices.protocol, incoming, outgoing)?);
        }
        if let Some(questions) = questions {
            choices.look(list, Some(&mut *questions), console)?;
            choices.ask(&mut servers, questions)?;
        } else {
            choices.look(list, None::<&mut Questions<'_, R>>, console)?;
            if options.provider.is_none() && servers.is_none() {
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

    /// Looks at the list, and asks for the column of addresses if it is not found.
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
                let header = questions
                    .ask("the column of addresses", "#1", |answer| answer.parse::<Place>())?;
                self.read.map.push(Map { target: Target::Field(Field::Email), place: header });
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

    /// Asks for what was not typed. `servers` are those of the user's own domain.
    fn ask<R: BufRead>(
        &mut self,
        servers: &mut Option<OwnServers>,
        questions: &mut Questions<'_, R>,
    ) -> Result<(), Ended> {
        let mut is_own = false;
        if self.options.provider.is_none() && servers.is_none() {
            let provider = |id: &str| match usual_protocol(id) {
                _ if id == OWN => Ok((id.to_owned(), IncomingProtocol::Imap)),
                Ok(protocol) => Ok((id.to_owned(), protocol)),
                Err(error) => Err(WithHint(error)),
            };
            let proposal = if self.look.domain.is_some() { OWN } else { DEFAULT_PROVIDER };
            let question = "provider: id, file, auto, or own for servers of your own";
            let (named, protocol) = questions.ask(question, proposal, provider)?;
            is_own = named == OWN;
            (self.provider, self.protocol) = (ProviderChoice::Named(named), protocol);
        }
        if let Some(protocol) = self.options.protocol {
            self.protocol = protocol;
        } else {
            let proposal = self.protocol.id();
            self.protocol = questions.ask("protocol: imap or pop", proposal, value::protocol)?;
        }
        if is_own {
            *servers = Some(OwnServers::ask(self.protocol, questions)?);
        }
        if self.output.organization.is_none() {
            self.output.organization =
                questions.ask("organization, as devices show it", NONE, |answer| {
                    or_none(answer, value::organization)
                })?;
        }
        if self.output.identifier.is_none() {
            let proposal =
                self.look.domain.as_ref().map_or_else(|| NONE.to_owned(), Domain::to_string);
            self.output.identifier = questions.ask(
                "your own domain, for identifiers on devices",
                &proposal,
                |answer| or_none(answer, identifier),
            )?;
        }
        if self.output.out.is_none() {
            let proposal = self.out.display().to_string();
            self.out = questions
                .ask("folder to fill", &proposal, |answer| Ok::<_, Infallible>(answer.into()))?;
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
    pub(super) fn resolver(&self) -> Result<Resolver, ProviderError> {
        let policy = Policy {
            allow_other_domains: self.options.allow_other_domains.unwrap_or_default(),
            allow_cleartext: self.options.allow_cleartext.unwrap_or_default(),
        };
        let provider = match &self.provider {
            ProviderChoice::Named(named) if named == AUTOMATIC => {
                return Resolver::automatic(self.protocol, policy);
            }
            ProviderChoice::Named(named) => Provider::load(named)?,
            ProviderChoice::Own(own) => own.provider.clone(),
        };
        Resolver::new(provider, self.protocol, &self.options.set, policy)
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

/// A text from which no identifier can be made.
#[derive(Debug, Error)]
enum IdentifierError {
    #[error("`{}`: {error}", Shown(.domain))]
    Domain { domain: String, error: HostError },
    #[error(transparent)]
    Identifier(#[from] ReverseDnsError),
}

/// The identifier for mail of `domain`: `com.example.mail` for `example.com`.
fn identifier(domain: &str) -> Result<ReverseDns, IdentifierError> {
    let domain = Domain::try_from(domain)
        .map_err(|error| IdentifierError::Domain { domain: domain.to_owned(), error })?;
    let own = domain.as_str();
    let labels: Vec<&str> = own.strip_prefix("mail.").unwrap_or(own).rsplit('.').collect();
    Ok(format!("{}.mail", labels.join(".")).parse()?)
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
        assert_eq!(config.provider.provider.as_deref(), Some("centurylink"));
        assert_eq!(config.provider.protocol, Some(IncomingProtocol::Pop));
        assert_eq!(config.output.organization.as_deref(), Some("Example Ltd"));
        assert_eq!(config.output.identifier.unwrap().as_str(), "com.example.mail");
        assert_eq!(config.output.out.as_deref(), Some(Path::new("clients/out")));
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
        assert_eq!(config.provider.provider.as_deref(), Some(DEFAULT_PROVIDER));
        assert_eq!(config.provider.protocol, Some(IncomingProtocol::Imap));
        assert_eq!(config.output.organization, None);
        assert_eq!(config.output.identifier, None);
    }

    #[test]
    fn what_is_typed_is_not_asked() {
        let signer = std::path::absolute("id/signer.bin").unwrap();
        let flags = [
            "--provider=auto",
            "--protocol=pop",
            "--organization=E",
            "--identifier=com.example",
            "--out=clients/x",
            &format!("--sign-p12={}", signer.display()),
        ];
        let config = made(&flags, "").unwrap();
        assert_eq!(config.provider.provider.as_deref(), Some("auto"));
        assert_eq!(config.output.out.as_deref(), Some(Path::new("clients/x")));
        let files = config.signing.profiles.unwrap().files;
        assert!(matches!(files, IdentityFiles::Pkcs12 { file, .. } if file == signer));
    }

    #[test]
    fn no_file_is_made_if_the_answers_end_early() {
        let failure = made(&[], "centurylink\n").unwrap_err();
        assert_eq!(failure.error.to_string(), Ended.to_string());
    }
}
