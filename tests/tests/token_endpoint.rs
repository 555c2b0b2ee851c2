//! `POST …/idp/token` when all is well (CONTRACT 2 and 3).

use gatepass_protocol::Jwt;
use gatepass_tests::{CLIENT_CREDENTIALS, TestPlatform, clients};
use reqwest::Method;
use serde_json::{Value, json};

/// What each token of the tutorial begins with.
const HEADER_START: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6I";

#[tokio::test]
async fn the_answer_has_exactly_the_documented_members() {
    let platform = TestPlatform::start().await;
    for (path, members) in [
        ("/api/2/idp/token", vec!["access_token", "expires_on", "id_token", "token_type"]),
        ("/bc/idp/token", vec!["access_token", "expires_on", "id_token", "token_type"]),
        ("/idp/token", vec!["access_token", "expires_in", "expires_on", "id_token", "token_type"]),
    ] {
        let request = platform.request(Method::POST, path).form(CLIENT_CREDENTIALS);

        let answer = request.basic(&clients().default).send().await;

        answer
            .assert_status(200)
            .assert_header("content-type", "application/json; charset=utf-8")
            .assert_header("cache-control", "no-store")
            .assert_header("pragma", "no-cache")
            .assert_at("/token_type", "bearer");
        assert_eq!(answer.members(), members, "{path}");
        assert!(!answer.body().contains('\n'), "one line: {answer}");
    }
}

#[tokio::test]
async fn a_token_lives_two_hours_of_the_platforms_clock() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let now = platform.clock().now().seconds();

    let request = platform.request(Method::POST, "/idp/token").form(CLIENT_CREDENTIALS);
    let answer = request.basic(&clients().default).send().await;

    answer.assert_at("/expires_on", now + 7200).assert_at("/expires_in", 7200);
    for token in ["/access_token", "/id_token"] {
        let claims = Jwt::parse(&answer.text_at(token)).unwrap().claims;
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(now), &json!(now + 7200)), "{token}");
    }
    assert_eq!(answer.header("date"), platform.clock().now().http_date());
}

#[tokio::test]
async fn both_tokens_begin_as_in_the_tutorial_and_have_keys_of_their_own() {
    let platform = TestPlatform::start().await;

    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;

    let header = |token: &str| {
        let token = answer.text_at(token);
        assert!(token.starts_with(HEADER_START), "{token}");
        let header = Jwt::parse(&token).unwrap().header;
        assert_eq!(header.keys().collect::<Vec<_>>(), ["typ", "alg", "kid"]);
        header
    };
    assert_ne!(header("/access_token")["kid"], header("/id_token")["kid"]);
}

#[tokio::test]
async fn the_claims_are_those_of_the_contract() {
    let platform = TestPlatform::start().await;
    let client = clients().default;

    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;

    let access = Jwt::parse(&answer.text_at("/access_token")).unwrap().claims;
    let id = json!(client.client_id);
    assert_eq!(access["iss"], json!(format!("{}/bc", platform.url())));
    assert_eq!(access["aud"], json!(platform.host()));
    assert_eq!((&access["sub"], &access["client_id"]), (&id, &id));
    assert_eq!(access["owner_tuid"], json!(client.tenant_id));
    assert_eq!((&access["sub_type"], &access["ver"]), (&json!("api_client"), &json!(2)));
    assert!(!access.contains_key("nbf"));
    assert_eq!(
        access["scope"],
        json!([
            {"tid": "1001", "tuid": client.tenant_id, "rs": "account-server", "role": "tenant_admin"},
            {"tid": "1001", "tuid": client.tenant_id, "rs": "task_manager", "role": "admin"},
        ])
    );
    let id_token = Jwt::parse(&answer.text_at("/id_token")).unwrap().claims;
    assert_eq!((&id_token["aud"], &id_token["sub"]), (&id, &id));
    assert_eq!(
        (&id_token["iss"], &id_token["name"]),
        (&access["iss"], &json!("Example integration"))
    );
}

#[tokio::test]
async fn no_two_tokens_are_alike() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();

    let first = platform.token_for(&clients().default).await;
    let second = platform.token_for(&clients().default).await;

    let jti = |token: &str| Jwt::parse(token).unwrap().claims["jti"].clone();
    assert_ne!(jti(&first), jti(&second));
}

#[tokio::test]
async fn a_seed_and_a_frozen_clock_give_the_same_bytes() {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let platform = TestPlatform::with(|config| config.seed = Some(7)).await;
        platform.clock().freeze();
        platform.clock().set("2026-11-24T12:00:00Z".parse().unwrap());
        let request = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default);
        answers.push(request.header("host", "cloud.example").send().await.body().to_owned());
    }

    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_grant_type_may_stand_in_the_query_string() {
    let platform = TestPlatform::start().await;
    let path = "/bc/idp/token?grant_type=client_credentials";
    let post = || platform.request(Method::POST, path).basic(&clients().default);

    post().send().await.assert_status(200);
    post().form("").send().await.assert_status(200);
    post().form("grant_type=client_credentials").send().await.assert_status(200);
    post().form("grant_type=password").send().await.assert_token_error(400, "invalid_request");
}

