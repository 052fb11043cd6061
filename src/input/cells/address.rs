//! The mailbox of a row: which column has it, and what is removed around it.

use std::borrow::Cow;

use super::read::Cells;
use crate::domain::email::{EmailAddress, EmailError};
use crate::input::RowWarning;
use crate::input::columns::Field;
use crate::input::fault::CellFault;
use crate::input::words;

/// Endings of domains that no local part has.
const ENDINGS: [&str; 7] = ["com", "net", "org", "edu", "gov", "biz", "info"];

impl Cells<'_> {
    /// The mailbox: from the address column, or where that is blank from a fallback.
    pub(super) fn address(&mut self) -> Option<EmailAddress> {
        let mut at = self.mapping.column(Field::Email)?;
        let mut text = self.text(at)?;
        if text.trim().is_empty() {
            let stand_in = self
                .mapping
                .fallbacks()
                .iter()
                .find(|at| self.quiet_at(**at).is_some_and(|text| text.contains('@')));
            if let Some(other) = stand_in {
                at = *other;
                text = self.text(at)?;
                let column = self.mapping.header_at(at).to_owned();
                self.warnings.push(RowWarning::FallbackAddress { column });
            }
        }
        let bare = bare_address(text);
        if words::is_variable(bare) {
            self.fault_of_unknown(at, text, CellFault::Variable);
            return None;
        }
        // `?` is allowed in a local part, but occurs there only in place of a letter that was lost
        if bare.contains('@') && bare.contains(['?', '\u{fffd}']) {
            self.fault(at, text, CellFault::LostLetter);
            return None;
        }
        let (whole, domain_at) = self.with_domain(bare);
        match EmailAddress::try_from(whole.as_ref()) {
            Ok(address) => Some(address),
            Err(EmailError::Domain(error)) if domain_at.is_some() => {
                let at = domain_at.unwrap_or(at);
                let domain = self.quiet_at(at).unwrap_or_default();
                self.fault(at, domain, CellFault::Domain(error));
                None
            }
            Err(EmailError::Blank) => {
                self.fault(at, "", CellFault::BlankAddress);
                None
            }
            Err(EmailError::MissingAt) if self.mapping.email_is_last_resort() => {
                self.fault(at, text, CellFault::NoDomain);
                None
            }
            Err(error) => {
                // beside an unknown column, a word may be a password that has moved
                let is_meant = bare.contains(['@', '.']) || !self.mapping.has_unknown();
                let shown = is_meant.then_some(text);
                self.fault_of(at, shown, CellFault::Address(error));
                None
            }
        }
    }

    /// The part before `@` with the domain that another column names, and which column that is.
    ///
    /// A part that ends with the domain has lost its `@`: no mailbox is guessed from it.
    fn with_domain<'b>(&self, text: &'b str) -> (Cow<'b, str>, Option<usize>) {
        let as_it_is = (Cow::Borrowed(text), None);
        let Some(at) = self.mapping.column(Field::Domain) else {
            return as_it_is;
        };
        let domain = self.quiet_at(at).unwrap_or_default().trim().trim_start_matches('@');
        let lower = domain.to_ascii_lowercase();
        let text_lower = text.to_ascii_lowercase();
        // `ada.q.com` beside `embarqmail.com`, and the name that Entra makes for a guest
        let ending = text_lower.rsplit('.').next().unwrap_or_default();
        let lost_at = text_lower.ends_with(&lower)
            || text.contains("#EXT#")
            || text.contains('.') && ENDINGS.contains(&ending);
        if text.is_empty() || text.contains('@') || domain.is_empty() || lost_at {
            return as_it_is;
        }
        (Cow::Owned(format!("{text}@{domain}")), Some(at))
    }
}

/// `text` without what address books put around an address: `mailto:ada@q.com`, `Ada <ada@q.com>`.
pub(in crate::input) fn bare_address(text: &str) -> &str {
    let text = text.trim();
    let text = match (text.find('<'), text.strip_suffix('>')) {
        (Some(open), Some(inner)) if inner.matches(['<', '>']).count() == 1 => &inner[open + 1..],
        _ => text,
    };
    let text = match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &text[7..],
        _ => text,
    };
    text.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_address_books_put_around_an_address_is_removed() {
        for text in [
            "ada@q.com",
            "\u{a0}ada@q.com ",
            "mailto:ada@q.com",
            "MAILTO:ada@q.com",
            "<ada@q.com>",
            "Ada Lovelace <ada@q.com>",
            "\"Lovelace, Ada\" <mailto:ada@q.com>",
        ] {
            assert_eq!(bare_address(text), "ada@q.com", "{text}");
        }
        for text in ["<a@q.com> <b@q.com>", "<a@q.com", "a@q.com>"] {
            assert_eq!(bare_address(text), text);
        }
    }
}
