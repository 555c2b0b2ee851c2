//! Calls of an API with a token.

use std::time::Duration;

use gatepass_client::{AuthorizedClient, Error, Stage};
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::json;
use tokio::sync::watch;

use crate::support::{NOW, Reply, Seen, Server, TestTime, source, source_builder, token, words};

const TOKEN_PATH: &str = "/api/2/idp/token";

/// Issues tokens; its API takes those that `good` takes.
async fn platform(good: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ if good(seen.header("authorization")) => Reply::json(200, &json!({"ok": true})),
        _ => Reply::json(401, &json!({"error": {"code": 401}})),
    })
    .await
}

fn client(server: &Server) -> AuthorizedClient {
    AuthorizedClient::new(source(server.url(), &TestTime::new()))
}

fn calls(server: &Server) -> Vec<Seen> {
    server.seen().into_iter().filter(|seen| seen.target != TOKEN_PATH).collect()
}

#[tokio::test]
async fn a_call_carries_the_token_and_what_it_was_given() {
    let server = platform(|_| true).await;
    let client = client(&server);

    client.get("/api/2/tenants?uuids=1").send().await.unwrap();
    client
        .request(Method::PUT, "api/2/clients/1")
        .header(HeaderName::from_static("x-a"), HeaderValue::from_static("b"))
        .header(header::AUTHORIZATION, HeaderValue::from_static("Basic abc"))
        .json(&json!({"status": "disabled"}))
        .send()
        .await
        .unwrap();

    let calls = calls(&server);
    assert_eq!(
        (&calls[0].method, calls[0].target.as_str()),
        (&Method::GET, "/api/2/tenants?uuids=1")
    );
    assert_eq!((&calls[1].method, calls[1].target.as_str()), (&Method::PUT, "/api/2/clients/1"));
    assert_eq!(calls[1].body, r#"{"status":"disabled"}"#);
    assert_eq!(calls[1].header("x-a"), "b");
    for call in &calls {
        assert_eq!(call.header("authorization"), "Bearer tok~1");
        assert_eq!(call.headers.get_all("authorization").iter().count(), 1);
    }
    server.assert_requests(3); // One of them for the token.
}

#[tokio::test]
async fn a_401_gets_a_new_token_and_one_more_attempt() {
    let server = platform(|authorization| authorization == "Bearer tok~3").await;
    let client = client(&server);

    let answer = client.post("/api/2/clients").body("a=b").send().await.unwrap();

    assert_eq!(answer.status(), 200);
    let calls = calls(&server);
    let sent: Vec<_> =
        calls.iter().map(|call| (call.header("authorization"), call.body.as_str())).collect();
    assert_eq!(sent, [("Bearer tok~1", "a=b"), ("Bearer tok~3", "a=b")]);
    server.assert_requests(4);
}

#[tokio::test]
async fn a_second_401_is_the_answer() {
    let server = platform(|_| false).await;

    let client = client(&server);
    let call =
        client.get("/api/2/users/me").header(header::ACCEPT, HeaderValue::from_static("a/b"));
    let answer = call.send().await.unwrap();

    assert_eq!(answer.status(), 401);
    assert_eq!(answer.text().await.unwrap(), r#"{"error":{"code":401}}"#);
    let accepted: Vec<_> =
        calls(&server).iter().map(|call| call.header("accept").to_owned()).collect();
    assert_eq!(accepted, ["a/b", "a/b"]);
    server.assert_requests(4); // Two for tokens.
    client.token_source().token().await.unwrap();
    server.assert_requests(4); // A new token is not thrown away.
}

#[tokio::test]
async fn a_body_that_cannot_be_sent_again_is_answered_401_and_the_next_call_has_a_new_token() {
    let server = platform(|authorization| authorization != "Bearer tok~1").await;
    let client = client(&server);
    let stream = reqwest::Body::wrap(http_body_util::Full::new(axum::body::Bytes::from("a=b")));

    let answer = client.post("/a").body(stream).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let answer = client.get("/a").send().await.unwrap();
    assert_eq!(answer.status(), 200);

    assert_eq!(calls(&server).len(), 2);
}

#[tokio::test]
async fn a_call_ends_with_the_timeout_of_its_source_or_its_own() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ => Reply::new(200, "").held_by(&held),
    })
    .await;
    let hour = Duration::from_hours(1);
    let instant = Duration::from_millis(200);

    for (of_source, own) in [(instant, None), (hour, Some(instant))] {
        let source = source_builder(server.url(), &TestTime::new()).timeout(of_source);
        let call = AuthorizedClient::new(source.build().unwrap()).get("/a?key=1");
        let call = if let Some(own) = own { call.timeout(own) } else { call };

        // Nobody waits the hour of the source's own deadline to see this fail.
        let ended = tokio::time::timeout(Duration::from_mins(1), call.send()).await;

        let error = ended.expect("the call has ended").unwrap_err();
        assert_eq!(error.stage(), Stage::Api);
        let words = words(&error);
        assert!(words.contains("timed out") && !words.contains("key=1"), "{words}");
    }
}

