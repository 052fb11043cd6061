//! The kinds of warnings about a provider: their codes, and which of them `--quiet` does not hide.

use crate::diagnostic::Weight;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WarningKind {
    /// Sources disagree about the host.
    DisputedHost,
    /// A domain whose mailboxes are at a built-in provider.
    DomainOfAnother,
    /// `localhost`, which is another machine on every device.
    EachDevice,
    /// User names in a domain that is not the provider's.
    ForeignLogin,
    /// A host whose first label names another protocol.
    HostNamedForAnother,
    /// A known host in the section of another protocol.
    HostOfAnother,
    MistypedHost,
    NoPlainPassword,
    NoSignIn,
    /// Submission on the port for relaying.
    Port25,
    /// A port that is registered for another protocol.
    PortOfAnother,
    PrefixedHost,
    Refused,
    Unprotected,
    /// A host in a known provider's domain that is not one of its servers.
    UnknownHost,
    /// STARTTLS on a port for TLS, or the reverse.
    UnusualSecurity,
    Unverified,
    /// A host named `www`.
    WebSiteHost,
}

impl WarningKind {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::DisputedHost => "disputed-host",
            Self::DomainOfAnother => "domain-of-another-provider",
            Self::EachDevice => "host-is-each-device",
            Self::ForeignLogin => "foreign-login",
            Self::HostNamedForAnother => "host-named-for-another-protocol",
            Self::HostOfAnother => "host-of-another-protocol",
            Self::MistypedHost => "mistyped-host",
            Self::NoPlainPassword => "no-plain-password",
            Self::NoSignIn => "no-sign-in",
            Self::Port25 => "port-25",
            Self::PortOfAnother => "port-of-another-protocol",
            Self::PrefixedHost => "prefixed-host",
            Self::Refused => "provider-refused",
            Self::Unprotected => "unprotected-server",
            Self::UnknownHost => "unknown-host",
            Self::UnusualSecurity => "unusual-security",
            Self::Unverified => "unverified-provider",
            Self::WebSiteHost => "web-site-host",
        }
    }

    /// Important if passwords may go to an unexpected server or unencrypted.
    pub(crate) fn weight(self) -> Weight {
        match self {
            Self::DisputedHost
            | Self::DomainOfAnother
            | Self::MistypedHost
            | Self::PrefixedHost
            | Self::UnknownHost
            | Self::Unprotected => Weight::Important,
            Self::EachDevice
            | Self::ForeignLogin
            | Self::HostNamedForAnother
            | Self::HostOfAnother
            | Self::NoPlainPassword
            | Self::NoSignIn
            | Self::Port25
            | Self::PortOfAnother
            | Self::Refused
            | Self::UnusualSecurity
            | Self::Unverified
            | Self::WebSiteHost => Weight::Warning,
        }
    }
}
