//! The forms of a header in which it is compared.

use super::field::Field;
use super::vocabulary::{VOCABULARY, holds, holds_part};
use crate::domain::text::plain_letters;

/// A header as the list writes it, and its folded forms.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// As the list writes it.
    pub(super) text: String,
    /// The folded form that names the field: `Name [displayName] Required` is `displayname`.
    pub(super) name: String,
    /// The text around that name, folded: `Block sign in (Yes/No) [accountEnabled]` is
    /// `blocksignin`, the opposite of `accountEnabled`.
    pub(super) around: String,
}

impl Header {
    pub(super) fn new(text: &str) -> Self {
        let text = text.trim();
        let (rest, brackets) = cut(text, '[', ']');
        let named = brackets.into_iter().map(|inner| fold(&inner)).find(|inner| !is_remark(inner));
        let (rest, remarks) = cut_remarks(&rest);
        let mut around = fold(&rest);
        if named.is_some() || remarks {
            // Entra writes `[displayName] Required`
            let bare = around.strip_suffix("required").map(str::to_owned);
            around = bare.filter(|bare| !bare.is_empty()).unwrap_or(around);
        }
        let name = match named {
            None => around.clone(),
            // the property's own name, if the text around it is a name of the same field
            Some(named) if around.is_empty() || name_one_field(&named, &around) => named,
            // `Manager [mail]` is the manager's
            Some(_) => fold(text),
        };
        Self { text: text.to_owned(), name, around }
    }

    /// Whether cells below it may be secrets, whatever it is mapped to.
    pub(super) fn looks_secret(&self) -> bool {
        let secrets = &VOCABULARY.secrets;
        // `Password (change at first login)` is a password too
        let bare = fold(&cut(&self.text, '(', ')').0);
        holds(&secrets.whole, &bare)
            || holds_part(&secrets.parts, &bare)
                && !holds(&secrets.about, &bare)
                && !holds(&secrets.about, &self.name)
    }
}

/// Whether both are names of one field.
fn name_one_field(one: &str, other: &str) -> bool {
    Field::ALL.into_iter().any(|field| {
        let lists = VOCABULARY.aliases(field);
        lists.know(one) && lists.know(other)
    })
}

fn is_remark(folded: &str) -> bool {
    folded.is_empty() || VOCABULARY.remarks.iter().any(|remark| remark == folded)
}

/// `text` without its parts in brackets, and those parts.
fn cut(text: &str, open: char, close: char) -> (String, Vec<String>) {
    let mut rest = String::with_capacity(text.len());
    let mut parts = Vec::new();
    let mut tail = text;
    while let Some((before, after)) = tail.split_once(open) {
        let Some((inner, behind)) = after.split_once(close) else {
            break;
        };
        rest.push_str(before);
        rest.push(' ');
        parts.push(inner.to_owned());
        tail = behind;
    }
    rest.push_str(tail);
    (rest, parts)
}

/// `text` without parentheses that hold a remark; others stay: `Email (private)` is not `Email`.
fn cut_remarks(text: &str) -> (String, bool) {
    let (rest, parts) = cut(text, '(', ')');
    let remarks = !parts.is_empty() && parts.iter().all(|part| is_remark(&fold(part)));
    if remarks { (rest, true) } else { (text.to_owned(), false) }
}

/// The form in which headers and words are compared: decomposed, without accents, lower case, letters
/// and digits only.
pub(in crate::input) fn fold(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for c in plain_letters(text) {
        match c {
            'ß' => folded.push_str("ss"),
            '#' | '№' => folded.push_str("number"),
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        Header::new(text).name
    }

    #[test]
    fn spelling_does_not_matter_and_every_letter_does() {
        assert_eq!(name(" E-Mail Adresse "), "emailadresse");
        assert_eq!(name("Prénom"), "prenom");
        assert_eq!(name("Straße"), "strasse");
        assert_eq!(name("Employee #"), "employeenumber");
        assert_eq!(name("Email 2"), "email2");
    }

    #[test]
    fn brackets_name_the_property_unless_they_are_a_remark() {
        assert_eq!(name("Email Address [Required]"), "emailaddress");
        assert_eq!(name("Recovery Phone [MUST BE IN THE E.164 FORMAT]"), "recoveryphone");
        assert_eq!(name("Name [displayName] Required"), "displayname");
        let block = Header::new("Block sign in (Yes/No) [accountEnabled] Required");
        assert_eq!((block.name.as_str(), block.around.as_str()), ("accountenabled", "blocksignin"));
        assert_eq!(name("[mail]"), "mail");
        assert_eq!(name("Email [private]"), "emailprivate");
        assert_eq!(name("Manager [mail]"), "managermail");
        assert_eq!(name("Private [E-Mail]"), "privateemail");
        assert_eq!(name("Department [ID]"), "departmentid");
        assert_eq!(name("Email [unclosed"), "emailunclosed");
    }

    #[test]
    fn text_in_parentheses_is_part_of_the_name() {
        assert_eq!(name("Email (privat)"), "emailprivat");
        assert_eq!(name("Email (required)"), "email");
        assert_eq!(name("Site (ID or Name)"), "site");
        assert_eq!(name("Required"), "required");
    }

    #[test]
    fn a_header_of_secrets_is_recognized() {
        for text in ["Password", "Source Password", "Airplay Password (tvOS Only)", "Mot de passe"]
        {
            assert!(Header::new(text).looks_secret(), "{text}");
        }
        for text in [
            "password_policy",
            "Change Password at Next Sign-In",
            "Password never expires",
            "Email",
            "Passport",
            "Shipping",
        ] {
            assert!(!Header::new(text).looks_secret(), "{text}");
        }
    }
}