#[tokio::test]
async fn many_calls_that_one_token_failed_share_the_new_one() {
    let server = platform(|authorization| authorization != "Bearer tok~1").await;
    let client = client(&server);
    client.token_source().token().await.unwrap();

    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        callers.spawn(async move { client.get("/a").send().await.unwrap().status() });
    }
    let statuses = callers.join_all().await;

    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let tokens = server.seen().len() - calls(&server).len();
    assert_eq!(tokens, 2);
}

#[tokio::test]
async fn every_other_answer_is_returned_as_it_came() {
    for status in [204, 302, 400, 403, 404, 409] {
        let server = Server::start(move |n, seen| match seen.target.as_str() {
            TOKEN_PATH => token(n, NOW + 7200),
            _ => Reply::new(status, ""),
        })
        .await;

        let answer = client(&server).get("/a").send().await.unwrap();

        assert_eq!(answer.status(), status);
        server.assert_requests(2);
    }
}

#[tokio::test]
async fn without_a_token_the_api_is_not_called() {
    let server = Server::start(|_, _| Reply::new(400, "")).await;

    let error = client(&server).get("/a").send().await.unwrap_err();

    assert_eq!((error.stage(), error.status().unwrap().as_u16()), (Stage::Token, 400));
    server.assert_requests(1);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_told_before_anything_is_sent() {
    let server = platform(|_| true).await;
    let map = std::collections::HashMap::from([((1, 2), 3)]);

    let error = client(&server).post("/a?key=tok~0").json(&map).send().await.unwrap_err();

    assert!(matches!(error, Error::Unbuildable { .. }), "{error:?}");
    assert_eq!(error.stage(), Stage::Api);
    let words = words(&error);
    assert!(words.contains("/a could not be built: "), "{words}");
    server.assert_requests(0);
}

#[tokio::test]
async fn the_token_goes_to_no_other_host_whatever_the_path_says() {
    let other = Server::start(|_, _| Reply::new(200, "")).await;
    let server = platform(|_| true).await;
    let client = client(&server);
    let host = other.url().trim_start_matches("http:");

    for path in [other.url(), host, &format!("/{host}"), &format!("@{}", &host[2..])] {
        client.get(path).send().await.unwrap();
    }

    other.assert_requests(0);
    assert_eq!(calls(&server).len(), 4);
}

#[tokio::test]
async fn a_redirect_to_another_host_does_not_carry_the_token() {
    let other = Server::start(|_, _| Reply::new(200, "")).await;
    let elsewhere = other.url().to_owned();
    let server = Server::start(move |n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ => Reply::new(307, "").header("location", &elsewhere),
    })
    .await;

    let answer = client(&server).get("/a").send().await.unwrap();
    assert_eq!(answer.status(), 307);
    other.assert_requests(0);

    // Even with a client of the caller's own that follows redirects.
    let follower = reqwest::Client::new();
    let source = source_builder(server.url(), &TestTime::new()).http_client(follower);
    let client = AuthorizedClient::new(source.build().unwrap());
    let answer = client.get("/a").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(other.seen()[0].header("authorization"), "");
}

#[tokio::test]
async fn pairs_of_the_query_are_encoded() {
    let server = platform(|_| true).await;
    let client = client(&server);

    let call = client.get("/api/task_manager/v2/tasks?limit=5");
    call.query("updatedAt", "gt(2026-01-01T00:00:00+02:00)")
        .query("tag", "a&b")
        .send()
        .await
        .unwrap();

    assert_eq!(
        calls(&server)[0].target,
        "/api/task_manager/v2/tasks?limit=5&updatedAt=gt%282026-01-01T00%3A00%3A00%2B02%3A00%29&tag=a%26b"
    );
}

#[tokio::test]
async fn a_path_that_refuses_each_token_does_not_bring_a_token_request_a_call() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        "/good" => Reply::new(200, ""),
        _ => Reply::new(401, ""),
    })
    .await;
    let time = TestTime::new();
    let client = AuthorizedClient::new(source(server.url(), &time));
    let token_requests = || server.seen().len() - calls(&server).len();

    for _ in 0..5 {
        assert_eq!(client.get("/bad").send().await.unwrap().status(), 401);
        assert_eq!(client.get("/good").send().await.unwrap().status(), 200);
    }
    assert_eq!(token_requests(), 2);

    time.set(NOW + 10);
    client.get("/bad").send().await.unwrap();
    assert_eq!(token_requests(), 3);
}

#[tokio::test]
async fn a_call_whose_token_was_replaced_meanwhile_is_sent_again_with_the_new_one() {
    let (gate, _) = watch::channel(false);
    let held = gate.clone();
    let server = Server::start(move |n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        "/slow" if seen.header("authorization") == "Bearer tok~1" => {
            Reply::new(401, "").held_by(&held)
        }
        "/slow" => Reply::new(200, ""),
        _ => Reply::new(401, ""),
    })
    .await;
    let client = client(&server);
    let slow = tokio::spawn(client.get("/slow").send());
    server.has_seen(2).await;
    client.get("/bad").send().await.unwrap(); // Renews in vain.

    gate.send_replace(true);

    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
}
