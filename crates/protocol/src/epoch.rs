//! Points in time as the platform writes them.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z: the unit of `exp`, `iat` and `expires_on` (CONTRACT 3.1).
///
/// Always within the years -9999 to 9999, so that it can be written as a date.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "i64")]
pub struct EpochSeconds(i64);

/// The number of seconds lies outside the years -9999 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} seconds since 1970 is no time within the years -9999 to 9999")]
pub struct OutOfRange(pub i64);

impl EpochSeconds {
    /// The number of seconds.
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The time `by` later, in whole seconds; the last possible time where that is out of range.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        self.shifted(i64::try_from(by.as_secs()).unwrap_or(i64::MAX))
    }

    /// The time so many seconds later, or earlier where `seconds` is negative; the last or first
    /// possible time where that is out of range.
    #[must_use]
    pub fn shifted(self, seconds: i64) -> Self {
        let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
        Self(self.0.saturating_add(seconds).clamp(*range.start(), *range.end()))
    }

    /// Seconds from `earlier` to this time; negative where `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// RFC 3339 with the offset `+00:00`, as the platform writes the times of API clients
    /// (CONTRACT 5.4).
    pub fn rfc3339(self) -> String {
        Timestamp::from(self).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
    }

    /// The form of the HTTP `Date` header (RFC 9110 5.6.7); the epoch itself where the year has
    /// no four digits.
    pub fn http_date(self) -> String {
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        printer
            .timestamp_to_rfc9110_string(&Timestamp::from(self))
            .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
    }
}

impl TryFrom<i64> for EpochSeconds {
    type Error = OutOfRange;

    fn try_from(seconds: i64) -> Result<Self, OutOfRange> {
        Timestamp::from_second(seconds).map(Self::from).map_err(|_| OutOfRange(seconds))
    }
}

impl From<Timestamp> for EpochSeconds {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.as_second())
    }
}

impl From<EpochSeconds> for Timestamp {
    fn from(time: EpochSeconds) -> Self {
        Timestamp::from_second(time.0).expect("an EpochSeconds is made only within this range")
    }
}

impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_the_platform_and_http_write_it() {
        let time = EpochSeconds::try_from(1_688_660_793).unwrap();

        assert_eq!(time.rfc3339(), "2023-07-06T16:26:33+00:00");
        assert_eq!(time.http_date(), "Thu, 06 Jul 2023 16:26:33 GMT");
    }

    #[test]
    fn adding_never_leaves_the_range() {
        let last = EpochSeconds::default().plus(Duration::MAX);

        assert_eq!(last.plus(Duration::from_secs(1)), last);
        assert_eq!(
            last.shifted(i64::MIN).shifted(i64::MIN),
            EpochSeconds::default().shifted(i64::MIN)
        );
        assert!(last.rfc3339().starts_with("9999-12-3"));
    }

    #[test]
    fn a_number_out_of_range_is_refused() {
        assert_eq!(EpochSeconds::try_from(i64::MAX), Err(OutOfRange(i64::MAX)));
    }
}
