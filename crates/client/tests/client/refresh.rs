//! A token is renewed behind its users' backs, and the old one serves meanwhile.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use gatepass_client::{Error, Jitter, TokenSource};
use serde_json::json;
use tokio::sync::watch;

use crate::support::{Always, NOW, Reply, Seen, Server, TestTime, source, source_builder, token};

/// The time at which a token that lives until `NOW + 7200` is due: five minutes before, and half a
/// quarter of that.
const DUE: i64 = NOW + 7200 - 300 - 37;

/// Chance of a half, and how often it was asked for: once when a token is kept; once when an attempt
/// failed, and once more when the renewal did. Nothing is awaited between that and its end.
struct Counted(watch::Sender<usize>);

impl Counted {
    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(0)))
    }

    /// Ready when it was asked for so many times.
    async fn times(&self, count: usize) {
        self.0.subscribe().wait_for(|so_far| *so_far >= count).await.unwrap();
    }
}

impl Jitter for Counted {
    fn fraction(&self) -> f64 {
        self.0.send_modify(|count| *count += 1);
        0.5
    }
}

fn counted_source(server: &Server, time: &Arc<TestTime>, chance: &Arc<Counted>) -> TokenSource {
    source_builder(server.url(), time).jitter(Arc::<Counted>::clone(chance)).build().unwrap()
}

#[tokio::test]
async fn whoever_asks_some_minutes_before_the_end_gets_the_old_token_at_once() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, _| {
        let reply = token(n, NOW + 7200 * i64::try_from(n).unwrap());
        if n == 1 { reply } else { reply.held_by(&held) }
    })
    .await;
    let (time, chance) = (TestTime::new(), Counted::new());
    let source = counted_source(&server, &time, &chance);
    source.access_token().await.unwrap();

    time.set(DUE - 1);
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
    server.assert_requests(1);
    time.set(DUE);
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
    server.has_seen(2).await;
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
    gate.send_replace(true);
    chance.times(2).await;

    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~2");
    server.assert_requests(2);
}

#[test]
fn a_kept_token_is_given_out_where_there_is_no_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(|n, _| token(n, NOW + 7200)));
    let time = TestTime::new();
    let source = source(server.url(), &time);
    runtime.block_on(source.token()).unwrap();

    for seconds in [0, 7100] {
        time.set(NOW + seconds);
        let token = pin!(source.access_token()).poll(&mut Context::from_waker(Waker::noop()));

        let Poll::Ready(Ok(token)) = token else { panic!("{token:?}") };
        assert_eq!(token.reveal(), "tok~1");
    }
}

#[tokio::test]
async fn how_long_before_is_the_callers_choice_and_chances() {
    for (jitter, due) in [(0.0, 600), (1.0, 750)] {
        let server = Server::start(|n, _| token(n, NOW + 7200)).await;
        let time = TestTime::new();
        let source = source_builder(server.url(), &time)
            .refresh_before(Duration::from_mins(10))
            .jitter(Arc::new(Always(jitter)));
        let source = source.build().unwrap();
        source.token().await.unwrap();

        time.set(NOW + 7200 - due - 1);
        source.token().await.unwrap();
        server.assert_requests(1);

        time.set(NOW + 7200 - due);
        source.token().await.unwrap();
        server.has_seen(2).await;
    }
}

#[tokio::test]
async fn an_old_token_serves_while_its_renewal_fails_and_no_longer() {
    let server = Server::start(|n, _| match n {
        1 => token(1, NOW + 7200),
        _ => Reply::new(400, ""),
    })
    .await;
    let (time, chance) = (TestTime::new(), Counted::new());
    let source = counted_source(&server, &time, &chance);
    source.token().await.unwrap();

    time.set(DUE);
    source.token().await.unwrap();
    chance.times(3).await;
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
    server.assert_requests(2); // Not at every call: the next try has its time.

    time.set(NOW + 7200 - 6);
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
    chance.times(5).await;
    server.assert_requests(3);

    time.set(NOW + 7200 - 5);
    let error = source.access_token().await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    server.assert_requests(4);
}

