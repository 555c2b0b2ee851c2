//! The journal: what was asked, what was answered, and why.

use std::time::Duration;

use gatepass_tests::{CLIENT_CREDENTIALS, Config, TestPlatform, clients};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_entry_tells_what_was_asked_what_was_answered_and_why() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    platform.token_for(&client).await;

    let answer = platform.control(Method::GET, "requests").await;

    answer
        .assert_status(200)
        .assert_at("/dropped", 0)
        .assert_at("/matching", 1)
        .assert_at("/cursor", 1)
        .assert_at("/requests/0/seq", 1)
        .assert_at("/requests/0/method", "POST")
        .assert_at("/requests/0/path", "/api/2/idp/token")
        .assert_at("/requests/0/route", "/api/2/idp/token")
        .assert_at("/requests/0/query", Value::Null)
        .assert_at("/requests/0/client_id", client.client_id.to_string())
        .assert_at("/requests/0/peer", "127.0.0.1")
        .assert_at("/requests/0/request/body", json!({"grant_type": "client_credentials"}))
        .assert_at(
            "/requests/0/request/headers/authorization",
            format!("Basic {}:[redacted]", client.client_id),
        )
        .assert_at("/requests/0/status", 200)
        .assert_at("/requests/0/response/headers/cache-control", "no-store")
        .assert_at("/requests/0/response/body/access_token/header/typ", "JWT")
        .assert_at(
            "/requests/0/response/body/access_token/claims/client_id",
            client.client_id.to_string(),
        )
        .assert_at("/requests/0/response/body/token_type", "bearer")
        .assert_at("/requests/0/decision", "tokens issued")
        .assert_at("/requests/0/case", Value::Null)
        .assert_at("/requests/0/token", Value::Null);
}

#[tokio::test]
async fn a_call_is_recorded_with_the_token_that_it_was_made_with() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let token = platform.token_for(&client).await;
    platform.put_clock(r#"{"advance_s": 7201}"#).await;

    platform.get(&format!("/api/2/clients/{}", client.client_id), &token).await.assert_status(401);

    let entries = platform.requests().list();
    let (issue, call) = (&entries[0], &entries[1]);
    let used = call.token.as_ref().unwrap();
    let issued = &issue.response.body["access_token"];
    assert_eq!(issued["fingerprint"], *used.fingerprint);
    assert_eq!(issued["jti"], json!(used.jti));
    assert_eq!(issued["text"], *used.text);
    assert_eq!(used.text, format!("{}…{}", &token[..4], &token[token.len() - 4..]));
    assert!((7201..7210).contains(&used.age_s.unwrap()), "{used:?}");
    assert_eq!(call.route, "/api/2/clients/{client_id}");
    assert_eq!(call.request.headers["authorization"], format!("Bearer {}", used.text));
    let decision = call.decision.as_ref().unwrap();
    assert!(decision.starts_with("the token expired at"), "{decision}");
}

#[tokio::test]
async fn entries_are_found_by_client_route_and_status() {
    let platform = TestPlatform::start().await;
    let (one, other) = (platform.register("one"), platform.register("other"));
    let token = platform.token_for(&one).await;
    platform.token_for(&other).await;
    platform.get(&format!("/api/2/clients/{}", one.client_id), &token).await.assert_status(200);
    platform.post_token("grant_type=nonsense").basic(&one).send().await.assert_status(400);
    platform.request(Method::GET, "/nowhere").send().await.assert_status(404);

    for (query, numbers) in [
        (String::new(), vec![1, 2, 3, 4, 5]),
        (format!("?client_id={}", one.client_id), vec![1, 3, 4]),
        ("?route=token".to_owned(), vec![1, 2, 4]),
        ("?route=/api/2/clients/{client_id}".to_owned(), vec![3]),
        (format!("?route=/api/2/clients/{}", one.client_id), vec![3]),
        ("?route=/nowhere".to_owned(), vec![5]),
        ("?status=400".to_owned(), vec![4]),
        ("?status=4xx".to_owned(), vec![4, 5]),
        ("?after=3".to_owned(), vec![4, 5]),
        ("?limit=2".to_owned(), vec![4, 5]),
        ("?after=1&limit=2".to_owned(), vec![2, 3]),
        (format!("?client_id={}&route=token&status=2xx", one.client_id), vec![1]),
        ("?after=5".to_owned(), vec![]),
    ] {
        let answer = platform.control(Method::GET, &format!("requests{query}")).await;

        let entries = answer.assert_status(200).at("/requests");
        let found: Vec<_> = entries
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(found, numbers, "given {query}\n{answer}");
        if !query.contains("limit") {
            let count = platform.control(Method::GET, &format!("requests/count{query}")).await;
            count.assert_at("/count", numbers.len()).assert_at("/dropped", 0);
        }
    }
}

