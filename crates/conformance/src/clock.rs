//! The one place that asks the system for the time.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Measures how long a run takes; no verdict depends on it.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a run reports its duration, in real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The time by this machine's clock, in seconds since the epoch: what a target's `Date` is
/// measured by.
#[expect(clippy::disallowed_methods, reason = "the target's clock is compared with ours")]
pub(crate) fn now_s() -> i64 {
    Timestamp::now().as_second()
}

/// Waits, because the target asks for it.
#[expect(clippy::disallowed_methods, reason = "a busy target gets the real time it asks for")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
