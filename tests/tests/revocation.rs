//! `POST …/idp/revoke_token` (CONTRACT 6.1, RFC 7009).

use gatepass_protocol::Form;
use gatepass_tests::{Answer, FixtureClient, TestPlatform, TestRequest, clients};
use reqwest::Method;

const PATHS: [&str; 3] = ["/idp/revoke_token", "/bc/idp/revoke_token", "/api/2/idp/revoke_token"];

fn revocation(platform: &TestPlatform, parameters: &[(&str, &str)]) -> TestRequest {
    let body = parameters.iter().copied().collect::<Form>().render();
    platform.request(Method::POST, PATHS[0]).form(&body)
}

async fn revoke(platform: &TestPlatform, client: &FixtureClient, token: &str) -> Answer {
    revocation(platform, &[("token", token)]).basic(client).send().await
}

async fn status_of_a_call(platform: &TestPlatform, token: &str) -> u16 {
    let id = clients().default.client_id;
    platform.get(&format!("/api/2/clients/{id}"), token).await.status()
}

async fn signed_in(platform: &TestPlatform) -> (String, String) {
    let request = platform.post_token("grant_type=client_credentials&scope=offline_access");
    let answer = request.basic(&clients().default).send().await;
    (answer.text_at("/access_token"), answer.text_at("/refresh_token"))
}

async fn refresh(platform: &TestPlatform, token: &str) -> Answer {
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    platform.post_token(&body).basic(&clients().default).send().await
}

#[tokio::test]
async fn a_revoked_token_is_refused_from_then_on() {
    let platform = TestPlatform::start().await;
    for path in PATHS {
        let token = platform.token_for(&clients().default).await;
        let other = platform.token_for(&clients().default).await;
        assert_eq!(status_of_a_call(&platform, &token).await, 200);
        let request = platform.request(Method::POST, path).form(&format!("token={token}"));

        let answer = request.basic(&clients().default).send().await;

        answer.assert_status(200);
        assert_eq!(answer.body(), "");
        assert_eq!(status_of_a_call(&platform, &token).await, 401, "{path}");
        assert_eq!(status_of_a_call(&platform, &other).await, 200, "{path}");
    }
}

#[tokio::test]
async fn either_token_of_a_pair_revokes_both() {
    let platform = TestPlatform::start().await;
    let (by_access, its_refresh) = signed_in(&platform).await;
    let (its_access, by_refresh) = signed_in(&platform).await;

    revoke(&platform, &clients().default, &by_access).await.assert_status(200);
    revoke(&platform, &clients().default, &by_refresh).await.assert_status(200);

    for token in [&by_access, &its_access] {
        assert_eq!(status_of_a_call(&platform, token).await, 401);
    }
    for token in [&by_refresh, &its_refresh] {
        refresh(&platform, token).await.assert_token_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_token_that_is_unknown_or_dead_or_revoked_already_is_no_error() {
    let platform = TestPlatform::start().await;
    let (access, refresh) = signed_in(&platform).await;
    for token in ["abc", "a.b.c", &"x".repeat(43), &access, &access, &refresh] {
        let answer = revoke(&platform, &clients().default, token).await;

        answer.assert_status(200);
        assert_eq!(answer.body(), "", "given {token}");
    }
}

#[tokio::test]
async fn nobody_revokes_the_tokens_of_another() {
    let platform = TestPlatform::start().await;
    let (access, refresh_token) = signed_in(&platform).await;

    for token in [&access, &refresh_token] {
        revoke(&platform, &clients().foreign, token).await.assert_status(200);
    }

    let log = platform.log();
    let told = log.iter().filter_map(|it| it.decision.as_deref());
    assert_eq!(told.filter(|it| it.ends_with("nothing is revoked")).count(), 2, "{log:?}");
    assert_eq!(status_of_a_call(&platform, &access).await, 200);
    refresh(&platform, &refresh_token).await.assert_status(200);
}

#[tokio::test]
async fn a_hint_does_not_matter() {
    let platform = TestPlatform::start().await;
    for hint in ["access_token", "refresh_token", "anything"] {
        let token = platform.token_for(&clients().default).await;
        let request = revocation(&platform, &[("token", &token), ("token_type_hint", hint)]);

        request.basic(&clients().default).send().await.assert_status(200);

        assert_eq!(status_of_a_call(&platform, &token).await, 401, "hint {hint}");
    }
}

#[tokio::test]
async fn a_client_authenticates_in_its_own_way() {
    let platform = TestPlatform::start().await;
    let post = clients().post;
    let id = post.client_id.to_string();
    let secret = post.client_secret.reveal();

    let own = [("token", "abc"), ("client_id", &id), ("client_secret", secret)];
    revocation(&platform, &own).send().await.assert_status(200);
    revoke(&platform, &post, "abc").await.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_as_a_token_error() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let token = platform.token_for(&client).await;
    let wrong = FixtureClient { client_secret: "wrong".into(), ..client.clone() };
    let request = platform.post_token("grant_type=client_credentials").basic(&client);
    let id_token = request.send().await.text_at("/id_token");

    let nobody = revocation(&platform, &[("token", &token)]).send().await;
    nobody.assert_token_error(401, "invalid_client");
    revoke(&platform, &wrong, &token).await.assert_token_error(401, "invalid_client");
    revoke(&platform, &clients().disabled, &token).await.assert_token_error(401, "invalid_client");
    let bearer = revocation(&platform, &[("token", &token)]).bearer(&token).send().await;
    bearer.assert_token_error(401, "invalid_client");
    revoke(&platform, &client, "").await.assert_token_error(400, "invalid_request");
    revoke(&platform, &client, &id_token).await.assert_token_error(400, "unsupported_token_type");
    assert_eq!(status_of_a_call(&platform, &token).await, 200);
}

#[tokio::test]
async fn only_a_form_that_is_posted_is_taken() {
    let platform = TestPlatform::start().await;
    for path in PATHS {
        let get = platform.request(Method::GET, path).send().await;
        get.assert_api_error(405).assert_header("allow", "POST");
        let json = platform.request(Method::POST, path).basic(&clients().default);
        let json = json.header("content-type", "application/json").body("{}");
        json.send().await.assert_api_error(415);
    }
}
