//! Something public that is read from the data center now and then.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use arc_swap::ArcSwapOption;
use gatepass_protocol::EpochSeconds;
use tokio::sync::Mutex;

use crate::Error;

/// So old, it is read anew.
const FRESH_FOR_S: i64 = 60 * 60;
/// So old, it is not used any more: the platform changes its keys every 24 hours (CONTRACT 6.4).
const GOOD_FOR_S: i64 = 24 * 60 * 60;
/// The least time between two attempts to read what there is already.
const BETWEEN_ATTEMPTS_S: i64 = 30;

/// A value, and when it was read.
pub(crate) struct Kept<T> {
    value: ArcSwapOption<(EpochSeconds, T)>,
    /// In epoch seconds.
    tried_at: AtomicI64,
    /// Held by whoever reads it anew. If that caller no longer waits, it passes to the next.
    reading: Mutex<()>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { value: None.into(), tried_at: i64::MIN.into(), reading: Mutex::default() }
    }
}

impl<T: Clone> Kept<T> {
    /// The value: kept, or read. An old one serves while it can't be read anew.
    pub(crate) async fn get(
        &self,
        now: EpochSeconds,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(value) = self.younger_than(FRESH_FOR_S, now) {
            return Ok(value);
        }
        let old = self.younger_than(GOOD_FOR_S, now);
        let reading = match (self.reading.try_lock(), &old) {
            (Ok(reading), None) => reading,
            (Ok(reading), Some(_)) if self.may_try(now) => reading,
            (_, Some(value)) => return Ok(value.clone()),
            (Err(_), None) => self.reading.lock().await,
        };
        if let Some(value) = self.younger_than(FRESH_FOR_S, now) {
            return Ok(value);
        }
        let outcome = self.read(now, read).await;
        drop(reading);
        match (outcome, old) {
            (Err(_), Some(old)) => Ok(old),
            (outcome, _) => outcome,
        }
    }

    /// A newer value than the one that `is_old` knows, if it may be asked for now; else that one.
    pub(crate) async fn renew(
        &self,
        now: EpochSeconds,
        is_old: impl Fn(&T) -> bool,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _reading = self.reading.lock().await;
        match self.younger_than(GOOD_FOR_S, now) {
            Some(value) if !is_old(&value) || !self.may_try(now) => Ok(value),
            Some(_) | None => self.read(now, read).await,
        }
    }

    async fn read(
        &self,
        now: EpochSeconds,
        read: impl AsyncFnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.tried_at.store(now.seconds(), Ordering::Relaxed);
        let value = read().await?;
        self.value.store(Some(Arc::new((now, value.clone()))));
        Ok(value)
    }

    fn may_try(&self, now: EpochSeconds) -> bool {
        let tried_at = self.tried_at.load(Ordering::Relaxed);
        now.seconds().saturating_sub(tried_at) >= BETWEEN_ATTEMPTS_S
    }

    fn younger_than(&self, age_s: i64, now: EpochSeconds) -> Option<T> {
        let kept = self.value.load();
        let (read_at, value) = &**kept.as_ref()?;
        (now.since(*read_at) < age_s).then(|| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::Notify;

    use super::*;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    #[tokio::test]
    async fn of_all_who_come_at_once_one_reads_and_the_next_when_it_gives_up() {
        let (kept, reads, go) = (Kept::default(), Cell::new(0), Notify::new());
        let get = || {
            kept.get(at(0), async || {
                reads.set(reads.get() + 1);
                go.notified().await;
                Ok(reads.get())
            })
        };

        {
            let gives_up = get();
            tokio::select! {
                biased;
                _ = gives_up => unreachable!("nothing lets it go on"),
                () = std::future::ready(()) => {}
            }
        }
        go.notify_one();
        let (one, other) = tokio::join!(get(), get());

        assert_eq!((one.unwrap(), other.unwrap()), (2, 2));
    }

    #[tokio::test]
    async fn whoever_comes_while_it_is_read_anew_has_the_old_one_at_once() {
        let kept = Kept::default();
        kept.get(at(0), async || Ok(1)).await.unwrap();

        let reading = kept.get(at(FRESH_FOR_S), async || {
            let meanwhile = kept.get(at(FRESH_FOR_S), async || Ok(9)).await;
            assert_eq!(meanwhile.unwrap(), 1);
            Ok(2)
        });

        assert_eq!(reading.await.unwrap(), 2);
    }
}
