//! How the program ends.

use std::ffi::OsString;

/// What the exit code says. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: everybody has a bundle; everything holds.
    Done,
    /// 1: finished, and some rows have no bundle, or some files do not hold; `plan --exit-code`: a run would change
    /// nothing, and rows are refused.
    SomeFailed,
    /// 2: nothing was written: usage, list, identity, provider, or rows at fault under `--strict`.
    NothingAttempted,
    /// 3: stopped midway by something that a repeat may cure.
    StoppedMidway,
    /// 4: `plan --exit-code`: a run would change something.
    WouldChange,
}

/// The largest `--exit-base`: Unix passes on eight bits.
pub(super) const LARGEST_BASE: i64 = if cfg!(windows) { 1_000_000 } else { 252 };

impl Exit {
    /// The exit code, with `base` added to all but success: RMM agents keep some numbers for
    /// themselves (N-able N-sight: 1 to 999).
    ///
    /// A number and not an `ExitCode`, which holds eight bits where Windows passes on 32.
    pub(super) fn code(self, base: i32) -> i32 {
        let code = match self {
            Self::Done => return 0,
            Self::SomeFailed => 1,
            Self::NothingAttempted => 2,
            Self::StoppedMidway => 3,
            Self::WouldChange => 4,
        };
        base + code
    }
}

/// The `--exit-base` of a command line that could not be understood as a whole.
pub(super) fn base_among(words: &[OsString]) -> i32 {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--exit-base", value)) => Some(value),
            _ if word == "--exit-base" => words.next(),
            _ => None,
        };
        if let Some(base) = value
            .and_then(|value| value.parse().ok())
            .filter(|base| (0..=LARGEST_BASE).contains(&i64::from(*base)))
        {
            return base;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_found_even_in_a_wrong_command_line() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(base_among(&words("mailmuster generate --nonsense --exit-base 100")), 100);
        assert_eq!(base_among(&words("mailmuster --exit-base=40 x")), 40);
        assert_eq!(base_among(&words("mailmuster --exit-base x")), 0);
        assert_eq!(base_among(&words("mailmuster --exit-base=-7")), 0);
        assert_eq!(base_among(&words("mailmuster")), 0);
    }
}
