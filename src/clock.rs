//! The only module that tells time.

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diagnostic::{Diagnostic, Shown};

/// The moment a run takes place: one for all signatures, archives and reports of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    now: OffsetDateTime,
    run: OffsetDateTime,
}

/// A moment that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ClockError {
    /// Not RFC 3339.
    #[error("`--at` is not a moment: `{}`", Shown(.0))]
    At(String),
    /// Not a number of seconds.
    #[error("SOURCE_DATE_EPOCH is not a number of seconds: `{}`", Shown(.0))]
    SourceDateEpoch(String),
    /// Zip archives begin in 1980 and `UTCTime` ends in 2049.
    #[error("the moment of the run, {0}, is not between 1980 and 2049")]
    Year(String),
}

impl Diagnostic for ClockError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::At(_) => "write it like 2026-11-23T09:00:00Z".to_owned(),
            Self::SourceDateEpoch(_) => "unset it, or give the seconds since 1970-01-01".to_owned(),
            Self::Year(_) => "check --at, and SOURCE_DATE_EPOCH in the environment".to_owned(),
        })
    }
}

impl Clock {
    /// The moment of this run: `--at`, else `SOURCE_DATE_EPOCH`
    /// (<https://reproducible-builds.org/specs/source-date-epoch/>), else now. Whole seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub(crate) fn for_run(at: Option<&str>) -> Result<Self, ClockError> {
        let now = Self::now_only();
        let run = match at {
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| ClockError::At(text.to_owned()))?
                .to_offset(time::UtcOffset::UTC)
                .truncate_to_second(),
            None => match std::env::var("SOURCE_DATE_EPOCH") {
                Ok(text) => text
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
                    .ok_or(ClockError::SourceDateEpoch(text))?,
                Err(_) => now,
            },
        };
        if !(1980..2050).contains(&run.year()) {
            return Err(ClockError::Year(run.date().to_string()));
        }
        Ok(Self { now, run })
    }

    /// The real moment, for commands that write nothing.
    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub(crate) fn now_only() -> OffsetDateTime {
        OffsetDateTime::now_utc().truncate_to_second()
    }

    /// The real moment, for judging certificates.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The moment that goes into signatures, archives and reports.
    pub(crate) fn run(&self) -> OffsetDateTime {
        self.run
    }
}

/// `2026-11-23T09:00:00Z` (RFC 3339).
pub(crate) fn rfc3339(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_moment_is_taken_in_utc() {
        let clock = Clock::for_run(Some("2026-11-23T10:00:00.5+01:00")).unwrap();
        assert_eq!(rfc3339(clock.run()), "2026-11-23T09:00:00Z");
    }

    #[test]
    fn a_moment_no_format_can_hold_is_refused() {
        assert!(matches!(Clock::for_run(Some("yesterday")), Err(ClockError::At(_))));
        assert!(matches!(Clock::for_run(Some("1979-01-01T00:00:00Z")), Err(ClockError::Year(_))));
        assert!(matches!(Clock::for_run(Some("2050-01-01T00:00:00Z")), Err(ClockError::Year(_))));
    }
}
