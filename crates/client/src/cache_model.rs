//! The cache against a model of it: whatever callers, expiries, revocations, faults, cancellations
//! and lost runtimes do, in whatever order, each caller gets what the model says.

use std::{
    collections::BTreeMap,
    future::pending,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use gatepass_protocol::EpochSeconds;
use http::StatusCode;
use proptest::{prelude::*, sample::Index};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    Clock, Error, Jitter, Refusal, Stage, Timer, Token,
    cache::{Issuer, Issuing, Terms, TokenCache},
    schedule,
};

const START: i64 = 1_700_000_000;
const REFRESH_BEFORE: Duration = Duration::from_mins(5);
const JITTER: f64 = 0.5;

/// Callers run on either of two runtimes, each of which may be shut down.
type Side = bool;

#[derive(Debug, Clone)]
enum Step {
    Call(Side),
    Cancel(Index),
    /// The platform answers with a token that lives so many seconds.
    Issue(i64),
    /// The platform answers with this status.
    Fail(u16),
    Pass(i64),
    /// An API refused the kept token.
    Invalidate,
    /// The kept token is taken out to be revoked.
    Revoke,
    Shutdown(Side),
}

/// What a caller got.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Got {
    /// The token with this number.
    Token(usize),
    /// The error with this status.
    Error(u16),
    /// No request is made for a while.
    Halted,
}

/// What the cache is like, in the plainest words.
#[derive(Debug, Clone)]
struct Model {
    now: i64,
    kept: Option<Kept>,
    issued: usize,
    /// The side whose runtime has the request in flight.
    flying: Option<Side>,
    waiting: BTreeMap<usize, Side>,
    got: BTreeMap<usize, Got>,
    callers: usize,
    refusals: u32,
    halted_until: i64,
}

#[derive(Debug, Clone)]
struct Kept {
    number: usize,
    due: i64,
    unusable: i64,
}

impl Model {
    fn call(&mut self, side: Side) {
        let caller = self.callers;
        self.callers += 1;
        if let Some(kept) = self.kept.clone().filter(|kept| self.now < kept.unusable) {
            self.got.insert(caller, Got::Token(kept.number));
            if self.now >= kept.due {
                self.fly(side);
            }
        } else {
            self.waiting.insert(caller, side);
            self.fly(side);
        }
    }

    /// There is a request in flight now, unless none may be made.
    fn fly(&mut self, side: Side) {
        if self.flying.is_some() {
            return;
        }
        if self.now < self.halted_until {
            self.fail(&Got::Halted);
        } else {
            self.flying = Some(side);
        }
    }

    fn issue(&mut self, life: i64) {
        self.flying = None;
        self.issued += 1;
        let token = token(self.issued, life, self.now);
        self.kept = Some(Kept {
            number: self.issued,
            due: schedule::due(&token, REFRESH_BEFORE, JITTER).seconds(),
            unusable: schedule::unusable(&token).seconds(),
        });
        (self.refusals, self.halted_until) = (0, 0);
        self.all_get(&Got::Token(self.issued));
    }

    fn answer(&mut self, status: u16) {
        self.flying = None;
        self.halted_until = 0;
        if status == 401 {
            self.refusals += 1;
            if self.refusals >= 3 {
                self.halted_until = self.now + (60 << (self.refusals - 3)).min(900);
            }
        }
        self.fail(&Got::Error(status));
    }

    fn fail(&mut self, got: &Got) {
        if let Some(kept) = &mut self.kept {
            let next = schedule::next_try(at(kept.unusable), at(self.now), None, JITTER);
            kept.due = next.seconds();
        }
        self.all_get(got);
    }

    fn all_get(&mut self, got: &Got) {
        for (caller, _) in std::mem::take(&mut self.waiting) {
            self.got.insert(caller, got.clone());
        }
    }

    fn take(&mut self) {
        self.kept = None;
    }

    fn shut_down(&mut self, side: Side) {
        self.waiting.retain(|_, its| *its != side);
        if self.flying == Some(side) {
            self.flying = None;
            if !self.waiting.is_empty() {
                self.fly(!side);
            }
        }
    }

