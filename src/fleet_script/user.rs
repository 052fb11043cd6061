//! The names of Windows users, and which of them leave open who is meant.

use std::collections::HashMap;
use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::diagnostic::{Diagnostic, Shown};

/// What no name of a Windows user has (Microsoft Learn, "User Name Formats"), and `/`, which is typed for `\`. `+` and
/// other characters that only a UPN may have stay.
const FORBIDDEN: &str = "\"/[]:;|=,*?<>";

/// The name of a Windows user: `DOMAIN\user`, a UPN, or the user alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowsUser(String);

impl WindowsUser {
    /// Fails for a text that no Windows user can match.
    pub(crate) fn of(text: &str) -> Result<Self, UserFault> {
        let text = text.trim();
        let malformed = |why| Err(UserFault::Malformed { name: text.to_owned(), why });
        if let Some((domain, user)) = text.split_once('\\') {
            if domain.trim().is_empty() || user.trim().is_empty() {
                return malformed("a name is missing before or after `\\`");
            }
            if user.contains('\\') {
                return malformed("it has more than one `\\`");
            }
            if domain == "." {
                return malformed("`.` is another name on each PC");
            }
        }
        if text.split('\\').any(|part| part.trim() != part) {
            return malformed("there is a space before or after `\\`");
        }
        // Microsoft Learn, `USER_INFO_0`: account names cannot be terminated by a period; nor can names of domains, or a UPN's parts
        if text.split(['\\', '@']).any(|part| part.ends_with('.')) {
            return malformed("no name in Windows ends with `.`");
        }
        if text.matches('@').count() > 1 {
            return malformed("it has more than one `@`");
        }
        // others look like `\\` and `@`
        if text.nfkc().filter(|c| ['\\', '@'].contains(c)).count()
            > text.matches(['\\', '@']).count()
        {
            return malformed("it has a letter that only looks like `\\` or `@`");
        }
        if text.contains(|c| FORBIDDEN.contains(c)) {
            return malformed("no Windows user has such a character");
        }
        if text.starts_with('@') || text.ends_with('@') {
            return malformed("a name is missing before or after `@`");
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for every spelling that PowerShell takes for the same name. It may be the same for further ones.
    pub(crate) fn folded(&self) -> String {
        fold(&self.0)
    }

    /// The user without domain, folded.
    fn short(&self) -> String {
        let name = match self.0.split_once('\\') {
            Some((_, user)) => user,
            None => self.0.split('@').next().unwrap_or_default(),
        };
        fold(name)
    }

    /// Whether a DNS name is before the `\`. Windows itself calls its users by the `NetBIOS` name of the domain, which has a period
    /// in domains from Windows NT at most (Microsoft Learn, "Naming conventions in Active Directory").
    pub(crate) fn has_dns_domain(&self) -> bool {
        self.0.split_once('\\').is_some_and(|(domain, _)| domain.contains('.'))
    }

    fn form(&self) -> Form {
        if self.0.contains('\\') {
            Form::Domain
        } else if self.0.contains('@') {
            Form::Upn
        } else {
            Form::Short
        }
    }
}

/// How a name is given, the one that says most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `DOMAIN\user`
    Domain,
    Upn,
    /// The user alone.
    Short,
}

impl fmt::Display for WindowsUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_uppercase).collect()
}

/// For each name among `users` whose user without domain is there in a form that says more: its position, and that of the
/// first such name. They may be one Windows user, and a script cannot find this out: it sees the people of its own part.
pub(crate) fn other_forms(users: &[&WindowsUser]) -> Vec<(usize, usize)> {
    let mut best: HashMap<String, (Form, usize)> = HashMap::new();
    for (at, user) in users.iter().enumerate() {
        let found = best.entry(user.short()).or_insert((user.form(), at));
        if user.form() < found.0 {
            *found = (user.form(), at);
        }
    }
    let others = users.iter().enumerate().filter_map(|(at, user)| {
        let (form, other) = *best.get(&user.short())?;
        (form < user.form()).then_some((at, other))
    });
    others.collect()
}

