//! Times as a query writes them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

/// RFC 850, e.g. `Monday, 05-Oct-26 01:00:00 GMT`.
const RFC_850: &str = "%A, %d-%b-%y %H:%M:%S GMT";
/// C's `asctime`, e.g. `Mon Oct  5 01:00:00 2026`, taken as UTC.
const ANSI: &str = "%a %b %e %H:%M:%S %Y";

/// Reads a time in any form that the Task Manager guide names ("Fetching a list
/// of tasks started after the specified date"):
///
/// | form | example |
/// |---|---|
/// | RFC 3339 | `2026-10-05T01:00:00Z`, `2026-10-05T03:00:00.5+02:00` |
/// | RFC 1123 | `Mon, 05 Oct 2026 01:00:00 GMT` |
/// | RFC 850 | `Monday, 05-Oct-26 01:00:00 GMT` |
/// | ANSI | `Mon Oct  5 01:00:00 2026` |
/// | seconds since 1970 | `1791162000` |
/// | nanoseconds since 1970 | `1791162000000000000ns` |
///
/// and, because people write them: RFC 3339 without an offset, which is UTC, a
/// date alone, which is its midnight in UTC, and an offset whose `+` the query
/// string made a space.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if let Some(nanoseconds) = text.strip_suffix("ns") {
        return Timestamp::from_nanosecond(nanoseconds.parse().ok()?).ok();
    }
    if let Ok(seconds) = text.parse() {
        return Timestamp::from_second(seconds).ok();
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return rfc_3339(&with_plus(text));
    }
    rfc2822::parse(text)
        .map(|zoned| zoned.timestamp())
        .ok()
        .or_else(|| utc(strtime::parse(RFC_850, text).ok()?.to_datetime().ok()?))
        .or_else(|| utc(strtime::parse(ANSI, text).ok()?.to_datetime().ok()?))
}

fn rfc_3339(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| utc(text.parse().ok()?))
}

fn utc(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

/// Turns a space after the time of day back into the `+` that it was.
fn with_plus(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains(':') => format!("{time}+{offset}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_one_moment_is_read_as_that_moment() {
        let moment: Timestamp = "2026-10-05T01:00:00Z".parse().unwrap();

        for text in [
            "2026-10-05T01:00:00Z",
            "2026-10-05t01:00:00z",
            "2026-10-05T01:00:00.000000Z",
            "2026-10-05T01:00:00+00:00",
            "2026-10-05T01:00:00 00:00",
            "2026-10-05T03:00:00+02:00",
            "2026-10-05T03:00:00 02:00",
            "2026-10-05 03:00:00 02:00",
            "2026-10-04T20:00:00-05:00",
            "2026-10-05T01:00:00",
            "2026-10-05 01:00:00",
            "2026-10-05T01:00",
            "Mon, 05 Oct 2026 01:00:00 GMT",
            "Mon, 05 Oct 2026 03:00:00 +0200",
            "Monday, 05-Oct-26 01:00:00 GMT",
            "Mon Oct  5 01:00:00 2026",
            "Mon Oct 5 01:00:00 2026",
            "1791162000",
            "1791162000000000000ns",
        ] {
            assert_eq!(parse(text), Some(moment), "given {text}");
        }
    }

    #[test]
    fn a_date_alone_is_its_midnight_and_fractions_count() {
        for (text, moment) in [
            ("2026-10-05", "2026-10-05T00:00:00Z"),
            ("2026-10-05T01:00:00.25", "2026-10-05T01:00:00.25Z"),
            ("1791162000250000000ns", "2026-10-05T01:00:00.25Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse(text), Some(moment.parse().unwrap()), "given {text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-05",
            "2026-02-30T00:00:00Z",
            "2026-10-05T25:00:00Z",
            "2026-10-05T01:00:00+99:00",
            "2026-10-05T01:00:00Zjunk",
            "05.10.2026",
            "99999999999999999999",
            "ns",
            "1.5",
            "Tue, 05 Oct 2026 01:00:00 GMT",
        ] {
            assert_eq!(parse(text), None, "given {text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC*") {
            let _ = parse(&text);
        }

        #[test]
        fn a_time_written_is_read_back(nanoseconds in 0_i128..4_000_000_000_000_000_000) {
            let time = Timestamp::from_nanosecond(nanoseconds).unwrap();
            prop_assert_eq!(parse(&time.to_string()), Some(time));
            prop_assert_eq!(parse(&format!("{nanoseconds}ns")), Some(time));
        }
    }
}