    fn cancelled(&self, which: Index) -> Option<usize> {
        let waiting: Vec<_> = self.waiting.keys().copied().collect();
        (!waiting.is_empty()).then(|| *which.get(&waiting))
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            now: START,
            kept: None,
            issued: 0,
            flying: None,
            waiting: BTreeMap::new(),
            got: BTreeMap::new(),
            callers: 0,
            refusals: 0,
            halted_until: 0,
        })
        .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        prop_oneof![
            6 => any::<bool>().prop_map(Step::Call),
            2 => any::<Index>().prop_map(Step::Cancel),
            3 => prop_oneof![1_i64..10, 10_i64..400, Just(7200)].prop_map(Step::Issue),
            3 => prop_oneof![Just(401), Just(503), Just(400)].prop_map(Step::Fail),
            3 => prop_oneof![0_i64..10, 10_i64..400, 6000_i64..8000].prop_map(Step::Pass),
            1 => Just(Step::Invalidate),
            1 => Just(Step::Revoke),
            1 => any::<bool>().prop_map(Step::Shutdown),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match step {
            Step::Issue(_) | Step::Fail(_) => state.flying.is_some(),
            Step::Cancel(_) => !state.waiting.is_empty(),
            Step::Invalidate | Step::Revoke => state.kept.is_some(),
            Step::Call(_) | Step::Pass(_) | Step::Shutdown(_) => true,
        }
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Call(side) => state.call(*side),
            Step::Cancel(which) => {
                if let Some(caller) = state.cancelled(*which) {
                    state.waiting.remove(&caller);
                }
            }
            Step::Issue(life) => state.issue(*life),
            Step::Fail(status) => state.answer(*status),
            Step::Pass(seconds) => state.now += seconds,
            Step::Invalidate | Step::Revoke => state.take(),
            Step::Shutdown(side) => state.shut_down(*side),
        }
        state
    }
}

/// The platform, in the hands of the test.
#[derive(Default)]
struct Platform {
    pending: Mutex<Vec<oneshot::Sender<Result<Token, Error>>>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Issuer for Arc<Platform> {
    fn issue(&self, _: Option<Token>) -> Issuing<'_> {
        struct Flying<'a>(&'a Platform);
        impl Drop for Flying<'_> {
            fn drop(&mut self) {
                self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
            }
        }
        Box::pin(async move {
            let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_in_flight.fetch_max(now, Ordering::SeqCst);
            let _flying = Flying(self);
            let (sender, answer) = oneshot::channel();
            self.pending.lock().unwrap().push(sender);
            answer.await.expect("the test answers each request")
        })
    }
}

struct Time(Mutex<i64>);

impl Clock for Time {
    fn now(&self) -> EpochSeconds {
        at(*self.0.lock().unwrap())
    }
}

/// No deadline passes.
struct Never;

impl Timer for Never {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(pending())
    }
}

struct Half;

impl Jitter for Half {
    fn fraction(&self) -> f64 {
        JITTER
    }
}

/// What a caller got, and whether the token was good when it got it.
type Given = Arc<Mutex<BTreeMap<usize, (Got, bool)>>>;

struct Subject {
    platform: Arc<Platform>,
    time: Arc<Time>,
    cache: Arc<TokenCache>,
    runtimes: BTreeMap<Side, Runtime>,
    callers: BTreeMap<usize, JoinHandle<()>>,
    given: Given,
    spawned: usize,
    issued: usize,
}

impl Subject {
    fn call(&mut self, side: Side) {
        let caller = self.spawned;
        self.spawned += 1;
        let (cache, time, given) =
            (Arc::clone(&self.cache), Arc::clone(&self.time), Arc::clone(&self.given));
        let task = self.runtimes[&side].spawn(async move {
            let outcome = cache.access_token().await;
            let good = outcome.as_ref().map_or(true, |token| time.now() < token.expires_on());
            let got = match outcome {
                Ok(token) => Got::Token(token.reveal().parse().unwrap()),
                Err(Error::Halted { .. }) => Got::Halted,
                Err(error) => Got::Error(error.status().map_or(0, |status| status.as_u16())),
            };
            given.lock().unwrap().insert(caller, (got, good));
        });
        self.callers.insert(caller, task);
    }

    fn answer(&self, outcome: Result<Token, Error>) {
        let sender = self.platform.pending.lock().unwrap().pop().unwrap();
        assert!(sender.send(outcome).is_ok(), "somebody waits for the answer");
    }

