//! When a token is renewed, and until when it is given out.

use std::time::Duration;

use gatepass_protocol::EpochSeconds;

use crate::Token;

/// A token on its way to somebody needs time too.
const LONGEST_MARGIN_S: i64 = 5;
const SHORTEST_BACKOFF_S: i64 = 5;
const LONGEST_BACKOFF_S: i64 = 60;

/// When a new one is due: `before` the expiry or up to a quarter of that earlier, so that clients
/// that started together don't ask together; but never in the first half of its life, so that a
/// token of seconds is not asked for again at every call.
pub(crate) fn due(token: &Token, before: Duration, jitter: f64) -> EpochSeconds {
    let before = i64::try_from(before.as_secs()).unwrap_or(i64::MAX).min(life_s(token) / 4);
    token.expires_on().shifted(-before - share(before / 4, jitter))
}

/// From when on a token is not given out any more.
pub(crate) fn unusable(token: &Token) -> EpochSeconds {
    token.expires_on().shifted(-LONGEST_MARGIN_S.min(life_s(token) / 20))
}

/// When to try again after a renewal failed, while the old token still serves: after a quarter of
/// the time that is left, or after what the platform asked for.
pub(crate) fn next_try(
    unusable: EpochSeconds,
    now: EpochSeconds,
    asked: Option<Duration>,
    jitter: f64,
) -> EpochSeconds {
    let backoff = (unusable.since(now) / 4).clamp(SHORTEST_BACKOFF_S, LONGEST_BACKOFF_S);
    let asked = asked.map_or(0, |asked| i64::try_from(asked.as_secs()).unwrap_or(i64::MAX));
    now.shifted(backoff.max(asked)).shifted(share(backoff, jitter))
}

fn life_s(token: &Token) -> i64 {
    token.expires_on().since(token.issued_at())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "seconds of a part of a token's life"
)]
fn share(seconds: i64, fraction: f64) -> i64 {
    (seconds as f64 * fraction) as i64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn living(life: i64) -> Token {
        let json = json!({"access_token": "a", "expires_in": life, "token_type": "bearer"});
        let Value::Object(json) = json else { unreachable!("it is an object") };
        Token::read(json, at(NOW)).unwrap()
    }

    #[test]
    fn a_new_one_is_due_some_minutes_before_and_not_in_the_first_half() {
        for (life, jitter, due_after, unusable_after) in [
            (7200, 0.0, 6900, 7195),
            (7200, 1.0, 6825, 7195),
            (240, 0.0, 180, 235),
            (240, 1.0, 165, 235),
            (75, 0.0, 57, 72),
            (2, 1.0, 2, 2),
            (1, 1.0, 1, 1),
        ] {
            let token = living(life);

            let due = due(&token, Duration::from_mins(5), jitter);
            assert_eq!(due.seconds(), NOW + due_after, "a life of {life} s");
            assert_eq!(unusable(&token).seconds(), NOW + unusable_after, "a life of {life} s");
        }
    }

    #[test]
    fn a_failed_renewal_is_tried_again_sooner_the_less_time_is_left() {
        let hour = Some(Duration::from_hours(1));
        for (left, asked, jitter, after) in [
            (300, None, 0.0, 60),
            (300, None, 1.0, 120),
            (100, None, 0.0, 25),
            (8, None, 0.0, 5),
            (300, hour, 0.0, 3600),
        ] {
            let next = next_try(at(NOW + left), at(NOW), asked, jitter);

            assert_eq!(next.seconds(), NOW + after, "with {left} s left");
        }
    }
}
