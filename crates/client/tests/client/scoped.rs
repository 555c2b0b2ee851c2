//! Tokens narrowed to a tenant, revoked tokens, and tokens that are asked about.

use std::{future::poll_fn, pin::pin, task::Poll};

use gatepass_client::{Error, Stage, TenantId};
use serde_json::json;
use tokio::sync::watch;

use crate::support::{NOW, Reply, Seen, Server, TestTime, source, token, words};

const REVOKE_PATH: &str = "/api/2/idp/revoke_token";
const TENANT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
const OTHER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";

fn tenant(text: &str) -> TenantId {
    text.parse().unwrap()
}

fn narrows(seen: &Seen) -> bool {
    seen.body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
}

#[tokio::test]
async fn a_scoped_token_is_made_of_the_kept_one_and_kept_for_its_tenant() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let source = source(server.url(), &TestTime::new());

    for (id, expected) in [(TENANT, "tok~2"), (OTHER, "tok~3"), (TENANT, "tok~2")] {
        let token = source.scoped(tenant(id)).access_token().await.unwrap();
        assert_eq!(token.reveal(), expected);
    }

    let seen = &server.seen()[1];
    assert_eq!(seen.header("authorization"), "Bearer tok~1");
    let expected = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=tok%7E1&\
         scope=urn%3Aacronis.com%3Atenant-id%3A{TENANT}"
    );
    assert_eq!(seen.body, expected);
    server.assert_requests(3);
}

#[tokio::test]
async fn a_refused_wider_token_is_replaced_once() {
    let server = Server::start(|n, seen| match (narrows(seen), seen.header("authorization")) {
        (true, "Bearer tok~1") => Reply::new(401, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let source = source(server.url(), &TestTime::new());

    let scoped = source.scoped(tenant(TENANT)).access_token().await.unwrap();

    assert_eq!(scoped.reveal(), "tok~4");
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~3");
}

#[tokio::test]
async fn a_tenant_that_is_not_allowed_is_told_without_the_token() {
    let server = Server::start(|n, seen| {
        if narrows(seen) {
            Reply::json(403, &json!({"error": "access_denied", "error_description": "tok~1"}))
        } else {
            token(n, NOW + 7200)
        }
    })
    .await;

    let scoped = source(server.url(), &TestTime::new()).scoped(tenant(TENANT));
    let error = scoped.access_token().await.unwrap_err();

    assert_eq!((error.stage(), error.code()), (Stage::Token, Some("access_denied")));
    assert!(words(&error).ends_with("`access_denied`: (secret)"), "{error}");
    server.assert_requests(2);
}

#[tokio::test]
async fn a_halt_of_the_source_is_that_of_its_scoped_ones() {
    let server = Server::start(|_, _| Reply::new(401, "")).await;
    let source = source(server.url(), &TestTime::new());
    for _ in 0..5 {
        source.scoped(tenant(TENANT)).token().await.unwrap_err();
    }

    let error = source.scoped(tenant(OTHER)).token().await.unwrap_err();

    assert!(matches!(error, Error::Halted { .. }), "{error:?}");
    server.assert_requests(3);
}

#[tokio::test]
async fn a_revoked_token_is_given_to_nobody_and_the_next_caller_signs_in() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        REVOKE_PATH => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    source.revoke().await.unwrap(); // There is none yet.
    source.token().await.unwrap();

    source.revoke().await.unwrap();

    let seen = &server.seen()[1];
    assert_eq!(seen.body, "token=tok%7E1&token_type_hint=access_token");
    assert!(seen.header("authorization").starts_with("Basic "));
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~3");
}

#[tokio::test]
async fn a_revocation_that_fails_is_told_and_its_token_is_not_given_out_all_the_same() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        REVOKE_PATH => Reply::json(400, &json!({"error": "invalid_request"})),
        _ => token(n, NOW + 7200),
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    source.token().await.unwrap();

    let error = source.revoke().await.unwrap_err();

    assert_eq!((error.stage(), error.code()), (Stage::Revocation, Some("invalid_request")));
    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~3");
}

#[tokio::test]
async fn a_token_that_is_asked_about_is_good_or_not() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        "/api/2/idp/introspect_token" if n == 2 => Reply::new(401, ""),
        "/api/2/idp/introspect_token" => Reply::json(200, &json!({"active": false})),
        _ => token(n, NOW + 7200),
    })
    .await;

    let answer = source(server.url(), &TestTime::new()).introspect("tok~x").await.unwrap();

    assert!(!answer.active && answer.token.is_none());
    let seen = server.seen();
    assert_eq!(
        (seen[3].body.as_str(), seen[3].header("authorization")),
        ("token=tok%7Ex", "Bearer tok~3")
    );
}

