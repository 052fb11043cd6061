//! Settings that mail apps fetch from domains of your own, by `export hosting` and `generate --hosting`.

use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use super::failure::Failure;
use super::job;
use super::message::Console;
use super::settings::GenerateSettings;
use crate::diagnostic::{Count, Diagnostic, FirstOf, Listed, Notice};
use crate::domain::host::Domain;
use crate::domain::hosted::HostedDomain;
use crate::hosting::{self, HostedFile};
use crate::output::Trust;
use crate::pipeline::{HostingGaps, RunError, write_hosting};
use crate::provider::Resolver;
use crate::render::app_warnings;
use crate::render::hosted::fairemail;

/// Hosting that is not made.
#[derive(Debug, Error)]
pub(super) enum HostingError {
    #[error(
        "there is nothing to write: no domain is named, and no domain of the provider has settings for FairEmail"
    )]
    Nothing,
    #[error("--domain has no effect: it is for `export hosting`")]
    NotHosting,
    #[error("`export hosting` takes no list, and none of the options of a list")]
    NoList,
    /// A bug.
    #[error("a file for hosting cannot be made: {0}")]
    Unwritten(#[from] std::io::Error),
}

impl Diagnostic for HostingError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Nothing => "name a domain that your organization controls with --domain; FairEmail takes IMAP with TLS, and the address or the part before `@` as user name",
                Self::NotHosting => "say `export hosting`, or leave --domain out",
                Self::NoList => {
                    "leave the list out: the files are the same for every mailbox of a domain"
                }
                Self::Unwritten(_) => "this is a bug in mailmuster: please report it",
            }
            .to_owned(),
        )
    }
}

/// The files of a run or an export, made and not yet written.
pub(super) struct Hosting {
    domains: Vec<HostedDomain>,
    files: Vec<HostedFile>,
    provider: String,
}

impl Hosting {
    /// The files of a run; `None` where it names no domain.
    pub(super) fn of_run(settings: &GenerateSettings) -> Result<Option<Self>, Failure> {
        if settings.hosting.is_empty() {
            return Ok(None);
        }
        Self::of(&settings.hosting, &job::resolver(&settings.provider)?).map(Some)
    }

    /// Refuses domains for which no files can be made.
    pub(super) fn of(domains: &[Domain], resolver: &Resolver) -> Result<Self, Failure> {
        let mut domains = domains.to_vec();
        domains.sort_unstable();
        domains.dedup();
        let domains: Vec<HostedDomain> =
            domains.iter().map(|domain| resolver.hosted(domain)).collect::<Result<_, _>>()?;
        // FairEmail reads them from the phone, so a provider's own domains are fine
        let own: Vec<HostedDomain> = resolver
            .domains()
            .iter()
            .filter_map(|domain| resolver.of_domain(domain).ok())
            .collect();
        let entries = fairemail::entries(own.iter().chain(&domains));
        if domains.is_empty() && entries.is_empty() {
            return Err(HostingError::Nothing.into());
        }
        let files = hosting::files(&domains, &entries).map_err(HostingError::from)?;
        Ok(Self { domains, files, provider: resolver.id().to_owned() })
    }

    /// Reports what [`Hosting::write`] would change in `out`, and whether that is anything.
    pub(super) fn report_gaps(&self, out: &Path, console: &Console) -> bool {
        let gaps = HostingGaps::find(out, &self.provider, &self.domains, &self.files);
        if gaps.is_empty() {
            return false;
        }
        let HostingGaps { written, removed } = gaps;
        let parts = [(written, "would be written"), (removed, "would be removed")];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(paths, _)| !paths.is_empty())
            .map(|(paths, what)| format!("{what}: {}", FirstOf(paths)))
            .collect();
        let what = format_args!("files in `{}` {}", out.display(), parts.join("; "));
        console.notice(&Notice::important("hosting-differs", what));
        true
    }

    /// Writes the files, and reports what apps get wrong with them.
    pub(super) fn write(
        &self,
        out: &Path,
        trust: Trust,
        console: &Console,
    ) -> Result<(), RunError> {
        for hosted in &self.domains {
            for warning in hosted.example().iter().flat_map(app_warnings) {
                let what = format_args!("{}: {}", hosted.domain, warning.text);
                let notice = Notice::important(warning.code, what);
                console.notice(&notice.with_hint(warning.hint));
            }
        }
        write_hosting((out, trust), &self.provider, &self.domains, &self.files)?;
        let domains: Vec<&str> = self.domains.iter().map(|hosted| hosted.domain.as_str()).collect();
        let files = Count(self.files.len() as u64, "file");
        let for_whom = match &domains[..] {
            [] => "FairEmail".to_owned(),
            domains => Listed(domains).to_string(),
        };
        let out = out.display();
        console.answer(&format_args!(
            "{files} for {for_whom} in {out}; README.txt there says what to do with them"
        ));
        console.event(&HostingEvent {
            event: "hosting",
            out: out.to_string(),
            domains,
            files: self.files.len() as u64,
        });
        Ok(())
    }
}

#[derive(Serialize)]
struct HostingEvent<'a> {
    event: &'static str,
    out: String,
    domains: Vec<&'a str>,
    files: u64,
}
