//! Descriptions in words.

use std::fmt;

use super::description::{
    AccountDescription, BundleDescription, BundleFile, CertificateDescription, Description,
    FileDescription, FormFault, PackageDescription, PasswordIn, SignatureDescription,
    StampDescription, Validity,
};
use crate::diagnostic::{Count, Lines, Shown};
use crate::domain::days::days_until;
use crate::render::by_id;
use crate::render::removal::REMOVAL;

impl Description {
    /// The description for people.
    pub fn lines(&self) -> Lines {
        match self {
            Self::Bundle(bundle) => bundle.lines(),
            Self::Package(package) => package.lines(),
            Self::File(file) => file.lines(),
            Self::Certificates { certificates } => certificate_lines(certificates),
        }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().fmt(f)
    }
}

impl BundleDescription {
    fn lines(&self) -> Lines {
        let shown = |texts: &[String]| {
            texts.iter().map(|text| Shown(text).to_string()).collect::<Vec<_>>().join(", ")
        };
        let mut lines = Lines::default();
        let size = Count(self.size, "byte");
        let is_removal = |file: &BundleFile| {
            file.content.as_ref().is_some_and(|it| by_id(REMOVAL, it.format).is_some())
        };
        let what = if self.files.iter().any(is_removal) { "removal package" } else { "bundle" };
        lines.line(format_args!("{what} for {}, {size}", shown(&self.addresses)));
        let (tool, moment) = (Shown(&self.tool), Shown(&self.made_at));
        lines.line(format_args!("  made by      {tool} on {moment}"));
        lines.line(format_args!("  provider     {}", shown(&self.providers)));
        for file in &self.files {
            file.add_to(&mut lines);
        }
        lines
    }
}

impl PackageDescription {
    fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        lines.line(format_args!("package for Intune, {}", Count(self.size, "byte")));
        lines.line(format_args!("  setup file   {}", Shown(&self.setup_file)));
        lines.line("  encryption   its keys are inside: it keeps nothing secret");
        for file in &self.files {
            file.add_to(&mut lines);
        }
        lines
    }
}

impl BundleFile {
    fn add_to(&self, lines: &mut Lines) {
        lines.blank();
        lines.line(format_args!("{} ({})", Shown(&self.path), Count(self.size, "byte")));
        match &self.content {
            Some(content) => lines.append_indented(content.lines()),
            None => lines.line("  not a file that mailmuster writes"),
        }
    }
}

impl FileDescription {
    fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        lines.line(self.about);
        if let Some(managed_for) = self.managed_for {
            lines.line(format_args!("  made for     {managed_for}"));
        }
        if let Some(signature) = &self.signature {
            signature.add_to(&mut lines);
        }
        if let Some(FormFault::Accounts(error)) = &self.fault {
            lines.line(format_args!("  account      {error}"));
        } else if self.accounts.is_empty() {
            lines.line("  account      none");
        }
        for account in &self.accounts {
            account.add_to(&mut lines);
            if self.password == Some(PasswordIn::None) {
                lines.line("  password     none: the device asks for it");
            }
        }
        if self.password == Some(PasswordIn::Contained) {
            lines.line("  password     the file contains one, which mailmuster never writes");
        }
        if let Some(FormFault::Form(error)) = &self.fault {
            lines.line(format_args!("  warning      {error}"));
        }
        lines
    }
}

impl SignatureDescription {
    fn add_to(&self, lines: &mut Lines) {
        match self {
            Self::Missing => lines.line("  signature    none"),
            Self::Broken { fault } => lines.line(format_args!("  signature    {fault}")),
            Self::Holds { signer, key, issuer, signed_at, anchor, time_stamp, .. } => {
                let when = signed_at
                    .as_ref()
                    .map_or_else(|| "at an unknown time".to_owned(), |time| format!("on {time}"));
                lines.line(format_args!("  signature    holds; by {signer} ({key}) {when}"));
                lines.line(format_args!("  issuer       {issuer}"));
                lines.line(format_args!(
                    "  chain        up to {anchor}, as far as it is inside the file"
                ));
                if let Some(stamp) = time_stamp {
                    stamp.add_to(lines);
                }
            }
        }
    }
}

impl StampDescription {
    fn add_to(&self, lines: &mut Lines) {
        let Self { time, authority, serial_number, policy, anchor, .. } = self;
        lines.line(format_args!("  time stamp   {time} by {authority}"));
        lines.line(format_args!("               number {serial_number}, policy {policy}"));
        lines.line(format_args!(
            "               chain up to {anchor}, as far as it is inside the file"
        ));
    }
}

impl AccountDescription {
    fn add_to(&self, lines: &mut Lines) {
        let address = Shown(&self.address);
        match &self.display_name {
            Some(name) => {
                lines.line(format_args!("  account      {} <{address}>", Shown(name)));
            }
            None => lines.line(format_args!("  account      {address}")),
        }
        if let Some(user) = &self.windows_user {
            lines.line(format_args!("  for          the Windows user {}", Shown(user)));
        }
        lines
            .line(format_args!("  incoming     {} {}", self.stated.protocol, self.stated.incoming));
        lines.line(format_args!("  outgoing     SMTP {}", self.stated.outgoing));
    }
}

/// Describes each of `certificates`, the first being the signer's.
pub(crate) fn certificate_lines(certificates: &[Option<CertificateDescription>]) -> Lines {
    let mut lines = Lines::default();
    for certificate in certificates {
        let Some(certificate) = certificate else {
            lines.line("a certificate that cannot be read");
            continue;
        };
        if !lines.is_empty() {
            lines.blank();
        }
        lines.line(format_args!("certificate of {}", certificate.subject));
        let issuer = if certificate.is_self_issued { "itself" } else { &certificate.issuer };
        lines.line(format_args!("  issuer       {issuer}"));
        lines.line(format_args!("  valid        {}", certificate.validity));
        lines.line(format_args!("  key          {}", certificate.key));
        let usages = certificate.usages.join(", ");
        let usages = if usages.is_empty() { "not restricted" } else { &usages };
        lines.line(format_args!("  usage        {usages}"));
        lines.line(format_args!("  serial       {}", certificate.serial_number));
        lines.line(format_args!("  SHA-256      {}", certificate.sha256));
    }
    lines
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { not_before, not_after, now } = self;
        write!(f, "{} to {} ", not_before.date(), not_after.date())?;
        if let Some(fault) = self.fault() {
            return write!(f, "({fault})");
        }
        write!(f, "({} left)", Count(days_until(*not_after, *now).unsigned_abs(), "day"))
    }
}
