//! What `gatepass-client` makes of each case of the catalogue, in time that the test moves: the
//! table is a snapshot, and each promise of a good client is kept.
#![expect(clippy::unwrap_used, reason = "what has no test attribute unwraps as tests do")]

use std::{
    fmt::Write as _,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use gatepass_client::{
    AccessToken, AuthorizedClient, Clock, Credentials, EpochSeconds, Error, Jitter, Timer,
    TokenSource,
};
use gatepass_server::{
    CaseSummary, Clock as PlatformClock, Config, GoodClient, Kind, Platform, Route, RunningPlatform,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The client's time is the platform's, and stands still but for pauses.
#[derive(Clone)]
struct Time {
    clock: PlatformClock,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl Clock for Time {
    fn now(&self) -> EpochSeconds {
        self.clock.now()
    }
}

impl Timer for Time {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.pauses.lock().unwrap().push(duration);
        self.clock.advance(duration.try_into().unwrap());
        Box::pin(std::future::ready(()))
    }

    fn deadline(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

impl Jitter for Time {
    fn fraction(&self) -> f64 {
        0.5
    }
}

/// An application that meets a case by its credentials alone.
struct Application {
    platform: RunningPlatform,
    time: Time,
    tokens: TokenSource,
}

/// One thing that the application asked for.
#[derive(Debug)]
struct Asked {
    /// Requests to the token endpoint, and calls of the API.
    requests: [usize; 2],
    pauses: Vec<Duration>,
    outcome: Result<(), String>,
}

impl Application {
    async fn meeting(case: &CaseSummary) -> Self {
        let mut config = Config::default();
        config.listen.set_port(0);
        config.cases.delay_factor = 0.0;
        config.seed = Some(7);
        let clock = PlatformClock::default();
        clock.freeze();
        clock.set(Timestamp::from_second(START).unwrap());
        let platform =
            Platform::builder().config(config).clock(clock.clone()).start().await.unwrap();
        if matches!(case.route, Some(Route::Keys | Route::Discovery)) {
            platform.play(&[&case.name]).unwrap(); // They are asked without credentials.
        }
        let time = Time { clock, pauses: Arc::default() };
        let credentials =
            Credentials::new(case.client_id.to_string(), case.client_secret.clone()).unwrap();
        let tokens = TokenSource::builder(platform.url().parse().unwrap(), credentials)
            .clock(Arc::new(time.clone()))
            .timer(Arc::new(time.clone()))
            .jitter(Arc::new(time.clone()))
            .build()
            .unwrap();
        Self { platform, time, tokens }
    }

    /// Asks for one thing, a second after the one before.
    async fn ask(&self, work: impl Future<Output = Result<(), Error>>) -> Asked {
        self.time.clock.advance(SignedDuration::from_secs(1));
        let before = self.requests();
        self.time.pauses.lock().unwrap().clear();
        let host = self.platform.address().to_string();
        let outcome = work.await.map_err(|error| words(&error).replace(&host, "[HOST]"));
        let after = self.requests();
        let requests = [after[0] - before[0], after[1] - before[1]];
        Asked { requests, pauses: self.time.pauses.lock().unwrap().clone(), outcome }
    }

    fn requests(&self) -> [usize; 2] {
        ["/api/2/idp/token", "/api/2/clients/{client_id}"]
            .map(|route| self.platform.requests().route(route).count())
    }

    async fn token(&self) -> Asked {
        self.ask(async { self.tokens.access_token().await.map(drop) }).await
    }

    /// A token instead of the kept one, which an API refused as it were.
    async fn next_token(&self, kept: &mut Option<AccessToken>) -> Asked {
        if let Some(kept) = kept.take() {
            self.tokens.invalidate(&kept);
        }
        self.ask(async {
            *kept = Some(self.tokens.access_token().await?);
            Ok(())
        })
        .await
    }

    async fn verify(&self) -> Asked {
        let verifier = self.tokens.verifier();
        self.ask(async {
            let token = self.tokens.access_token().await?;
            verifier.verify_access_token(token.reveal()).await.map(drop)
        })
        .await
    }

    async fn call(&self) -> Asked {
        let path = format!("/api/2/clients/{}", self.tokens.client_id());
        let call = AuthorizedClient::new(self.tokens.clone()).get(&path);
        self.ask(async { call.fetch_json::<Value>().await.map(drop) }).await
    }
}

/// What became of a run: a token, its verification, twelve calls up to the first that fails, the
/// token that is there then and three more. What needs a token that is not to be had is left out.
#[derive(Default)]
struct Run {
    token: Vec<Asked>,
    verification: Vec<Asked>,
    calls: Vec<Asked>,
    more_tokens: Vec<Asked>,
}

impl Run {
    async fn through(case: &CaseSummary) -> Self {
        let application = Application::meeting(case).await;
        let mut run = Self::default();
        run.token.push(application.token().await);
        if run.token[0].outcome.is_ok() {
            run.verification.push(application.verify().await);
            for _ in 0..12 {
                run.calls.push(application.call().await);
                if run.calls.last().unwrap().outcome.is_err() {
                    break;
                }
            }
        }
        let mut kept = None;
        for _ in 0..4 {
            run.more_tokens.push(application.next_token(&mut kept).await);
        }
        application.platform.stop().await;
        run
    }

    fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.token.iter().chain(&self.calls).chain(&self.more_tokens)
    }

    /// Which promise of a good client is not kept.
    fn broken_promise(&self, case: &CaseSummary, promise: GoodClient) -> Option<String> {
        let succeeds = self.asked().all(|asked| asked.outcome.is_ok());
        if succeeds != promise.succeeds {
            return Some(format!("succeeds: {succeeds}"));
        }
        let seen = usize::from(matches!(case.seen_on.or(case.route), Some(Route::Bearer)));
        let most = self.asked().map(|asked| asked.requests[seen]).max().unwrap_or(0);
        if promise.max_attempts.is_some_and(|limit| most > usize::try_from(limit).unwrap()) {
            return Some(format!("attempts: {most}"));
        }
        let least = self.asked().flat_map(|asked| &asked.pauses).min();
        let limit = Duration::from_millis(promise.min_gap_ms.unwrap_or(0));
        let short = least.filter(|least| **least < limit);
        short.map(|least| format!("a gap of {} ms", least.as_millis()))
    }
}

#[tokio::test]
async fn each_case_is_met_as_a_good_client_meets_it() {
    let mut cases = gatepass_server::cases(&Config::default()).unwrap();
    // What the platform never does is for the conformance suite to notice.
    cases.retain(|case| case.kind == Kind::Fault);

    let runs = join_all(cases.iter().map(Run::through)).await;

    let mut table = String::new();
    let mut broken = Vec::new();
    for (case, run) in cases.iter().zip(&runs) {
        writeln!(table, "{}: {}", case.name, case.title).unwrap();
        for (what, asked) in [
            ("token", &run.token),
            ("verified", &run.verification),
            ("calls", &run.calls),
            ("tokens", &run.more_tokens),
        ] {
            for line in lines(asked) {
                writeln!(table, "    {what:9}{line}").unwrap();
            }
        }
        if let Some(promise) = case.good_client
            && let Some(problem) = run.broken_promise(case, promise)
        {
            broken.push(format!("{}: {problem}, promised {promise:?}", case.name));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    insta::assert_snapshot!(table);
}

/// What was asked for in a row, equal ones in one line.
fn lines(asked: &[Asked]) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for asked in asked {
        let words = asked.words();
        match lines.last_mut() {
            Some((count, last)) if *last == words => *count += 1,
            _ => lines.push((1, words)),
        }
    }
    lines.into_iter().map(|(count, words)| format!("{count:>2} x {words}")).collect()
}

impl Asked {
    fn words(&self) -> String {
        let [tokens, calls] = self.requests;
        let mut words = String::new();
        for (name, count) in [("token", tokens), ("call", calls)] {
            if count > 0 {
                write!(words, "{name} {count}, ").unwrap();
            }
        }
        if !self.pauses.is_empty() {
            let pauses: Vec<_> =
                self.pauses.iter().map(|pause| format!("{} s", pause.as_secs_f64())).collect();
            write!(words, "after {}, ", pauses.join(" and ")).unwrap();
        }
        words + self.outcome.as_ref().map_or_else(String::as_str, |()| "good")
    }
}

/// An error without what differs from run to run.
fn words(error: &Error) -> String {
    let detail = match error {
        Error::Refused { refusal, .. } | Error::Unavailable { refusal, .. } => {
            let mut refusal = refusal.clone();
            refusal.message = refusal.message.filter(|message| message.starts_with('<'));
            refusal.to_string()
        }
        Error::Unusable { source, .. } => source.to_string(),
        Error::Unverified { source } => source.to_string(),
        Error::Redirected { status, location, .. } => format!("{status} to {location}"),
        Error::CutShort { status, .. } => status.to_string(),
        Error::Halted { until, .. } => format!("until {until}"),
        _ => String::new(),
    };
    let name = format!("{error:?}");
    let name = name.split([' ', '(']).next().unwrap_or_default();
    format!("{name} {detail}").trim().to_owned()
}

/// 2030-01-01T00:00:00Z
const START: i64 = 1_893_456_000;
