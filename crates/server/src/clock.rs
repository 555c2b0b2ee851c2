//! The one source of time.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gatepass_protocol::EpochSeconds;
use jiff::{SignedDuration, Timestamp};

/// The platform's time: the system's plus a shift, or frozen. All times in the product come from
/// it, so moving it moves everything: `iat`, `exp`, `expires_on`, the refusal of old tokens, `Date`
/// and `last_access_at`.
///
/// Clones share one clock. Times outside the years -9999 to 9999 become the first or last of them.
#[derive(Clone, Default)]
pub struct Clock {
    /// The clock that this one runs with; the system's where there is none.
    followed: Option<Box<Clock>>,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy)]
enum State {
    Running { shift: SignedDuration },
    Frozen { at: Timestamp },
}

impl Default for State {
    fn default() -> Self {
        Self::Running { shift: SignedDuration::ZERO }
    }
}

impl State {
    fn now(self, followed: Timestamp) -> Timestamp {
        match self {
            Self::Running { shift } => add(followed, shift),
            Self::Frozen { at } => at,
        }
    }

    fn running_at(time: Timestamp, followed: Timestamp) -> Self {
        Self::Running { shift: time.duration_since(followed) }
    }
}

impl Clock {
    /// A clock that shows this one's time, and moves with it, until it is moved itself.
    #[must_use]
    pub fn following(&self) -> Self {
        Self { followed: Some(Box::new(self.clone())), state: Arc::default() }
    }

    /// The time, in whole epoch seconds.
    pub fn now(&self) -> EpochSeconds {
        self.timestamp().into()
    }

    /// The time with its fraction of a second.
    pub fn timestamp(&self) -> Timestamp {
        self.state().now(self.followed_time())
    }

    /// Whether it stands still, by itself or with the clock that it follows.
    pub fn is_frozen(&self) -> bool {
        let frozen = matches!(*self.state(), State::Frozen { .. });
        frozen || self.followed.as_ref().is_some_and(|followed| followed.is_frozen())
    }

    /// Moves the time forward, or back by a negative duration. A frozen clock stays frozen.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.state();
        *state = match *state {
            State::Running { shift } => State::Running { shift: shift.saturating_add(by) },
            State::Frozen { at } => State::Frozen { at: add(at, by) },
        };
    }

    /// Sets the time. A frozen clock stays frozen, a running one runs on from there.
    pub fn set(&self, time: Timestamp) {
        let mut state = self.state();
        *state = match *state {
            State::Running { .. } => State::running_at(time, self.followed_time()),
            State::Frozen { .. } => State::Frozen { at: time },
        };
    }

    /// Stops the time where it is.
    pub fn freeze(&self) {
        let mut state = self.state();
        *state = State::Frozen { at: state.now(self.followed_time()) };
    }

    /// Lets a frozen time run on from where it stands.
    pub fn thaw(&self) {
        let followed = self.followed_time();
        let mut state = self.state();
        *state = State::running_at(state.now(followed), followed);
    }

    /// Back to the time of the clock that it follows, or to the system's.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    fn followed_time(&self) -> Timestamp {
        self.followed.as_ref().map_or_else(system_now, |followed| followed.timestamp())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is one value that is replaced whole, so a panic elsewhere can't break it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.timestamp()).finish()
    }
}

fn add(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).expect("a duration without calendar units always adds")
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::default();
        clock.freeze();
        clock.set(at(1_000));

        clock.advance(SignedDuration::from_secs(-10));

        assert_eq!(clock.timestamp(), at(990));
        assert!(clock.is_frozen());
    }

    #[test]
    fn a_thawed_clock_runs_on_from_where_it_stood() {
        let clock = Clock::default();
        clock.freeze();
        clock.set(at(1_000));

        clock.thaw();

        assert!(!clock.is_frozen());
        assert!((at(1_000)..at(1_060)).contains(&clock.timestamp()));
    }

    #[test]
    fn clones_share_the_time_and_reset_brings_back_the_systems() {
        let clock = Clock::default();
        let before = clock.timestamp();
        clock.clone().advance(SignedDuration::from_hours(2));
        assert!(clock.timestamp().duration_since(before) >= SignedDuration::from_hours(2));

        clock.reset();

        assert!(clock.timestamp().duration_since(before) < SignedDuration::from_hours(1));
    }

    #[test]
    fn a_clock_that_follows_moves_with_the_other_until_it_is_frozen() {
        let platform = Clock::default();
        platform.freeze();
        platform.set(at(1_000));
        let client = platform.following();

        client.advance(SignedDuration::from_secs(5));
        assert!(client.is_frozen());
        platform.advance(SignedDuration::from_secs(100));
        assert_eq!((platform.timestamp(), client.timestamp()), (at(1_100), at(1_105)));

        client.freeze();
        platform.advance(SignedDuration::from_secs(100));
        assert_eq!(client.timestamp(), at(1_105));

        client.reset();
        assert_eq!(client.timestamp(), at(1_200));
    }

    #[test]
    fn no_shift_is_too_large() {
        let clock = Clock::default();

        clock.advance(SignedDuration::MAX);
        clock.advance(SignedDuration::MAX);

        assert_eq!(clock.now(), EpochSeconds::from(Timestamp::MAX));
    }
}
