//! Time and chance come in from outside, so that every rule is tested without waiting.

use std::{
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gatepass_protocol::EpochSeconds;
use tokio::time::Instant;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> EpochSeconds;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    fn now(&self) -> EpochSeconds {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        EpochSeconds::default().plus(since_epoch.unwrap_or_default())
    }
}

/// Waits between attempts, and for deadlines.
pub trait Timer: Send + Sync + 'static {
    /// A future that is ready after `duration`: the pause between two attempts.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// A future that is ready when a deadline has passed. Default: as [`Timer::sleep`]. A timer of
    /// a test in which pauses take no time has deadlines that never pass.
    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.sleep(duration)
    }
}

/// The timer of the Tokio runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    #[expect(clippy::disallowed_methods, reason = "this is the Timer")]
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    // Most calls end before anybody waits for their deadline, and setting a timer is dear.
    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let begun = Instant::now();
        let timer = *self;
        Box::pin(async move { timer.sleep(duration.saturating_sub(begun.elapsed())).await })
    }
}

/// Spreads what many clients would otherwise do at the same moment.
pub trait Jitter: Send + Sync + 'static {
    /// A number from 0 to 1: of the time that is left to chance, how much is used.
    fn fraction(&self) -> f64;
}

/// Another number every time.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn fraction(&self) -> f64 {
        rand::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_counts_from_when_it_was_set() {
        let begun = Instant::now();
        let deadline = TokioTimer.deadline(Duration::from_secs(10));
        TokioTimer.sleep(Duration::from_secs(7)).await;

        deadline.await;

        assert_eq!(begun.elapsed().as_secs(), 10);
    }
}