#[tokio::test]
async fn a_reader_that_follows_the_cursor_misses_nothing() {
    let platform = TestPlatform::start().await;
    let (mine, other) = (platform.register("mine"), platform.register("other"));
    for client in [&mine, &other, &mine, &mine, &other] {
        platform.token_for(client).await;
    }

    let (mut cursor, mut seen) = (0, Vec::<Vec<Value>>::new());
    for _ in 0..3 {
        let path = format!("requests?client_id={}&limit=2&after={cursor}", mine.client_id);
        let page = platform.control(Method::GET, &path).await;
        cursor = page.at("/cursor").as_u64().unwrap();
        let entries = page.at("/requests");
        seen.push(entries.as_array().unwrap().iter().map(|it| it["seq"].clone()).collect());
    }

    assert_eq!(seen, [vec![json!(1), json!(3)], vec![json!(4)], vec![]]);
    assert_eq!(cursor, 5);
}

#[tokio::test]
async fn the_oldest_go_first_and_every_answer_says_how_many_did() {
    let platform = TestPlatform::with(|config: &mut Config| config.journal.capacity = 2).await;
    let client = clients().default;
    for _ in 0..5 {
        platform.token_for(&client).await;
    }

    let list = platform.control(Method::GET, "requests").await;
    list.assert_at("/dropped", 3).assert_at("/requests/0/seq", 4).assert_at("/requests/1/seq", 5);
    platform.control(Method::GET, "requests/count").await.assert_at("/dropped", 3);
    platform.control(Method::GET, "requests/wait?timeout_s=0").await.assert_at("/dropped", 3);
    let deleted = platform.control(Method::DELETE, "requests").await;
    deleted.assert_at("/dropped", 3).assert_at("/deleted", 2);
}

#[tokio::test]
async fn a_journal_of_long_exchanges_is_bounded_by_its_bytes() {
    let platform = TestPlatform::with(|config: &mut Config| config.journal.max_bytes = 8192).await;
    let client = clients().default;
    for _ in 0..20 {
        platform.token_for(&client).await;
    }

    let (kept, dropped) = (platform.requests().count(), platform.requests().dropped());

    assert!((2..8).contains(&kept), "{kept} kept");
    assert_eq!(kept as u64 + dropped, 20);
}

#[tokio::test]
async fn entries_of_one_client_are_forgotten_and_those_of_others_stay() {
    let platform = TestPlatform::start().await;
    let (one, other) = (platform.register("one"), platform.register("other"));
    platform.token_for(&one).await;
    platform.token_for(&other).await;
    platform.post_token("grant_type=nonsense").basic(&one).send().await;

    let path = format!("requests?client_id={}&route=token&status=400", one.client_id);
    platform.control(Method::DELETE, &path).await.assert_status(200).assert_at("/deleted", 1);
    assert_eq!(platform.requests().of(one.client_id).count(), 1);
    assert_eq!(platform.requests().of(one.client_id).clear(), 1);

    assert_eq!(platform.requests().list().len(), 1);
    assert_eq!(platform.requests().of(other.client_id).count(), 1);
}

