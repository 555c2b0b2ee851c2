//! API clients: made, read, changed, deleted (CONTRACT 5).

use gatepass_tests::{
    ADMINISTRATOR, Answer, CLIENT_CREDENTIALS, FixtureClient, TestPlatform, client_without_roles,
    clients, read_only_client,
};
use reqwest::Method;
use serde_json::{Value, json};

const CLIENTS: &str = "/api/2/clients";
const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

fn path(client: &FixtureClient) -> String {
    format!("{CLIENTS}/{}", client.client_id)
}

fn body(tenant: &str) -> Value {
    json!({
        "type": "api_client",
        "tenant_id": tenant,
        "token_endpoint_auth_method": "client_secret_basic",
        "data": {"client_name": "New integration", "owner": {"team": 7}},
    })
}

fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

async fn create(platform: &TestPlatform, token: &str, body: &Value) -> Answer {
    platform.request(Method::POST, CLIENTS).bearer(token).json(body).send().await
}

async fn update(
    platform: &TestPlatform,
    token: &str,
    client: &FixtureClient,
    body: Value,
) -> Answer {
    platform.request(Method::PUT, &path(client)).bearer(token).json(&body).send().await
}

async fn delete(platform: &TestPlatform, token: &str, client: &FixtureClient) -> Answer {
    platform.request(Method::DELETE, &path(client)).bearer(token).send().await
}

async fn sign_in(platform: &TestPlatform, client: &FixtureClient) -> Answer {
    platform.post_token(CLIENT_CREDENTIALS).basic(client).send().await
}

fn ids(answer: &Answer) -> Vec<String> {
    answer.each_item("client_id")
}

#[tokio::test]
async fn a_new_client_is_answered_as_documented_and_can_sign_in() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    platform.clock().set("2026-11-24T12:00:00Z".parse().unwrap());
    let token = platform.token_for(&clients().default).await;

    let body = with(body(CUSTOMER), "redirect_uris", json!(["https://example.com/back"]));
    let answer = create(&platform, &token, &with(body, "origin_id", "A-1")).await;

    answer
        .assert_status(201)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_header("cache-control", "no-store")
        .assert_at("/tenant_id", CUSTOMER)
        .assert_at("/client_secret_expires_at", 0)
        .assert_at("/type", "api_client")
        .assert_at("/token_endpoint_auth_method", "client_secret_basic")
        .assert_at("/created_at", "2026-11-24T12:00:00+00:00")
        .assert_at("/created_by", clients().default.client_id.to_string())
        .assert_at("/status", "enabled")
        .assert_at("/data/client_name", "New integration")
        .assert_at("/data/owner/team", 7)
        .assert_at("/redirect_uris/0", "https://example.com/back")
        .assert_at("/origin_id", "A-1");
    let secrets = ["/client_secret", "/registration_access_token"].map(|at| answer.text_at(at));
    for secret in &secrets {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(secret.len() == 32 && secret.bytes().all(hex), "{secret}");
    }
    assert_ne!(secrets[0], secrets[1]);
    let client = answer.created_client();
    let own = platform.token_for(&client).await;
    platform.get(&path(&client), &own).await.assert_status(200);
}

#[tokio::test]
async fn the_secret_is_shown_once() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let created = create(&platform, &token, &body(CUSTOMER)).await;
    let client = created.created_client();

    let answers = [
        platform.get(&path(&client), &token).await,
        platform.get(CLIENTS, &token).await,
        update(&platform, &token, &client, json!({"origin_id": "A-2"})).await,
    ];

    for answer in answers {
        answer.assert_status(200);
        for secret in ["/client_secret", "/registration_access_token"] {
            assert!(!answer.body().contains(&created.text_at(secret)), "{answer}");
        }
        assert!(!answer.body().contains("secret\":"), "{answer}");
    }
}