/// Why a person cannot be in a fleet script.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum UserFault {
    #[error("the list does not say who this person is in Windows")]
    Missing,
    #[error("the cell with the Windows user holds no name")]
    Unreadable,
    #[error("`{}` is not the name of a Windows user: {why}", Shown(.name))]
    Malformed { name: String, why: &'static str },
    #[error("the person's rows name two Windows users, `{}` and `{}`", Shown(.first), Shown(.second))]
    Several { first: String, second: String },
    /// `place` is the other user's line or row.
    #[error("`{}` may be the Windows user `{}` on {place}, too", Shown(.name), Shown(.other))]
    Ambiguous { name: String, other: String, place: String },
}

impl UserFault {
    /// For programs, stable.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing => "windows-user-missing",
            Self::Unreadable | Self::Malformed { .. } => "windows-user-malformed",
            Self::Several { .. } => "windows-user-several",
            Self::Ambiguous { .. } => "windows-user-ambiguous",
        }
    }
}

impl Diagnostic for UserFault {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing => {
                "name the column with --map directory_user=HEADER (`DOMAIN\\user`, UPN or user name), or say --user-names address or --user-names local-part"
            }
            Self::Unreadable | Self::Malformed { .. } => {
                "give `DOMAIN\\user` or `PC\\user`, the UPN for a PC in Entra ID, or the user name alone"
            }
            Self::Several { .. } => {
                "give all rows of the person the same Windows user, or the mailboxes different ids"
            }
            Self::Ambiguous { .. } => "give both people `DOMAIN\\user` or `PC\\user`",
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> WindowsUser {
        WindowsUser::of(text).unwrap()
    }

    #[test]
    fn a_name_that_no_windows_user_can_match_is_refused() {
        for text in [
            "ada",
            " CORP\\ada ",
            "ada@corp.example",
            "ada+x@corp.example",
            "jürgen",
            "PC 7\\Ada L",
            "o'neil",
        ] {
            assert_eq!(user(text).as_str(), text.trim());
        }
        for text in [
            "CORP\\",
            "\\ada",
            "A\\B\\ada",
            ".\\ada",
            "CORP/ada",
            "a*",
            "a?a",
            "ada;bob",
            "@corp.example",
            "ada@",
            "a[d]a",
            "CORP\\ ada",
            "CORP \\ada",
            "a@b@c",
            "CORP\u{ff3c}ada",
            "ada\u{ff20}corp.example",
            "CORP\\ada.",
            "corp.\\ada",
            "ada.",
            "...",
            "ada.@corp.example",
            "ada@corp.example.",
        ] {
            let fault = WindowsUser::of(text).unwrap_err();
            assert!(matches!(fault, UserFault::Malformed { .. }), "{text}: {fault}");
        }
    }

    #[test]
    fn upper_and_lower_case_and_composed_letters_are_the_same_name() {
        assert_eq!(user("corp\\Ada").folded(), user("CORP\\ADA").folded());
        assert_eq!(user("ju\u{308}rgen").folded(), user("JÜRGEN").folded());
        assert_eq!(user("strauß").folded(), user("STRAUSS").folded());
        assert_ne!(user("corp\\ada").folded(), user("corp2\\ada").folded());
    }

    #[test]
    fn a_dns_name_before_the_backslash_is_noticed() {
        assert!(user("corp.example\\ada").has_dns_domain());
        for text in ["CORP\\ada.l", "ada@corp.example", "ada.l"] {
            assert!(!user(text).has_dns_domain(), "{text}");
        }
    }

    #[test]
    fn a_short_name_is_ambiguous_beside_the_same_name_with_a_domain() {
        let found = |names: &[&str]| {
            let users: Vec<WindowsUser> = names.iter().map(|name| user(name)).collect();
            other_forms(&users.iter().collect::<Vec<_>>())
        };
        assert_eq!(found(&["ada", "PC\\Ada"]), [(0, 1)]);
        assert_eq!(found(&["x", "PC2\\ADA", "PC\\ada", "ada", "Ada"]), [(3, 1), (4, 1)]);
        assert_eq!(found(&["ada@corp.example", "ada"]), [(1, 0)]);
        assert_eq!(found(&["ada", "ADA", "adam", "PC\\bob", "PC2\\bob"]), []);
        assert_eq!(found(&["PC\\bob", "bob@corp.example", "bob"]), [(1, 0), (2, 0)]);
    }
}
