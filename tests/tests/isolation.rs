//! One server, many tests: none sees another's time or requests; and no answer has another time
//! than the clock's.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::BTreeSet;

use gatepass_protocol::{EpochSeconds, Jwt};
use gatepass_tests::{Answer, CLIENT_CREDENTIALS, Clock, TestPlatform, clients};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

const FROZEN: &str = "2001-02-03T04:05:06Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_clients_with_clocks_of_their_own_never_see_each_others_times_or_requests() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    platform.clock().set(FROZEN.parse().unwrap());
    let platform = std::sync::Arc::new(platform);

    let stories: Vec<_> = (0..50)
        .map(|number| tokio::spawn(story(std::sync::Arc::clone(&platform), number)))
        .collect();

    for story in stories {
        story.await.unwrap();
    }
    assert_eq!(platform.requests().count(), 50 * 6);
}

/// A test with a client of its own, whose time is `number` days off.
async fn story(platform: std::sync::Arc<TestPlatform>, number: i64) {
    let client = platform.register(&format!("client {number}"));
    let shift = (number - 25) * 86_400;
    platform.put_clock_of(client.client_id, &format!(r#"{{"advance_s": {shift}}}"#)).await;
    let now = EpochSeconds::from(FROZEN.parse::<Timestamp>().unwrap()).shifted(shift);
    let own = format!("/api/2/clients/{}", client.client_id);

    for _ in 0..3 {
        let answer = platform.post_token(CLIENT_CREDENTIALS).basic(&client).send().await;
        answer
            .assert_status(200)
            .assert_header("date", &now.http_date())
            .assert_at("/expires_on", now.shifted(7200).seconds());
        let call = platform.get(&own, &answer.text_at("/access_token")).await;
        call.assert_status(200)
            .assert_header("date", &now.http_date())
            .assert_at("/last_access_at", now.rfc3339());
    }

    let entries = platform.requests().of(client.client_id).list();
    assert_eq!(entries.len(), 6);
    for entry in entries {
        assert_eq!(entry.client_id, Some(client.client_id));
        assert_eq!(EpochSeconds::from(entry.time), now);
        let of_another = |path: &str| path.starts_with("/api/2/clients/") && path != own;
        assert!(!of_another(&entry.path), "{}", entry.path);
        assert!(entry.token.is_none_or(|token| token.age_s == Some(0)));
    }
}

/// A path of the route table that stands for something.
fn concrete(path: &str) -> String {
    path.replace("{client_id}", &clients().default.client_id.to_string())
        .replace("clients/{id}", &format!("clients/{}", clients().default.client_id))
        .replace("tenants/{id}", &format!("tenants/{}", clients().default.tenant_id))
        .replace("{id}", "1")
}

/// The paths of the route table, as they stand in its source: a new route is tested at once.
fn routes() -> Vec<String> {
    let table = |text: &str, prefix: &str| {
        let after = text.split(".route(").skip(1);
        let paths = after.filter_map(|text| text.split('"').nth(1));
        paths.map(|path| concrete(&format!("{prefix}{path}"))).collect::<Vec<_>>()
    };
    let platform = table(include_str!("../../crates/server/src/http/mod.rs"), "");
    let control = table(include_str!("../../crates/server/src/http/control/mod.rs"), "/_gatepass");
    assert!(platform.len() >= 14 && control.len() >= 11, "{platform:?} {control:?}");
    [platform, control].concat()
}

/// The real time, in the forms in which it could show: a day either way for a test at midnight.
fn forms_of_the_real_time() -> BTreeSet<String> {
    let now = Clock::default().now();
    let mut forms = BTreeSet::new();
    for day in [-86_400, 0, 86_400] {
        let time = now.shifted(day);
        forms.insert(time.rfc3339()[..10].to_owned());
        forms.insert(time.http_date()[5..16].to_owned());
    }
    for hours in [-7200, 0, 7200, 7200 + 900] {
        forms.insert(now.shifted(hours).seconds().to_string()[..7].to_owned());
    }
    forms
}

/// Where a text has the real time. Numbers count only where they begin with it, for a UUID may
/// have the digits.
fn real_time_in(text: &str, forms: &BTreeSet<String>) -> Option<String> {
    let found = |form: &&String| {
        let is_number = form.bytes().all(|byte| byte.is_ascii_digit());
        text.match_indices(form.as_str()).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            !is_number || before.is_none_or(|before| ":, =[\"".contains(before))
        })
    };
    forms.iter().find(found).cloned()
}

/// The answer, and what its tokens say.
fn text_of(answer: &Answer) -> String {
    let mut text = answer.to_string();
    let members = serde_json::from_str::<Value>(answer.body()).unwrap_or_default();
    for token in ["access_token", "id_token"].map(|name| members[name].as_str()) {
        if let Some(jwt) = token.and_then(|token| Jwt::parse(token).ok()) {
            text.push_str(&Value::Object(jwt.claims).to_string());
        }
    }
    text
}

#[tokio::test]
async fn with_a_frozen_clock_no_answer_of_any_route_has_another_time() {
    let forms = forms_of_the_real_time();
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    platform.clock().set(FROZEN.parse().unwrap());
    let mut events = platform.events("").await;
    let client = clients().default;
    let bodies = [
        "",
        CLIENT_CREDENTIALS,
        "grant_type=client_credentials&scope=offline_access",
        "token=x",
        r#"{"name": "N"}"#,
        r#"{"advance_s": 0}"#,
        r#"{"client_id": "1ea8372e-eefa-4df2-9088-9a1234f08f3c"}"#,
        r#"{"type": "api_client", "tenant_id": "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001", "token_endpoint_auth_method": "client_secret_basic"}"#,
    ];
    // What would move the clock, end nothing, or take the client away.
    let untried = |method: &Method, path: &str| {
        path.ends_with("/events")
            || path.ends_with("/reset")
            || path.ends_with("/secret")
            || (*method == Method::DELETE && path.contains("/clients/"))
    };

    let mut answered = 0;
    for path in routes() {
        let token = platform.token_for(&client).await;
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if untried(&method, &path) {
                continue;
            }
            let path =
                if path.ends_with("/wait") { format!("{path}?timeout_s=0") } else { path.clone() };
            let carries_a_body = !matches!(method, Method::GET | Method::DELETE);
            for body in &bodies[..if carries_a_body { bodies.len() } else { 1 }] {
                let request = || {
                    let request = platform.request(method.clone(), &path);
                    if body.starts_with('{') {
                        request.header("content-type", "application/json").body(body)
                    } else {
                        request.form(body)
                    }
                };
                for answer in [
                    request().send().await,
                    request().basic(&client).send().await,
                    request().bearer(&token).send().await,
                ] {
                    let text = text_of(&answer);
                    assert_eq!(real_time_in(&text, &forms), None, "{text}");
                    assert!(answer.header("date").contains("03 Feb 2001 04:05:06"), "{answer}");
                    answered += 1;
                }
            }
        }
    }

    assert!(answered > 1000, "{answered}");
    for path in ["requests", "requests?format=har", "requests?limit=100000", "metrics", "clients"] {
        let answer = platform.control(Method::GET, path).await;
        assert_eq!(real_time_in(answer.body(), &forms), None, "{path}: {answer}");
    }
    for line in platform.log() {
        assert_eq!(line.time.to_string(), FROZEN, "{line:?}");
        assert!(line.duration.is_zero(), "{line:?}");
    }
    let event = events.next().await.unwrap();
    assert_eq!(real_time_in(&event.data.to_string(), &forms), None, "{event:?}");
}
