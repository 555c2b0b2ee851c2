//! Discovery and the public keys (CONTRACT 1.4, 6.3, 6.4).

use gatepass_tests::{Answer, CLIENT_CREDENTIALS, TestPlatform, clients};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};

async fn get(platform: &TestPlatform, path: &str) -> Answer {
    platform.request(Method::GET, path).send().await
}

#[tokio::test]
async fn discovery_names_what_is_there() {
    let platform = TestPlatform::start().await;

    let document = get(&platform, "/.well-known/openid-configuration").await;

    let url = platform.url();
    document
        .assert_status(200)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_at("/issuer", format!("{url}/bc"))
        .assert_at("/token_endpoint", format!("{url}/idp/token"))
        .assert_at("/jwks_uri", format!("{url}/idp/keys"))
        .assert_at("/introspection_endpoint", format!("{url}/idp/introspect_token"))
        .assert_at("/revocation_endpoint", format!("{url}/idp/revoke_token"))
        .assert_at("/scopes_supported/1", "offline_access")
        .assert_at(
            "/grant_types_supported",
            json!([
                "client_credentials",
                "password",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:jwt-bearer"
            ]),
        )
        .assert_at("/response_types_supported/0", "code")
        .assert_at("/subject_types_supported/0", "public")
        .assert_at("/id_token_signing_alg_values_supported/0", "RS256");
    assert!(document.text_at("/authorization_endpoint").starts_with(&url));
    for of in ["token", "revocation"] {
        document.assert_at(
            &format!("/{of}_endpoint_auth_methods_supported"),
            json!(["client_secret_basic", "client_secret_post", "none"]),
        );
    }
    let beside_issuer = get(&platform, "/bc/.well-known/openid-configuration").await;
    assert_eq!(beside_issuer.body(), document.body());
}

#[tokio::test]
async fn discovery_follows_the_caller() {
    let platform = TestPlatform::start().await;
    let request = platform.request(Method::GET, "/.well-known/openid-configuration");

    let document = request.header("host", "gatepass:8484").send().await;

    document.assert_at("/jwks_uri", "http://gatepass:8484/idp/keys");
}

#[tokio::test]
async fn the_keys_are_the_same_under_each_path_and_public() {
    let platform = TestPlatform::start().await;
    let keys = get(&platform, "/idp/keys").await;
    keys.assert_status(200).assert_header("content-type", "application/json; charset=utf-8");
    for path in ["/bc/idp/keys", "/api/2/idp/keys", "/api/idp/v1/keys"] {
        assert_eq!(get(&platform, path).await.assert_status(200).body(), keys.body(), "{path}");
    }
    let keys = keys.at("/keys");
    assert_eq!(keys.as_array().unwrap().len(), 2);
    for key in keys.as_array().unwrap() {
        let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            (&key["kty"], &key["alg"], &key["use"]),
            (&"RSA".into(), &"RS256".into(), &"sig".into())
        );
    }
}

#[tokio::test]
async fn a_library_verifies_each_token_with_its_own_key_alone() {
    let platform = TestPlatform::start().await;
    let keys: JwkSet = serde_json::from_str(get(&platform, "/idp/keys").await.body()).unwrap();
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default).send().await;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;

    for name in ["/access_token", "/id_token"] {
        let token = answer.text_at(name);
        let named = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let verifying: Vec<_> = keys
            .keys
            .iter()
            .filter(|key| {
                let key = DecodingKey::from_jwk(key).unwrap();
                jsonwebtoken::decode::<Value>(&token, &key, &validation).is_ok()
            })
            .filter_map(|key| key.common.key_id.clone())
            .collect();
        assert_eq!(verifying, [named], "{name}");
    }
}
