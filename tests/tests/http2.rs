//! HTTP/2: over TLS, where the client asks for it, and without TLS, where it begins with it.

use gatepass_tests::{CLIENT_CREDENTIALS, TestPlatform, TlsConfig, clients, http_client};
use http::Version;
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// One that speaks HTTP/2 without TLS, and without asking first.
async fn start() -> TestPlatform {
    TestPlatform::start().await.asked_by(http_client(None).http2_prior_knowledge())
}

#[tokio::test]
async fn without_tls_the_same_port_serves_both_versions() {
    let platform = start().await;
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;
    answer.assert_status(200);
    assert_eq!(answer.version(), Version::HTTP_2);

    let platform = platform.asked_by(http_client(None));
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;

    answer.assert_status(200);
    assert_eq!(answer.version(), Version::HTTP_11);
}

#[tokio::test]
async fn urls_follow_the_authority_that_the_caller_named() {
    let platform = start().await;

    let document = platform.request(Method::GET, "/.well-known/openid-configuration").send().await;

    document.assert_at("/issuer", format!("{}/bc", platform.url()));
}

#[tokio::test]
async fn the_date_is_that_of_the_platforms_clock_alone() {
    let platform = start().await;
    platform.clock().freeze();
    platform.clock().set("2031-05-06T07:08:09Z".parse().unwrap());

    let answer = platform.request(Method::GET, "/idp/keys").send().await;

    answer.assert_header("date", "Tue, 06 May 2031 07:08:09 GMT");
}

#[tokio::test]
async fn the_control_api_takes_the_authority_for_the_host() {
    let platform = start().await;

    platform.put_clock(r#"{"advance_s": 1}"#).await.assert_status(200);
}

#[tokio::test]
async fn a_hundred_requests_at_once_each_get_a_token_of_their_own() {
    let platform = std::sync::Arc::new(
        TestPlatform::with(|config| config.tls = Some(TlsConfig::default())).await,
    );
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let platform = std::sync::Arc::clone(&platform);
        calls.spawn(async move { platform.token_for(&clients().default).await });
    }

    let tokens = calls.join_all().await;

    assert_eq!(tokens.into_iter().collect::<std::collections::HashSet<_>>().len(), 100);
}

#[tokio::test]
async fn a_stop_ends_idle_connections_of_clients_that_listen() {
    let platform = start().await;
    platform.token_for(&clients().default).await; // Its connection is kept, idle.

    let stopping = tokio::time::timeout(std::time::Duration::from_secs(4), platform.stop());

    assert!(stopping.await.is_ok(), "sooner than it would cut connections off");
}

#[tokio::test]
async fn what_begins_as_http_2_and_goes_on_as_something_else_is_closed() {
    let platform = TestPlatform::start().await;
    for rest in ["GET / HTTP/1.1\r\n\r\n", "\0\0\0\x01\0\0\0\0\0", "\0\0\x04\x04\0\0\0\0\0zzzz"] {
        let mut stream = TcpStream::connect(platform.host()).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        stream.write_all(rest.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();

        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;

        assert!(!answer.starts_with(b"HTTP/1"), "given {rest:?}");
    }
    platform.token_for(&clients().default).await;
}
