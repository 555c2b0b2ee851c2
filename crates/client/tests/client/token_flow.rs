//! Ask, keep, ask again; one request in flight.

use std::{
    env,
    pin::{Pin, pin},
    process::Command,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Waker},
    time::Duration,
};

use gatepass_client::{BuildError, Clock, EpochSeconds, Error, Timer, TokenSource};
use http::Method;
use tokio::{sync::watch, task::JoinSet};

use crate::support::{
    CLIENT_ID, NOW, Reply, SECRET, Server, TestTime, credentials, source, source_builder, token,
};

#[tokio::test]
async fn the_request_is_the_tutorials() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;

    source(server.url(), &TestTime::new()).token().await.unwrap();

    let seen = &server.seen()[0];
    assert_eq!((&seen.method, seen.target.as_str()), (&Method::POST, "/api/2/idp/token"));
    // base64 of 6a59b7e4-6c53-44b3-8a2d-1d3a8a2a1002:5ecde75ecde75ecde75ecde75ecde701
    let basic = "Basic NmE1OWI3ZTQtNmM1My00NGIzLThhMmQtMWQzYThhMmExMDAyOjVlY2RlNzVlY2RlNzVlY2RlNzVlY2RlNzVlY2RlNzAx";
    assert_eq!(seen.header("authorization"), basic);
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(seen.body, "grant_type=client_credentials");
}

#[tokio::test]
async fn a_scope_and_a_path_prefix_are_sent() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let url = format!("{}/eu2/", server.url());

    let source = source_builder(&url, &TestTime::new()).scope("openid offline_access").build();
    source.unwrap().token().await.unwrap();

    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/eu2/api/2/idp/token");
    assert_eq!(seen.body, "grant_type=client_credentials&scope=openid+offline_access");
}

#[tokio::test]
async fn a_malformed_scope_is_refused_when_built() {
    let built = source_builder("https://host", &TestTime::new()).scope("a\"b").build();

    assert!(matches!(built, Err(BuildError::Scope(_))), "{built:?}");
}

#[tokio::test]
async fn all_members_of_the_answer_are_there() {
    let answer = r#"{"z":1,"access_token":"a.b.c","expires_on":1700007200,"id_token":"d.e.f","refresh_token":"r","token_type":"bearer"}"#;
    let server = Server::start(move |_, _| Reply::new(200, answer)).await;

    let token = source(server.url(), &TestTime::new()).token().await.unwrap();

    assert_eq!(token.access_token().reveal(), "a.b.c");
    assert_eq!(token.expires_on().seconds(), 1_700_007_200);
    assert_eq!(token.id_token().unwrap().reveal(), "d.e.f");
    assert_eq!(token.refresh_token().unwrap().reveal(), "r");
    assert_eq!(token.token_type(), "bearer");
    assert_eq!(serde_json::to_string(token.json()).unwrap(), answer);
}

#[tokio::test]
async fn a_kept_token_is_given_without_waiting() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let source = source(server.url(), &TestTime::new());
    source.token().await.unwrap();

    let again = pin!(source.token());

    assert!(again.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[tokio::test]
async fn a_token_of_seconds_is_used_for_its_seconds() {
    let server = Server::start(|n, _| token(n, NOW + 2)).await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    source.token().await.unwrap();

    time.set(NOW + 1);
    source.token().await.unwrap();

    server.assert_requests(1);
}

#[tokio::test]
async fn a_refused_token_is_not_given_out_again() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let source = source(server.url(), &TestTime::new());
    let old = source.access_token().await.unwrap();

    source.invalidate(&old);
    let new = source.access_token().await.unwrap();
    source.invalidate(&old); // The next caller whom the old one failed.

    assert_ne!(new, old);
    assert_eq!(source.access_token().await.unwrap(), new);
    server.assert_requests(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_callers_on_a_cold_cache_make_one_request() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, _| token(n, NOW + 7200).held_by(&held)).await;
    let source = source(server.url(), &TestTime::new());

    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let source = source.clone();
        callers.spawn(async move { source.access_token().await.unwrap() });
    }
    server.has_seen(1).await;
    gate.send_replace(true);
    let tokens = callers.join_all().await;

    assert!(tokens.iter().all(|token| *token == tokens[0]));
    server.assert_requests(1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_looks_just_before_a_token_comes_makes_no_request_more() {
    /// Holds the first caller that looks at it once it is armed.
    struct HoldingClock {
        time: Arc<TestTime>,
        armed: Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>,
    }
    impl Clock for HoldingClock {
        fn now(&self) -> EpochSeconds {
            let armed = self.armed.lock().unwrap().take();
            if let Some((looking, released)) = armed {
                looking.send(()).unwrap();
                released.recv().unwrap();
            }
            self.time.now()
        }
    }
    let server = Server::start(|n, _| token(n, NOW + 7200 * i64::try_from(n).unwrap())).await;
    let time = TestTime::new();
    let clock = Arc::new(HoldingClock { time: Arc::clone(&time), armed: Mutex::new(None) });
    let source = source_builder(server.url(), &time).clock(clock.clone()).build().unwrap();
    source.token().await.unwrap();
    time.set(NOW + 7200);
    let (looking, looks) = mpsc::channel();
    let (release, released) = mpsc::channel();
    *clock.armed.lock().unwrap() = Some((looking, released));

    let slow = tokio::spawn({
        let source = source.clone();
        async move { source.access_token().await.unwrap() }
    });
    looks.recv().unwrap(); // It has seen the old token,
    let new = source.access_token().await.unwrap(); // and the new one comes before it can ask.
    release.send(()).unwrap();

    assert_eq!(slow.await.unwrap(), new);
    server.assert_requests(2);
}

#[tokio::test]
async fn all_who_wait_share_a_failure() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |_, _| Reply::new(401, "").held_by(&held)).await;
    let source = source(server.url(), &TestTime::new());

    let mut callers = JoinSet::new();
    for _ in 0..10 {
        let source = source.clone();
        callers.spawn(async move { source.token().await.unwrap_err().status() });
    }
    server.has_seen(1).await;
    for _ in 0..20 {
        tokio::task::yield_now().await; // Each caller is waiting by then.
    }
    gate.send_replace(true);
    let statuses = callers.join_all().await;

    assert!(statuses.iter().all(|status| status.unwrap() == 401), "{statuses:?}");
    server.assert_requests(1);
    source.token().await.unwrap_err(); // Whoever comes later asks again.
    server.assert_requests(2);
}

