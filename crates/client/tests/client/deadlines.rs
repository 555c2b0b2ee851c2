//! A deadline ends whatever is being done.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use gatepass_client::{AuthorizedClient, Error, Stage, Timer, TokenSource};
use tokio::{
    runtime::Builder,
    sync::watch,
    time::{advance, pause, resume},
};

use crate::support::{NOW, Reply, Server, TestTime, source_builder, token, words};

/// Pauses never end; a deadline of 5 s passes when the gate opens, and one that waits for the
/// request of somebody else does not.
struct Waiting(watch::Sender<bool>);

impl Timer for Waiting {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if duration != Duration::from_secs(5) {
            return Box::pin(std::future::pending());
        }
        let mut gate = self.0.subscribe();
        Box::pin(async move {
            gate.wait_for(|passed| *passed).await.unwrap();
        })
    }
}

/// The same for the first deadline that is set; others never pass.
struct WaitingOnce(Waiting, AtomicBool);

impl Timer for WaitingOnce {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.sleep(duration)
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.1.swap(true, Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        self.0.deadline(duration)
    }
}

/// Issues tokens, and keeps the answers to all else until `release` is true.
async fn holding_calls(release: &watch::Sender<bool>) -> Server {
    let held = release.clone();
    Server::start(move |n, seen| match seen.target.as_str() {
        "/api/2/idp/token" => token(n, NOW + 7200),
        _ => Reply::new(200, "").held_by(&held),
    })
    .await
}

#[tokio::test]
async fn a_token_request_ends_with_the_deadline_and_tells_the_last_failure() {
    let server = Server::start(|_, _| Reply::new(503, "")).await;
    let (gate, _) = watch::channel(false);
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(Waiting(gate.clone())))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    let asking = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    server.has_seen(1).await;
    gate.send_replace(true);

    let error = asking.await.unwrap().unwrap_err();

    assert!(matches!(error, Error::OutOfTime { attempts: 1, .. }), "{error:?}");
    assert!(error.is_transient());
    let beginning = format!(
        "the token request to {}/api/2/idp/token was given up after 5 s (attempts: 1)",
        server.url()
    );
    assert!(words(&error).starts_with(&beginning), "{}", words(&error));
}

#[tokio::test]
async fn a_call_ends_with_the_deadline_while_its_answer_is_waited_for() {
    let (stuck, _) = watch::channel(false);
    let server = holding_calls(&stuck).await;
    let (gate, _) = watch::channel(false);
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(Waiting(gate.clone())))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    // Nothing but the answer is waited for, and the attempt's own timeout is longer.
    source.token().await.unwrap();
    let calling = tokio::spawn(AuthorizedClient::new(source).get("/a?key=1").send());
    server.has_seen(2).await;
    gate.send_replace(true);

    let error = calling.await.unwrap().unwrap_err();

    assert_eq!((error.stage(), error.attempts()), (Stage::Api, 1));
    let expected =
        format!("the API request to {}/a was given up after 5 s (attempts: 1)", server.url());
    assert_eq!(words(&error), expected);
}

#[tokio::test]
async fn the_deadline_is_that_of_a_refreshment_and_a_sign_in_together() {
    let server = Server::start(|n, seen| match n {
        1 => Reply::json(
            200,
            &serde_json::json!({
                "access_token": "tok~1", "refresh_token": "tok~r", "expires_in": 7200,
                "token_type": "bearer",
            }),
        ),
        _ => Reply::new(503, seen.body.clone()),
    })
    .await;
    let (gate, _) = watch::channel(false);
    let time = TestTime::new();
    let source = source_builder(server.url(), &time)
        .timer(Arc::new(Waiting(gate.clone())))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    source.token().await.unwrap();
    time.set(NOW + 7200);
    let asking = tokio::spawn(async move { source.token().await });
    server.has_seen(2).await;
    gate.send_replace(true);

    let error = asking.await.unwrap().unwrap_err();

    assert!(matches!(error, Error::OutOfTime { attempts: 1, .. }), "{error:?}");
}

