//! Something public that is read from the data center now and then.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use gatepass_protocol::EpochSeconds;
use tokio::{runtime::Handle, sync::watch};

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
    /// In epoch seconds: the last reading.
    tried_at: AtomicI64,
    /// In epoch seconds: the last reading for what the value lacked. Others don't delay the next.
    missed_at: AtomicI64,
    flight: Mutex<Option<Flight<T>>>,
}

/// A reading to be done, by the caller or in a task of its own.
pub(crate) type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Where the outcome of the reading in flight will be; closed without one if the reader is
/// cancelled.
type Flight<T> = watch::Receiver<Option<Result<T, Error>>>;
type Landing<T> = watch::Sender<Option<Result<T, Error>>>;

/// What a caller does next.
enum Turn<T> {
    Take(T),
    Wait(Flight<T>),
    Read(Landing<T>),
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        let (tried_at, missed_at) = (i64::MIN.into(), i64::MIN.into());
        Self { value: None.into(), tried_at, missed_at, flight: Mutex::default() }
    }
}

impl<T: Clone + Send + Sync + 'static> Kept<T> {
    /// The value: kept, or read. An old one serves at once while it is read anew in the background,
    /// and while it can't be.
    pub(crate) async fn get(
        self: &Arc<Self>,
        now: EpochSeconds,
        read: impl Fn() -> Reading<T>,
    ) -> Result<T, Error> {
        if let Some(value) = self.serves(now) {
            return Ok(value);
        }
        let old = self.younger_than(GOOD_FOR_S, now);
        loop {
            let landing = match (self.turn(|| self.serves(now)), &old) {
                (Turn::Take(value), _) => return Ok(value),
                (Turn::Wait(_), Some(old)) => return Ok(old.clone()),
                (Turn::Wait(flight), None) => match landed(flight).await {
                    Some(outcome) => return outcome,
                    None => continue, // It was lost with its runtime, and one who waits reads.
                },
                (Turn::Read(landing), _) => landing,
            };
            let reading = Arc::clone(self).read(now, read(), landing);
            let outcome = match (Handle::try_current(), &old) {
                // A task of its own goes on when its caller no longer waits, or is not polled.
                (Ok(runtime), None) => runtime.spawn(reading).await.ok(),
                (Ok(runtime), Some(old)) => {
                    runtime.spawn(reading);
                    Some(Ok(old.clone()))
                }
                (Err(_), None) => Some(reading.await),
                (Err(_), Some(old)) => Some(reading.await.or_else(|_| Ok(old.clone()))),
            };
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    /// A newer value than the one that `is_old` knows, if it may be asked for now; else that one.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        now: EpochSeconds,
        is_old: impl Fn(&T) -> bool,
        read: impl Fn() -> Reading<T>,
    ) -> Result<T, Error> {
        let serves = || {
            let good = self.younger_than(GOOD_FOR_S, now);
            good.filter(|value| !is_old(value) || !long_since(&self.missed_at, now))
        };
        let outcome = match self.turn(serves) {
            Turn::Take(value) => return Ok(value),
            Turn::Wait(flight) => landed(flight).await,
            Turn::Read(landing) => {
                self.missed_at.store(now.seconds(), Ordering::Relaxed);
                let reading = Arc::clone(self).read(now, read(), landing);
                match Handle::try_current() {
                    // A task of its own: it is the only one for a while, so nobody may cancel it.
                    Ok(runtime) => runtime.spawn(reading).await.ok(),
                    Err(_) => Some(reading.await),
                }
            }
        };
        match outcome {
            Some(outcome) => outcome,
            None => self.get(now, read).await,
        }
    }

    /// `serves` looks again: the last flight may have landed since the caller looked.
    fn turn(&self, serves: impl FnOnce() -> Option<T>) -> Turn<T> {
        // It is replaced whole, so a panic elsewhere can't break it.
        let mut slot = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        // Neither landed nor lost.
        let in_the_air = |flight: &&Flight<T>| flight.has_changed().is_ok_and(|landed| !landed);
        if let Some(flight) = slot.as_ref().filter(in_the_air) {
            return Turn::Wait(flight.clone());
        }
        if let Some(value) = serves() {
            return Turn::Take(value);
        }
        let (landing, flight) = watch::channel(None);
        *slot = Some(flight);
        Turn::Read(landing)
    }

    async fn read(
        self: Arc<Self>,
        now: EpochSeconds,
        reading: Reading<T>,
        landing: Landing<T>,
    ) -> Result<T, Error> {
        self.tried_at.store(now.seconds(), Ordering::Relaxed);
        let outcome = reading.await;
        if let Ok(value) = &outcome {
            self.value.store(Some(Arc::new((now, value.clone()))));
        }
        landing.send_replace(Some(outcome.clone()));
        outcome
    }

    /// What is given out without a reading.
    fn serves(&self, now: EpochSeconds) -> Option<T> {
        let may_try = long_since(&self.tried_at, now);
        self.younger_than(if may_try { FRESH_FOR_S } else { GOOD_FOR_S }, now)
    }

    fn younger_than(&self, age_s: i64, now: EpochSeconds) -> Option<T> {
        let kept = self.value.load();
        let (read_at, value) = &**kept.as_ref()?;
        let age = match now.since(*read_at) {
            // The clock was set back, and the age is anyone's guess.
            i64::MIN..0 => FRESH_FOR_S,
            age => age,
        };
        (age < age_s).then(|| value.clone())
    }
}

