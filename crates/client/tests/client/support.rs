//! A scripted server, a time that the test moves, and the errors' whole words.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use gatepass_client::{
    Clock, Credentials, DataCenter, EpochSeconds, Error, Jitter, Timer, TokenSource,
    TokenSourceBuilder,
};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const CLIENT_ID: &str = "6a59b7e4-6c53-44b3-8a2d-1d3a8a2a1002";
pub(crate) const SECRET: &str = "5ecde75ecde75ecde75ecde75ecde701";
/// What no message may hold in any test: the beginning of each token that [`token`] makes.
pub(crate) const TOKEN_STEM: &str = "tok~";

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// How a server answers one request.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    held: Option<watch::Receiver<bool>>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), held: None }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string()).header("content-type", "application/json")
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Not sent until the gate says `true`.
    pub(crate) fn held_by(mut self, gate: &watch::Sender<bool>) -> Self {
        self.held = Some(gate.subscribe());
        self
    }
}

/// The answer 200 with the `n`-th token, which lives until `expires_on`.
pub(crate) fn token(n: usize, expires_on: i64) -> Reply {
    Reply::json(
        200,
        &json!({
            "access_token": format!("{TOKEN_STEM}{n}"),
            "expires_on": expires_on,
            "id_token": "e.y.j",
            "token_type": "bearer",
        }),
    )
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

/// A server that answers the n-th request, from 1, as its script says.
#[derive(Clone)]
pub(crate) struct Server {
    url: String,
    seen: watch::Sender<Vec<Seen>>,
}

impl Server {
    pub(crate) async fn start(
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, seen: watch::Sender::new(Vec::new()) };
        let script: Arc<Script> = Arc::new(script);
        let router = Router::new().fallback(play).with_state((server.clone(), script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn data_center(&self) -> DataCenter {
        self.url.parse().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    #[track_caller]
    pub(crate) fn assert_requests(&self, expected: usize) {
        let seen = self.seen();
        assert_eq!(seen.len(), expected, "requests: {seen:#?}");
    }

    /// Ready when so many requests came in.
    pub(crate) async fn has_seen(&self, requests: usize) {
        self.seen.subscribe().wait_for(|seen| seen.len() >= requests).await.unwrap();
    }
}

async fn play(State((server, script)): State<(Server, Arc<Script>)>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: head.method,
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let mut number = 0;
    server.seen.send_modify(|all| {
        all.push(seen.clone());
        number = all.len();
    });
    let reply = script(number, &seen);
    if let Some(mut gate) = reply.held {
        gate.wait_for(|open| *open).await.unwrap();
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// Time stands still until it is moved; sleeping moves it at once and is noted down.
pub(crate) struct TestTime {
    now: Mutex<EpochSeconds>,
    sleeps: Mutex<Vec<Duration>>,
}

impl TestTime {
    pub(crate) fn new() -> Arc<Self> {
        let now = EpochSeconds::try_from(NOW).unwrap();
        Arc::new(Self { now: Mutex::new(now), sleeps: Mutex::default() })
    }

    pub(crate) fn set(&self, seconds: i64) {
        *self.now.lock().unwrap() = EpochSeconds::try_from(seconds).unwrap();
    }

    pub(crate) fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }

    /// Every pause has to be of so many whole seconds and up to one second more.
    #[track_caller]
    pub(crate) fn assert_sleeps(&self, expected: &[u64]) {
        let sleeps = self.sleeps();
        assert_eq!(sleeps.len(), expected.len(), "sleeps: {sleeps:?}");
        for (sleep, shortest) in sleeps.iter().zip(expected) {
            let range = Duration::from_secs(*shortest)..=Duration::from_secs(shortest + 1);
            assert!(range.contains(sleep), "sleeps: {sleeps:?}, expected {expected:?}");
        }
    }
}

impl Clock for TestTime {
    fn now(&self) -> EpochSeconds {
        *self.now.lock().unwrap()
    }
}

impl Timer for TestTime {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.sleeps.lock().unwrap().push(duration);
        let mut now = self.now.lock().unwrap();
        *now = now.plus(duration);
        Box::pin(std::future::ready(()))
    }

    /// Pauses take no time here, so no deadline passes.
    fn deadline(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// Chance that does as it is told.
pub(crate) struct Always(pub(crate) f64);

impl Jitter for Always {
    fn fraction(&self) -> f64 {
        self.0
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new(CLIENT_ID, SECRET).unwrap()
}

pub(crate) fn source_builder(url: &str, time: &Arc<TestTime>) -> TokenSourceBuilder {
    let (clock, timer) = (Arc::clone(time), Arc::clone(time));
    TokenSource::builder(url.parse().unwrap(), credentials())
        .clock(clock)
        .timer(timer)
        .jitter(Arc::new(Always(0.5)))
}

pub(crate) fn source(url: &str, time: &Arc<TestTime>) -> TokenSource {
    source_builder(url, time).build().unwrap()
}

/// An error as the command line prints it, after a look that nothing secret is in it.
#[track_caller]
pub(crate) fn words(error: &Error) -> String {
    let words = error.report().to_string();
    for shown in [&words, &format!("{error:?}"), &format!("{error:#?}")] {
        assert!(!shown.contains(SECRET), "the secret is in: {shown}");
        assert!(!shown.contains(TOKEN_STEM), "a token is in: {shown}");
        assert!(!shown.contains("NmE1OWI3ZTQt"), "the encoded credentials are in: {shown}");
    }
    words
}
