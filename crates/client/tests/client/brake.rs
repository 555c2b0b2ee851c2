//! When the source stops asking, and says so.

use gatepass_client::{Error, TokenSource};
use serde_json::json;

use crate::support::{NOW, Reply, Server, TestTime, source, token, words};

async fn refusing(until: usize) -> Server {
    let refusal = json!({"error": "invalid_client", "error_description": "no"});
    Server::start(move |n, _| match n {
        n if n <= until => Reply::json(401, &refusal),
        _ => token(n, NOW + 7200),
    })
    .await
}

async fn refused(source: &TokenSource) -> Error {
    source.token().await.unwrap_err()
}

#[tokio::test]
async fn after_three_401_in_a_row_nothing_is_asked_for_a_minute() {
    let server = refusing(3).await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    for _ in 0..3 {
        assert!(matches!(refused(&source).await, Error::Refused { .. }));
    }

    for seconds in [0, 59] {
        time.set(NOW + seconds);
        let error = refused(&source).await;

        assert!(matches!(error, Error::Halted { refusals: 3, .. }), "{error:?}");
        assert!(!error.is_transient());
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (401, 0));
        assert_eq!(error.code(), Some("invalid_client"));
        let expected = format!(
            "the sign-in was refused 3 times in a row (are client ID and secret right?), so no token \
             is asked for before 2023-11-14T22:14:20+00:00: the platform refused the token request to \
             {}/api/2/idp/token with 401 Unauthorized, `invalid_client`: no",
            server.url()
        );
        assert_eq!(words(&error), expected);
    }
    server.assert_requests(3);

    time.set(NOW + 60);
    source.token().await.unwrap();
    server.assert_requests(4);
}

#[tokio::test]
async fn a_fourth_401_stops_for_two_minutes() {
    let server = refusing(4).await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    for _ in 0..3 {
        refused(&source).await;
    }
    time.set(NOW + 60);
    refused(&source).await;

    time.set(NOW + 179);
    assert!(matches!(refused(&source).await, Error::Halted { refusals: 4, .. }));
    time.set(NOW + 180);
    source.token().await.unwrap();

    server.assert_requests(5);
}

#[tokio::test]
async fn a_long_retry_after_is_kept_to_for_all_callers() {
    let server = Server::start(|n, _| match n {
        1 => Reply::new(429, "").header("retry-after", "120"),
        _ => token(n, NOW + 7200),
    })
    .await;
    let time = TestTime::new();
    let source = source(server.url(), &time);
    assert!(matches!(refused(&source).await, Error::Unavailable { .. }));

    time.set(NOW + 119);
    let error = refused(&source).await;
    assert!(matches!(error, Error::Halted { refusals: 0, .. }), "{error:?}");
    assert!(error.is_transient());
    assert!(words(&error).starts_with("the platform asked to be left alone, so no token"));
    server.assert_requests(1);

    time.set(NOW + 120);
    source.token().await.unwrap();
}