#[tokio::test]
async fn the_form_of_headers_does_not_matter() {
    let platform = TestPlatform::start().await;
    let credentials = gatepass_tests::basic(&clients().default);
    let encoded = credentials.strip_prefix("Basic ").unwrap();
    for authorization in [format!("basic {encoded}"), format!("BASIC    {encoded}")] {
        let request = platform.post_token(CLIENT_CREDENTIALS).authorization(&authorization);
        request.send().await.assert_status(200);
    }
    for content_type in
        ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLEncoded"]
    {
        let request = platform.request(Method::POST, "/api/2/idp/token").basic(&clients().default);
        let request = request.header("content-type", content_type).body(CLIENT_CREDENTIALS);
        request.send().await.assert_status(200);
    }
}

#[tokio::test]
async fn a_client_registered_for_it_authenticates_in_the_body() {
    let platform = TestPlatform::start().await;
    let post = clients().post;
    let body = format!(
        "{CLIENT_CREDENTIALS}&client_id={}&client_secret={}",
        post.client_id,
        post.client_secret.reveal()
    );

    platform.post_token(&body).send().await.assert_status(200);
    let basic = platform.post_token(CLIENT_CREDENTIALS).basic(&post).send().await;
    basic.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn any_client_authenticates_in_the_body_where_that_is_configured() {
    let platform = TestPlatform::with(|config| config.accept_any_auth_method = true).await;
    let client = clients().default;
    let body = format!(
        "{CLIENT_CREDENTIALS}&client_id={}&client_secret={}",
        client.client_id,
        client.client_secret.reveal()
    );

    platform.post_token(&body).send().await.assert_status(200);
}

#[tokio::test]
async fn the_issuer_follows_the_host_that_the_caller_used() {
    let platform = TestPlatform::start().await;
    let issuer = async |headers: &[(&str, &str)]| {
        let mut request = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        Jwt::parse(&answer.text_at("/access_token")).unwrap().claims["iss"].clone()
    };

    assert_eq!(issuer(&[("host", "gatepass:8484")]).await, "http://gatepass:8484/bc");
    let proxied = [("x-forwarded-proto", "https"), ("x-forwarded-host", "cloud.example")];
    assert_eq!(issuer(&proxied).await, "https://cloud.example/bc");
}

#[tokio::test]
async fn a_public_url_fixes_the_issuer() {
    let url = "https://cloud.example/eu/".parse().ok();
    let platform = TestPlatform::with(|config| config.public_url = url).await;
    let address = format!("http://{}/api/2/idp/token", platform.host());

    let answer = reqwest::Client::new()
        .post(address)
        .header("authorization", gatepass_tests::basic(&clients().default))
        .header("content-type", gatepass_tests::FORM)
        .body(CLIENT_CREDENTIALS)
        .send()
        .await
        .unwrap();

    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let claims = Jwt::parse(answer["access_token"].as_str().unwrap()).unwrap().claims;
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("https://cloud.example/eu/bc"), &json!("cloud.example"))
    );
    assert_eq!(platform.url(), "https://cloud.example/eu");
}

#[tokio::test]
async fn a_scope_narrows_the_token_to_a_tenant_below() {
    let platform = TestPlatform::start().await;
    let ask = async |tenant: &str| {
        let body = format!("{CLIENT_CREDENTIALS}&scope=urn:acronis.com:tenant-id:{tenant}");
        platform.post_token(&body).basic(&clients().default).send().await
    };

    let unit = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
    let answer = ask(unit).await;
    let claims = Jwt::parse(&answer.text_at("/access_token")).unwrap().claims;
    assert_eq!(claims["scope"][0]["tuid"], json!(unit));
    let foreign = clients().foreign.tenant_id.to_string();
    ask(&foreign).await.assert_token_error(403, "access_denied");
    ask("elsewhere").await.assert_token_error(400, "invalid_scope");
}

#[tokio::test]
async fn the_configuration_sets_lifetime_and_members() {
    let toml = "listen = '127.0.0.1:0'\n[token]\nlifetime_s = 75\n[token_response]\nmembers = ['expires_in']\n";
    let platform = TestPlatform::with(|config| {
        *config = gatepass_tests::Config::from_toml("g.toml", toml).unwrap();
    })
    .await;

    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;

    assert_eq!(answer.members(), ["access_token", "expires_in", "id_token", "token_type"]);
    answer.assert_at("/expires_in", 75);
}
