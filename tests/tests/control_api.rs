//! The control API, and who may use it.

use gatepass_tests::{TestPlatform, clients};
use reqwest::Method;

#[tokio::test]
async fn health_tells_that_it_is_ready() {
    let platform = TestPlatform::start().await;

    let answer = platform.request(Method::GET, "/_gatepass/health").send().await;

    answer.assert_status(200).assert_at("/product", "gatepass").assert_at("/status", "ready");
}

#[tokio::test]
async fn one_line_makes_all_tokens_expire() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let path = format!("/api/2/clients/{}", clients().default.client_id);
    platform.get(&path, &token).await.assert_status(200);

    platform.put_clock(r#"{"advance_s": 7200}"#).await.assert_status(200);
    platform.get(&path, &token).await.assert_status(401);

    platform.put_clock(r#"{"reset": true}"#).await.assert_status(200);
    platform.get(&path, &token).await.assert_status(200);
}

#[tokio::test]
async fn the_clock_is_set_frozen_and_let_go() {
    let platform = TestPlatform::start().await;
    platform.put_clock(r#"{"freeze": true}"#).await.assert_at("/frozen", true);

    let answer = platform.put_clock(r#"{"set": "2030-01-01T00:00:00Z"}"#).await;

    answer.assert_at("/now", "2030-01-01T00:00:00Z").assert_at("/epoch_s", 1_893_456_000);
    let shown = platform.request(Method::GET, "/_gatepass/clock").send().await;
    assert_eq!(shown.body(), answer.body());
    shown.assert_header("date", "Tue, 01 Jan 2030 00:00:00 GMT");
    platform.put_clock(r#"{"freeze": false}"#).await.assert_at("/frozen", false);
}

#[tokio::test]
async fn a_change_of_the_clock_that_makes_no_sense_is_refused_with_what_would() {
    let platform = TestPlatform::start().await;
    for body in [
        "",
        "{}",
        "7200",
        r#"{"advance": 1}"#,
        r#"{"set": "soon"}"#,
        r#"{"freeze": true, "advance_s": 1}"#,
    ] {
        let answer = platform.put_clock(body).await;

        answer.assert_status(400);
        assert!(!answer.text_at("/error").is_empty() && !answer.text_at("/hint").is_empty());
    }
}

#[tokio::test]
async fn tokens_are_minted_with_any_life() {
    let platform = TestPlatform::start().await;
    let id = clients().default.client_id;
    let mint = async |body: String| {
        platform.request(Method::POST, "/_gatepass/tokens").body(&body).send().await
    };
    let path = format!("/api/2/clients/{id}");

    let expired = mint(format!(r#"{{"client_id": "{id}", "lifetime_s": -10}}"#)).await;
    platform.get(&path, &expired.text_at("/access_token")).await.assert_api_error(401);
    let good = mint(format!(r#"{{"client_id": "{id}"}}"#)).await;
    platform.get(&path, &good.text_at("/access_token")).await.assert_status(200);
    let unknown = r#"{"client_id": "00000000-0000-4000-8000-000000000000"}"#;
    mint(unknown.to_owned()).await.assert_status(404);
}

#[tokio::test]
async fn web_pages_of_other_origins_are_refused() {
    let platform = TestPlatform::start().await;
    let put = || platform.request(Method::PUT, "/_gatepass/clock").body(r#"{"advance_s": 1}"#);
    let own = format!("http://{}", platform.host());

    put().header("origin", "http://evil.example").send().await.assert_status(403);
    put().header("origin", "http://localhost:3000").send().await.assert_status(403);
    put().header("origin", "null").send().await.assert_status(403);
    put().header("origin", &own).send().await.assert_status(200);
    put().header("host", "evil.example").send().await.assert_status(403);
    put().header("host", "localhost:9000").send().await.assert_status(200);
}

#[tokio::test]
async fn with_a_key_only_those_who_have_it_are_served() {
    let platform = TestPlatform::with(|config| config.control_key = Some("k3y".into())).await;
    let get = || platform.request(Method::GET, "/_gatepass/clock");

    get().send().await.assert_status(401);
    get().bearer("wrong").send().await.assert_status(401);
    get().bearer("k3y").header("host", "gatepass:8484").send().await.assert_status(200);
    let health = platform.request(Method::GET, "/_gatepass/health");
    health.header("host", "gatepass:8484").send().await.assert_status(200);
}

#[tokio::test]
async fn the_control_api_may_have_a_listener_of_its_own() {
    let platform =
        TestPlatform::with(|config| config.control_listen = "127.0.0.1:0".parse().ok()).await;
    let control = platform.running().control_url();
    assert_ne!(control, platform.url());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let status = async |url: String| http.get(url).send().await.unwrap().status();

    for (base, path, expected) in [
        (&control, "/_gatepass/clock", 200),
        (&control, "/_gatepass/health", 200),
        (&control, "/idp/keys", 404),
        (&platform.url(), "/_gatepass/clock", 404),
        (&platform.url(), "/_gatepass/health", 200),
        (&platform.url(), "/idp/keys", 200),
    ] {
        assert_eq!(status(format!("{base}{path}")).await, expected, "{base}{path}");
    }
    let host = control.strip_prefix("http://").unwrap().to_owned();
    platform.stop().await;
    assert!(tokio::net::TcpStream::connect(host).await.is_err(), "both listeners stop");
}
