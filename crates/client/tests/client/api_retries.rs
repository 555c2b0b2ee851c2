//! Which calls of an API are sent again.

use std::{collections::HashMap, time::Duration};

use gatepass_client::{AuthorizedClient, Error, Stage};
use http::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::support::{NOW, Reply, Server, TestTime, source, token, words};

const TOKEN_PATH: &str = "/api/2/idp/token";

/// Issues a token, and answers the n-th call as the script says.
async fn platform(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ => script(n - 1),
    })
    .await
}

#[tokio::test]
async fn an_idempotent_call_is_tried_again_twice_when_the_service_fails() {
    for status in [429, 500, 502, 503, 504] {
        let server = platform(move |n| Reply::new(if n < 3 { status } else { 200 }, "")).await;
        let time = TestTime::new();
        let client = AuthorizedClient::new(source(server.url(), &time));

        let answer = client.put("/a").body("b").send().await.unwrap();

        assert_eq!(answer.status(), 200);
        server.assert_requests(4);
        time.assert_sleeps(&[1, 1]);
        assert!(server.seen()[1..].iter().all(|seen| seen.body == "b"));
    }
}

#[tokio::test]
async fn the_third_failure_is_the_answer() {
    let server = platform(|_| Reply::new(503, "")).await;
    let time = TestTime::new();

    let answer = AuthorizedClient::new(source(server.url(), &time)).get("/a").send().await.unwrap();

    assert_eq!(answer.status(), 503);
    server.assert_requests(4);
}

#[tokio::test]
async fn a_call_that_may_have_done_its_work_is_not_sent_again_unless_that_is_harmless() {
    for (status, idempotent, calls) in
        [(503, false, 1), (500, false, 1), (429, false, 3), (503, true, 3)]
    {
        let server = platform(move |_| Reply::new(status, "")).await;
        let time = TestTime::new();
        let client = AuthorizedClient::new(source(server.url(), &time));
        let call = client.post("/a").body("b");
        let call = if idempotent { call.idempotent() } else { call };

        let answer = call.send().await.unwrap();

        assert_eq!(answer.status(), status);
        server.assert_requests(1 + calls);
    }
}

#[tokio::test]
async fn retry_after_is_kept_to() {
    let server = platform(|n| match n {
        1 => Reply::new(503, "").header("retry-after", "9"),
        2 => Reply::new(429, "").header("retry-after", "31"),
        _ => Reply::new(200, ""),
    })
    .await;
    let time = TestTime::new();

    let answer = AuthorizedClient::new(source(server.url(), &time)).get("/a").send().await.unwrap();

    assert_eq!(answer.status(), 429);
    time.assert_sleeps(&[9]);
}

#[tokio::test]
async fn json_is_read_or_told_what_came_instead() {
    let html = Reply::new(200, "<html>").header("content-type", "text/html");
    let refusal = json!({"error": {"code": 1002, "domain": "PlatformAccountServer",
        "message": "no", "details": {"info": null}}});
    for (reply, complaint) in [
        (
            html,
            "it is `text/html` and not JSON (expected value at line 1 column 1); it begins: <html>",
        ),
        (
            Reply::json(200, &json!([1])),
            "it is not what was asked for: invalid type: sequence, expected a map at line 1 column 0",
        ),
        (Reply::new(204, ""), "is unusable: it is empty"),
        (Reply::json(403, &refusal), "with 403 Forbidden, `1002` of PlatformAccountServer: no"),
    ] {
        let reply = std::sync::Mutex::new(Some(reply));
        let server = platform(move |_| reply.lock().unwrap().take().unwrap()).await;
        let client = AuthorizedClient::new(source(server.url(), &TestTime::new()));

        let error =
            client.get("/a?key=tok~0").fetch_json::<serde_json::Map<_, _>>().await.unwrap_err();

        assert_eq!(error.stage(), Stage::Api);
        assert!(words(&error).ends_with(complaint), "{}", words(&error));
        server.assert_requests(2);
    }
}