/// A source whose attempts may take as long as all of them together.
fn patient(server: &Server, gate: &watch::Sender<bool>) -> TokenSource {
    source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(Waiting(gate.clone())))
        .timeout(Duration::from_secs(5))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_first_attempt_that_begins_at_once_is_left_to_its_own_timeout() {
    let (release, _) = watch::channel(false);
    let server = holding_calls(&release).await;
    let (gate, _) = watch::channel(false);
    let source = patient(&server, &gate);
    source.token().await.unwrap();
    let calling = tokio::spawn(AuthorizedClient::new(source).get("/a").send());
    server.has_seen(2).await;
    gate.send_replace(true);
    release.send_replace(true);

    assert_eq!(calling.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn what_comes_after_the_first_attempt_ends_with_the_deadline() {
    let (stuck, _) = watch::channel(false);
    for (first, seen_requests, attempts) in [(503, 2, 1), (401, 4, 2)] {
        let held = stuck.clone();
        let server = Server::start(move |n, seen| match (n, seen.target.as_str()) {
            (_, "/api/2/idp/token") => token(n, NOW + 7200),
            (2, _) => Reply::new(first, ""),
            _ => Reply::new(200, "").held_by(&held),
        })
        .await;
        let (gate, _) = watch::channel(false);
        let source = patient(&server, &gate);
        source.token().await.unwrap();
        let call = AuthorizedClient::new(source).get("/a");
        let calling = tokio::spawn(call.fetch_json::<serde_json::Value>());
        server.has_seen(seen_requests).await;
        gate.send_replace(true);

        let error = calling.await.unwrap().unwrap_err();

        assert!(matches!(error, Error::OutOfTime { .. }), "{error:?}");
        assert_eq!((error.stage(), error.attempts()), (Stage::Api, attempts), "after {first}");
        assert_eq!(error.status().unwrap(), first, "the last failure is told");
    }
}

#[tokio::test]
async fn a_call_ends_with_the_deadline_while_its_token_is_waited_for() {
    let (stuck, _) = watch::channel(false);
    let held = stuck.clone();
    let server = Server::start(move |n, _| token(n, NOW + 7200).held_by(&held)).await;
    let (gate, _) = watch::channel(false);
    // The call's; that of the token request is set later.
    let timer = WaitingOnce(Waiting(gate.clone()), AtomicBool::new(false));
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(timer))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    let calling = tokio::spawn(AuthorizedClient::new(source).get("/a").send());
    server.has_seen(1).await;
    gate.send_replace(true);

    let error = calling.await.unwrap().unwrap_err();

    assert_eq!((error.stage(), error.attempts()), (Stage::Api, 0));
}

/// Of those who wait for the request of somebody else, only the second loses patience.
#[derive(Default)]
struct SecondGivesUp(AtomicUsize);

impl Timer for SecondGivesUp {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let waits = duration > Duration::from_secs(5);
        let gives_up = waits && self.0.fetch_add(1, Ordering::Relaxed) == 1;
        if gives_up { Box::pin(std::future::ready(())) } else { self.sleep(duration) }
    }
}

#[test]
fn a_request_on_a_runtime_that_nobody_drives_is_made_again_on_the_callers() {
    let driven = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let idle = Builder::new_current_thread().enable_all().build().unwrap();
    let server = driven.block_on(Server::start(|n, _| token(n, NOW + 7200)));
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(SecondGivesUp::default()))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    // It is begun here, and then its runtime stands still.
    idle.block_on(async {
        let mut asking = pin!(source.access_token());
        let asks = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_pending()));
        assert!(asks.await);
    });

    let token = driven.block_on(source.access_token()).unwrap();

    assert_eq!(token.reveal(), "tok~1");
    server.assert_requests(1);
}

/// Pauses take no time; notes each deadline that is set, and how many requests were seen by then.
struct Noting(Server, Noted);

/// Seconds, and requests.
type Noted = Arc<Mutex<Vec<(u64, usize)>>>;

impl Timer for Noting {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.1.lock().unwrap().push((duration.as_secs(), self.0.seen().len()));
        Box::pin(std::future::pending())
    }
}

