//! Calls with a Bearer token, and API clients read with it (CONTRACT 4.2, 5.2, 5.5).

use gatepass_tests::{CLIENT_CREDENTIALS, TestPlatform, clients};
use jiff::SignedDuration;
use reqwest::Method;

const READ_ONLY: &str = "c4b0ca91-19a9-4f61-873e-5f1f753b41e2";
const WITHOUT_ROLES: (&str, &str) =
    ("bf36110b-8152-4819-ac12-4e83a3ba51eb", "dbe1a47e1824e2d7d4df49e0b6236fbf");

fn path(client_id: impl std::fmt::Display) -> String {
    format!("/api/2/clients/{client_id}")
}

#[tokio::test]
async fn an_api_client_is_shown_as_documented_and_without_its_secret() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let token = platform.token_for(&client).await;

    let answer = platform.get(&path(client.client_id), &token).await;

    answer
        .assert_status(200)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_at("/client_id", client.client_id.to_string())
        .assert_at("/tenant_id", client.tenant_id.to_string())
        .assert_at("/type", "api_client")
        .assert_at("/data/client_name", "Example integration")
        .assert_at("/token_endpoint_auth_method", "client_secret_basic")
        .assert_at("/client_secret_expires_at", 0)
        .assert_at("/status", "enabled")
        .assert_at("/created_at", "2026-01-12T09:30:00+00:00")
        .assert_at("/last_access_from_ip", "127.0.0.1");
    assert!(!answer.body().contains(client.client_secret.reveal()));
}

#[tokio::test]
async fn the_last_access_is_when_the_client_last_got_or_used_a_token() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    platform.clock().set("2026-11-24T12:00:00Z".parse().unwrap());
    let token = platform.token_for(&clients().default).await;
    let last_access =
        async |client_id: &str| platform.get(&path(client_id), &token).await.at("/last_access_at");
    let customers = "c4b0ca91-19a9-4f61-873e-5f1f753b41e2";
    assert_eq!(last_access(customers).await, serde_json::Value::Null);

    platform.clock().advance(SignedDuration::from_mins(10));
    let own = clients().default.client_id.to_string();
    assert_eq!(last_access(&own).await, "2026-11-24T12:10:00+00:00");

    let post = clients().post;
    let body = format!(
        "{CLIENT_CREDENTIALS}&client_id={}&client_secret={}",
        post.client_id,
        post.client_secret.reveal()
    );
    platform.post_token(&body).send().await.assert_status(200);
    platform.clock().advance(SignedDuration::from_mins(10));
    assert_eq!(last_access(&post.client_id.to_string()).await, "2026-11-24T12:10:00+00:00");
}

#[tokio::test]
async fn a_refused_request_is_no_access() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let disabled = clients().disabled;
    platform.post_token(CLIENT_CREDENTIALS).basic(&disabled).send().await.assert_status(401);

    let answer = platform.get(&path(disabled.client_id), &token).await;

    answer.assert_at("/status", "disabled").assert_at("/last_access_at", serde_json::Value::Null);
}

#[tokio::test]
async fn a_call_without_a_good_token_is_refused() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let badly_signed = format!("Bearer {signed}.{first}{}", &signature[1..]);
    let (header, rest) = token.split_once('.').unwrap();
    let unsigned = format!("Bearer {header}.{}.", rest.split('.').next().unwrap());

    for (authorization, challenge) in [
        (None, "Bearer realm=\"platform\""),
        (Some("Bearer"), "Bearer realm=\"platform\", error=\"invalid_token\""),
        (Some("Bearer abc"), "Bearer realm=\"platform\", error=\"invalid_token\""),
        (Some("Bearer a b"), "Bearer realm=\"platform\", error=\"invalid_token\""),
        (Some("Token abc"), "Bearer realm=\"platform\", error=\"invalid_token\""),
        (Some(&badly_signed), "Bearer realm=\"platform\", error=\"invalid_token\""),
        (Some(&unsigned), "Bearer realm=\"platform\", error=\"invalid_token\""),
    ] {
        for path in [path(clients().default.client_id), "/api/task_manager/v2/tasks".to_owned()] {
            let mut request = platform.request(Method::GET, &path);
            if let Some(authorization) = authorization {
                request = request.authorization(authorization);
            }

            let answer = request.send().await;

            answer.assert_status(401).assert_header("www-authenticate", challenge);
            if path.starts_with("/api/2") {
                answer.assert_api_error(401);
            } else {
                answer.assert_task_error(401, "Access", "Unauthorized");
            }
        }
    }
}

