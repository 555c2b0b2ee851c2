//! API clients that tests make, change and delete over the control API, and the way back.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::Secret;
use gatepass_tests::{Answer, FixtureClient, TestPlatform, clients};
use reqwest::Method;
use serde_json::Value;

const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";

fn credentials(answer: &Answer) -> FixtureClient {
    FixtureClient {
        client_id: answer.text_at("/client_id").parse().unwrap(),
        client_secret: Secret::from(answer.text_at("/client_secret")),
        tenant_id: answer.text_at("/tenant_id").parse().unwrap(),
    }
}

async fn token_status(platform: &TestPlatform, client: &FixtureClient) -> u16 {
    platform.post_token("grant_type=client_credentials").basic(client).send().await.status()
}

#[tokio::test]
async fn one_call_makes_a_client_that_can_sign_in_at_once() {
    let platform = TestPlatform::start().await;

    let answer = platform.control_with(Method::POST, "clients", r#"{"name": "My test"}"#).await;

    answer
        .assert_status(201)
        .assert_at("/datacenter_url", platform.url())
        .assert_at("/tenant_id", clients().default.tenant_id.to_string())
        .assert_at("/name", "My test")
        .assert_at("/status", "enabled");
    let client = credentials(&answer);
    assert_eq!(client.client_secret.reveal().len(), 32);
    let token = platform.token_for(&client).await;
    let path = format!("/api/2/clients/{}", client.client_id);
    platform.get(&path, &token).await.assert_status(200);
}

#[tokio::test]
async fn a_client_gets_the_tenant_and_the_roles_that_were_asked_for() {
    let platform = TestPlatform::start().await;
    let order = format!(r#"{{"name": "N", "tenant_id": "{CUSTOMER}", "roles": []}}"#);

    let answer = platform.control_with(Method::POST, "clients", &order).await;

    let client = credentials(answer.assert_status(201));
    assert_eq!(client.tenant_id.to_string(), CUSTOMER);
    let token = platform.token_for(&client).await;
    let path = format!("/api/2/clients/{}", client.client_id);
    platform.get(&path, &token).await.assert_api_error(403);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_with_the_reason() {
    let platform = TestPlatform::start().await;
    let nowhere = r#"{"name": "N", "tenant_id": "00000000-0000-4000-8000-000000000000"}"#;
    for (body, complaint) in [
        ("", "the body is not what is expected"),
        ("{}", "missing field `name`"),
        (r#"{"name": "N", "role": []}"#, "unknown field `role`"),
        (r#"{"name": "N", "roles": ["admin"]}"#, "`admin` is no role"),
        (r#"{"name": "N", "tenant_id": "x"}"#, "not a lower-case UUID"),
        (nowhere, "there is no tenant 00000000-0000-4000-8000-000000000000"),
    ] {
        let answer = platform.control_with(Method::POST, "clients", body).await;

        answer.assert_status(400);
        assert!(answer.text_at("/error").contains(complaint), "given {body}\n{answer}");
    }
}

#[tokio::test]
async fn a_disabled_client_gets_no_token_and_its_live_tokens_are_refused() {
    let platform = TestPlatform::start().await;
    let client = platform.register("switched");
    let token = platform.token_for(&client).await;
    let (path, own) =
        (format!("clients/{}", client.client_id), format!("/api/2/clients/{}", client.client_id));

    let disable = platform.control_with(Method::PATCH, &path, r#"{"status": "disabled"}"#).await;
    disable.assert_status(200).assert_at("/status", "disabled");
    assert_eq!(token_status(&platform, &client).await, 401);
    platform.get(&own, &token).await.assert_status(401);

    let enable = platform.control_with(Method::PATCH, &path, r#"{"status": "enabled"}"#).await;
    enable.assert_status(200).assert_at("/status", "enabled");
    platform.get(&own, &token).await.assert_status(200);

    let nonsense = platform.control_with(Method::PATCH, &path, r#"{"status": "gone"}"#).await;
    nonsense.assert_status(400);
}

#[tokio::test]
async fn a_reset_secret_replaces_the_old_one() {
    let platform = TestPlatform::start().await;
    let client = platform.register("leaked");

    let path = format!("clients/{}/secret", client.client_id);
    let answer = platform.control(Method::POST, &path).await;

    let renewed = credentials(answer.assert_status(200));
    assert_ne!(renewed.client_secret, client.client_secret);
    assert_eq!(token_status(&platform, &client).await, 401);
    assert_eq!(token_status(&platform, &renewed).await, 200);
}

#[tokio::test]
async fn clients_are_listed_and_shown_without_their_secrets() {
    let platform = TestPlatform::start().await;
    let client = platform.register("shown");

    let list = platform.control(Method::GET, "clients").await;
    let shown = platform.control(Method::GET, &format!("clients/{}", client.client_id)).await;

    let all = list.assert_status(200).json();
    let all = all.as_array().unwrap();
    assert!(all.is_sorted_by_key(|client| client["client_id"].as_str().unwrap()));
    assert!(all.contains(&shown.json()), "{list}");
    shown.assert_at("/data/client_name", "shown").assert_at("/status", "enabled");
    let secrets = [&client, &clients().default].map(|it| it.client_secret.reveal().to_owned());
    assert!(!secrets.iter().any(|secret| list.body().contains(secret)), "{list}");
}

#[tokio::test]
async fn a_deleted_client_is_gone() {
    let platform = TestPlatform::start().await;
    let client = platform.register("short-lived");
    let path = format!("clients/{}", client.client_id);
    platform.put_clock_of(client.client_id, r#"{"set": "2001-02-03T04:05:06Z"}"#).await;

    let deleted = platform.control(Method::DELETE, &path).await;

    assert_eq!((deleted.assert_status(204).body(), deleted.header("content-type")), ("", ""));
    let refused = platform.post_token("").basic(&client).send().await;
    assert!(!refused.assert_status(401).header("date").contains("2001"), "{refused}");
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/secret")),
        (Method::GET, format!("{path}/clock")),
    ] {
        platform.control(method, &path).await.assert_status(404);
    }
    platform.put_clock_of(client.client_id, r#"{"freeze": true}"#).await.assert_status(404);
    platform.control(Method::GET, "clients/no-id").await.assert_status(404);
}

#[tokio::test]
async fn a_clients_own_clock_moves_nobody_elses() {
    let platform = TestPlatform::start().await;
    let (one, other) = (platform.register("early"), platform.register("on time"));
    let (token, others) = (platform.token_for(&one).await, platform.token_for(&other).await);
    let own = |client: &FixtureClient| format!("/api/2/clients/{}", client.client_id);

    platform.put_clock_of(one.client_id, r#"{"advance_s": 7200}"#).await.assert_status(200);
    platform.get(&own(&one), &token).await.assert_status(401);
    platform.get(&own(&other), &others).await.assert_status(200);

    let set = platform.put_clock_of(one.client_id, r#"{"set": "2030-01-01T00:00:00Z"}"#).await;
    assert!(set.text_at("/now").starts_with("2030-01-01T00:00:0"), "{set}");
    let reset = platform.put_clock_of(one.client_id, r#"{"reset": true}"#).await;
    assert!(!reset.text_at("/now").starts_with("2030"), "{reset}");
    platform.get(&own(&one), &token).await.assert_status(200);
    for nonsense in ["{}", r#"{"freeze": true, "advance_s": 1}"#] {
        platform.put_clock_of(one.client_id, nonsense).await.assert_status(400);
    }
}

#[tokio::test]
async fn a_reset_brings_back_the_fixtures() {
    let platform = TestPlatform::with(|config| config.seed = Some(1)).await;
    let fixtures = platform.control(Method::GET, "clients").await;
    let first = platform.register("made");
    platform.token_for(&clients().default).await; // Its last access is to be forgotten.
    let default = format!("clients/{}", clients().default.client_id);
    platform.control_with(Method::PATCH, &default, r#"{"status": "disabled"}"#).await;
    platform.control(Method::POST, &format!("{default}/secret")).await.assert_status(200);
    platform.token_for(&first).await;
    platform.put_clock(r#"{"set": "2001-02-03T04:05:06Z"}"#).await;
    platform.put_clock_of(first.client_id, r#"{"freeze": true}"#).await;

    platform.control(Method::POST, "reset").await.assert_status(204);

    assert_eq!(platform.control(Method::GET, "clients").await.body(), fixtures.body());
    platform.control(Method::GET, "requests").await.assert_at("/cursor", 0);
    let clock = platform.control(Method::GET, "clock").await;
    assert!(!clock.text_at("/now").starts_with("2001"), "{clock}");
    assert_eq!(token_status(&platform, &clients().default).await, 200);
    platform.embedded().reset();
    assert_eq!(platform.register("made"), first, "the seed begins anew");
}

#[tokio::test]
async fn health_tells_version_and_uptime() {
    let platform = TestPlatform::start().await;

    let health = platform.control(Method::GET, "health").await;

    health.assert_status(200).assert_at("/version", env!("CARGO_PKG_VERSION"));
    assert!(health.at("/uptime_s").as_u64().unwrap() < 60, "{health}");
}

#[tokio::test]
async fn what_the_control_api_does_those_who_embed_it_do_too() {
    let platform = TestPlatform::start().await;
    let embedded = platform.embedded();
    let client = embedded.register_client("embedded");
    let token = platform.token_for(&client).await;
    let own = format!("/api/2/clients/{}", client.client_id);

    embedded.disable_client(client.client_id).unwrap();
    platform.get(&own, &token).await.assert_status(401);
    embedded.enable_client(client.client_id).unwrap();
    platform.get(&own, &token).await.assert_status(200);
    embedded.clock_of(client.client_id).advance(jiff::SignedDuration::from_hours(2));
    platform.get(&own, &token).await.assert_status(401);
    let secret = embedded.reset_client_secret(client.client_id).unwrap();
    let renewed = FixtureClient { client_secret: secret, ..client.clone() };
    assert_eq!(token_status(&platform, &renewed).await, 200);
    embedded.delete_client(client.client_id).unwrap();

    assert_eq!(token_status(&platform, &renewed).await, 401);
    assert!(embedded.delete_client(client.client_id).is_err());
    assert_eq!(platform.requests().of(client.client_id).status(401).count(), 3);
    let last = platform.requests().of(client.client_id).list().pop().unwrap();
    assert_eq!(last.response.body["error"], Value::from("invalid_client"));
}