fn noting(server: &Server) -> (TokenSource, Noted) {
    let deadlines = Arc::default();
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(Noting(server.clone(), Arc::clone(&deadlines))))
        .deadline(Duration::from_secs(5))
        .timeout(Duration::from_secs(5))
        .build();
    (source.unwrap(), deadlines)
}

#[tokio::test]
async fn the_deadline_of_a_call_counts_from_before_its_first_attempt() {
    let server = Server::start(|n, _| match n {
        1 => token(1, NOW + 7200),
        2 | 3 => Reply::new(503, ""),
        _ => Reply::new(200, ""),
    })
    .await;
    let (source, deadlines) = noting(&server);
    source.token().await.unwrap();
    deadlines.lock().unwrap().clear();

    AuthorizedClient::new(source).get("/a").send().await.unwrap();

    assert_eq!(*deadlines.lock().unwrap(), [(5, 1)]);
}

#[tokio::test]
async fn a_narrowed_token_has_one_deadline_with_the_wider_one() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let (source, deadlines) = noting(&server);
    let tenant = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002".parse().unwrap();

    source.scoped(tenant).access_token().await.unwrap();

    // Of 10 s those who wait for it, and who wait for the wider one.
    assert_eq!(*deadlines.lock().unwrap(), [(10, 0), (5, 0), (10, 0), (5, 0)]);
}

#[tokio::test]
async fn the_last_of_several_failures_is_told_when_the_deadline_passes() {
    let (stuck, _) = watch::channel(false);
    let held = stuck.clone();
    let server = Server::start(move |n, _| match n {
        1 => token(1, NOW + 7200),
        2 => Reply::new(500, ""),
        3 => Reply::new(503, ""),
        _ => Reply::new(200, "").held_by(&held),
    })
    .await;
    let (gate, _) = watch::channel(false);
    let source = source_builder(server.url(), &TestTime::new())
        .timer(Arc::new(WithoutPauses(Waiting(gate.clone()))))
        .timeout(Duration::from_secs(5))
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    source.token().await.unwrap();
    let call = AuthorizedClient::new(source).get("/a");
    let calling = tokio::spawn(call.fetch_json::<serde_json::Value>());
    server.has_seen(4).await;
    gate.send_replace(true);

    let error = calling.await.unwrap().unwrap_err();

    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (503, 3));
}

/// The same, but pauses take no time.
struct WithoutPauses(Waiting);

impl Timer for WithoutPauses {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.deadline(duration)
    }
}

#[tokio::test]
async fn a_request_that_stands_still_for_longer_than_its_deadline_is_made_again() {
    let (stuck, _) = watch::channel(false);
    let held = stuck.clone();
    let server = Server::start(move |n, _| match n {
        1 => token(1, NOW + 7200).held_by(&held),
        _ => token(n, NOW + 9000),
    })
    .await;
    let source = source_builder(server.url(), &TestTime::new()).deadline(Duration::from_secs(5));
    let source = source.build().unwrap();
    let waiting = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    server.has_seen(1).await;

    pause();
    advance(Duration::from_secs(11)).await;
    resume();
    let token = source.access_token().await.unwrap();

    assert_eq!(token.reveal(), "tok~2");
    stuck.send_replace(true); // What comes that late does not take the place of the newer one.
    assert_eq!(waiting.await.unwrap().unwrap().access_token(), &token);
    assert_eq!(source.access_token().await.unwrap(), token);
}

#[tokio::test]
async fn a_clock_that_is_moved_makes_no_second_request() {
    let (stuck, _) = watch::channel(false);
    let held = stuck.clone();
    let server = Server::start(move |n, _| token(n, NOW + 72_000).held_by(&held)).await;
    let time = TestTime::new();
    let source = source_builder(server.url(), &time).build().unwrap();
    let asks = || {
        let source = source.clone();
        tokio::spawn(async move { source.access_token().await })
    };
    let first = asks();
    server.has_seen(1).await;

    time.set(NOW + 7200);
    let second = asks();
    tokio::task::yield_now().await;
    stuck.send_replace(true);

    assert_eq!(first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    server.assert_requests(1);
}