#[tokio::test]
async fn tasks_are_not_for_those_who_sign_in_with_http_basic() {
    let platform = TestPlatform::start().await;
    let request = platform.request(Method::GET, "/api/task_manager/v2/tasks");

    let answer = request.login(gatepass_tests::ADMINISTRATOR).send().await;

    answer
        .assert_task_error(401, "Access", "Unauthorized")
        .assert_header("www-authenticate", "Bearer realm=\"platform\", error=\"invalid_token\"");
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;

    let answer = platform.get(&path(client.client_id), &answer.text_at("/id_token")).await;

    answer.assert_api_error(401);
}

#[tokio::test]
async fn a_token_is_refused_once_its_two_hours_are_over() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let client = clients().default;
    let token = platform.token_for(&client).await;

    platform.clock().advance(SignedDuration::from_secs(7199));
    platform.get(&path(client.client_id), &token).await.assert_status(200);

    platform.clock().advance(SignedDuration::from_secs(1));
    platform.get(&path(client.client_id), &token).await.assert_api_error(401);
}

#[tokio::test]
async fn what_lies_outside_the_callers_tenants_is_forbidden() {
    let platform = TestPlatform::start().await;
    let partner = platform.token_for(&clients().default).await;
    let foreign = platform.token_for(&clients().foreign).await;

    platform.get(&path(clients().foreign.client_id), &partner).await.assert_api_error(403);
    platform.get(&path(clients().default.client_id), &foreign).await.assert_api_error(403);
    platform.get(&path(READ_ONLY), &partner).await.assert_status(200);
}

#[tokio::test]
async fn a_caller_without_the_role_is_forbidden() {
    let platform = TestPlatform::start().await;
    let (id, secret) = WITHOUT_ROLES;
    let client = gatepass_tests::FixtureClient {
        client_id: id.parse().unwrap(),
        client_secret: secret.into(),
        tenant_id: clients().default.tenant_id,
    };
    let token = platform.token_for(&client).await;

    platform.get(&path(id), &token).await.assert_api_error(403);
    let tasks = platform.get("/api/task_manager/v2/tasks", &token).await;
    tasks.assert_task_error(403, "Access", "Forbidden");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for path in [
        path("00000000-0000-4000-8000-000000000000"),
        path("not-a-uuid"),
        path(clients().default.client_id.to_string().to_uppercase()),
        "/api/2/clients/".to_owned(),
        "/api/2/nothing".to_owned(),
        "/".to_owned(),
    ] {
        platform.get(&path, &token).await.assert_api_error(404);
    }
    let task = platform.get("/api/task_manager/v2/nothing", &token).await;
    task.assert_task_error(404, "TaskManager", "NotFound");
}

#[tokio::test]
async fn an_unknown_client_is_not_found_only_by_those_who_may_ask() {
    let platform = TestPlatform::start().await;
    let request = platform.request(Method::GET, &path("00000000-0000-4000-8000-000000000000"));

    request.send().await.assert_api_error(401);
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let path = path(clients().default.client_id);

    let answer = platform.request(Method::HEAD, &path).bearer(&token).send().await;

    answer.assert_status(200).assert_header("content-type", "application/json; charset=utf-8");
    assert_eq!(answer.body(), "");
    let post = platform.request(Method::POST, &path).bearer(&token).send().await;
    post.assert_api_error(405).assert_header("allow", "GET,HEAD,PUT,DELETE");
}