#[tokio::test]
async fn a_token_whose_time_is_over_is_waited_for() {
    let server = Server::start(|n, _| token(n, NOW + 7200 * i64::try_from(n).unwrap())).await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    source.token().await.unwrap();

    time.set(NOW + 7200);

    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~2");
    server.assert_requests(2);
}

#[tokio::test]
async fn a_token_that_is_over_when_the_callers_turn_comes_is_not_given_out() {
    let time = TestTime::new();
    let late = Arc::clone(&time);
    let server = Server::start(move |n, _| {
        let expires_on = NOW + 10 * i64::try_from(n).unwrap();
        late.set(expires_on - if n == 1 { 0 } else { 5 });
        token(n, expires_on)
    })
    .await;

    let token = source(server.url(), &time).access_token().await.unwrap();

    assert_eq!(token.reveal(), "tok~2");
    server.assert_requests(2);
}

/// Answers with a refresh token, and as `second` says to the second request.
async fn with_refresh_tokens(second: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |n, _| match n {
        2 => second(),
        _ => renewable(n),
    })
    .await
}

fn renewable(n: usize) -> Reply {
    Reply::json(
        200,
        &json!({
            "access_token": format!("tok~{n}"), "refresh_token": format!("tok~r{n}"),
            "expires_in": 7200, "token_type": "bearer",
        }),
    )
}

#[tokio::test]
async fn a_refresh_token_is_used_where_there_is_one() {
    let server = with_refresh_tokens(|| renewable(2)).await;
    let time = TestTime::new();
    let source = source_builder(server.url(), &time).scope("offline_access").build().unwrap();
    source.token().await.unwrap();

    time.set(NOW + 7200);
    source.token().await.unwrap();

    let seen = server.seen();
    assert_eq!(seen[0].body, "grant_type=client_credentials&scope=offline_access");
    assert_eq!(seen[1].body, "grant_type=refresh_token&refresh_token=tok%7Er1");
    assert!(seen[1].header("authorization").starts_with("Basic "));
}

#[tokio::test]
async fn a_refresh_token_is_sent_once_and_then_the_credentials_have_to_do() {
    for (status, sleeps) in [(400, &[][..]), (503, &[1])] {
        let server = with_refresh_tokens(move || Reply::new(status, "")).await;
        let time = TestTime::new();
        let source = source_builder(server.url(), &time).scope("offline_access").build().unwrap();
        source.token().await.unwrap();

        time.set(NOW + 7200);
        assert_eq!(source.access_token().await.unwrap().reveal(), "tok~3");

        let seen = server.seen();
        assert!(seen[1].body.starts_with("grant_type=refresh_token"));
        assert!(seen[2].body.starts_with("grant_type=client_credentials"));
        time.assert_sleeps(sleeps);
    }
}

#[tokio::test]
async fn a_refresh_token_that_failed_is_not_sent_at_the_next_renewal_either() {
    let server = Server::start(|n, _| match n {
        1 => renewable(1),
        _ => Reply::new(400, ""),
    })
    .await;
    let time = TestTime::new();
    let source = source_builder(server.url(), &time).scope("offline_access").build().unwrap();
    source.token().await.unwrap();

    time.set(NOW + 7200);
    for _ in 0..2 {
        source.token().await.unwrap_err();
    }

    let refreshes = |seen: &Seen| seen.body.starts_with("grant_type=refresh_token");
    assert_eq!(
        server.seen().iter().map(refreshes).collect::<Vec<_>>(),
        [false, true, false, false]
    );
}

#[tokio::test]
async fn a_refreshment_that_is_to_wait_for_long_is_not_followed_by_a_sign_in() {
    let busy = || Reply::new(429, "").header("retry-after", "120");
    let server = with_refresh_tokens(busy).await;
    let time = TestTime::new();
    let source = source_builder(server.url(), &time).scope("offline_access").build().unwrap();
    source.token().await.unwrap();

    time.set(NOW + 7200);
    let error = source.token().await.unwrap_err();

    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    server.assert_requests(2);
}
