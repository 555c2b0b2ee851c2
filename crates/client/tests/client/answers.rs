//! What an answer becomes: a token, or an error that says what came back.

use gatepass_client::{AnswerProblem, Error};
use serde_json::json;

use crate::support::{NOW, Reply, SECRET, Server, TestTime, source, token, words};

async fn error_for(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Error {
    let server = Server::start(move |_, _| reply()).await;
    source(server.url(), &TestTime::new()).token().await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_has_the_platforms_own_words() {
    for (status, body, expected) in [
        (
            401,
            r#"{"domain":"Access","reason":"InvalidClient","error":"invalid_client","error_description":"no such client"}"#,
            "with 401 Unauthorized, `invalid_client` of Access: no such client",
        ),
        (
            400,
            r#"{"error":"unsupported_grant_type","error_description":"not that"}"#,
            "with 400 Bad Request, `unsupported_grant_type`: not that",
        ),
        (
            403,
            r#"{"error":{"details":{"info":null},"message":"Forbidden","domain":"PlatformAccountServer","context":{},"code":1002}}"#,
            "with 403 Forbidden, `1002` of PlatformAccountServer: Forbidden",
        ),
        (
            403,
            r#"{"error":{"details":{"info":"The tenant is locked"},"message":"Forbidden","domain":"PlatformAccountServer","context":{},"code":1012}}"#,
            "with 403 Forbidden, `1012` of PlatformAccountServer: Forbidden: The tenant is locked",
        ),
        (
            400,
            r#"{"error":{"details":{"info":"Bad Request"},"message":"Bad Request","domain":"PlatformAccountServer","context":{},"code":400}}"#,
            "with 400 Bad Request, `400` of PlatformAccountServer: Bad Request",
        ),
        (304, "", "with 304 Not Modified"),
        (
            404,
            r#"{"domain":"TaskManager","code":"NotFound","context":{"info":"no task 7"}}"#,
            "with 404 Not Found, `NotFound` of TaskManager: no task 7",
        ),
        (403, "<html>\n  <h1>Blocked</h1>", "with 403 Forbidden: <html> <h1>Blocked</h1>"),
        (403, "", "with 403 Forbidden"),
        (403, "[1]", "with 403 Forbidden: [1]"),
        (403, r#"{"error":null}"#, "with 403 Forbidden"),
        (403, r#"{"error":{"code":[],"message":7}}"#, "with 403 Forbidden: 7"),
    ] {
        let error = error_for(move || Reply::new(status, body)).await;

        let words = words(&error);
        assert!(words.ends_with(expected), "given {body}: {words}");
    }
}

#[tokio::test]
async fn a_refusal_after_failures_tells_of_all_attempts() {
    let server = Server::start(|n, _| Reply::new([503, 503, 400][n - 1], "")).await;

    let error = source(server.url(), &TestTime::new()).token().await.unwrap_err();

    assert!(matches!(error, Error::Refused { attempts: 3, .. }), "{error:?}");
    assert_eq!(error.attempts(), 3);
}

#[tokio::test]
async fn the_members_of_a_refusal_can_be_read_one_by_one() {
    let body = json!({"domain": "Access", "error": "invalid_client", "error_description": "no"});
    let error = error_for(move || Reply::json(401, &body).header("x-request-id", "req-1")).await;

    let refusal = error.refusal().unwrap();

    assert_eq!(refusal.status, 401);
    assert_eq!(refusal.code.as_deref(), Some("invalid_client"));
    assert_eq!(refusal.domain.as_deref(), Some("Access"));
    assert_eq!(refusal.message.as_deref(), Some("no"));
    assert_eq!(error.request_id(), Some("req-1"));
}

#[tokio::test]
async fn a_server_that_repeats_the_credentials_does_not_get_them_into_a_message() {
    let encoded = "NmE1OWI3ZTQtNmM1My00NGIzLThhMmQtMWQzYThhMmExMDAyOjVlY2RlNzVlY2RlNzVlY2RlNzVlY2RlNzVlY2RlNzAx";
    for given in [SECRET, encoded] {
        let error = error_for(move || {
            let body = json!({"error": given, "domain": given, "error_description": given});
            Reply::json(401, &body).header("x-request-id", given)
        })
        .await;
        assert!(words(&error).contains("(secret)"), "{error}");

        let page = error_for(move || Reply::new(400, format!("you sent {given}"))).await;
        assert!(words(&page).contains("you sent (secret)"), "{page}");

        let moved = error_for(move || {
            Reply::new(302, "").header("location", format!("https://h/{given}?{given}"))
        })
        .await;
        assert!(words(&moved).contains("https://h/(secret)"), "{moved}");

        let html = error_for(move || Reply::new(200, given).header("content-type", given)).await;
        assert!(words(&html).contains("(secret)"), "{html}");
    }
}

#[tokio::test]
async fn an_unusable_answer_says_what_came_back() {
    for (content_type, body, complaint) in [
        (
            "text/html",
            "<html><title>Proxy login</title>",
            "it is `text/html` and not JSON (expected value at line 1 column 1); \
             it begins: <html><title>Proxy login</title>",
        ),
        (
            "application/json",
            r#"{"access_token":"tok~1"#,
            "it is `application/json` and not JSON (EOF while parsing a string at line 1 column 22); \
             it begins: (withheld, for it may hold a token)",
        ),
        (
            "",
            "welcome",
            "it has no `Content-Type` and is not JSON (expected value at line 1 column 1); \
             it begins: welcome",
        ),
        ("application/json", "", "it is empty"),
        ("application/json", " \r\n", "it is empty"),
        ("application/json", r#"["tok~1"]"#, "it is not a JSON object"),
        ("application/json", r#"{"token":"tok~1"}"#, "`access_token` is missing"),
        (
            "application/json",
            r#"{"access_token":{"v":"tok~1"}}"#,
            "`access_token` is an object, not a string",
        ),
        (
            "application/json",
            r#"{"access_token":"tok~1","token_type":"mac"}"#,
            "`token_type` is `mac`, not `bearer`",
        ),
        (
            "application/json",
            r#"{"access_token":"tok~1","token_type":"bearer"}"#,
            "both `expires_on` and `expires_in` are missing",
        ),
    ] {
        let error = error_for(move || Reply::new(200, body).header("content-type", content_type));
        let error = error.await;

        let words = words(&error);
        assert!(matches!(error, Error::Unusable { .. }), "given {body}: {error:?}");
        assert!(!error.is_transient());
        assert!(words.ends_with(&format!(" is unusable: {complaint}")), "given {body}: {words}");
    }
}

#[tokio::test]
async fn an_unusable_answer_is_not_asked_for_again() {
    let server = Server::start(|_, _| Reply::new(200, "<html>")).await;

    source(server.url(), &TestTime::new()).token().await.unwrap_err();

    server.assert_requests(1);
}

#[tokio::test]
async fn a_token_in_the_past_or_in_milliseconds_is_not_given_out() {
    for (expires_on, past) in [(NOW, true), (NOW - 7200, true), ((NOW + 7200) * 1000, false)] {
        let error = error_for(move || token(1, expires_on)).await;

        let Error::Unusable { source, .. } = &error else { panic!("{error:?}") };
        match **source {
            AnswerProblem::Expired { .. } => assert!(past, "{expires_on}: {error}"),
            AnswerProblem::Absurd { .. } => assert!(!past, "{expires_on}: {error}"),
            _ => panic!("{expires_on}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_body_over_a_megabyte_is_not_read_to_its_end() {
    let error = error_for(|| Reply::new(200, vec![b' '; 1024 * 1024 + 1])).await;

    assert!(words(&error).ends_with("is unusable: it is larger than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_an_error_that_doubts_the_data_center_url() {
    let other = Server::start(|n, _| token(n, NOW + 7200)).await;
    let location = format!("{}/login?state=1", other.url());
    let server = Server::start(move |_, _| Reply::new(307, "").header("location", &location)).await;

    let error = source(server.url(), &TestTime::new()).token().await.unwrap_err();

    let expected = format!(
        "the token request to {}/api/2/idp/token was redirected with 307 Temporary Redirect to \
         {}/login; is the data center URL right?",
        server.url(),
        other.url()
    );
    assert_eq!(words(&error), expected);
    other.assert_requests(0);
}