#[tokio::test]
async fn a_wait_ends_as_soon_as_so_many_requests_came() {
    let platform = TestPlatform::start().await;
    let client = platform.register("awaited");
    platform.token_for(&client).await;
    let path =
        format!("requests/wait?count=3&timeout_s=60&client_id={}&status=2xx", client.client_id);

    let ask = async {
        platform.token_for(&clients().default).await;
        platform.post_token("grant_type=nonsense").basic(&client).send().await;
        platform.token_for(&client).await;
        platform.token_for(&client).await;
    };
    let (answer, ()) = tokio::join!(platform.control(Method::GET, &path), ask);

    answer.assert_status(200).assert_at("/matching", 3).assert_at("/requests/2/status", 200);
}

#[tokio::test]
async fn a_wait_in_vain_says_how_many_came() {
    let platform = TestPlatform::start().await;
    platform.token_for(&clients().default).await;

    let answer = platform.control(Method::GET, "requests/wait?count=2&timeout_s=0.01").await;

    answer.assert_status(408).assert_at("/error", "1 of 2 such requests came within 0.01 s");
    let embedded = platform.requests().route("token").wait(2, Duration::from_millis(10)).await;
    assert_eq!(embedded.unwrap_err().came, 1);
    assert_eq!(platform.requests().wait(1, Duration::ZERO).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_those_who_wait() {
    let platform = TestPlatform::start().await;
    let requests = platform.requests();
    let (hour, stopped) = (Duration::from_hours(1), platform.stop());

    let (waited, ()) = tokio::join!(requests.wait(1, hour), stopped);

    assert_eq!(waited.unwrap_err().came, 0);
}

#[tokio::test]
async fn what_is_asked_of_the_journal_is_checked_by_name() {
    let platform = TestPlatform::start().await;
    for (path, complaint) in [
        ("requests?clientid=x", "did you mean `client_id`?"),
        ("requests?client_id=x", "the parameter `client_id` is wrong: not a lower-case UUID"),
        ("requests?status=ok", "the parameter `status` is wrong: a status is a number"),
        ("requests?status=200&status=200", "`status` is given more than once"),
        ("requests?limit=-1", "the parameter `limit` is wrong"),
        ("requests?format=xml", "the format `xml` is neither json nor har"),
        ("requests/count?limit=1", "there is no parameter `limit`"),
        ("requests/wait?timeout=1", "did you mean `timeout_s`?"),
        ("requests/wait?timeout_s=1000", "timeout_s is not from 0 to 300"),
        ("requests/wait?timeout_s=NaN", "timeout_s is not from 0 to 300"),
        ("events?client=x", "did you mean `client_id`?"),
    ] {
        let answer = platform.control(Method::GET, path).await;

        answer.assert_status(400);
        assert!(answer.text_at("/error").contains(complaint), "given {path}\n{answer}");
        assert!(!answer.text_at("/hint").is_empty(), "{answer}");
    }
}

#[tokio::test]
async fn calls_of_the_control_api_are_not_recorded() {
    let platform = TestPlatform::start().await;
    platform.control(Method::GET, "requests").await;
    platform.put_clock(r#"{"advance_s": 1}"#).await;

    assert_eq!(platform.requests().count(), 0);
    assert_eq!(platform.log().len(), 2);
}

#[tokio::test]
async fn what_was_asked_badly_is_recorded_too() {
    let platform = TestPlatform::start().await;
    let long = "x".repeat(20_000);
    platform.post_token("{\"a\": 'b'}").send().await;
    platform.post_token(&format!("a={long}")).send().await;
    platform.post_token("a=1&a=2").send().await;
    platform.request(Method::GET, "/api/2/idp/token?a=b&a=c&d").send().await.assert_status(405);

    let entries = platform.requests().list();

    let bodies: Vec<_> = entries.iter().map(|entry| entry.request.body.clone()).collect();
    assert_eq!(
        bodies,
        [
            json!({"left_out": "neither JSON nor a form"}),
            json!({"left_out": "longer than 16 KiB"}),
            json!({"a": ["1", "2"]}),
            Value::Null,
        ]
    );
    assert_eq!(entries[1].request.body_size, 20_002);
    assert_eq!(entries[3].query, json!({"a": ["b", "c"], "d": ""}).as_object().cloned());
}

#[tokio::test]
async fn the_journal_is_exported_as_an_http_archive() {
    let platform = TestPlatform::start().await;
    let client = clients().default;
    let token = platform.token_for(&client).await;
    platform.get(&format!("/api/2/clients/{}?a=b%20c", client.client_id), &token).await;

    let answer = platform.control(Method::GET, "requests?format=har").await;

    let log = answer.assert_status(200).at("/log");
    assert_eq!(log["version"], "1.2");
    assert_eq!(log["creator"]["name"], "gatepass");
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        // The members that HAR 1.2 does not call optional.
        for (pointer, is) in [
            ("/startedDateTime", Value::is_string as fn(&Value) -> bool),
            ("/time", Value::is_number),
            ("/request/method", Value::is_string),
            ("/request/url", Value::is_string),
            ("/request/httpVersion", Value::is_string),
            ("/request/cookies", Value::is_array),
            ("/request/headers", Value::is_array),
            ("/request/queryString", Value::is_array),
            ("/request/headersSize", Value::is_number),
            ("/request/bodySize", Value::is_number),
            ("/response/status", Value::is_number),
            ("/response/statusText", Value::is_string),
            ("/response/httpVersion", Value::is_string),
            ("/response/cookies", Value::is_array),
            ("/response/headers", Value::is_array),
            ("/response/content/size", Value::is_number),
            ("/response/content/mimeType", Value::is_string),
            ("/response/redirectURL", Value::is_string),
            ("/response/headersSize", Value::is_number),
            ("/response/bodySize", Value::is_number),
            ("/cache", Value::is_object),
            ("/timings/send", Value::is_number),
            ("/timings/wait", Value::is_number),
            ("/timings/receive", Value::is_number),
        ] {
            assert!(entry.pointer(pointer).is_some_and(is), "{pointer} in {entry:#}");
        }
    }
    let (issue, call) = (&entries[0]["request"], &entries[1]["request"]);
    assert_eq!(issue["postData"]["params"][0]["value"], "client_credentials");
    assert_eq!(issue["httpVersion"], "HTTP/1.1");
    let url = format!("{}/api/2/clients/{}?a=b+c", platform.url(), client.client_id);
    assert_eq!(call["url"], url);
    assert_eq!(call["queryString"], json!([{"name": "a", "value": "b c"}]));
    assert_eq!(platform.requests().har(), answer.body());
}

/// Two runs of the same requests, under one host name, for the ports differ.
#[tokio::test]
async fn with_a_seed_and_a_frozen_clock_two_runs_are_the_same_to_the_byte() {
    let run = async || {
        let platform = TestPlatform::with(|config| config.seed = Some(7)).await;
        platform.put_clock(r#"{"freeze": true}"#).await;
        platform.put_clock(r#"{"set": "2001-02-03T04:05:06Z"}"#).await;
        let host = "localhost:8484";
        let at = |method, path: &str| platform.request(method, path).header("host", host);
        let order = r#"{"name": "N"}"#;
        let made = at(Method::POST, "/_gatepass/clients").body(order).send().await;
        let token = at(Method::POST, "/api/2/idp/token").form(CLIENT_CREDENTIALS);
        let token = token.basic(&clients().default).send().await.text_at("/access_token");
        let path = format!("/api/2/clients/{}", made.text_at("/client_id"));
        let shown = at(Method::GET, &path).bearer(&token).send().await;
        at(Method::POST, "/bc/idp/token").form("a=b").send().await.assert_status(401);
        let journal = at(Method::GET, "/_gatepass/requests").send().await;
        let har = at(Method::GET, "/_gatepass/requests?format=har").send().await;
        [made.body(), &token, shown.body(), journal.body(), har.body()].map(str::to_owned)
    };

    let (one, other) = (run().await, run().await);

    assert_eq!(one, other);
    assert!(one[3].contains("2001-02-03T04:05:06Z"), "{}", one[3]);
}
