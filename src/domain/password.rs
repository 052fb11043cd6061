//! The password of a mailbox.

use thiserror::Error;

use super::secret::Secret;

/// The most bytes of a password. No server takes as many.
const LONGEST: usize = 1024;

/// A password that can be sent to a mail server: on one line, and not empty.
///
/// The commands of mail protocols end with the line. A password of two lines would be two commands.
#[derive(Clone, Debug)]
pub(crate) struct MailPassword(Secret);

/// Why a text is no password.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum PasswordFault {
    #[error("the password is empty")]
    Empty,
    #[error("the password is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the password has a line end or another control character")]
    Control,
}

impl MailPassword {
    /// The plain bytes; for `probe` only.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl TryFrom<Secret> for MailPassword {
    type Error = PasswordFault;

    fn try_from(secret: Secret) -> Result<Self, PasswordFault> {
        let bytes = secret.expose();
        if bytes.is_empty() {
            return Err(PasswordFault::Empty);
        }
        if bytes.len() > LONGEST {
            return Err(PasswordFault::TooLong);
        }
        if bytes.iter().any(u8::is_ascii_control) {
            return Err(PasswordFault::Control);
        }
        Ok(Self(secret))
    }
}

/// The passwords of one mailbox.
#[derive(Clone, Debug)]
pub(crate) struct MailPasswords {
    pub(crate) incoming: MailPassword,
    /// The one for sending, if it is another.
    pub(crate) outgoing: Option<MailPassword>,
}

impl MailPasswords {
    pub(crate) fn for_sending(&self) -> &MailPassword {
        self.outgoing.as_ref().unwrap_or(&self.incoming)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> Option<PasswordFault> {
        MailPassword::try_from(Secret::new(bytes.to_vec())).err()
    }

    #[test]
    fn a_password_is_one_line() {
        assert_eq!(fault(b" \xc3\xa9;\"x "), None);
        assert_eq!(fault(b""), Some(PasswordFault::Empty));
        assert_eq!(fault(b"a\r\nDELE 1"), Some(PasswordFault::Control));
        assert_eq!(fault(b"a\0b"), Some(PasswordFault::Control));
        assert_eq!(fault(&[b'x'; 1025]), Some(PasswordFault::TooLong));
    }
}