#[tokio::test]
async fn a_token_whose_revocation_failed_is_revoked_by_the_next_call() {
    let server = Server::start(|n, seen| match (seen.target.as_str(), n) {
        (REVOKE_PATH, 2) => Reply::new(400, ""),
        (REVOKE_PATH, _) => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    source.token().await.unwrap();
    source.revoke().await.unwrap_err();

    source.revoke().await.unwrap();
    source.revoke().await.unwrap(); // There is none any more.

    let seen = server.seen();
    assert_eq!(seen[2].body, "token=tok%7E1&token_type_hint=access_token");
    assert_eq!(seen[2].body, seen[1].body);
    server.assert_requests(3);
}

#[tokio::test]
async fn a_token_that_is_being_asked_for_is_revoked_when_it_comes() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, seen| match seen.target.as_str() {
        REVOKE_PATH => Reply::new(200, ""),
        _ => token(n, NOW + 7200).held_by(&held),
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    let asking = tokio::spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    server.has_seen(1).await;

    let (revoked, _) = tokio::join!(source.revoke(), async { gate.send_replace(true) });

    revoked.unwrap();
    drop(asking);

    assert_eq!(server.seen()[1].body, "token=tok%7E1&token_type_hint=access_token");
}

#[tokio::test]
async fn a_long_retry_after_holds_for_each_tenant() {
    let server = Server::start(|n, seen| {
        if narrows(seen) {
            Reply::new(429, "").header("retry-after", "120")
        } else {
            token(n, NOW + 7200)
        }
    })
    .await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    source.scoped(tenant(TENANT)).access_token().await.unwrap_err();

    for id in [OTHER, TENANT, OTHER] {
        let error = source.scoped(tenant(id)).access_token().await.unwrap_err();
        assert!(matches!(error, Error::Halted { refusals: 0, .. }), "{error:?}");
    }

    server.assert_requests(2);
    time.set(NOW + 120);
    source.scoped(tenant(OTHER)).access_token().await.unwrap_err();
    server.assert_requests(3);
}

#[tokio::test]
async fn a_tenant_that_is_refused_is_held_back_though_nobody_keeps_its_source() {
    let server =
        Server::start(
            |n, seen| if narrows(seen) { Reply::new(401, "") } else { token(n, NOW + 7200) },
        )
        .await;
    let source = source(server.url(), &TestTime::new());
    for _ in 0..3 {
        source.scoped(tenant(TENANT)).access_token().await.unwrap_err();
    }

    // Another tenant is why sources that are not needed are let go.
    source.scoped(tenant(OTHER)).access_token().await.unwrap_err();
    let error = source.scoped(tenant(TENANT)).access_token().await.unwrap_err();

    assert!(matches!(error, Error::Halted { refusals: 3, .. }), "{error:?}");
}

#[tokio::test]
async fn introspection_that_refuses_each_token_does_not_bring_a_token_request_a_call() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        "/api/2/idp/token" => token(n, NOW + 7200),
        _ => Reply::new(401, ""),
    })
    .await;
    let source = source(server.url(), &TestTime::new());

    for _ in 0..3 {
        let error = source.introspect("e.y.j").await.unwrap_err();
        assert_eq!((error.stage(), error.status().unwrap().as_u16()), (Stage::Introspection, 401));
    }

    server.assert_requests(2 + 2 + 1 + 1);
}

#[tokio::test]
async fn a_revoked_token_is_not_given_out_while_its_renewal_is_in_flight() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, seen| match (seen.target.as_str(), n) {
        (REVOKE_PATH, _) => Reply::new(200, ""),
        (_, 2) => token(2, NOW + 9000).held_by(&held),
        _ => token(n, NOW + 7200),
    })
    .await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    source.token().await.unwrap();
    time.set(NOW + 7000);
    source.token().await.unwrap(); // The renewal begins.
    server.has_seen(2).await;

    let (revoked, kept) = tokio::join!(source.revoke(), async {
        let kept = poll_once(source.access_token()).await;
        gate.send_replace(true);
        kept
    });

    revoked.unwrap();
    assert!(kept.is_none(), "{kept:?}");
    let bodies: Vec<_> = server.seen()[2..].iter().map(|seen| seen.body.clone()).collect();
    let revocation = |n| format!("token=tok%7E{n}&token_type_hint=access_token");
    assert_eq!(bodies, [revocation(1), revocation(2)]);
}

/// What a future comes to if it does not have to wait.
async fn poll_once<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn a_revocation_that_fails_for_ever_does_not_keep_others_back() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        REVOKE_PATH if seen.body.contains("tok%7E1") => Reply::new(400, ""),
        REVOKE_PATH => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    for requests in [2, 5] {
        source.token().await.unwrap();
        source.revoke().await.unwrap_err();
        server.assert_requests(requests);
    }

    time.set(NOW + 7200); // It is over without that, and then let go.
    source.revoke().await.unwrap();
    source.revoke().await.unwrap();
    server.assert_requests(6);
}

#[tokio::test]
async fn a_refresh_token_outlives_its_access_token_and_is_revoked() {
    let server = Server::start(|_, seen| match seen.target.as_str() {
        REVOKE_PATH => Reply::new(200, ""),
        _ => Reply::json(
            200,
            &json!({
                "access_token": "tok~1", "refresh_token": "tok~r1", "expires_in": 7200,
                "token_type": "bearer",
            }),
        ),
    })
    .await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    source.token().await.unwrap();

    time.set(NOW + 7200);
    source.revoke().await.unwrap();

    assert_eq!(server.seen()[1].body, "token=tok%7Er1&token_type_hint=refresh_token");
}

#[tokio::test]
async fn the_token_of_a_tenant_whose_revocation_failed_is_not_forgotten() {
    let server = Server::start(|n, seen| match (seen.target.as_str(), n) {
        (REVOKE_PATH, 3) => Reply::new(400, ""),
        (REVOKE_PATH, _) => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let source = source(server.url(), &TestTime::new());
    source.scoped(tenant(TENANT)).access_token().await.unwrap();
    source.scoped(tenant(TENANT)).revoke().await.unwrap_err();

    source.scoped(tenant(OTHER)).access_token().await.unwrap();
    source.scoped(tenant(TENANT)).revoke().await.unwrap();

    let seen = server.seen();
    assert_eq!((seen.len(), &seen[4].body), (5, &seen[2].body));
}
