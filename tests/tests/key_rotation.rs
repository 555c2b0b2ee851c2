//! The change of signing keys (CONTRACT 6.4).
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::Jwt;
use gatepass_tests::{Answer, CLIENT_CREDENTIALS, TestPlatform, clients};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::Value;

async fn rotate(platform: &TestPlatform, body: &str) -> Answer {
    platform.request(Method::POST, "/_gatepass/keys/rotate").body(body).send().await
}

async fn jwks(platform: &TestPlatform) -> JwkSet {
    let answer = platform.request(Method::GET, "/idp/keys").send().await;
    serde_json::from_str(answer.assert_status(200).body()).unwrap()
}

async fn calls(platform: &TestPlatform, token: &str) -> Answer {
    platform.get(&format!("/api/2/clients/{}", clients().default.client_id), token).await
}

fn kid(token: &str) -> String {
    Jwt::parse(token).unwrap().header["kid"].as_str().unwrap().to_owned()
}

fn is_verified(keys: &JwkSet, token: &str) -> bool {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    validation.validate_exp = false;
    keys.find(&kid(token)).is_some_and(|key| {
        let key = DecodingKey::from_jwk(key).unwrap();
        jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
    })
}

#[tokio::test]
async fn both_tokens_are_signed_by_new_keys_that_are_published() {
    let platform = TestPlatform::start().await;
    let ask =
        async || platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;
    let before = ask().await;

    let rotated = rotate(&platform, "").await;

    rotated.assert_status(200).assert_at("/grace_s", 86_400);
    let (after, keys) = (ask().await, jwks(&platform).await);
    assert_eq!(keys.keys.len(), 4);
    for (name, told) in [("/access_token", "/access_token_kid"), ("/id_token", "/id_token_kid")] {
        let (old, new) = (before.text_at(name), after.text_at(name));
        assert_ne!(kid(&old), kid(&new), "{name}");
        assert_eq!(kid(&new), rotated.text_at(told));
        assert!(is_verified(&keys, &old) && is_verified(&keys, &new), "{name}");
    }
}

#[tokio::test]
async fn an_old_token_is_good_for_the_grace_and_its_key_is_published_as_long() {
    let platform = TestPlatform::with(|config| config.token.lifetime_s = 1_000_000).await;
    platform.clock().freeze();
    let old = platform.token_for(&clients().default).await;
    rotate(&platform, "{}").await.assert_status(200);

    platform.clock().advance(SignedDuration::from_secs(86_399));
    calls(&platform, &old).await.assert_status(200);
    assert!(is_verified(&jwks(&platform).await, &old));

    platform.clock().advance(SignedDuration::from_secs(1));
    let refused = calls(&platform, &old).await;
    refused.assert_api_error(401);
    assert!(refused.text_at("/error/details/info").contains("kid"), "{refused}");
    assert_eq!(jwks(&platform).await.keys.len(), 2);
}

#[tokio::test]
async fn without_a_grace_an_old_token_is_refused_at_once_and_for_good() {
    let platform = TestPlatform::start().await;
    let old = platform.token_for(&clients().default).await;

    for _ in 0..4 {
        rotate(&platform, r#"{"grace_s": 0}"#).await.assert_status(200);

        calls(&platform, &old).await.assert_api_error(401);
        let new = platform.token_for(&clients().default).await;
        calls(&platform, &new).await.assert_status(200);
    }
}

#[tokio::test]
async fn the_configuration_sets_the_grace() {
    let toml = "listen = '127.0.0.1:0'\n[keys]\ngrace_s = 0\n";
    let platform = TestPlatform::with(|config| {
        *config = gatepass_tests::Config::from_toml("g.toml", toml).unwrap();
    })
    .await;

    rotate(&platform, "").await.assert_at("/grace_s", 0);

    assert_eq!(jwks(&platform).await.keys.len(), 2);
}
