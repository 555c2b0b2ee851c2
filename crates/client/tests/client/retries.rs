//! What is tried again, and when.

use std::time::Duration;

use gatepass_client::{Error, Stage};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

use crate::support::{NOW, Reply, Server, TestTime, source, source_builder, token, words};

#[tokio::test]
async fn the_platform_failing_twice_is_borne_with_1_to_2_seconds_between() {
    for status in [500, 502, 503, 504] {
        let server = Server::start(move |n, _| match n {
            1 | 2 => Reply::new(status, ""),
            _ => token(n, NOW + 7200),
        })
        .await;
        let time = TestTime::new();

        source(server.url(), &time).token().await.unwrap();

        server.assert_requests(3);
        time.assert_sleeps(&[1, 1]);
    }
}

#[tokio::test]
async fn after_two_retries_it_gives_up() {
    let body = json!({"error": {
        "details": {"info": "db-7 is down"}, "message": "Internal Server Error",
        "domain": "PlatformAccountServer", "context": {}, "code": 1000,
    }});
    let server =
        Server::start(move |_, _| Reply::json(500, &body).header("x-request-id", "req-77")).await;
    let time = TestTime::new();

    let error = source(server.url(), &time).token().await.unwrap_err();

    server.assert_requests(3);
    time.assert_sleeps(&[1, 1]);
    assert!(error.is_transient());
    assert_eq!(error.stage(), Stage::Token);
    assert_eq!(error.status().unwrap(), 500);
    assert_eq!(error.request_id(), Some("req-77"));
    assert_eq!(
        words(&error),
        format!(
            "the platform failed the token request to {}/api/2/idp/token with 500 Internal Server \
             Error, `1000` of PlatformAccountServer: Internal Server Error: db-7 is down \
             (request ID req-77) (attempts: 3)",
            server.url()
        )
    );
}

#[tokio::test]
async fn retry_after_is_waited_for_up_to_half_a_minute() {
    for (status, asked, sleeps) in [
        (503, "7", &[7][..]),
        (429, "7", &[7]),
        (503, "30", &[30]),
        (503, "0", &[1]),
        (429, "Tue, 14 Nov 2023 22:13:32 GMT", &[12]), // NOW and 12 s
        (503, "31", &[]),
        (429, "Tue, 14 Nov 2023 22:14:00 GMT", &[]), // NOW and 40 s
    ] {
        let server = Server::start(move |n, _| match n {
            // The server's clock agrees with that of the test, not with the real time.
            1 => Reply::new(status, "")
                .header("retry-after", asked)
                .header("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
            _ => token(n, NOW + 7200),
        })
        .await;
        let time = TestTime::new();

        let outcome = source(server.url(), &time).token().await;

        time.assert_sleeps(sleeps);
        server.assert_requests(1 + sleeps.len());
        assert_eq!(outcome.is_ok(), !sleeps.is_empty(), "{status} {asked}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_longer_retry_after_is_handed_to_the_caller() {
    let server = Server::start(|_, _| Reply::new(429, "").header("retry-after", "3600")).await;

    let error = source(server.url(), &TestTime::new()).token().await.unwrap_err();

    assert!(error.is_transient());
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert!(words(&error).contains("429 Too Many Requests; it asks to wait 3600 s"), "{error}");
}

#[tokio::test]
async fn a_refusal_is_never_tried_again() {
    for status in [400, 401, 403, 404, 405, 408, 409, 415] {
        let server =
            Server::start(move |_, _| Reply::new(status, "").header("retry-after", "1")).await;
        let time = TestTime::new();

        let error = source(server.url(), &time).token().await.unwrap_err();

        assert!(matches!(error, Error::Refused { .. }), "{status}: {error:?}");
        assert!(!error.is_transient());
        server.assert_requests(1);
        time.assert_sleeps(&[]);
    }
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_tried_three_times() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let time = TestTime::new();

    let error = source(&url, &time).token().await.unwrap_err();

    time.assert_sleeps(&[1, 1]);
    assert!(matches!(error, Error::Unreachable { attempts: 3, .. }), "{error:?}");
    assert!(error.is_transient());
    let words = words(&error);
    let beginning =
        format!("the token request to {url}/api/2/idp/token got no answer (attempts: 3): ");
    assert!(words.starts_with(&beginning), "{words}");
    assert!(words.to_lowercase().contains("connection refused"), "{words}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_tried_again() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\
                  X-Request-Id: req-78\r\n\r\n{\"access_token\":\"tok~1";
    let time = TestTime::new();

    let error = source(&raw_server(answer).await, &time).token().await.unwrap_err();

    time.assert_sleeps(&[1, 1]);
    assert!(matches!(error, Error::CutShort { attempts: 3, .. }), "{error:?}");
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.request_id(), Some("req-78"));
    assert!(words(&error).contains("the answer 200 OK to the token request"), "{error}");
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_still_one() {
    let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 400\r\n\r\n{\"error\":";
    let time = TestTime::new();

    let error = source(&raw_server(answer).await, &time).token().await.unwrap_err();

    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    time.assert_sleeps(&[]);
}

#[tokio::test]
async fn an_attempt_ends_with_the_timeout() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, _| token(n, NOW + 7200).held_by(&held)).await;
    let source = source_builder(server.url(), &TestTime::new()).timeout(Duration::from_millis(20));

    let error = source.build().unwrap().token().await.unwrap_err();

    server.assert_requests(3);
    assert!(matches!(error, Error::Unreachable { attempts: 3, .. }), "{error:?}");
    assert!(words(&error).contains("timed out"), "{}", words(&error));
}

/// Reads the head of each request, answers the text and closes.
async fn raw_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"client_credentials") {
                request.push(socket.read_u8().await.unwrap());
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}