#[tokio::test]
async fn a_cancelled_leader_leaves_the_request_to_the_others() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, _| token(n, NOW + 7200).held_by(&held)).await;
    let source = source(server.url(), &TestTime::new());
    let leader = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    server.has_seen(1).await;

    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    gate.send_replace(true);

    source.token().await.unwrap();
    server.assert_requests(1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_leaders_runtime_is_shut_down_another_takes_over() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, _| {
        let reply = token(n, NOW + 7200);
        if n == 1 { reply.held_by(&held) } else { reply }
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    server.has_seen(1).await;
    let waiter = tokio::spawn({
        let source = source.clone();
        async move { source.access_token().await }
    });

    runtime.shutdown_background();

    assert_eq!(waiter.await.unwrap().unwrap().reveal(), "tok~2");
    server.assert_requests(2);
}

#[tokio::test]
async fn a_timer_that_panics_leaves_no_caller_waiting() {
    struct Broken;
    impl Timer for Broken {
        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            panic!("the timer of this test panics")
        }

        fn deadline(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::pending())
        }
    }
    let server = Server::start(|_, _| Reply::new(503, "")).await;
    let source = source_builder(server.url(), &TestTime::new()).timer(Arc::new(Broken));
    let source = source.build().unwrap();

    let error = source.token().await.unwrap_err();

    assert!(matches!(error, Error::Interrupted), "{error:?}");
    assert!(error.is_transient());
    server.assert_requests(2);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let source = source(server.url(), &TestTime::new());
    source.token().await.unwrap();

    let shown = format!("{source:?} {:?}", source.discovery());

    assert!(shown.contains(CLIENT_ID) && !shown.contains(SECRET), "{shown}");
    assert!(!shown.contains("tok~"), "{shown}");
}

#[test]
fn what_is_for_this_machine_does_not_go_through_a_proxy() {
    const NAME: &str = "token_flow::what_is_for_this_machine_does_not_go_through_a_proxy";
    const PROXY: &str = "http://127.0.0.1:9";
    if env::var("HTTP_PROXY").is_ok_and(|proxy| proxy == PROXY) {
        tokio::runtime::Runtime::new().unwrap().block_on(real_time_token());
        return;
    }

    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", NAME])
        .envs([("HTTP_PROXY", PROXY), ("http_proxy", PROXY), ("NO_PROXY", ""), ("no_proxy", "")])
        .output()
        .unwrap();

    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"));
}

/// With the defaults, the clock of this machine among them.
async fn real_time_token() {
    let life = EpochSeconds::try_from(4_000_000_000).unwrap();
    let server = Server::start(move |_, _| {
        Reply::json(
            200,
            &serde_json::json!({"access_token": "a", "token_type": "bearer", "expires_in": 60}),
        )
    })
    .await;

    let token = TokenSource::new(server.data_center(), credentials()).unwrap().token().await;

    assert!(token.unwrap().expires_on() < life);
}
