//! The three reports of one fixed run.

use std::time::Duration;

use gatepass_conformance::{CheckReport, Exchange, Level, Outcome, Received, Report, Sent, report};

fn fixed() -> Report {
    let exchange = Exchange {
        request: Sent {
            method: "POST".to_owned(),
            url: "http://127.0.0.1:8484/api/2/idp/token".to_owned(),
            headers: vec![("authorization".to_owned(), "Basic (redacted)".to_owned())],
            body: Some("scope=x".to_owned()),
        },
        response: Some(Received {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: "{\"access_token\":\"eyJ0…wxyz\",\"odd\":\"<\u{1b}[31m>\"}".to_owned(),
        }),
        error: None,
    };
    let row = CheckReport {
        id: "discovery.required",
        level: Level::Must,
        outcome: Outcome::Pass,
        requirement: "the discovery document has every member that OpenID requires",
        source: vec!["1.4", "6.3"],
        statements: &[],
        reason: None,
        evidence: vec![],
        repeat: None,
    };
    let failed = CheckReport {
        id: "token.errors.grant-missing",
        outcome: Outcome::Fail,
        requirement: "a request without grant_type is refused with 400 invalid_request",
        source: vec!["2.1", "4.1"],
        statements: &[],
        reason: Some("got 200 with a token, wanted 400".to_owned()),
        evidence: vec![exchange],
        repeat: Some(
            r#"curl -i -u "$CLIENT_ID:$CLIENT_SECRET" --data-raw scope=x http://127.0.0.1:8484/api/2/idp/token"#
                .to_owned(),
        ),
        ..row.clone()
    };
    let skipped = CheckReport {
        id: "token.errors.disabled-client",
        outcome: Outcome::Skip,
        requirement: "a disabled client is refused with 401 invalid_client",
        source: vec!["4.4"],
        statements: &[],
        reason: Some("needs the credentials of a disabled API client".to_owned()),
        ..row.clone()
    };
    let noted = CheckReport {
        id: "tasks.count",
        level: Level::May,
        requirement: "lod=count answers with a number, `size` or `count`",
        source: vec!["8.2"],
        statements: &[],
        reason: Some("not so here, which is allowed: got neither `size` nor `count`".to_owned()),
        ..row.clone()
    };
    let checks = vec![row, failed, skipped, noted];
    Report::new("http://127.0.0.1:8484", Duration::from_millis(212), checks)
}

#[test]
fn for_people() {
    insta::assert_snapshot!(report::human(&fixed(), false));
}

#[test]
fn colour_only_repeats_what_the_words_say() {
    let colored = report::human(&fixed(), true);

    let mut plain = colored.clone();
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[32m", "\u{1b}[1;31m", "\u{1b}[33m"] {
        assert!(plain.contains(code), "{code:?}");
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, report::human(&fixed(), false));
}

#[test]
fn for_machines() {
    insta::assert_snapshot!(report::json(&fixed()));
}

#[test]
fn for_continuous_integration() {
    insta::assert_snapshot!(report::junit(&fixed()).unwrap());
}
