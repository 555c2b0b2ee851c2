//! The transport: what a well-behaved HTTP client would not send, and how serving ends.

use gatepass_server::{Platform, StartError};
use gatepass_tests::{
    CLIENT_CREDENTIALS, Config, FORM, TestPlatform, basic, clients, raw_exchange,
};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn head(platform: &TestPlatform, more: &str) -> String {
    let authorization = basic(&clients().default);
    format!(
        "POST /api/2/idp/token HTTP/1.1\r\nHost: {}\r\nAuthorization: {authorization}\r\nContent-Type: {FORM}\r\n{more}\r\n",
        platform.host()
    )
}

#[tokio::test]
async fn a_request_may_come_in_pieces_and_chunks() {
    let platform = TestPlatform::start().await;
    let length = CLIENT_CREDENTIALS.len();
    let whole = head(&platform, &format!("Content-Length: {length}\r\nConnection: close\r\n"))
        + CLIENT_CREDENTIALS;
    let pieces: Vec<_> = whole.as_bytes().chunks(7).collect();
    let chunked = head(&platform, "Transfer-Encoding: chunked\r\nConnection: close\r\n")
        + "b\r\ngrant_type=\r\n12\r\nclient_credentials\r\n0\r\n\r\n";

    for answer in [
        raw_exchange(&platform.host(), &pieces).await,
        raw_exchange(&platform.host(), &[chunked.as_bytes()]).await,
    ] {
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn a_caller_that_sends_too_much_still_gets_the_answer() {
    let platform = TestPlatform::start().await;
    let body = "x".repeat(8 * 1024 * 1024);
    let more = format!("Content-Length: {}\r\nConnection: close\r\n", body.len());

    let answer =
        raw_exchange(&platform.host(), &[(head(&platform, &more) + &body).as_bytes()]).await;

    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let platform = TestPlatform::start().await;
    let length = CLIENT_CREDENTIALS.len();
    let good = head(&platform, &format!("Content-Length: {length}\r\n")) + CLIENT_CREDENTIALS;
    let bad = head(&platform, "Content-Length: 1\r\nConnection: close\r\n") + "x";

    let answer = raw_exchange(&platform.host(), &[(good + &bad).as_bytes()]).await;

    let statuses: Vec<_> =
        answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "400"], "{answer}");
}

#[tokio::test]
async fn what_is_no_http_is_answered_and_closed() {
    let platform = TestPlatform::start().await;
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ] {
        let answer = raw_exchange(&platform.host(), &[garbage.as_bytes()]).await;

        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "given {garbage:?}: {answer}"
        );
    }
    platform.token_for(&clients().default).await;
}

#[tokio::test]
async fn http_1_0_without_a_host_is_served() {
    let platform = TestPlatform::start().await;

    let request = b"GET /.well-known/openid-configuration HTTP/1.0\r\n\r\n";
    let answer = raw_exchange(&platform.host(), &[request]).await;

    assert!(answer.contains(&format!("\"issuer\":\"{}/bc\"", platform.url())), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_the_running_request_end_and_closes_idle_connections() {
    let platform = TestPlatform::start().await;
    let host = platform.host();
    let mut idle = TcpStream::connect(&host).await.unwrap();
    let mut busy = TcpStream::connect(&host).await.unwrap();
    let length = CLIENT_CREDENTIALS.len();
    let head = head(&platform, &format!("Expect: 100-continue\r\nContent-Length: {length}\r\n"));
    busy.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    busy.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n", "the request is being handled");

    let stopping = tokio::spawn(platform.stop());
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    busy.write_all(CLIENT_CREDENTIALS.as_bytes()).await.unwrap();
    busy.read_to_end(&mut rest).await.unwrap();
    stopping.await.unwrap();

    assert!(rest.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&rest));
    assert!(TcpStream::connect(&host).await.is_err(), "the port is free");
}

#[tokio::test]
async fn a_dropped_platform_frees_its_port() {
    let platform = TestPlatform::start().await;
    let host = platform.host();
    let mut open = TcpStream::connect(&host).await.unwrap();

    drop(platform);
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest).await;

    assert!(TcpStream::connect(&host).await.is_err());
}

#[tokio::test]
async fn two_hundred_platforms_serve_in_one_process() {
    let mut platforms = Vec::new();
    for _ in 0..200 {
        platforms.push(TestPlatform::start().await);
    }

    for platform in &platforms {
        platform.token_for(&clients().default).await;
    }
}

#[tokio::test]
async fn an_address_that_others_reach_needs_leave_and_a_key() {
    let start = async |allow_remote, key: Option<&str>| {
        let config = Config {
            listen: "0.0.0.0:0".parse().unwrap(),
            allow_remote,
            control_key: key.map(Into::into),
            ..Config::default()
        };
        Platform::builder().config(config).start().await
    };

    assert!(matches!(start(false, Some("k")).await, Err(StartError::NotLoopback(_))));
    assert!(matches!(start(true, None).await, Err(StartError::NoControlKey(_))));
    assert!(start(true, Some("k")).await.is_ok());
    let config = Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        control_listen: "127.0.0.1:0".parse().ok(),
        allow_remote: true,
        ..Config::default()
    };
    assert!(Platform::builder().config(config).start().await.is_ok(), "control stays on loopback");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TestPlatform::start().await;
    let config = Config { listen: taken.host().parse().unwrap(), ..Config::default() };

    let error = Platform::builder().config(config).start().await.err().unwrap();

    assert_eq!(error.to_string(), format!("could not listen on {}", taken.host()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_a_caller_sends_makes_a_server_error(
        path in "(/api/2/idp/token|/idp/keys|/api/2/clients/[!-~&&[^ ]]{0,20}|/api/task_manager/v2/(tasks|activities)(\\?[!-~&&[^ #]]{0,40})?|/_gatepass/[a-z]{0,8}|/[!-~&&[^ #]]{0,20})",
        method in "(GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH|FOO)",
        authorization in "((Basic|Bearer|bearer|x)? ?[ -~]{0,60})",
        content_type in "(application/x-www-form-urlencoded|application/json|[ -~]{0,20})",
        host in "([a-z.:0-9]{0,20}|[ -~]{0,12})",
        body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let platform = TestPlatform::start().await;
            let mut request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n\
                 Content-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            ).into_bytes();
            request.extend(&body);

            let answer = raw_exchange(&platform.host(), &[&request]).await;

            let status = answer.get(9..12).unwrap_or("none");
            prop_assert!(status.starts_with(['2', '4']), "{status}: {}", String::from_utf8_lossy(&request));
            Ok(())
        })?;
    }
}