#[tokio::test]
async fn a_new_client_has_the_rights_of_its_maker_and_no_more() {
    let platform = TestPlatform::start().await;
    let by_user = platform.request(Method::POST, CLIENTS).login(ADMINISTRATOR);
    let by_user = by_user.json(&body(CUSTOMER)).send().await;
    by_user.assert_status(201).assert_at("/created_by", "52755373-0d21-476c-8320-7c56499e7df0");
    let by_user = platform.token_for(&by_user.created_client()).await;
    let by_client = create(&platform, &by_user, &body(CUSTOMER)).await.created_client();
    let by_client = platform.token_for(&by_client).await;

    for token in [by_user, by_client] {
        platform.get("/api/task_manager/v2/tasks", &token).await.assert_status(200);
        create(&platform, &token, &body(CUSTOMER)).await.assert_status(201);
        create(&platform, &token, &body(PARTNER)).await.assert_api_error(403);
        platform.get(&path(&clients().default), &token).await.assert_api_error(403);
    }
}

#[tokio::test]
async fn clients_are_made_within_the_callers_tenants() {
    let platform = TestPlatform::start().await;
    let admin = platform.token_for(&clients().default).await;
    let viewer = platform.token_for(&read_only_client()).await;

    for (token, tenant, status) in [
        (&admin, FOREIGN, 403),
        (&admin, NOWHERE, 404),
        (&viewer, CUSTOMER, 403),
        (&viewer, NOWHERE, 403),
    ] {
        create(&platform, token, &body(tenant)).await.assert_api_error(status);
    }
}

#[tokio::test]
async fn only_those_who_may_change_clients_change_them() {
    let platform = TestPlatform::start().await;
    let viewer = platform.token_for(&read_only_client()).await;
    let admin = platform.token_for(&clients().default).await;
    let unknown = FixtureClient { client_id: NOWHERE.parse().unwrap(), ..clients().default };

    for (token, client, status) in
        [(&viewer, clients().post, 403), (&admin, clients().foreign, 403), (&admin, unknown, 404)]
    {
        update(&platform, token, &client, json!({})).await.assert_api_error(status);
        delete(&platform, token, &client).await.assert_api_error(status);
    }
    platform.get(&path(&clients().post), &viewer).await.assert_status(200);
}

#[tokio::test]
async fn a_body_that_breaks_the_contract_is_refused_by_the_members_name() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let whole = body(CUSTOMER);
    let without = |member: &str| {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(member);
        body
    };
    for (member, body) in [
        ("type", without("type")),
        ("tenant_id", without("tenant_id")),
        ("token_endpoint_auth_method", without("token_endpoint_auth_method")),
        ("type", with(whole.clone(), "type", "agent")),
        ("tenant_id", with(whole.clone(), "tenant_id", "a")),
        ("token_endpoint_auth_method", with(whole.clone(), "token_endpoint_auth_method", 1)),
        ("data", with(whole.clone(), "data", "a")),
        ("data.client_name", with(whole.clone(), "data", json!({"client_name": null}))),
        ("redirect_uris", with(whole.clone(), "redirect_uris", "a")),
        ("origin_id", with(whole.clone(), "origin_id", 5)),
        ("client_id", with(whole.clone(), "client_id", NOWHERE)),
    ] {
        let answer = create(&platform, &token, &body).await;

        answer.assert_api_error(400);
        let info = answer.text_at("/error/details/info");
        assert!(info.contains(&format!("`{member}`")), "{member}: {info}");
    }
    let client = clients().post;
    for (member, body) in
        [("tenant_id", json!({"tenant_id": PARTNER})), ("status", json!({"status": "gone"}))]
    {
        let answer = update(&platform, &token, &client, body).await;

        answer.assert_api_error(400);
        let info = answer.text_at("/error/details/info");
        assert!(info.contains(&format!("`{member}`")), "{member}: {info}");
    }
}

