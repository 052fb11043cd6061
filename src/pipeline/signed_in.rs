//! Who could sign in before, for a run that makes bundles for nobody else.

use std::fmt;
use std::sync::Arc;

use crate::domain::account::MailAccount;

/// Says of each mailbox whether it could sign in.
#[derive(Clone)]
pub(crate) struct SignedIn(Arc<dyn Fn(&MailAccount) -> Standing + Send + Sync>);

/// What is known of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    SignedIn,
    Refused,
    /// It signed in, or did not, with other servers or another user name.
    OtherSettings,
    Untried,
}

impl SignedIn {
    pub(crate) fn new(of: impl Fn(&MailAccount) -> Standing + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    pub(super) fn of(&self, account: &MailAccount) -> Standing {
        (self.0)(account)
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedIn(..)")
    }
}
