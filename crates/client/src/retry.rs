//! When to try again (CONTRACT 4.2: "retry twice, 1 to 2 seconds apart; then give up").

use std::time::Duration;

use gatepass_protocol::EpochSeconds;
use http::{HeaderMap, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

use crate::Error;

/// The first attempt and two more.
const MOST_ATTEMPTS: u32 = 3;
/// A longer `Retry-After` is the caller's to wait for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const JITTER: Duration = Duration::from_secs(1);

/// How long to wait before the next attempt; `None` to give up.
///
/// `jitter` between 0 and 1 spreads clients that failed together. What is asked for beyond the
/// `deadline` of all attempts would be waited for in vain.
pub(crate) fn pause(
    error: &Error,
    attempt: u32,
    jitter: f64,
    deadline: Duration,
) -> Option<Duration> {
    if !error.is_transient() {
        return None;
    }
    pause_after(error.retry_after(), attempt, jitter, deadline)
}

/// The same after an answer that is known to be transient.
pub(crate) fn pause_after(
    retry_after: Option<Duration>,
    attempt: u32,
    jitter: f64,
    deadline: Duration,
) -> Option<Duration> {
    if attempt >= MOST_ATTEMPTS {
        return None;
    }
    let asked = retry_after.unwrap_or_default();
    let waits = asked <= LONGEST_RETRY_AFTER && asked < deadline;
    waits.then(|| asked.max(SHORTEST_PAUSE) + JITTER.mul_f64(jitter))
}

/// Whether a status says that the service failed or was busy.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110 10.2.3). A date counts from the
/// answer's own `Date`, so that it holds whatever this machine's clock says.
pub(crate) fn retry_after(headers: &HeaderMap, now: EpochSeconds) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(text)?;
    let date = headers.get(header::DATE).and_then(|date| http_date(date.to_str().ok()?));
    let seconds = until.since(date.unwrap_or(now));
    Some(Duration::from_secs(seconds.try_into().unwrap_or(0)))
}

fn http_date(text: &str) -> Option<EpochSeconds> {
    let time: Timestamp = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(time.into())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::{Refusal, Stage};

    const LONG: Duration = Duration::from_mins(1);
    const NOW: i64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    fn busy(status: u16, retry_after: Option<u64>) -> Error {
        let refusal = Box::new(Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            code: None,
            domain: None,
            message: None,
            info: None,
            request_id: None,
            retry_after: retry_after.map(Duration::from_secs),
        });
        Error::Unavailable { stage: Stage::Token, url: String::new(), attempts: 1, refusal }
    }

    #[test]
    fn there_are_two_retries_one_to_two_seconds_apart() {
        let error = busy(503, None);

        assert_eq!(pause(&error, 1, 0.0, LONG), Some(Duration::from_secs(1)));
        assert_eq!(pause(&error, 2, 1.0, LONG), Some(Duration::from_secs(2)));
        assert_eq!(pause(&error, 3, 0.0, LONG), None);
    }

    #[test]
    fn retry_after_makes_the_pause_longer_but_never_shorter() {
        for (asked, expected) in [
            (0, Some(Duration::from_millis(1500))),
            (1, Some(Duration::from_millis(1500))),
            (7, Some(Duration::from_millis(7500))),
            (30, Some(Duration::from_millis(30_500))),
            (31, None),
            (u64::MAX, None),
        ] {
            assert_eq!(pause(&busy(429, Some(asked)), 1, 0.5, LONG), expected, "asked {asked}");
        }
    }

    #[test]
    fn what_is_asked_for_beyond_the_deadline_is_not_waited_for() {
        for (asked, waits) in [(None, true), (Some(2), true), (Some(3), false), (Some(25), false)] {
            let pause = pause(&busy(503, asked), 1, 0.0, Duration::from_secs(3));

            assert_eq!(pause.is_some(), waits, "asked {asked:?}");
        }
    }

    #[test]
    fn only_a_transient_failure_is_tried_again() {
        let Error::Unavailable { stage, url, attempts, refusal } = busy(401, None) else {
            unreachable!("busy makes this variant");
        };

        assert_eq!(pause(&Error::Refused { stage, url, attempts, refusal }, 1, 0.0, LONG), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = EpochSeconds::try_from(NOW).unwrap();
        for (given, date, expected) in [
            ("120", None, Some(120)),
            (" 0 ", None, Some(0)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", None, Some(10)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", None, Some(0)),
            ("Mon, 24 Nov 2025 10:00:05 GMT", Some("Mon, 24 Nov 2025 10:00:00 GMT"), Some(5)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some("yesterday"), Some(10)),
            ("", None, None),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(given));
            if let Some(date) = date {
                headers.insert(header::DATE, HeaderValue::from_static(date));
            }

            let read = retry_after(&headers, now);
            assert_eq!(read, expected.map(Duration::from_secs), "given {given} and {date:?}");
        }
    }
}
