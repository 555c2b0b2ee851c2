//! How fast requests follow each other, and how long a run waits for a busy target.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Spaces requests out, so that no more are sent in a second than allowed.
pub(crate) struct Pace(Option<Mutex<Interval>>);

impl Pace {
    /// At most so many requests per second, or as fast as they come. A rate is above 0.
    pub(crate) fn new(requests_per_second: Option<f64>) -> Self {
        Self(requests_per_second.map(|rate| {
            let mut ticks = interval(Duration::from_secs_f64(1.0 / rate));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            Mutex::new(ticks)
        }))
    }

    /// Waits for the turn of the next request.
    pub(crate) async fn turn(&self) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.tick().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_out_by_the_rate() {
        let pace = Pace::new(Some(4.0));
        let start = Instant::now();

        for _ in 0..9 {
            pace.turn().await;
        }

        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