/// Whether there may be another attempt. One that lies in the future does not count.
fn long_since(attempt: &AtomicI64, now: EpochSeconds) -> bool {
    let since_s = now.seconds().saturating_sub(attempt.load(Ordering::Relaxed));
    !(0..BETWEEN_ATTEMPTS_S).contains(&since_s)
}

/// The outcome of a flight, unless it is lost.
async fn landed<T: Clone>(mut flight: Flight<T>) -> Option<Result<T, Error>> {
    flight.wait_for(Option::is_some).await.ok()?.clone()
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use tokio::{runtime::Builder, sync::Notify, task::yield_now};

    use super::*;

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn ready(outcome: Result<i64, Error>) -> Reading<i64> {
        Box::pin(future::ready(outcome))
    }

    async fn read_at_0() -> Arc<Kept<i64>> {
        let kept = Arc::new(Kept::default());
        kept.get(at(0), || ready(Ok(1))).await.unwrap();
        kept
    }

    #[tokio::test]
    async fn of_all_who_come_at_once_one_reads_also_when_it_gives_up() {
        let (kept, reads, go) = (Arc::default(), Cell::new(0), Arc::new(Notify::new()));
        let get = || {
            Kept::get(&kept, at(0), || {
                reads.set(reads.get() + 1);
                let (read, go) = (reads.get(), Arc::clone(&go));
                Box::pin(async move {
                    go.notified().await;
                    Ok(read)
                })
            })
        };

        let mut gives_up = Box::pin(get());
        tokio::select! {
            biased;
            _ = &mut gives_up => unreachable!("nothing lets it go on"),
            () = future::ready(()) => {}
        }
        let giving_up = async {
            drop(gives_up);
            go.notify_one();
        };
        let (one, other, ()) = tokio::join!(get(), get(), giving_up);

        assert_eq!((one.unwrap(), other.unwrap(), reads.get()), (1, 1, 1));
    }

    #[tokio::test]
    async fn who_is_not_polled_holds_up_nobody() {
        let (kept, go) = (Arc::default(), Arc::new(Notify::new()));
        let get = || {
            Kept::get(&kept, at(0), || {
                let go = Arc::clone(&go);
                Box::pin(async move {
                    go.notified().await;
                    Ok(1)
                })
            })
        };
        let mut stands_still = Box::pin(get());
        tokio::select! {
            biased;
            _ = &mut stands_still => unreachable!("nothing lets it go on"),
            () = future::ready(()) => {}
        }
        go.notify_one();

        assert_eq!(get().await.unwrap(), 1);
    }

    #[test]
    fn what_is_lost_with_its_runtime_is_read_by_who_waits() {
        let kept = Arc::new(Kept::default());
        let runtime = || Builder::new_current_thread().build().unwrap();
        let lost = runtime();
        lost.block_on(async {
            let mut begins = pin!(Kept::get(&kept, at(0), || Box::pin(future::pending())));
            let polled = future::poll_fn(|context| Poll::Ready(begins.as_mut().poll(context)));
            assert!(polled.await.is_pending());
        });

        let waits = Kept::get(&kept, at(0), || ready(Ok(2)));
        let value = runtime()
            .block_on(async { tokio::join!(waits, async { lost.shutdown_background() }).0 });

        assert_eq!(value.unwrap(), 2);
    }

    #[tokio::test]
    async fn an_old_one_is_tried_anew_once_in_half_a_minute_or_when_the_clock_was_set_back() {
        let (kept, tries) = (read_at_0().await, Cell::new(0));

        for (seconds, expected) in
            [(3599, 0), (3600, 1), (3629, 1), (3630, 2), (3659, 2), (3610, 3), (3639, 3)]
        {
            let value = kept.get(at(seconds), || {
                tries.set(tries.get() + 1);
                ready(Err(Error::Interrupted))
            });
            assert_eq!(value.await.unwrap(), 1);
            yield_now().await; // To the background.

            assert_eq!(tries.get(), expected, "after {seconds} s");
        }
    }

    #[test]
    fn without_a_runtime_the_caller_reads_it_anew() {
        let kept = Arc::default();

        for (seconds, expected) in [(0, 1), (FRESH_FOR_S, 2)] {
            let value = pin!(Kept::get(&kept, at(seconds), || ready(Ok(expected))));
            let Poll::Ready(value) = value.poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("nothing holds it")
            };

            assert_eq!(value.unwrap(), expected);
        }
    }
}
