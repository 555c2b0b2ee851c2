//! One token, and at most one request for the next.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use gatepass_protocol::EpochSeconds;
use http::StatusCode;
use tokio::{runtime::Handle, sync::watch, time::Instant};

use crate::{
    AccessToken, Clock, Error, Jitter, Timer, Token,
    brake::{Brake, Quiet},
    exchange::before,
    schedule, telemetry,
};

/// Where new tokens come from.
pub(crate) trait Issuer: Send + Sync + 'static {
    /// Asks for a token, whatever that takes; `previous` is the one that it will replace.
    fn issue(&self, previous: Option<Token>) -> Issuing<'_>;

    /// Takes out a token that is kept elsewhere than in memory, and that was not yet used.
    fn take_kept(&self) -> TakingKept<'_> {
        Box::pin(std::future::ready(None))
    }
}

/// A token on its way out of where it is kept.
pub(crate) type TakingKept<'a> = Pin<Box<dyn Future<Output = Option<Token>> + Send + 'a>>;

/// A token in the making.
pub(crate) type Issuing<'a> = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send + 'a>>;

/// Keeps a token and renews it. Reading it takes no lock.
pub(crate) struct TokenCache {
    issuer: Box<dyn Issuer>,
    terms: Terms,
    kept: ArcSwapOption<Kept>,
    flight: Mutex<Option<Flight>>,
    brake: Mutex<Brake>,
    /// In epoch seconds: when a new token was refused like the one before it.
    renewed_in_vain: AtomicI64,
}

/// What the sources of an API client have in common.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) jitter: Arc<dyn Jitter>,
    pub(crate) refresh_before: Duration,
    /// For all that is done for one token.
    pub(crate) deadline: Duration,
    pub(crate) quiet: Arc<Mutex<Quiet>>,
}

struct Kept {
    token: Token,
    /// The access token, for each thread but a few its own: one that all share costs more to count
    /// than to read.
    copies: Box<[AccessToken]>,
    /// In epoch seconds; moved when a renewal failed.
    due: AtomicI64,
    unusable: EpochSeconds,
}

impl Kept {
    fn access_token(&self) -> AccessToken {
        thread_local! {
            static TURN: usize = TURNS.fetch_add(1, Ordering::Relaxed);
        }
        self.copies[TURN.with(|turn| turn % COPIES)].clone()
    }
}

/// A request in flight.
#[derive(Clone)]
struct Flight {
    since: Instant,
    outcome: watch::Receiver<Option<Result<(), Error>>>,
}

/// What the cache has for a caller.
enum Look<T> {
    /// A token that serves for a while.
    Fresh(T),
    /// A token that still serves, and that has to be renewed.
    Due(T),
    /// Nothing.
    Cold,
}

impl TokenCache {
    pub(crate) fn new(issuer: Box<dyn Issuer>, terms: Terms) -> Arc<Self> {
        Arc::new(Self {
            issuer,
            terms,
            kept: None.into(),
            flight: None.into(),
            brake: Mutex::default(),
            renewed_in_vain: i64::MIN.into(),
        })
    }

    /// The access token: kept, or new.
    pub(crate) async fn access_token(self: &Arc<Self>) -> Result<AccessToken, Error> {
        self.get(Kept::access_token).await
    }

