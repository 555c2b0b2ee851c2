//! When to stop asking: repeated refusals lock accounts, and a rate limit means what it says.

use std::time::Duration;

use gatepass_protocol::EpochSeconds;
use http::StatusCode;

use crate::Error;

/// So many refused sign-ins in a row are no accident.
const MOST_REFUSALS: u32 = 3;
const FIRST_STOP: Duration = Duration::from_mins(1);
const LONGEST_STOP: Duration = Duration::from_mins(15);

/// Holds back the token requests of one source for a while after repeated 401.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    refusals: u32,
    stop: Option<Stop>,
}

/// Holds back those of all sources of an API client for as long as a `Retry-After` asks that was
/// not waited for.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Option<Stop>);

#[derive(Debug)]
struct Stop {
    since: EpochSeconds,
    pause: Duration,
    /// How many refused sign-ins in a row are the reason; 0 where another is.
    refusals: u32,
    cause: Error,
}

impl Stop {
    /// The error to give instead of a request. A clock that was set back ends the stop, for nobody
    /// knows how much of it is over.
    fn holds(&self, now: EpochSeconds) -> Option<Error> {
        let until = self.since.plus(self.pause);
        let source = || Box::new(self.cause.clone());
        (self.since <= now && now < until).then(|| Error::Halted {
            until,
            refusals: self.refusals,
            source: source(),
        })
    }
}

impl Brake {
    /// The error to give instead of a request, while nothing may be asked.
    pub(crate) fn holds(&self, now: EpochSeconds) -> Option<Error> {
        self.stop.as_ref()?.holds(now)
    }

    /// A token came.
    pub(crate) fn release(&mut self) {
        *self = Self::default();
    }

    /// No token came.
    pub(crate) fn note(&mut self, error: &Error, now: EpochSeconds) {
        if matches!(error, Error::Halted { .. }) {
            return; // It was not asked for here: the source of the wider tokens is held back.
        }
        if error.status() != Some(StatusCode::UNAUTHORIZED) {
            self.stop = None;
            return;
        }
        self.refusals = self.refusals.saturating_add(1);
        self.stop = self.pause_after_refusals().map(|pause| Stop {
            since: now,
            pause,
            refusals: self.refusals,
            cause: error.clone(),
        });
    }

    /// A minute, and twice as long each time that one more attempt is refused.
    fn pause_after_refusals(&self) -> Option<Duration> {
        let beyond = self.refusals.checked_sub(MOST_REFUSALS)?;
        Some(FIRST_STOP.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST_STOP))
    }
}

impl Quiet {
    /// The error to give instead of a request, while nothing may be asked.
    pub(crate) fn holds(&self, now: EpochSeconds) -> Option<Error> {
        self.0.as_ref()?.holds(now)
    }

    /// No token came.
    pub(crate) fn note(&mut self, error: &Error, now: EpochSeconds) {
        // What was waited for before a deadline passed is over.
        let (Error::Refused { refusal, .. } | Error::Unavailable { refusal, .. }) = error else {
            return;
        };
        let pause = refusal.retry_after.unwrap_or_default().min(LONGEST_STOP);
        let longer = self.holds(now.plus(pause)).is_some();
        if !longer && !pause.is_zero() {
            self.0 = Some(Stop { since: now, pause, refusals: 0, cause: error.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal, Stage};

    fn answered(status: u16, retry_after_s: Option<u64>) -> Error {
        let refusal = Box::new(Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            code: None,
            domain: None,
            message: None,
            info: None,
            request_id: None,
            retry_after: retry_after_s.map(Duration::from_secs),
        });
        Error::Refused { stage: Stage::Token, url: String::new(), attempts: 1, refusal }
    }

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    #[test]
    fn the_third_401_in_a_row_stops_and_each_further_one_for_twice_as_long() {
        let mut brake = Brake::default();
        let mut now = at(0);
        for stop in [0, 0, 60, 120, 240, 480, 900, 900] {
            brake.note(&answered(401, None), now);

            let held = |seconds| brake.holds(now.shifted(seconds)).is_some();
            assert_eq!((held(stop - 1), held(stop)), (stop > 0, false), "{stop}");
            now = now.shifted(stop);
        }
    }

    #[test]
    fn a_token_or_another_failure_between_ends_the_stop_and_only_a_token_the_count() {
        let mut brake = Brake::default();
        for _ in 0..3 {
            brake.note(&answered(401, None), at(0));
        }

        brake.note(&answered(400, None), at(60));
        assert!(brake.holds(at(60)).is_none());
        brake.note(&answered(401, None), at(60));
        assert!(brake.holds(at(60)).is_some());
        brake.release();
        brake.note(&answered(401, None), at(60));
        assert!(brake.holds(at(60)).is_none());
    }

    #[test]
    fn a_retry_after_is_kept_to_up_to_a_quarter_of_an_hour() {
        for (asked, stop) in [(None, 0), (Some(0), 0), (Some(7), 7), (Some(7200), 900)] {
            let mut quiet = Quiet::default();
            quiet.note(&answered(429, asked), at(0));

            let held = |seconds| quiet.holds(at(seconds)).is_some();
            assert_eq!((held(stop - 1), held(stop)), (stop > 0, false), "{asked:?}");
        }
    }

    #[test]
    fn a_shorter_retry_after_does_not_end_a_longer_one() {
        let mut quiet = Quiet::default();
        quiet.note(&answered(429, Some(600)), at(0));
        quiet.note(&answered(429, Some(7)), at(1));
        assert!(quiet.holds(at(599)).is_some());

        quiet.note(&answered(429, Some(700)), at(2));
        assert!(quiet.holds(at(701)).is_some());
    }

    #[test]
    fn what_was_waited_for_is_not_asked_for_again() {
        let mut quiet = Quiet::default();
        let source = Some(Box::new(answered(503, Some(20))));
        let (stage, url, deadline) = (Stage::Token, String::new(), Duration::from_secs(30));
        quiet.note(&Error::OutOfTime { stage, url, deadline, attempts: 2, source }, at(30));

        assert!(quiet.holds(at(30)).is_none());
    }

    #[test]
    fn a_retry_after_does_not_blame_refusals() {
        let mut quiet = Quiet::default();

        quiet.note(&answered(401, Some(60)), at(0));

        let held = quiet.holds(at(0)).unwrap();
        assert!(matches!(held, Error::Halted { refusals: 0, .. }), "{held:?}");
    }

    #[test]
    fn a_clock_that_is_set_back_ends_a_stop() {
        let (mut brake, mut quiet) = (Brake::default(), Quiet::default());
        for _ in 0..3 {
            brake.note(&answered(401, None), at(36_000));
        }
        quiet.note(&answered(429, Some(60)), at(36_000));

        assert!(brake.holds(at(0)).is_none());
        assert!(quiet.holds(at(0)).is_none());
    }
}
