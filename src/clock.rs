//! The only module that reads the system clock.

use std::str::FromStr;

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diagnostic::{Diagnostic, Shown};

/// The time of a run: one for all signatures, archives and reports of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    now: OffsetDateTime,
    run: Moment,
}

/// A time in whole seconds of UTC that every format can hold: zip archives begin in 1980, `UTCTime`
/// ends in 2049.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(OffsetDateTime);

/// A text or time that is not a [`Moment`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum MomentError {
    #[error("write it like 2026-11-23T09:00:00Z")]
    NotRfc3339,
    #[error("{0} is not between 1980 and 2049")]
    Year(time::Date),
}

/// The time of the run cannot be determined.
#[derive(Debug, Error)]
pub(crate) enum ClockError {
    #[error("SOURCE_DATE_EPOCH is not a number of seconds: `{}`", Shown(.0))]
    NotSeconds(String),
    #[error("the time of the run: {0}")]
    Moment(#[from] MomentError),
}

impl Diagnostic for ClockError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotSeconds(_) => "unset it, or give the seconds since 1970-01-01".to_owned(),
            Self::Moment(_) => {
                "check the clock, and SOURCE_DATE_EPOCH in the environment".to_owned()
            }
        })
    }
}

impl TryFrom<OffsetDateTime> for Moment {
    type Error = MomentError;

    fn try_from(time: OffsetDateTime) -> Result<Self, MomentError> {
        let time = time.to_offset(time::UtcOffset::UTC).truncate_to_second();
        if (1980..2050).contains(&time.year()) {
            Ok(Self(time))
        } else {
            Err(MomentError::Year(time.date()))
        }
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| MomentError::NotRfc3339)?.try_into()
    }
}

impl Clock {
    /// The time of this run: `at`, else `SOURCE_DATE_EPOCH`
    /// (<https://reproducible-builds.org/specs/source-date-epoch/>), else now.
    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub(crate) fn for_run(at: Option<Moment>) -> Result<Self, ClockError> {
        let now = Self::now_only();
        let run = match (at, std::env::var("SOURCE_DATE_EPOCH")) {
            (Some(at), _) => at,
            (None, Ok(text)) => {
                let seconds = text.trim().parse().ok();
                let time = seconds.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
                time.ok_or(ClockError::NotSeconds(text))?.try_into()?
            }
            (None, Err(_)) => now.try_into()?,
        };
        Ok(Self { now, run })
    }

    /// The present time, for commands that write nothing.
    #[expect(clippy::disallowed_methods, reason = "this is the seam")]
    pub(crate) fn now_only() -> OffsetDateTime {
        OffsetDateTime::now_utc().truncate_to_second()
    }

    /// The present time, for judging certificates.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The time in signatures, archives and reports.
    pub(crate) fn run(&self) -> OffsetDateTime {
        self.run.0
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
    fn a_moment_is_in_utc_and_whole_seconds() {
        let moment: Moment = "2026-11-23T10:00:00.5+01:00".parse().unwrap();
        assert_eq!(rfc3339(Clock::for_run(Some(moment)).unwrap().run()), "2026-11-23T09:00:00Z");
    }

    #[test]
    fn a_time_that_some_format_cannot_hold_is_refused() {
        let error = |text: &str| text.parse::<Moment>().unwrap_err();
        assert_eq!(error("yesterday"), MomentError::NotRfc3339);
        assert!(matches!(error("1979-01-01T00:00:00Z"), MomentError::Year(_)));
        assert!(matches!(error("2050-01-01T00:00:00Z"), MomentError::Year(_)));
        assert!(matches!(error("1980-01-01T00:00:00+01:00"), MomentError::Year(_)));
    }
}
