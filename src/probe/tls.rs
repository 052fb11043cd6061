//! TLS to mail servers. The handshake itself accepts any certificate, so that it can be described; `walk` judges it
//! before it goes on.

use openssl::error::ErrorStack;
use openssl::ssl::{
    HandshakeError, Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode, SslVersion,
};

use super::channel::TimedStream;
use super::fault::StepFault;
use super::report::{TlsFacts, TlsVersion};
use crate::domain::host::HostName;
use crate::sign::certificate::Certificate;

/// A connection with TLS.
pub(super) type Secured = SslStream<TimedStream>;

/// Which versions of TLS are offered to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// As mail programs do: TLS 1.2 and later, sound ciphers only.
    Sound,
    /// Anything up to this version, with any cipher: to see what a server accepts.
    UpTo(TlsVersion),
}

/// Begins TLS with the server `host`.
pub(super) fn begin(
    stream: TimedStream,
    host: &HostName,
    versions: Versions,
) -> Result<Secured, StepFault> {
    let ssl = client(host, versions).map_err(|error| StepFault::Handshake(reason(&error)))?;
    let deadline = stream.deadline;
    ssl.connect(stream).map_err(|error| match error {
        HandshakeError::SetupFailure(error) => StepFault::Handshake(reason(&error)),
        HandshakeError::Failure(middle) | HandshakeError::WouldBlock(middle) => {
            let error = middle.error();
            match (error.io_error(), error.ssl_error()) {
                (Some(error), _) => StepFault::of_talking(error, deadline),
                (None, Some(error)) => fault_of(error),
                (None, None) => StepFault::Closed,
            }
        }
    })
}

fn client(host: &HostName, versions: Versions) -> Result<Ssl, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_verify(SslVerifyMode::NONE);
    match versions {
        Versions::Sound => context.set_min_proto_version(Some(SslVersion::TLS1_2))?,
        Versions::UpTo(most) => {
            context.set_security_level(0);
            context.set_cipher_list("ALL:@SECLEVEL=0")?;
            context.set_min_proto_version(Some(SslVersion::TLS1))?;
            context.set_max_proto_version(Some(openssl_version(most)))?;
            // a server that cannot renegotiate safely (RFC 5746) is old, too
            context.set_options(SslOptions::ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
        }
    }
    let mut ssl = Ssl::new(&context.build())?;
    ssl.set_hostname(host.as_str())?;
    Ok(ssl)
}

fn openssl_version(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::V10 => SslVersion::TLS1,
        TlsVersion::V11 => SslVersion::TLS1_1,
        TlsVersion::V12 => SslVersion::TLS1_2,
        TlsVersion::V13 => SslVersion::TLS1_3,
    }
}

/// The connection as it was agreed on.
pub(super) fn facts(stream: &Secured) -> Option<TlsFacts> {
    let ssl = stream.ssl();
    let version = match ssl.version2()? {
        SslVersion::TLS1 => TlsVersion::V10,
        SslVersion::TLS1_1 => TlsVersion::V11,
        SslVersion::TLS1_2 => TlsVersion::V12,
        SslVersion::TLS1_3 => TlsVersion::V13,
        _ => return None,
    };
    Some(TlsFacts { version, cipher: ssl.current_cipher()?.name().to_owned() })
}

/// The certificates that the server sent, its own first.
pub(super) fn certificates(stream: &Secured) -> Vec<Certificate> {
    let sent = stream.ssl().peer_cert_chain().into_iter().flatten();
    sent.map(|certificate| Certificate::from(certificate.to_owned())).collect()
}

/// What OpenSSL means in words of this program.
fn fault_of(error: &ErrorStack) -> StepFault {
    let reasons: Vec<&str> = error.errors().iter().filter_map(|error| error.reason()).collect();
    let has = |words: &[&str]| reasons.iter().any(|reason| words.contains(reason));
    if has(&["unexpected eof while reading"]) {
        StepFault::Closed
    } else if has(&[
        "wrong version number",
        "http request",
        "packet length too long",
        "bad record type",
    ]) {
        StepFault::NotTls
    } else {
        StepFault::Handshake(reason(error))
    }
}

fn reason(error: &ErrorStack) -> String {
    let reason = error.errors().iter().rev().find_map(|error| error.reason());
    reason.unwrap_or("OpenSSL gives no reason").to_owned()
}
