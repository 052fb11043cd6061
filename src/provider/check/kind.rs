//! The kinds of doubt about a provider: their codes, and which of them `--quiet` does not hide.

use crate::diagnostic::Weight;

/// A kind of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WarningKind {
    /// Sources differ on the host.
    DisputedHost,
    /// A domain whose mailboxes are at a built-in provider.
    DomainOfAnother,
    /// A host that is another machine on every device.
    EachDevice,
    /// User names in a domain that is not the provider's.
    ForeignLogin,
    /// A host whose first label names another protocol.
    HostNamedForAnother,
    /// A known host, in the section of another protocol.
    HostOfAnother,
    /// A host that is nearly a known one.
    MistypedHost,
    /// No way to sign in with a plain password.
    NoPlainPassword,
    /// A server without sign-in.
    NoSignIn,
    /// Submission through the port for relaying.
    Port25,
    /// A port that is registered for another protocol.
    PortOfAnother,
    /// A known host with further labels in front.
    PrefixedHost,
    /// A provider that files cannot set up.
    Refused,
    /// A connection without TLS.
    Unprotected,
    /// A host in a known provider's domain that is not one of its servers.
    UnknownHost,
    /// STARTTLS on a port for TLS, or the reverse.
    UnusualSecurity,
    /// Settings that nobody has compared with their source.
    Unverified,
    /// A host named `www`.
    WebSiteHost,
}

impl WarningKind {
    /// Stable name for programs.
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

    /// Important is what sends passwords to another server than the user may think, or in the clear.
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