    fn shut_down(&mut self, side: Side) {
        self.runtimes.insert(side, runtime()); // The old one is dropped, and its tasks with it.
        self.platform.pending.lock().unwrap().retain(|sender| !sender.is_closed());
    }

    /// Lets every task run that can.
    fn settle(&self) {
        for _ in 0..3 {
            for runtime in self.runtimes.values() {
                runtime.block_on(async {
                    for _ in 0..8 {
                        tokio::task::yield_now().await;
                    }
                });
            }
        }
    }
}

struct CacheKeepsToTheModel;

impl StateMachineTest for CacheKeepsToTheModel {
    type SystemUnderTest = Subject;
    type Reference = Model;

    fn init_test(_: &Model) -> Subject {
        let (platform, time) = (Arc::<Platform>::default(), Arc::new(Time(Mutex::new(START))));
        let issuer = Box::new(Arc::clone(&platform));
        let clock: Arc<dyn Clock> = Arc::<Time>::clone(&time);
        let terms = Terms {
            clock,
            timer: Arc::new(Never),
            jitter: Arc::new(Half),
            refresh_before: REFRESH_BEFORE,
            deadline: Duration::MAX / 2,
            quiet: Arc::default(),
        };
        let cache = TokenCache::new(issuer, terms);
        let runtimes = [(false, runtime()), (true, runtime())].into();
        let (callers, given) = (BTreeMap::new(), Given::default());
        Subject { platform, time, cache, runtimes, callers, given, spawned: 0, issued: 0 }
    }

    fn apply(mut subject: Subject, model: &Model, step: Step) -> Subject {
        match step {
            Step::Call(side) => subject.call(side),
            Step::Cancel(_) => {
                // The model says which: the one that no longer waits and got nothing.
                let given = subject.given.lock().unwrap().clone();
                subject.callers.retain(|caller, task| {
                    let stays = model.waiting.contains_key(caller) || given.contains_key(caller);
                    if !stays {
                        task.abort();
                    }
                    stays
                });
            }
            Step::Issue(life) => {
                subject.issued += 1;
                let now = subject.time.now().seconds();
                subject.answer(Ok(token(subject.issued, life, now)));
            }
            Step::Fail(status) => subject.answer(Err(answered(status))),
            Step::Pass(seconds) => *subject.time.0.lock().unwrap() += seconds,
            Step::Invalidate => {
                // Whatever may still be given out, else it is as good as gone.
                if let Some(kept) = subject.cache.kept() {
                    subject.cache.invalidate(kept.access_token());
                } else {
                    subject.cache.take();
                }
            }
            Step::Revoke => drop(subject.cache.take()),
            Step::Shutdown(side) => subject.shut_down(side),
        }
        subject.settle();
        subject
    }

    fn check_invariants(subject: &Subject, model: &Model) {
        let most = subject.platform.most_in_flight.load(Ordering::SeqCst);
        assert!(most <= 1, "{most} requests were in flight at once");
        let flying = subject.platform.in_flight.load(Ordering::SeqCst) == 1;
        assert_eq!(flying, model.flying.is_some(), "a request is in flight: {model:?}");
        let given = subject.given.lock().unwrap();
        for (caller, (got, good)) in given.iter() {
            assert!(good, "caller {caller} got an expired token: {got:?}");
        }
        let got: BTreeMap<_, _> =
            given.iter().map(|(caller, (got, _))| (*caller, got.clone())).collect();
        assert_eq!(got, model.got, "what callers got: {model:?}");
    }
}

prop_state_machine! {
    #[test]
    fn whatever_happens_each_caller_gets_what_the_model_says(
        sequential 1..80 => CacheKeepsToTheModel
    );
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn at(seconds: i64) -> EpochSeconds {
    EpochSeconds::try_from(seconds).unwrap()
}

fn token(number: usize, life: i64, now: i64) -> Token {
    let json = json!({
        "access_token": number.to_string(), "expires_in": life, "token_type": "bearer",
    });
    let Value::Object(json) = json else { unreachable!("it is an object") };
    Token::read(json, at(now)).unwrap()
}

fn answered(status: u16) -> Error {
    let refusal = Box::new(Refusal {
        status: StatusCode::from_u16(status).unwrap(),
        code: None,
        domain: None,
        message: None,
        info: None,
        request_id: None,
        retry_after: None,
    });
    Error::Refused { stage: Stage::Token, url: String::new(), attempts: 1, refusal }
}
