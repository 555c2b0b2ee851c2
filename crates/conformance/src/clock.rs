//! The one place that asks the system for the time.

use std::time::{Duration, Instant};

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
