//! Refresh tokens (CONTRACT 2.6).
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::{Form, Jwt};
use gatepass_tests::{Answer, FixtureClient, TestPlatform, clients};
use jiff::SignedDuration;
use serde_json::{Map, Value};

const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";

fn urn(tenant: &str) -> String {
    format!("urn:acronis.com:tenant-id:{tenant}")
}

fn claims(answer: &Answer, token: &str) -> Map<String, Value> {
    Jwt::parse(&answer.text_at(token)).unwrap().claims
}

/// Asks for a token with HTTP Basic of the default client.
async fn ask(platform: &TestPlatform, parameters: &[(&str, &str)]) -> Answer {
    ask_as(platform, &clients().default, parameters).await
}

async fn ask_as(
    platform: &TestPlatform,
    client: &FixtureClient,
    parameters: &[(&str, &str)],
) -> Answer {
    let body = parameters.iter().copied().collect::<Form>().render();
    platform.post_token(&body).basic(client).send().await
}

async fn call(platform: &TestPlatform, client_id: impl std::fmt::Display, token: &str) -> Answer {
    platform.get(&format!("/api/2/clients/{client_id}"), token).await
}

#[tokio::test]
async fn a_refresh_token_comes_only_when_it_is_asked_for() {
    let platform = TestPlatform::start().await;
    let grant = ("grant_type", "client_credentials");

    let without = ask(&platform, &[grant]).await;
    let with = ask(&platform, &[grant, ("scope", "offline_access")]).await;

    assert_eq!(without.at("/refresh_token"), Value::Null);
    assert_eq!(with.text_at("/refresh_token").len(), 43);
}

async fn signed_in(platform: &TestPlatform) -> Answer {
    let scope = ("scope", "offline_access");
    let answer = ask(platform, &[("grant_type", "client_credentials"), scope]).await;
    answer.assert_status(200);
    answer
}

async fn refresh(platform: &TestPlatform, token: &str) -> Answer {
    ask(platform, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

#[tokio::test]
async fn a_refresh_token_gives_a_new_pair_and_is_dead_then() {
    let platform = TestPlatform::start().await;
    let first = signed_in(&platform).await;

    let second = refresh(&platform, &first.text_at("/refresh_token")).await;

    second.assert_status(200);
    assert_ne!(second.text_at("/refresh_token"), first.text_at("/refresh_token"));
    let id = clients().default.client_id;
    for answer in [&first, &second] {
        let token = answer.text_at("/access_token");
        call(&platform, id, &token).await.assert_status(200);
    }
    refresh(&platform, &second.text_at("/refresh_token")).await.assert_status(200);
}

#[tokio::test]
async fn a_refresh_token_that_was_used_takes_all_that_came_from_it_along() {
    let platform = TestPlatform::start().await;
    let first = signed_in(&platform).await;
    let second = refresh(&platform, &first.text_at("/refresh_token")).await;
    let bystander = signed_in(&platform).await;

    let again = refresh(&platform, &first.text_at("/refresh_token")).await;

    again.assert_token_error(400, "invalid_grant");
    let last = refresh(&platform, &second.text_at("/refresh_token")).await;
    last.assert_token_error(400, "invalid_grant");
    let id = clients().default.client_id;
    for answer in [&first, &second] {
        let token = answer.text_at("/access_token");
        call(&platform, id, &token).await.assert_api_error(401);
    }
    refresh(&platform, &bystander.text_at("/refresh_token")).await.assert_status(200);
}

#[tokio::test]
async fn a_refused_request_does_not_use_the_refresh_token_up() {
    let platform = TestPlatform::start().await;
    let token = signed_in(&platform).await.text_at("/refresh_token");
    let grant = ("grant_type", "refresh_token");
    let foreign = urn(FOREIGN);
    let outside = [grant, ("refresh_token", &*token), ("scope", &*foreign)];
    ask(&platform, &outside).await.assert_token_error(403, "access_denied");
    let own = [grant, ("refresh_token", &*token)];
    ask_as(&platform, &clients().foreign, &own).await.assert_token_error(400, "invalid_grant");

    refresh(&platform, &token).await.assert_status(200);
}

#[tokio::test]
async fn a_refresh_token_lasts_thirty_days_and_needs_to_be_one() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let early = signed_in(&platform).await.text_at("/refresh_token");
    let late = signed_in(&platform).await.text_at("/refresh_token");

    platform.clock().advance(SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(1));
    refresh(&platform, &early).await.assert_status(200);
    platform.clock().advance(SignedDuration::from_secs(1));
    refresh(&platform, &late).await.assert_token_error(400, "invalid_grant");

    refresh(&platform, "abc").await.assert_token_error(400, "invalid_grant");
    refresh(&platform, "").await.assert_token_error(400, "invalid_request");
}

#[tokio::test]
async fn a_scope_narrows_what_is_refreshed_for_this_once() {
    let platform = TestPlatform::start().await;
    let token = signed_in(&platform).await.text_at("/refresh_token");
    let unit = urn(UNIT);
    let parameters =
        [("grant_type", "refresh_token"), ("refresh_token", &*token), ("scope", &*unit)];

    let narrowed = ask(&platform, &parameters).await;
    let whole = refresh(&platform, &narrowed.text_at("/refresh_token")).await;

    assert_eq!(claims(&narrowed, "/access_token")["scope"][0]["tuid"], UNIT);
    assert_eq!(claims(&whole, "/access_token")["scope"][0]["tuid"], PARTNER);
}

#[tokio::test]
async fn a_users_token_is_refreshed_as_the_users() {
    let platform = TestPlatform::start().await;
    let parameters = [
        ("grant_type", "password"),
        ("username", "administrator@example.com"),
        ("password", "example-password"),
        ("scope", "offline_access"),
    ];
    let first = ask(&platform, &parameters).await;

    let second = refresh(&platform, &first.text_at("/refresh_token")).await;

    let access = claims(&second, "/access_token");
    assert_eq!(access["sub_type"], "user");
    assert_eq!(access["sub"], "52755373-0d21-476c-8320-7c56499e7df0");
    assert_eq!(claims(&second, "/id_token")["name"], "administrator@example.com");
}