#[tokio::test]
async fn a_body_has_to_be_json_by_its_type_and_its_text() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for (content_type, text, status) in [
        (None, body(CUSTOMER).to_string(), 415),
        (Some("text/json"), body(CUSTOMER).to_string(), 415),
        (Some("application/x-www-form-urlencoded"), body(CUSTOMER).to_string(), 415),
        (Some("application/json"), String::new(), 400),
        (Some("application/json"), "{".to_owned(), 400),
        (Some("application/json"), "[]".to_owned(), 400),
        (Some("application/json"), "[".repeat(100_000), 400),
        (Some("application/json"), " ".repeat(2 * 1024 * 1024), 413),
        (Some("Application/JSON; charset=utf-8"), body(CUSTOMER).to_string(), 201),
    ] {
        let mut request = platform.request(Method::POST, CLIENTS).bearer(&token).body(&text);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }

        let answer = request.send().await;

        if status < 400 {
            answer.assert_status(status);
        } else {
            answer.assert_api_error(status);
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_learns_nothing_of_the_body() {
    let platform = TestPlatform::start().await;
    for (method, path) in [
        (Method::POST, CLIENTS.to_owned()),
        (Method::GET, CLIENTS.to_owned()),
        (Method::PUT, path(&clients().default)),
        (Method::DELETE, path(&clients().default)),
    ] {
        let answer = platform.request(method, &path).body("{").send().await;

        answer.assert_api_error(401).assert_header("www-authenticate", "Bearer realm=\"platform\"");
    }
}

#[tokio::test]
async fn a_login_that_fails_does_not_tell_why() {
    let platform = TestPlatform::start().await;
    let secret = clients().default.client_secret.reveal().to_owned();
    let client_id = clients().default.client_id.to_string();
    let mut bodies = Vec::new();
    for login in [
        ("administrator@example.com", "wrong"),
        ("nobody@example.com", "example-password"),
        ("two-factor@example.com", "example-password"),
        ("two-factor-setup@example.com", "example-password"),
        (client_id.as_str(), secret.as_str()),
    ] {
        let answer = platform.request(Method::GET, CLIENTS).login(login).send().await;

        answer.assert_api_error(401).assert_header("www-authenticate", "Basic realm=\"platform\"");
        bodies.push(answer.body().to_owned());
    }
    let malformed = platform.request(Method::GET, CLIENTS).authorization("Basic %").send().await;
    malformed.assert_api_error(401).assert_header("www-authenticate", "Basic realm=\"platform\"");
    bodies.push(malformed.body().to_owned());
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[tokio::test]
async fn an_origin_id_is_given_once_in_a_tenant() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let with_origin = |tenant: &str| with(body(tenant), "origin_id", "A-1");
    let first = create(&platform, &token, &with_origin(CUSTOMER)).await.created_client();

    create(&platform, &token, &with_origin(CUSTOMER)).await.assert_api_error(409);
    let change = update(&platform, &token, &clients().post, json!({"origin_id": "A-1"})).await;
    change.assert_api_error(409);
    let elsewhere = create(&platform, &token, &with_origin(PARTNER)).await.created_client();

    let mut expected = [first, elsewhere].map(|client| client.client_id.to_string());
    expected.sort();
    let mut found = ids(&platform.get("/api/2/clients?origin_id=A-1", &token).await);
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_batch_holds_what_the_caller_may_read() {
    let platform = TestPlatform::start().await;
    let partner = platform.token_for(&clients().default).await;
    let customer = platform.token_for(&read_only_client()).await;
    let own = clients().default.client_id;
    let foreign = clients().foreign.client_id;
    let disabled = clients().disabled.client_id;

    let all_of_partner = ids(&platform.get(CLIENTS, &partner).await);
    let all_of_customer = ids(&platform.get(CLIENTS, &customer).await);
    for (client, partners, customers) in
        [(own, true, false), (disabled, true, true), (foreign, false, false)]
    {
        let id = client.to_string();
        assert_eq!(all_of_partner.contains(&id), partners, "{id} in {all_of_partner:?}");
        assert_eq!(all_of_customer.contains(&id), customers, "{id} in {all_of_customer:?}");
    }
    let batch = |query: String, token: String| {
        let platform = &platform;
        async move { ids(&platform.get(&format!("{CLIENTS}?{query}"), &token).await) }
    };
    let all = format!("uuids={disabled},{own},{foreign},{NOWHERE}");
    let mut seen = batch(all.clone(), partner.clone()).await;
    seen.sort();
    assert_eq!(seen, [own.to_string(), disabled.to_string()]);
    assert_eq!(batch(all, customer).await, [disabled.to_string()]);
    for query in ["uuids=", "uuids=a", "allow_deleted=yes", "name=a", "uuids=a&uuids=a"] {
        platform.get(&format!("{CLIENTS}?{query}"), &partner).await.assert_api_error(400);
    }
}

#[tokio::test]
async fn a_batch_needs_a_role() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&client_without_roles()).await;

    platform.get(CLIENTS, &token).await.assert_api_error(403);
}

