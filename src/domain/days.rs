//! Days until something ends.

use time::OffsetDateTime;

/// Whole days from `now` to `end`, rounded down: below 0 from the first second after `end`.
pub(crate) fn days_until(end: OffsetDateTime, now: OffsetDateTime) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    (end - now).whole_seconds().div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn days_are_below_zero_from_the_first_second_after_the_end() {
        let at = |now| days_until(datetime!(2026-11-23 09:00 UTC), now);
        assert_eq!(at(datetime!(2026-11-21 09:00:00 UTC)), 2);
        assert_eq!(at(datetime!(2026-11-21 09:00:01 UTC)), 1);
        assert_eq!(at(datetime!(2026-11-23 09:00:00 UTC)), 0);
        assert_eq!(at(datetime!(2026-11-23 09:00:01 UTC)), -1);
        assert_eq!(at(datetime!(2026-11-24 09:00:00 UTC)), -1);
        assert_eq!(at(datetime!(2026-11-24 09:00:01 UTC)), -2);
    }
}