    /// The whole answer: kept, or new.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<Token, Error> {
        self.get(|kept| kept.token.clone()).await
    }

    /// The token that is kept, if it may be given out.
    pub(crate) fn kept(&self) -> Option<Token> {
        match self.look(|kept| kept.token.clone()) {
            Look::Fresh(token) | Look::Due(token) => Some(token),
            Look::Cold => None,
        }
    }

    /// Whether nothing may be asked for a while, which is to be remembered.
    pub(crate) fn is_held_back(&self) -> bool {
        lock(&self.brake).holds(self.terms.clock.now()).is_some()
    }

    /// Takes the kept token out; nobody is given it any more.
    pub(crate) fn take(&self) -> Option<Token> {
        self.kept.swap(None).map(|kept| kept.token.clone())
    }

    /// The same of one that is on its way, and of what the issuer keeps for the next run.
    pub(crate) async fn take_everywhere(&self) -> Option<Token> {
        let flight = lock(&self.flight).clone();
        if let Some(flight) = flight.filter(|flight| self.is_in_the_air(flight)) {
            // Whatever becomes of it: what is kept then is taken.
            drop(self.landing(flight).await);
        }
        let kept = self.take();
        let elsewhere = self.issuer.take_kept().await;
        kept.or(elsewhere)
    }

    /// Stops giving out a token that an API refused, unless a newer one is kept already.
    pub(crate) fn invalidate(&self, refused: &AccessToken) {
        let kept = self.kept.load();
        if kept.as_ref().is_some_and(|kept| kept.token.access_token() == refused) {
            self.kept.compare_and_swap(&*kept, None);
        }
    }

    /// The access token that is kept, if it may be given out.
    pub(crate) fn kept_access_token(self: &Arc<Self>) -> Option<AccessToken> {
        self.give(Kept::access_token)
    }

    /// Whether a new token may help where an API refused this one; then this one is given out no
    /// more. What refuses each token, new ones too, is not to bring a token request a call.
    pub(crate) fn renew_refused(&self, refused: &AccessToken) -> bool {
        let kept = self.kept.load();
        if kept.as_ref().is_none_or(|kept| kept.token.access_token() != refused) {
            return true; // There is another already, or on its way.
        }
        let in_vain = self.renewed_in_vain.load(Ordering::Relaxed);
        let since = self.terms.clock.now().seconds().saturating_sub(in_vain);
        if (0..BETWEEN_VAIN_RENEWALS_S).contains(&since) {
            return false;
        }
        self.kept.compare_and_swap(&*kept, None);
        true
    }

    /// An API refused a new token like the one before it.
    pub(crate) fn note_renewed_in_vain(&self) {
        self.renewed_in_vain.store(self.terms.clock.now().seconds(), Ordering::Relaxed);
    }

    /// Does something with a token, and once more with a new one if the token is refused.
    pub(crate) async fn with_access_token<T, F: Future<Output = Result<T, Error>>>(
        self: &Arc<Self>,
        token: AccessToken,
        work: impl Fn(AccessToken) -> F,
    ) -> Result<T, Error> {
        match Box::pin(work(token.clone())).await {
            Err(error) if refuses_the_token(&error) && self.renew_refused(&token) => {}
            outcome => return outcome,
        }
        let token = self.access_token().await?;
        let outcome = Box::pin(work(token)).await;
        if outcome.as_ref().is_err_and(refuses_the_token) {
            self.note_renewed_in_vain();
        }
        outcome
    }

    async fn get<T>(self: &Arc<Self>, part: impl Fn(&Kept) -> T + Copy) -> Result<T, Error> {
        match self.give(part) {
            Some(part) => Ok(part),
            // Seldom, and so it takes no room in the future of each caller.
            None => Box::pin(self.wait(part)).await,
        }
    }

    /// What is kept, if it may be given out; if it has to be renewed, that begins.
    fn give<T>(self: &Arc<Self>, part: impl Fn(&Kept) -> T) -> Option<T> {
        match self.look(part) {
            Look::Fresh(part) => {
                telemetry::cache_hit();
                Some(part)
            }
            Look::Due(part) => {
                telemetry::cache_hit();
                // The caller does not wait for it, and has its token without a runtime, too.
                if Handle::try_current().is_ok() {
                    drop(self.join_flight());
                }
                Some(part)
            }
            Look::Cold => None,
        }
    }

    async fn wait<T>(self: &Arc<Self>, part: impl Fn(&Kept) -> T + Copy) -> Result<T, Error> {
        let mut outcome = Err(Error::Interrupted);
        for _ in 0..MOST_FLIGHTS {
            outcome = self.landing(self.join_flight()).await;
            // Whatever became of this flight: what is kept now is what may be given out now.
            if let Look::Fresh(part) | Look::Due(part) = self.look(part) {
                return Ok(part);
            }
            if !matches!(outcome, Ok(()) | Err(Error::Interrupted)) {
                break;
            }
        }
        Err(outcome.err().unwrap_or(Error::ShortLived))
    }

    /// Whether a flight has neither landed, nor was lost with the runtime that it ran on, nor stands
    /// still with that.
    fn is_in_the_air(&self, flight: &Flight) -> bool {
        flight.since.elapsed() <= self.terms.deadline.saturating_add(GRACE)
            && flight.outcome.has_changed().is_ok_and(|landed| !landed)
    }

    /// Waits for the outcome of a flight.
    async fn landing(&self, mut flight: Flight) -> Result<(), Error> {
        let Terms { timer, deadline, .. } = &self.terms;
        let longest = deadline.saturating_add(GRACE);
        let landed = async {
            // An error means that the task was lost with the runtime that it ran on.
            let landed = flight.outcome.wait_for(Option::is_some).await.ok();
            landed.and_then(|landed| landed.clone()).unwrap_or(Err(Error::Interrupted))
        };
        if let Some(outcome) = before(timer.deadline(longest), landed).await {
            return outcome;
        }
        // It ends by its own deadline, and so nobody drives the runtime that it runs on.
        lock(&self.flight).take_if(|lost| lost.outcome.same_channel(&flight.outcome));
        Err(Error::Interrupted)
    }

    fn look<T>(&self, part: impl Fn(&Kept) -> T) -> Look<T> {
        let kept = self.kept.load();
        let Some(kept) = kept.as_ref() else {
            return Look::Cold;
        };
        let now = self.terms.clock.now();
        if now >= kept.unusable {
            Look::Cold
        } else if now.seconds() >= kept.due.load(Ordering::Relaxed) {
            Look::Due(part(kept))
        } else {
            Look::Fresh(part(kept))
        }
    }

    /// The request in flight, or a new one.
    fn join_flight(self: &Arc<Self>) -> Flight {
        let mut slot = lock(&self.flight);
        if let Some(flight) = slot.clone().filter(|flight| self.is_in_the_air(flight)) {
            return flight;
        }
        let (landing, outcome) = watch::channel(None);
        let flight = Flight { since: Instant::now(), outcome };
        *slot = Some(flight.clone());
        drop(slot);
        let (cache, this) = (Arc::clone(self), flight.clone());
        // A task of its own, so that no caller's cancellation ends it.
        tokio::spawn(async move {
            let outcome = cache.renew(&this).await;
            landing.send_replace(Some(outcome));
        });
        flight
    }

    /// Asks for a token and keeps it.
    async fn renew(&self, flight: &Flight) -> Result<(), Error> {
        if let Look::Fresh(()) = self.look(|_| ()) {
            return Ok(()); // The last flight landed while this one was prepared.
        }
        let previous = self.kept.load_full();
        let now = self.terms.clock.now();
        let held = lock(&self.brake).holds(now).or_else(|| lock(&self.terms.quiet).holds(now));
        let outcome = match held {
            Some(error) => Err(error),
            None => self.ask(previous.as_ref().map(|kept| kept.token.clone())).await,
        };
        if let (Some(old), Err(error)) = (&previous, &outcome) {
            let (now, jitter) = (self.terms.clock.now(), self.terms.jitter.fraction());
            let next = schedule::next_try(old.unusable, now, error.retry_after(), jitter);
            old.due.store(next.seconds(), Ordering::Relaxed);
        }
        outcome.map(|token| self.keep(token, flight))
    }

    /// Keeps a token and plans its renewal, unless its flight was given up for lost meanwhile.
    fn keep(&self, token: Token, flight: &Flight) {
        let slot = lock(&self.flight);
        if slot.as_ref().is_none_or(|latest| !latest.outcome.same_channel(&flight.outcome)) {
            return;
        }
        let due = schedule::due(&token, self.terms.refresh_before, self.terms.jitter.fraction());
        let unusable = schedule::unusable(&token);
        let copies = (0..COPIES).map(|_| token.access_token().apart()).collect();
        let kept = Kept { token, copies, due: due.seconds().into(), unusable };
        self.kept.store(Some(Arc::new(kept)));
    }

    async fn ask(&self, previous: Option<Token>) -> Result<Token, Error> {
        let outcome = self.issuer.issue(previous).await;
        match &outcome {
            Ok(_) => lock(&self.brake).release(),
            Err(error) => {
                let now = self.terms.clock.now();
                lock(&self.brake).note(error, now);
                lock(&self.terms.quiet).note(error, now);
            }
        }
        outcome
    }
}

fn refuses_the_token(error: &Error) -> bool {
    error.status() == Some(StatusCode::UNAUTHORIZED)
}

/// What these locks guard is replaced whole, so a panic elsewhere can't break it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A flight more is for one whose runtime was shut down under it, or whose token had expired when
/// the caller's turn came.
const MOST_FLIGHTS: u32 = 2;

/// A flight begins a little later than its caller, and may write its token to a disk at the end.
const GRACE: Duration = Duration::from_secs(5);

const BETWEEN_VAIN_RENEWALS_S: i64 = 10;

const COPIES: usize = 8;
/// Threads that have read a token so far.
static TURNS: AtomicUsize = AtomicUsize::new(0);