#[tokio::test]
async fn a_change_is_answered_with_the_client_and_leaves_the_rest() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let client = create(&platform, &token, &body(CUSTOMER)).await.created_client();

    let answer = update(
        &platform,
        &token,
        &client,
        json!({"data": {"client_name": "Renamed"}, "redirect_uris": ["https://example.com/"]}),
    )
    .await;

    answer.assert_status(200).assert_at("/data", json!({"client_name": "Renamed"}));
    answer.assert_at("/redirect_uris", json!(["https://example.com/"]));
    answer.assert_at("/status", "enabled").assert_at("/tenant_id", CUSTOMER);
    assert_eq!(platform.get(&path(&client), &token).await.json(), answer.json());
}

#[tokio::test]
async fn a_disabled_client_gets_and_uses_no_token_until_it_is_enabled_again() {
    let platform = TestPlatform::start().await;
    let admin = platform.token_for(&clients().default).await;
    let client = create(&platform, &admin, &body(CUSTOMER)).await.created_client();
    let token = platform.token_for(&client).await;

    update(&platform, &admin, &client, json!({"status": "disabled"})).await.assert_status(200);
    sign_in(&platform, &client).await.assert_token_error(401, "invalid_client");
    platform.get(&path(&client), &token).await.assert_api_error(401);
    platform.get(&path(&client), &admin).await.assert_at("/status", "disabled");

    update(&platform, &admin, &client, json!({"status": "enabled"})).await.assert_status(200);
    sign_in(&platform, &client).await.assert_status(200);
    platform.get(&path(&client), &token).await.assert_status(200);
}

#[tokio::test]
async fn a_deleted_client_is_gone_but_for_those_who_ask_for_deleted_ones() {
    let platform = TestPlatform::start().await;
    let admin = platform.token_for(&clients().default).await;
    let client = create(&platform, &admin, &body(CUSTOMER)).await.created_client();
    let token = platform.token_for(&client).await;

    let answer = delete(&platform, &admin, &client).await;

    answer.assert_status(204);
    assert_eq!(answer.body(), "");
    sign_in(&platform, &client).await.assert_token_error(401, "invalid_client");
    platform.get(&path(&client), &token).await.assert_api_error(401);
    platform.get(&path(&client), &admin).await.assert_api_error(404);
    delete(&platform, &admin, &client).await.assert_api_error(404);
    update(&platform, &admin, &client, json!({"status": "enabled"})).await.assert_api_error(404);
    let batch = format!("{CLIENTS}?uuids={}", client.client_id);
    assert!(ids(&platform.get(&batch, &admin).await).is_empty());
    let deleted = platform.get(&format!("{batch}&allow_deleted=true"), &admin).await;
    deleted.assert_at("/items/0/client_id", client.client_id.to_string());
    deleted.assert_at("/items/0/status", "disabled");
}

#[tokio::test]
async fn the_client_that_the_server_prints_can_be_deleted_too() {
    let platform = TestPlatform::start().await;
    let default = clients().default;

    let request = platform.request(Method::DELETE, &path(&default)).login(ADMINISTRATOR);
    request.send().await.assert_status(204);

    sign_in(&platform, &default).await.assert_token_error(401, "invalid_client");
    assert_eq!(platform.running().default_client(), default);
}

#[tokio::test]
async fn whoever_embeds_the_platform_leads_clients_through_their_life() {
    let platform = TestPlatform::start().await;
    let running = platform.running();
    let client = running.register_client("Story");
    let token = platform.token_for(&client).await;
    let shown = platform.get(&path(&client), &token).await;
    shown.assert_status(200).assert_at("/data/client_name", "Story");

    let secret = running.reset_client_secret(client.client_id).unwrap();
    sign_in(&platform, &client).await.assert_token_error(401, "invalid_client");
    let client = FixtureClient { client_secret: secret, ..client };
    sign_in(&platform, &client).await.assert_status(200);
    platform.get(&path(&client), &token).await.assert_status(200);

    running.disable_client(client.client_id).unwrap();
    platform.get(&path(&client), &token).await.assert_api_error(401);
    running.enable_client(client.client_id).unwrap();
    platform.get(&path(&client), &token).await.assert_status(200);
    running.delete_client(client.client_id).unwrap();
    platform.get(&path(&client), &token).await.assert_api_error(401);
    assert!(running.enable_client(client.client_id).is_err());
}
