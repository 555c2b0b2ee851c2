//! The calling user, and where a login's data is (CONTRACT 1.5, 7).

use gatepass_tests::{ADMINISTRATOR, TestPlatform, clients};
use reqwest::Method;
use serde_json::{Value, json};

const ME: &str = "/api/2/users/me";

#[tokio::test]
async fn a_user_reads_itself_as_documented() {
    let platform = TestPlatform::start().await;

    let answer = platform.request(Method::GET, ME).login(ADMINISTRATOR).send().await;

    answer
        .assert_status(200)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_at("/id", "52755373-0d21-476c-8320-7c56499e7df0")
        .assert_at("/tenant_id", "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001")
        .assert_at("/login", "administrator@example.com")
        .assert_at("/contact", json!({"email": "administrator@example.com"}))
        .assert_at("/activated", true)
        .assert_at("/enabled", true)
        .assert_at("/version", 1)
        .assert_at("/created_at", "2026-01-05T08:00:00+00:00")
        .assert_at("/updated_at", "2026-01-05T08:00:00+00:00")
        .assert_at("/deleted_at", Value::Null)
        .assert_at("/language", "en")
        .assert_at("/business_types", json!([]))
        .assert_at("/notifications", json!([]))
        .assert_at("/mfa_status", "disabled");
    assert!(!answer.body().contains("password"));
}

#[tokio::test]
async fn an_api_client_is_no_user() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;

    platform.get(ME, &token).await.assert_api_error(403);
}

#[tokio::test]
async fn nobody_reads_itself_without_a_login_that_is_good() {
    let platform = TestPlatform::start().await;
    let anonymous = platform.request(Method::GET, ME).send().await;
    anonymous.assert_api_error(401).assert_header("www-authenticate", "Bearer realm=\"platform\"");

    for login in [
        ("administrator@example.com", "wrong"),
        ("administrator@example.com", ""),
        ("two-factor@example.com", "example-password"),
    ] {
        let answer = platform.request(Method::GET, ME).login(login).send().await;

        answer.assert_api_error(401).assert_header("www-authenticate", "Basic realm=\"platform\"");
        answer.assert_at("/error/details/info", "the login failed");
    }
    let log = platform.log();
    let reasons: Vec<_> = log.iter().filter_map(|exchange| exchange.decision.as_deref()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("two-factor")), "{reasons:?}");
}

#[tokio::test]
async fn a_login_is_found_before_anybody_signs_in() {
    let platform = TestPlatform::start().await;
    for path in ["/api/1/accounts", "/api/2/accounts"] {
        let account = |query: &str| platform.request(Method::GET, &format!("{path}{query}")).send();

        let found = account("?login=administrator%40example.com").await;
        found.assert_status(200).assert_at("/server_url", platform.url());
        assert_eq!(found.members(), ["server_url"]);
        account("?login=nobody%40example.com").await.assert_api_error(404);
        account("?login=").await.assert_api_error(404);
        account("").await.assert_api_error(400);
        account("?user=a").await.assert_api_error(400);
    }
}

#[tokio::test]
async fn the_data_center_is_where_the_caller_found_it() {
    let platform = TestPlatform::start().await;
    let request = platform.request(Method::GET, "/api/1/accounts?login=administrator@example.com");

    let answer = request.header("x-forwarded-host", "eu.example").send().await;

    answer.assert_at("/server_url", "http://eu.example");
}
