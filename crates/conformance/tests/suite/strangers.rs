//! Servers that are no platform at all, and none.

use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use gatepass_conformance::{Outcome, Report, RunError, Suite, Target, report};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Public test data.
const CLIENT_ID: &str = "6f1f6a52-9f0f-4c2e-8f3e-6a7d0c1b2a39";
const SECRET: &str = "00112233445566778899aabbccddeeff";

/// Runs the checks that `names` name, all if none.
async fn check(target: &Target, names: &[&str]) -> Report {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Suite::default().only(&names).unwrap().run(target).await.unwrap()
}

async fn serve_same(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(move || std::future::ready(answer.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    target(&url)
}

fn target(url: &str) -> Target {
    let credentials = gatepass_conformance::Credentials::new(CLIENT_ID, SECRET);
    Target::new(url).unwrap().with_credentials(credentials)
}

/// Sends `bytes` to whoever connects, and hangs up.
async fn serve_bytes(bytes: &'static [u8]) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    target(&url)
}

#[tokio::test]
async fn a_page_for_everything_is_no_platform() {
    let page = ([(header::CONTENT_TYPE, "text/html")], "<html>Welcome</html>");
    let report = check(&serve_same(page).await, &[]).await;

    assert!(report.summary.fail > 50, "{:?}", report.summary);
    let grant = report.checks.iter().find(|check| check.id == "token.request.api-2").unwrap();
    let reason = grant.reason.as_deref().unwrap();
    assert!(
        reason.starts_with("got 200 with a body of type `text/html`, which is not JSON"),
        "{reason}"
    );
    let bearer = report.checks.iter().find(|check| check.id == "clients.read").unwrap();
    assert_eq!(bearer.outcome, Outcome::Skip);
    let reason = bearer.reason.as_deref().unwrap();
    assert!(reason.starts_with("no token to go on with: got 200"), "{reason}");
}

#[tokio::test]
async fn nothing_but_404_is_no_platform() {
    let report = check(&serve_same((StatusCode::NOT_FOUND, "")).await, &[]).await;

    let grant =
        report.checks.iter().find(|check| check.id == "token.errors.grant-missing").unwrap();
    assert_eq!(grant.outcome, Outcome::Fail);
    assert_eq!(grant.reason.as_deref(), Some("got 404 with an empty body, wanted 400"));
    assert!(
        report.checks.iter().all(|check| check.outcome != Outcome::Fail || check.reason.is_some())
    );
}

#[tokio::test]
async fn answers_made_to_hurt_do_not() {
    for body in [
        "null",
        "[]",
        "{}",
        "1e999",
        r#"{"access_token":"","id_token":"..","expires_on":1e300,"keys":[null,7,{"n":"","e":""}],"items":[null,{}]}"#,
        r#"{"access_token":"\u0000.e30.\ud83d\ude00","items":7,"keys":{},"jwks_uri":"http://[::1","token_endpoint":5}"#,
        r#"{"access_token":"e30.eyJleHAiOi05MjIzMzcyMDM2ODU0Nzc1ODA4fQ.AA","expires_on":-9223372036854775808}"#,
        r#"{"access_token":"a b\r\nc","issuer":null}"#,
    ] {
        let report =
            check(&serve_same(([(header::CONTENT_TYPE, "application/json")], body)).await, &[])
                .await;
        assert!(report.summary.fail > 30, "{body}: {:?}", report.summary);
        report::junit(&report).unwrap();
        assert!(!report::human(&report, false).contains('\u{0}'), "{body}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let body = "a".repeat(3 * 1024 * 1024);
    let report = check(&serve_same(body).await, &["discovery.required"]).await;

    let reason = report.checks[0].reason.as_deref();
    assert_eq!(reason, Some("the body is longer than 1048576 bytes"));
    assert!(report.checks[0].evidence[0].response.as_ref().unwrap().body.len() < 3_000);
}

#[tokio::test]
async fn what_is_not_http_fails_with_a_reason() {
    for bytes in
        [&b"SSH-2.0-OpenSSH\r\n"[..], b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"]
    {
        let report = check(&serve_bytes(bytes).await, &["discovery", "token.errors"]).await;
        assert!(!report.is_good());
        for failed in report.checks.iter().filter(|check| check.outcome == Outcome::Fail) {
            assert!(failed.reason.is_some(), "{}", failed.id);
        }
    }
}

#[tokio::test]
async fn a_closed_port_is_told_in_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let error = Suite::default().run(&Target::new(&url).unwrap()).await.unwrap_err();

    assert!(matches!(error, RunError::Unreachable { .. }));
    assert_eq!(error.to_string(), format!("could not reach {url}: connection refused"));
}

#[tokio::test]
async fn links_to_another_host_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/idp/keys", elsewhere.local_addr().unwrap());
    let body = format!(r#"{{"jwks_uri":"{link}","token_endpoint":"{link}"}}"#);
    let target = serve_same(([(header::CONTENT_TYPE, "application/json")], body)).await;

    let report =
        check(&target, &["keys.members", "token.request.discovered", "discovery.own-host"]).await;

    let outcomes: Vec<_> = report.checks.iter().map(|check| (check.id, check.outcome)).collect();
    let wanted = [
        ("discovery.own-host", Outcome::Pass),
        ("keys.members", Outcome::Skip),
        ("token.request.discovered", Outcome::Skip),
    ];
    assert_eq!(outcomes, wanted);
    assert!(report.checks[0].reason.as_ref().is_some_and(|note| note.contains("leads to")));
    let visit = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(visit.is_err(), "somebody followed the link");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let moved = (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:1/")]);
    let report = check(&serve_same(moved).await, &["token.request.api-2"]).await;

    let reason = report.checks[0].reason.as_deref();
    assert_eq!(reason, Some("got 302 with an empty body, wanted 200"));
}
