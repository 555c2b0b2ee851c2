//! HTTPS: with a certificate made at start, or with one's own.

use std::{error::Error, fs, net::SocketAddr};

use gatepass_server::{Platform, StartError};
use gatepass_tests::{
    CLIENT_CREDENTIALS, Config, TestPlatform, TlsConfig, clients, http_client, raw_exchange,
};
use http::Version;
use jiff::SignedDuration;
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Method};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn start() -> TestPlatform {
    TestPlatform::with(|config| config.tls = Some(TlsConfig::default())).await
}

fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn a_client_that_trusts_the_ca_gets_a_token_in_either_version_of_http() {
    let platform = start().await;
    let ca = platform.ca();
    let newest = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;
    newest.assert_status(200);
    assert_eq!(newest.version(), Version::HTTP_2);

    let platform = platform.asked_by(http_client(Some(ca)).http1_only());
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;

    answer.assert_status(200);
    assert_eq!(answer.version(), Version::HTTP_11);
}

#[tokio::test]
async fn every_url_that_is_told_begins_with_https() {
    let platform = start().await;
    let url = platform.url();
    assert_eq!(url, format!("https://{}", platform.host()));

    let document = platform.request(Method::GET, "/.well-known/openid-configuration").send().await;

    document
        .assert_at("/issuer", format!("{url}/bc"))
        .assert_at("/token_endpoint", format!("{url}/idp/token"))
        .assert_at("/jwks_uri", format!("{url}/idp/keys"));
}

#[tokio::test]
async fn a_proxy_that_speaks_plain_http_to_the_caller_is_believed() {
    let platform = start().await;
    let request = platform.request(Method::GET, "/.well-known/openid-configuration");

    let document = request
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-host", "gatepass")
        .send()
        .await;

    document.assert_at("/issuer", "http://gatepass/bc");
}

#[tokio::test]
async fn the_certificate_is_for_localhost_under_each_name_and_for_nobody_else() {
    let platform = start().await;
    let port = platform.host().rsplit_once(':').unwrap().1.to_owned();
    let address = platform.host().parse().unwrap();
    for (name, trusted) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("gatepass.example", false),
        ("127.0.0.2", false),
    ] {
        let client = http_client(Some(platform.ca())).resolve(name, address).build().unwrap();

        let answer = client.get(format!("https://{name}:{port}/idp/keys")).send().await;

        assert_eq!(answer.is_ok(), trusted, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn it_is_also_for_the_host_of_the_public_url() {
    let platform = TestPlatform::with(|config| {
        config.tls = Some(TlsConfig::default());
        config.public_url = Some("https://gatepass:8484".parse().unwrap());
    })
    .await;
    let address: SocketAddr = platform.host().parse().unwrap();
    let client = http_client(Some(platform.ca())).resolve("gatepass", address).build().unwrap();

    let url = format!("https://gatepass:{}/idp/keys", address.port());
    let answer = client.get(url).send().await.unwrap();

    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_client_that_trusts_another_ca_refuses_the_server() {
    let other = start().await.ca();
    let platform = start().await;
    for ca in [Some(other), None] {
        let client = http_client(ca).build().unwrap();

        let error = client.get(platform.url()).send().await.unwrap_err();

        assert!(error.is_connect(), "{error:?}");
        assert!(chain(&error).contains("certificate"), "{}", chain(&error));
    }
    platform.token_for(&clients().default).await;
}

#[tokio::test]
async fn the_certificate_keeps_to_the_time_of_the_client_not_of_the_platform() {
    let clock = gatepass_tests::Clock::default();
    clock.advance(SignedDuration::from_hours(24 * 3650));
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some(TlsConfig::default()),
        ..Config::default()
    };
    let platform = Platform::builder().config(config).clock(clock).start().await.unwrap();
    let ca = Certificate::from_pem(platform.ca_pem().unwrap().as_bytes()).unwrap();
    let client = http_client(Some(ca)).build().unwrap();

    assert!(client.get(platform.url()).send().await.is_ok());
}

#[tokio::test]
async fn plain_http_to_the_tls_port_is_closed() {
    let platform = start().await;

    let mut stream = TcpStream::connect(platform.host()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;

    assert!(!answer.starts_with(b"HTTP"), "{answer:?}, {end:?}");
    platform.token_for(&clients().default).await;
}

#[tokio::test]
async fn tls_to_the_plain_port_is_answered_as_what_it_is_not() {
    let platform = TestPlatform::start().await;
    let client = http_client(None).build().unwrap();

    assert!(client.get(format!("https://{}", platform.host())).send().await.is_err());
    let answer =
        raw_exchange(&platform.host(), &[b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"]).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let own_key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["own.example".to_owned()]).unwrap();
    let own = own.self_signed(&own_key).unwrap();
    fs::write(&cert, own.pem()).unwrap();
    fs::write(&key, own_key.serialize_pem()).unwrap();
    let tls = TlsConfig { cert: Some(cert), key: Some(key), ca_file: None };
    let platform = TestPlatform::with(|config| config.tls = Some(tls)).await;

    let address: SocketAddr = platform.host().parse().unwrap();
    let ca = Certificate::from_pem(own.pem().as_bytes()).unwrap();
    let client = http_client(Some(ca)).resolve("own.example", address).build().unwrap();
    let url = format!("https://own.example:{}/idp/keys", address.port());

    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_a_key_the_platform_does_not_start() {
    let tls = TlsConfig { cert: Some("cert.pem".into()), ..TlsConfig::default() };
    let config =
        Config { listen: "127.0.0.1:0".parse().unwrap(), tls: Some(tls), ..Config::default() };

    let error = Platform::builder().config(config).start().await.err().unwrap();

    assert!(matches!(error, StartError::Tls(_)));
    assert_eq!(error.to_string(), "[tls] has `cert`, but no `key`");
}

#[tokio::test]
async fn the_archive_of_requests_names_the_url_that_was_used() {
    let platform = start().await;
    platform.token_for(&clients().default).await;

    let har: serde_json::Value =
        serde_json::from_str(&platform.running().requests().har()).unwrap();

    let url = har["log"]["entries"][0]["request"]["url"].as_str().unwrap();
    assert_eq!(url, format!("{}/api/2/idp/token", platform.url()));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_handshake() {
    let platform = start().await;
    let mut silent = TcpStream::connect(platform.host()).await.unwrap();

    platform.stop().await;

    let mut rest = Vec::new();
    // Closed in either way: the stop may come before the server has taken the connection.
    let _ = silent.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}
