//! Tokens that were made to differ from good ones, and what Bearer calls say to them.

use gatepass_protocol::Jwt;
use gatepass_tests::{Answer, TestPlatform, clients};
use reqwest::Method;
use serde_json::{Value, json};

async fn mint(platform: &TestPlatform, shape: Value) -> Answer {
    let mut order = shape;
    order["client_id"] = json!(clients().default.client_id);
    platform.request(Method::POST, "/_gatepass/tokens").body(&order.to_string()).send().await
}

#[tokio::test]
async fn each_shape_is_refused_with_401_and_its_reason_is_told() {
    let platform = TestPlatform::start().await;
    let path = format!("/api/2/clients/{}", clients().default.client_id);
    for (shape, reason) in [
        (json!({"lifetime_s": -10}), "the token expired"),
        (json!({"not_before_s": 60}), "not yet"),
        (json!({"kid": "unknown"}), "kid"),
        (json!({"key": "other"}), "signature"),
        (json!({"signature": "broken"}), "signature"),
        (json!({"alg": "none"}), "algorithm"),
        (json!({"alg": "HS256"}), "algorithm"),
        (json!({"audience": "elsewhere.example"}), "audience"),
        (json!({"issuer": "https://elsewhere.example/bc"}), "issuer"),
        (json!({"revoked": true}), "revoked"),
    ] {
        let token = mint(&platform, shape.clone()).await.text_at("/access_token");

        let answer = platform.get(&path, &token).await;

        answer.assert_api_error(401);
        let told = answer.text_at("/error/details/info");
        assert!(told.contains(reason), "{shape}: {told}");
    }
}

#[tokio::test]
async fn a_token_is_good_under_each_name_of_the_server() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let path = format!("/api/2/clients/{}", clients().default.client_id);

    for host in ["gatepass:8484", "localhost", "cloud.example"] {
        let call = platform.request(Method::GET, &path).bearer(&token).header("host", host);

        call.send().await.assert_status(200);
    }
}

#[tokio::test]
async fn claims_and_header_members_are_added_replaced_and_taken_away() {
    let platform = TestPlatform::start().await;
    let shape = json!({
        "claims": {"origin": "a", "ver": 3, "aud": null},
        "header": {"irn": ["b"], "typ": "at+jwt"},
    });

    let token = Jwt::parse(&mint(&platform, shape).await.text_at("/access_token")).unwrap();

    assert_eq!((&token.claims["origin"], &token.claims["ver"]), (&json!("a"), &json!(3)));
    assert!(!token.claims.contains_key("aud"));
    assert_eq!(token.header.keys().collect::<Vec<_>>(), ["typ", "alg", "kid", "irn"]);
    assert_eq!(token.header["typ"], "at+jwt");
}

#[tokio::test]
async fn a_shape_that_makes_no_sense_is_refused_by_name() {
    let platform = TestPlatform::start().await;
    for (shape, complaint) in [
        (json!({"kid": "known"}), "unknown variant `known`"),
        (json!({"life": 1}), "unknown field `life`"),
        (json!({"lifetime_s": "long"}), "invalid type"),
    ] {
        let answer = mint(&platform, shape).await;

        answer.assert_status(400);
        assert!(answer.text_at("/error").contains(complaint), "{answer}");
    }
}