#[tokio::test]
async fn what_has_another_type_than_expected_is_not_told() {
    let server = platform(|_| Reply::json(200, &json!({"client_secret": "hunter2"}))).await;
    let client = AuthorizedClient::new(source(server.url(), &TestTime::new()));

    let error = client.post("/a").fetch_json::<HashMap<String, u8>>().await.unwrap_err();

    let words = words(&error);
    let expected = "it is not what was asked for: invalid type: string, expected u8 at line 1 \
                    column 26";
    assert!(words.ends_with(expected), "{words}");
}

#[tokio::test]
async fn an_answer_without_content_is_nothing() {
    let server = platform(|_| Reply::new(204, "")).await;
    let client = AuthorizedClient::new(source(server.url(), &TestTime::new()));

    let () = client.delete("/a").fetch_json().await.unwrap();

    assert_eq!(client.get("/a").fetch_json::<Option<u8>>().await.unwrap(), None);
}

#[tokio::test]
async fn json_that_is_there_after_a_401_and_a_503_is_read() {
    let server = Server::start(|n, seen| match (seen.target.as_str(), n) {
        (TOKEN_PATH, _) => token(n, NOW + 7200),
        (_, 2) => Reply::new(401, ""),
        (_, 4) => Reply::new(503, ""),
        _ => Reply::json(200, &json!({"id": 7})),
    })
    .await;
    let client = AuthorizedClient::new(source(server.url(), &TestTime::new()));

    let read: Value = client.request(Method::GET, "/a").fetch_json().await.unwrap();

    assert_eq!(read["id"], 7);
    server.assert_requests(5);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_tried_again() {
    let url = cut_answers().await;
    let time = TestTime::new();
    let client = AuthorizedClient::new(source(&url, &time));

    let error = client.get("/a").fetch_json::<Value>().await.unwrap_err();

    assert!(matches!(error, Error::CutShort { attempts: 3, .. }), "{error:?}");
    time.assert_sleeps(&[1, 1]);
}

#[tokio::test]
async fn a_post_without_a_whole_answer_is_sent_again_only_if_nothing_can_have_been_done() {
    let (never, _) = watch::channel(false);
    let held = never.clone();
    let silent = platform(move |_| Reply::new(200, "").held_by(&held)).await;
    for (url, idempotent, attempts) in [
        (gone_after_the_token().await, false, 3),
        (gone_after_the_token().await, true, 3),
        (silent.url().to_owned(), false, 1),
        (silent.url().to_owned(), true, 3),
        (cut_answers().await, false, 1),
        (cut_answers().await, true, 3),
    ] {
        let source = source(&url, &TestTime::new());
        source.token().await.unwrap();
        let mut call = AuthorizedClient::new(source).post("/a");
        if url == silent.url() {
            call = call.timeout(Duration::from_millis(50));
        }
        if idempotent {
            call = call.idempotent();
        }

        let error = call.fetch_json::<Value>().await.unwrap_err();

        assert_eq!(error.attempts(), attempts, "idempotent: {idempotent}, {error:?}");
    }
}

/// Answers a request for a token, and is not there any more.
async fn gone_after_the_token() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        drop(listener);
        answer(socket, 0).await;
    });
    url
}

/// Answers a request for a token, and half of the answer to each call.
async fn cut_answers() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            answer(socket, 100).await;
        }
    });
    url
}

/// Answers a request for a token, or any other with so many bytes less than it says.
async fn answer(mut socket: TcpStream, missing: usize) {
    let mut request = Vec::new();
    let asks_for_a_token = |request: &[u8]| request.starts_with(b"POST /api/2/idp/token ");
    while !request.ends_with(b"\r\n\r\n") {
        request.push(socket.read_u8().await.unwrap());
    }
    while asks_for_a_token(&request) && !request.ends_with(b"client_credentials") {
        request.push(socket.read_u8().await.unwrap());
    }
    let body = r#"{"access_token":"tok~1","expires_in":7200,"token_type":"bearer"}"#;
    let length = body.len() + if asks_for_a_token(&request) { 0 } else { missing };
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}");
    socket.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
}
