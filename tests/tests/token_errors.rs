//! `POST …/idp/token` when something is wrong: each with the documented body (CONTRACT 4).

use gatepass_tests::{CLIENT_CREDENTIALS, FixtureClient, TestPlatform, clients};
use reqwest::Method;

fn with_secret(client: &FixtureClient, secret: &str) -> FixtureClient {
    FixtureClient { client_secret: secret.into(), ..client.clone() }
}

#[tokio::test]
async fn a_malformed_authorization_is_a_failed_client_authentication() {
    let platform = TestPlatform::start().await;
    for authorization in [
        "Bearer abc",
        "Digest username=a",
        "Basic",
        "Basic !!!",
        "Basic YWI=",   // "ab", no colon
        "Basic gTpi",   // not UTF-8
        "Basic YTpiYw", // no padding
        "YTpi",
    ] {
        let request = platform.post_token(CLIENT_CREDENTIALS).authorization(authorization);

        let answer = request.send().await;

        answer.assert_token_error(401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic"), "{answer}");
        assert_eq!(answer.members(), ["domain", "reason", "error", "error_description"]);
        answer.assert_at("/domain", "Access").assert_at("/reason", "InvalidClient");
    }
}

#[tokio::test]
async fn no_authorization_at_all_is_a_failed_client_authentication() {
    let platform = TestPlatform::start().await;

    let answer = platform.post_token(CLIENT_CREDENTIALS).send().await;

    answer.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn two_authorization_headers_are_a_failed_client_authentication() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let request = platform.post_token(CLIENT_CREDENTIALS).basic(&client).basic(&client);

    request.send().await.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn a_stranger_is_not_told_what_was_wrong() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let unknown: FixtureClient = FixtureClient {
        client_id: "00000000-0000-4000-8000-000000000000".parse().unwrap(),
        ..clients().default
    };
    let mut bodies = Vec::new();
    for client in [
        unknown,
        with_secret(&clients().default, "wrong"),
        with_secret(&clients().default, ""),
        clients().disabled,
    ] {
        let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;

        answer.assert_token_error(401, "invalid_client");
        bodies.push(answer.body().to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let reasons: Vec<_> = platform.log().into_iter().filter_map(|it| it.decision).collect();
    assert!(reasons[0].starts_with("no API client"), "{reasons:?}");
    assert!(reasons[1].starts_with("the secret is not that of"), "{reasons:?}");
    assert!(reasons[3].ends_with("is disabled"), "{reasons:?}");
}

#[tokio::test]
async fn percent_encoded_credentials_are_not_decoded() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let first = client.client_secret.reveal().as_bytes()[0];
    let encoded = format!("%{first:02X}{}", &client.client_secret.reveal()[1..]);

    let request = platform.post_token(CLIENT_CREDENTIALS).basic(&with_secret(&client, &encoded));

    request.send().await.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn the_grant_type_is_needed_once_and_known() {
    let platform = TestPlatform::start().await;
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("scope=openid", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&scope=a&scope=b", "invalid_request"),
        ("grant_type=implicit", "unsupported_grant_type"),
        ("grant_type=CLIENT_CREDENTIALS", "unsupported_grant_type"),
        ("grant_type=md5_password", "unsupported_grant_type"),
        ("grant_type=%22%5C%C3%A9", "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=%22", "invalid_scope"),
    ] {
        let answer = platform.post_token(body).basic(&clients().default).send().await;

        answer.assert_token_error(400, error);
        let description = answer.text_at("/error_description");
        let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
        assert!(description.bytes().all(allowed), "RFC 6749 5.2: {description}");
    }
}

#[tokio::test]
async fn credentials_in_header_and_body_are_one_too_many() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let both = format!("{CLIENT_CREDENTIALS}&client_id={}&client_secret=x", client.client_id);
    let other = format!("{CLIENT_CREDENTIALS}&client_id={}", clients().foreign.client_id);
    let same = format!("{CLIENT_CREDENTIALS}&client_id={}", client.client_id);

    let ask = async |body: &str| platform.post_token(body).basic(&client).send().await;

    ask(&both).await.assert_token_error(400, "invalid_request");
    ask(&other).await.assert_token_error(400, "invalid_request");
    ask(&same).await.assert_status(200);
}

#[tokio::test]
async fn a_secret_in_the_body_is_refused_to_a_client_of_http_basic() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let body = format!(
        "{CLIENT_CREDENTIALS}&client_id={}&client_secret={}",
        client.client_id,
        client.client_secret.reveal()
    );

    let answer = platform.post_token(&body).send().await;

    answer.assert_token_error(401, "invalid_client");
}

#[tokio::test]
async fn another_content_type_or_none_is_refused() {
    let platform = TestPlatform::start().await;
    for content_type in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
    ] {
        let mut request =
            platform.request(Method::POST, "/api/2/idp/token").basic(&clients().default);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }

        request.body(CLIENT_CREDENTIALS).send().await.assert_api_error(415);
    }
    let no_body = platform.request(Method::POST, "/api/2/idp/token").basic(&clients().default);
    no_body.send().await.assert_api_error(415);
}

#[tokio::test]
async fn an_accept_header_without_json_is_refused() {
    let platform = TestPlatform::start().await;
    let request = platform.post_token(CLIENT_CREDENTIALS).basic(&clients().default);

    request.header("accept", "text/html").send().await.assert_api_error(415);
}

#[tokio::test]
async fn another_method_is_refused_with_the_one_that_is_allowed() {
    let platform = TestPlatform::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        for path in ["/api/2/idp/token", "/bc/idp/token", "/idp/token"] {
            let answer = platform.request(method.clone(), path).send().await;

            answer.assert_api_error(405).assert_header("allow", "POST");
        }
    }
}

#[tokio::test]
async fn a_body_too_large_is_refused_and_the_caller_gets_to_know() {
    let platform = TestPlatform::start().await;
    let body = "a=".to_owned() + &"x".repeat(2 * 1024 * 1024);

    let request = platform.post_token(&body).basic(&clients().default);

    request.send().await.assert_api_error(413);
}

#[tokio::test]
async fn no_answer_and_no_log_repeats_a_secret() {
    let platform = TestPlatform::start().await;
    let client = with_secret(&clients().default, "correct-horse-battery-staple");
    let body = format!("{CLIENT_CREDENTIALS}&client_secret=correct-horse-battery-staple");
    let mut answers = Vec::new();
    answers.push(platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await);
    answers.push(platform.post_token(&body).send().await);
    answers.push(platform.post_token(&body).basic(&client).send().await);
    let json = platform.request(Method::POST, "/idp/token").basic(&client);
    answers.push(json.header("content-type", "application/json").body(&body).send().await);
    let scheme_less = platform.post_token(CLIENT_CREDENTIALS);
    answers.push(scheme_less.authorization("correct-horse-battery-staple").send().await);
    let swapped = gatepass_protocol::BasicCredentials::new("correct-horse", "x".into()).unwrap();
    let swapped = platform.post_token(CLIENT_CREDENTIALS).authorization(&swapped.render());
    answers.push(swapped.send().await);
    let misplaced = platform.post_token("grant_type=correct-horse").basic(&clients().default);
    answers.push(misplaced.send().await);
    let repeated = format!("{body}&client_secret=correct-horse-battery-staple");
    answers.push(platform.post_token(&repeated).send().await);

    for answer in answers {
        assert!(!answer.body().contains("correct-horse"), "{answer}");
    }
    let log = serde_json::to_string(&platform.log()).unwrap();
    assert!(!log.contains("correct-horse"), "{log}");
}
