//! What happens, live and counted.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_tests::{Events, TestPlatform, clients};
use reqwest::Method;
use serde_json::json;

async fn names(events: &mut Events, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < count {
        names.push(events.next().await.unwrap().name);
    }
    names
}

#[tokio::test]
async fn exchanges_and_changes_are_told_as_they_happen() {
    let platform = TestPlatform::start().await;
    let mut events = platform.events("").await;
    let made = platform.control_with(Method::POST, "clients", r#"{"name": "N"}"#).await;
    let id = made.text_at("/client_id");
    let path = format!("clients/{id}");
    platform.token_for(&clients().default).await;
    platform.control_with(Method::PATCH, &path, r#"{"status": "disabled"}"#).await;
    platform.control(Method::POST, &format!("{path}/secret")).await;
    platform.put_clock(r#"{"set": "2001-02-03T04:05:06Z"}"#).await;
    platform
        .control_with(Method::PUT, &format!("{path}/clock"), r#"{"freeze": true}"#)
        .await
        .assert_status(200);
    platform.control(Method::DELETE, &path).await;
    platform.control(Method::POST, "reset").await;

    let created = events.next().await.unwrap();
    assert_eq!(created.name, "client");
    assert_eq!(created.data, json!({"client_id": id, "change": "created"}));
    let request = events.next().await.unwrap();
    assert_eq!((request.name.as_str(), request.id), ("request", Some(1)));
    assert_eq!(request.data["decision"], "tokens issued");
    let changes = [events.next().await.unwrap(), events.next().await.unwrap()];
    assert_eq!(
        changes.map(|event| event.data["change"].clone()),
        [json!("disabled"), json!("secret_reset")]
    );
    let clock = events.next().await.unwrap();
    assert_eq!((clock.name.as_str(), &clock.data["client_id"]), ("clock", &json!(null)));
    assert!(clock.data["now"].as_str().unwrap().starts_with("2001-02-03T04:05:0"));
    let own = events.next().await.unwrap();
    assert_eq!((&own.data["client_id"], &own.data["frozen"]), (&json!(id), &json!(true)));
    assert_eq!(names(&mut events, 2).await, ["client", "reset"]);
}

#[tokio::test]
async fn who_listens_for_one_client_hears_of_no_other() {
    let platform = TestPlatform::start().await;
    let (mine, other) = (platform.register("mine"), platform.register("other"));
    let mut events = platform.events(&format!("?client_id={}", mine.client_id)).await;

    platform.token_for(&other).await;
    platform.put_clock_of(other.client_id, r#"{"advance_s": 5}"#).await;
    platform.token_for(&mine).await;

    let heard = events.next().await.unwrap();
    assert_eq!((heard.name.as_str(), heard.id), ("request", Some(2)));
}

#[tokio::test]
async fn a_stop_ends_the_events() {
    let platform = TestPlatform::start().await;
    let mut events = platform.events("").await;

    platform.stop().await;

    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn metrics_count_requests_refusals_and_tokens() {
    let platform = TestPlatform::with(|config| config.journal.capacity = 3).await;
    let client = clients().default;
    platform.token_for(&client).await;
    platform.token_for(&client).await;
    platform.post_token("").basic(&client).send().await.assert_status(400);
    platform.post_token("").send().await.assert_status(401);
    platform.request(Method::GET, "/no/1").send().await.assert_status(404);
    platform.request(Method::GET, "/no/2").send().await.assert_status(404);

    let answer = platform.control(Method::GET, "metrics").await;

    answer
        .assert_status(200)
        .assert_header("content-type", "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        "# TYPE gatepass_requests_total counter",
        "gatepass_requests_total{route=\"/api/2/idp/token\",status=\"200\"} 2",
        "gatepass_requests_total{route=\"/api/2/idp/token\",status=\"400\"} 1",
        "gatepass_requests_total{route=\"/api/2/idp/token\",status=\"401\"} 1",
        "gatepass_requests_total{route=\"none\",status=\"404\"} 2",
        "gatepass_refusals_total{reason=\"invalid_client\"} 1",
        "gatepass_refusals_total{reason=\"invalid_request\"} 1",
        "gatepass_refusals_total{reason=\"not_found\"} 2",
        "gatepass_tokens_issued_total 2",
        "gatepass_journal_entries 3",
        "gatepass_journal_dropped_total 3",
        "gatepass_uptime_seconds 0",
    ] {
        assert!(answer.body().lines().any(|found| found == line), "{line}\n{answer}");
    }
    // Each line is a comment or a sample: a name, its labels, a number.
    for line in answer.body().lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("gatepass_") && value.parse::<f64>().is_ok(), "{line}");
    }
    assert!(answer.body().ends_with('\n'));
    platform.embedded().reset();
    assert!(platform.embedded().metrics().contains("gatepass_tokens_issued_total 2\n"));
}
