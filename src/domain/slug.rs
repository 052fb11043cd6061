//! File names made from addresses.

use std::fmt;

use sha2::{Digest, Sha256};

use super::email::EmailAddress;
use super::text::hex;

/// The longest slug, in bytes. With folder and ending it stays well below the 260 characters of Windows.
const LONGEST_SLUG: usize = 100;

/// Names that Windows reserves, with any ending, in any case.
/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name that is safe on every file system and in every zip: lower case letters, digits, `.`, `_`
/// and `-`, at most 100 bytes, neither a reserved name nor like an option of a command.
///
/// An ordinary address stays readable: `ada.lovelace_centurylink.net`. Any other gets eight digits of
/// its hash at the end, so that `a+b` and `a-b` remain two files. A slug without hash ends with the
/// domain, which has a dot; one with hash ends with `_` and eight digits: they never collide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slug(Box<str>);

impl Slug {
    /// Whether the slug of `address` would end with a hash, without making it.
    pub(crate) fn would_be_hashed(address: &EmailAddress) -> bool {
        let text = address.as_str();
        let plain = text.bytes().all(|b| {
            let b = b.to_ascii_lowercase();
            is_safe(char::from(b)) || b == b'@'
        });
        let reserved = || is_reserved(&text.to_ascii_lowercase().replace('@', "_"));
        !plain || text.len() > LONGEST_SLUG || text.starts_with('-') || reserved()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&EmailAddress> for Slug {
    fn from(address: &EmailAddress) -> Self {
        let normalized = address.normalized();
        let plain = normalized.replace('@', "_");
        let safe: String = plain.chars().map(|c| if is_safe(c) { c } else { '-' }).collect();
        let looks_like_an_option = safe.starts_with('-');
        if safe == plain
            && safe.len() <= LONGEST_SLUG
            && !is_reserved(&safe)
            && !looks_like_an_option
        {
            return Self(safe.into_boxed_str());
        }
        let hash = hex(&Sha256::digest(normalized)[..4]);
        let kept = &safe[..safe.len().min(LONGEST_SLUG - 11)];
        let shield = if is_reserved(kept) || looks_like_an_option { "x-" } else { "" };
        Self(format!("{shield}{kept}_{hash}").into_boxed_str())
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_safe(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-')
}

/// Whether Windows treats the name as a device. Only the part before the first dot counts:
/// `con.ada_q.com.zip` is the console.
pub(crate) fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
        .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()));
    RESERVED.contains(&stem) || numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_hashed(slug: &Slug) -> bool {
        slug.0.rsplit('_').next().is_some_and(|end| !end.contains('.'))
    }

    fn slug(address: &str) -> String {
        Slug::from(&EmailAddress::try_from(address).unwrap()).0.into()
    }

    #[test]
    fn an_ordinary_address_stays_readable() {
        assert_eq!(slug("Ada.Lovelace@CenturyLink.net"), "ada.lovelace_centurylink.net");
    }

    #[test]
    fn would_be_hashed_predicts_the_slug() {
        let long = format!("{}@{}.org", "a".repeat(60), "b".repeat(60));
        for address in
            ["Ada@q.com", "a+b@q.com", "-x@q.com", "con@q.com", "con.ada@q.com", "a_b@q.com", &long]
        {
            let address = EmailAddress::try_from(address).unwrap();
            let hashed = is_hashed(&Slug::from(&address));
            assert_eq!(Slug::would_be_hashed(&address), hashed, "{address}");
        }
    }

    #[test]
    fn different_addresses_get_different_names() {
        let names = ["a+b@q.com", "a-b@q.com", "a'b@q.com", "a/b@q.com", "a_b@q.com"].map(slug);
        for (at, name) in names.iter().enumerate() {
            assert!(names[at + 1..].iter().all(|other| other != name), "{name}");
            assert!(name.chars().all(is_safe), "{name}");
        }
        assert_eq!(names[1], "a-b_q.com");
    }

    #[test]
    fn a_name_that_windows_reserves_is_changed() {
        for local in ["con", "aux.ada", "nul.x", "com1.x", "lpt9.x", "conin$.x", "PRN.x"] {
            let name = slug(&format!("{local}@q.com"));
            assert!(!is_reserved(&name), "{name}");
        }
        assert_eq!(slug("con@q.com"), "con_q.com");
        assert!(slug("con.x@q.com").starts_with("x-con.x_q.com_"));
        assert_eq!(slug("com10.x@q.com"), "com10.x_q.com");
    }

    #[test]
    fn no_name_looks_like_an_option() {
        assert!(slug("-rf@q.com").starts_with("x--rf_q.com_"));
        assert!(!slug("+a@q.com").starts_with('-'));
    }

    #[test]
    fn a_long_address_is_cut_and_hashed() {
        let domain = format!("{}.{}.org", "d".repeat(60), "e".repeat(60));
        let one = slug(&format!("a@{domain}"));
        let other = slug(&format!("a@{}", domain.replace("e.", "f.")));
        assert!(one.len() <= LONGEST_SLUG && other.len() <= LONGEST_SLUG);
        assert_ne!(one, other);
    }

    #[test]
    fn a_hashed_slug_is_recognized() {
        for (address, hashed) in [("ada@q.com", false), ("a_b@q.com", false), ("a+b@q.com", true)] {
            assert_eq!(is_hashed(&Slug::from(&EmailAddress::try_from(address).unwrap())), hashed);
        }
    }
}
