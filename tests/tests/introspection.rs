//! `POST …/idp/introspect_token` (CONTRACT 6.2, RFC 7662).
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::Jwt;
use gatepass_tests::{Answer, FixtureClient, TestPlatform, TestRequest, clients};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

const PATHS: [&str; 3] =
    ["/idp/introspect_token", "/bc/idp/introspect_token", "/api/2/idp/introspect_token"];

/// The client of the fixtures with the role `account-server::token_introspector`.
fn introspector() -> FixtureClient {
    FixtureClient {
        client_id: "3b1a5c0e-7d36-4b7f-8f6e-1c9d5a2e4f80".parse().unwrap(),
        client_secret: "0c6f2d9be41a4f7c8d53a7e1b9604f2d".into(),
        tenant_id: clients().default.tenant_id,
    }
}

fn question(platform: &TestPlatform, token: &str) -> TestRequest {
    platform.request(Method::POST, PATHS[0]).form(&format!("token={token}"))
}

/// What the introspector is told of a token.
async fn introspect(platform: &TestPlatform, token: &str) -> Answer {
    let bearer = platform.token_for(&introspector()).await;
    question(platform, token).bearer(&bearer).send().await
}

#[tokio::test]
async fn of_a_good_token_all_is_told_that_it_says() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let bearer = platform.token_for(&introspector()).await;
    for path in PATHS {
        let request = platform.request(Method::POST, path).form(&format!("token={token}"));

        let answer = request.bearer(&bearer).send().await;

        answer
            .assert_status(200)
            .assert_header("content-type", "application/json; charset=utf-8")
            .assert_header("cache-control", "no-store")
            .assert_at("/active", true)
            .assert_at("/token_type", "bearer");
        assert_eq!(
            answer.members(),
            [
                "active",
                "token_type",
                "exp",
                "aud",
                "jti",
                "iss",
                "sub",
                "sub_type",
                "client_id",
                "owner_tuid",
                "scope"
            ]
        );
        let claims = Jwt::parse(&token).unwrap().claims;
        for name in ["exp", "aud", "jti", "iss", "sub", "sub_type", "client_id", "scope"] {
            assert_eq!(answer.at(&format!("/{name}")), claims[name], "{name}");
        }
    }
}

#[tokio::test]
async fn of_any_other_token_only_that_it_is_not_active() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let request = platform.post_token("grant_type=client_credentials&scope=offline_access");
    let issued = request.basic(&client).send().await;
    let mut tokens = vec![
        "abc".to_owned(),
        issued.text_at("/id_token"),
        issued.text_at("/refresh_token"),
        issued.text_at("/access_token") + "A",
    ];
    for shape in [
        json!({"lifetime_s": 0}),
        json!({"not_before_s": 60}),
        json!({"kid": "unknown"}),
        json!({"alg": "HS256"}),
        json!({"revoked": true}),
        json!({"claims": {"client_id": clients().disabled.client_id}}),
        json!({"claims": {"client_id": "00000000-0000-4000-8000-000000000000"}}),
    ] {
        let mut order = shape;
        order["client_id"] = json!(client.client_id);
        let mint = platform.request(Method::POST, "/_gatepass/tokens").body(&order.to_string());
        tokens.push(mint.send().await.text_at("/access_token"));
    }

    for token in tokens {
        let answer = introspect(&platform, &token).await;

        answer.assert_status(200);
        assert_eq!(answer.body(), r#"{"active":false}"#, "given {token}");
    }
}

#[tokio::test]
async fn a_token_stops_being_active_when_it_is_revoked_or_expires() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let revoked = platform.token_for(&clients().default).await;
    let expires = platform.token_for(&clients().default).await;
    introspect(&platform, &revoked).await.assert_at("/active", true);

    let revoke = platform.request(Method::POST, "/idp/revoke_token");
    revoke.form(&format!("token={revoked}")).basic(&clients().default).send().await;

    introspect(&platform, &revoked).await.assert_at("/active", false);
    introspect(&platform, &expires).await.assert_at("/active", true);
    platform.clock().advance(SignedDuration::from_secs(7200));
    introspect(&platform, &expires).await.assert_at("/active", false);
}

#[tokio::test]
async fn of_a_users_token_the_user_is_told_too() {
    let platform = TestPlatform::start().await;
    let body = "grant_type=password&username=administrator%40example.com&password=example-password";
    let request = platform.post_token(body).basic(&clients().default);
    let token = request.send().await.text_at("/access_token");

    let answer = introspect(&platform, &token).await;

    let user = "52755373-0d21-476c-8320-7c56499e7df0";
    answer.assert_at("/sub_type", "user").assert_at("/sub", user).assert_at("/uid", user);
}

#[tokio::test]
async fn a_client_is_told_of_its_own_tokens_and_of_no_others() {
    let platform = TestPlatform::start().await;
    let own = platform.token_for(&clients().default).await;
    let others = platform.token_for(&clients().foreign).await;
    let ask = async |token: &str| question(&platform, token).basic(&clients().default).send().await;

    ask(&own).await.assert_status(200).assert_at("/active", true);
    let answer = ask(&others).await;
    answer.assert_status(200);
    assert_eq!(answer.body(), r#"{"active":false}"#);
}

#[tokio::test]
async fn who_may_not_ask_is_refused_with_an_api_error() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let wrong = FixtureClient { client_secret: "wrong".into(), ..clients().default };
    let ask = || question(&platform, &token);

    ask().send().await.assert_api_error(401);
    ask().bearer("abc").send().await.assert_api_error(401);
    ask().authorization("Digest a").send().await.assert_api_error(401);
    let refused = ask().basic(&wrong).send().await;
    refused.assert_api_error(401).assert_header("www-authenticate", "Basic realm=\"platform\"");
    assert!(!refused.body().contains(&wrong.client_id.to_string()), "{refused}");
    ask().basic(&clients().disabled).send().await.assert_api_error(401);
    ask().bearer(&token).send().await.assert_api_error(403);
}

#[tokio::test]
async fn a_question_names_one_token_in_a_form() {
    let platform = TestPlatform::start().await;
    let bearer = platform.token_for(&introspector()).await;
    let post = |body: &str| platform.request(Method::POST, PATHS[0]).form(body).bearer(&bearer);

    post("").send().await.assert_api_error(400);
    post("token=").send().await.assert_api_error(400);
    post("token=a&token=b").send().await.assert_api_error(400);
    let json = platform.request(Method::POST, PATHS[0]).bearer(&bearer);
    let json = json.header("content-type", "application/json").body(r#"{"token":"a"}"#);
    json.send().await.assert_api_error(415);
    let get = platform.request(Method::GET, PATHS[0]).send().await;
    get.assert_api_error(405).assert_header("allow", "POST");
}
