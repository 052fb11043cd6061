//! Names of files and folders that Windows would change or refuse
//! (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).

use std::path::{Component, Path};

use super::error::OutputError;
use crate::domain::slug::is_reserved;

/// Characters that separate names or have another meaning in a path.
const FORBIDDEN: &[char] = &['<', '>', ':', '"', '|', '?', '*', '/', '\\'];

/// Refuses a `path` that names something else on Windows than it says. Elsewhere every name stays as it is.
pub(super) fn judge(path: &Path) -> Result<(), OutputError> {
    let fault = if cfg!(windows) { fault_in(path) } else { None };
    fault.map_or(Ok(()), |(name, why)| {
        Err(OutputError::BadName { path: path.to_owned(), name, why })
    })
}

/// The first name in `path` that Windows does not keep, and why.
fn fault_in(path: &Path) -> Option<(String, &'static str)> {
    // a path that begins with `\\?\` is taken literally
    if matches!(path.components().next(), Some(Component::Prefix(prefix)) if prefix.kind().is_verbatim())
    {
        return None;
    }
    path.components().find_map(|part| {
        let Component::Normal(name) = part else { return None };
        let name = name.to_string_lossy();
        let why = if name.ends_with(' ') {
            "Windows drops a space at the end"
        } else if name.ends_with('.') {
            "Windows drops a dot at the end"
        } else if name.contains(FORBIDDEN) {
            "Windows allows none of < > : \" | ? * in a name"
        } else if name.contains(char::is_control) {
            "Windows allows no control characters in a name"
        } else if is_reserved(&name.to_ascii_lowercase()) {
            "it is the name of a device"
        } else {
            return None;
        };
        Some((name.into_owned(), why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_changes_or_refuses_are_found() {
        for (path, name) in [
            ("mail /acme", "mail "),
            ("mail/acme.", "acme."),
            ("con", "con"),
            ("mail/NUL.txt", "NUL.txt"),
            ("Lpt1", "Lpt1"),
            ("a?b", "a?b"),
            ("mail/ac:me", "ac:me"),
            ("a\tb", "a\tb"),
        ] {
            assert_eq!(fault_in(Path::new(path)).map(|(name, _)| name).as_deref(), Some(name));
        }
    }

    #[test]
    fn other_names_are_kept() {
        for path in [
            "mail/acme",
            "../mail",
            "./M\u{fc}ller & S\u{f6}hne (2026)",
            "a.b c",
            "console",
            "",
            "/",
        ] {
            assert_eq!(fault_in(Path::new(path)), None, "{path}");
        }
    }
}
