//! A run that every report tells of, and what a hostile target makes of one.

use std::time::Duration;

use gatepass_conformance::{
    Baseline, CheckReport, Exchange, Level, Outcome, Received, Report, Sent,
};

/// All that steers a terminal, ends a block, or calls a person.
pub(super) const HOSTILE: &str = "</pre><script>alert(1)</script> | `code` ]]> @someone #1 \
     \u{1b}[31mred\u{202e} %0A::error title=x::y\r\n::error::z\n**bold** [a](b) ü\u{ffff}\u{0} www.a.example";

fn row() -> CheckReport {
    CheckReport {
        id: "discovery.required",
        level: Level::Must,
        outcome: Outcome::Pass,
        requirement: "the discovery document has every member that OpenID requires",
        source: vec!["1.4", "6.3"],
        statements: &["6.3.1"],
        reason: None,
        known: false,
        evidence: vec![],
        repeat: None,
    }
}

/// One of each outcome, two of them skipped for one reason.
pub(super) fn fixed() -> Report {
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
    let failed = CheckReport {
        id: "token.errors.grant-missing",
        outcome: Outcome::Fail,
        requirement: "a request without `grant_type` is refused with 400 invalid_request",
        source: vec!["2.1", "RFC 6749 5.2", "4.1"],
        reason: Some("got 200 with a token, wanted 400".to_owned()),
        evidence: vec![exchange],
        repeat: Some(
            r#"curl -i -u "$CLIENT_ID:$CLIENT_SECRET" --data-raw scope=x http://127.0.0.1:8484/api/2/idp/token"#
                .to_owned(),
        ),
        ..row()
    };
    let skipped = CheckReport {
        id: "token.errors.disabled-client",
        outcome: Outcome::Skip,
        requirement: "a disabled client is refused with 401 invalid_client",
        source: vec!["4.4"],
        reason: Some("needs the credentials of a disabled API client".to_owned()),
        ..row()
    };
    let noted = CheckReport {
        id: "tasks.count",
        level: Level::May,
        requirement: "lod=count answers with a number, `size` or `count`",
        source: vec!["8.2"],
        reason: Some("not so here, which is allowed: got neither `size` nor `count`".to_owned()),
        ..row()
    };
    let skipped_too = CheckReport { id: "token.errors.same-answer", ..skipped.clone() };
    let checks = vec![row(), failed, skipped, skipped_too, noted];
    Report::new("http://127.0.0.1:8484", Duration::from_millis(212), checks)
}

/// The same, where it is known that one fails, and another was known to.
pub(super) fn fixed_with_known_failures() -> Report {
    let known = "token.errors.grant-missing\ndiscovery.required\ntoken.errors.disabled-client\n";
    fixed().judged_by(&Baseline::parse(known).unwrap())
}

/// A failure, a skip and a note whose every text is the target's, and means ill.
pub(super) fn hostile() -> Report {
    let failed = CheckReport {
        outcome: Outcome::Fail,
        reason: Some(HOSTILE.to_owned()),
        repeat: Some(format!("curl -i '{HOSTILE}'")),
        evidence: vec![Exchange {
            request: Sent {
                method: "GET".to_owned(),
                url: HOSTILE.to_owned(),
                headers: vec![("x".to_owned(), HOSTILE.to_owned())],
                body: Some(HOSTILE.to_owned()),
            },
            response: Some(Received {
                status: 200,
                headers: vec![("x".to_owned(), HOSTILE.to_owned())],
                body: HOSTILE.to_owned(),
            }),
            error: Some(HOSTILE.to_owned()),
        }],
        ..row()
    };
    let reason = Some(HOSTILE.to_owned());
    let skipped =
        CheckReport { id: "keys.two", outcome: Outcome::Skip, reason: reason.clone(), ..row() };
    let noted = CheckReport { id: "keys.aliases", reason, ..row() };
    Report::new("http://h", Duration::from_millis(1), vec![failed, skipped, noted])
}

/// As many failures as no comment has room for.
pub(super) fn many_failures() -> Report {
    let failed = CheckReport {
        outcome: Outcome::Fail,
        reason: Some(HOSTILE.repeat(20)),
        repeat: Some(HOSTILE.repeat(5)),
        ..row()
    };
    let skips = (0..300).map(|number| CheckReport {
        outcome: Outcome::Skip,
        reason: Some(format!("{number} {HOSTILE}")),
        ..row()
    });
    let checks = (0..300).map(|_| failed.clone()).chain(skips).collect();
    Report::new("http://h", Duration::from_millis(1), checks)
}
