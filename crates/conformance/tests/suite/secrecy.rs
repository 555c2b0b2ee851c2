//! No secret and no whole token in anything that is printed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gatepass_conformance::{Outcome, Report, report};

use crate::support::{
    Answered, Asked, Bend, CLIENT_ID, DISABLED_SECRET, POST_SECRET, SECRET, World, check, right,
    serve,
};

/// Everything wrong, and everything sent repeated in header and body.
fn gossip(_: &World, asked: &Asked, answer: &mut Answered) {
    if answer.kind == "token" {
        answer.status = 418;
    }
    let said = format!("{} {}", asked.authorization(), asked.body);
    let said: String = said.chars().filter(|next| (' '..='~').contains(next)).take(9_000).collect();
    answer.set("x-said", &said);
    answer.json["said"] = said.into();
    answer.json["decoded"] = format!("{:?}", asked.basic()).into();
}

/// Every token is good, and told in every way; every judgement is unfavourable.
fn gossip_about_tokens(world: &World, asked: &Asked, answer: &mut Answered) {
    let issued: Vec<String> = world.issued.lock().unwrap().iter().cloned().collect();
    match answer.kind {
        "token" | "discovery" | "keys" => {}
        _ => answer.status = 500,
    }
    answer.json["token_type"] = issued.concat().into();
    answer.json["said"] = format!("{issued:?} {}", asked.authorization()).into();
}

/// Tokens that do not look like tokens.
fn opaque(_: &World, asked: &Asked, answer: &mut Answered) {
    if answer.kind == "token" {
        answer.json["access_token"] = OPAQUE.into();
    } else {
        answer.json["said"] = asked.authorization().into();
    }
}

/// The same, in JSON that breaks off.
fn opaque_and_broken(_: &World, _: &Asked, answer: &mut Answered) {
    answer.text = Some(format!("{{\"access_token\": \"{OPAQUE}\""));
}

const OPAQUE: &str = "opaque-0123456789-0123456789-0123456789";

fn assert_keeps(found: &Report, hidden: &[String]) {
    let texts = [
        report::human(found, false),
        report::human(found, true),
        report::json(found),
        report::junit(found).unwrap(),
    ];
    for text in texts {
        for secret in hidden {
            if let Some(at) = text.find(secret.as_str()) {
                panic!("{secret} is told: …{}…", text[..at].lines().last().unwrap_or_default());
            }
        }
        for run in text.split(|next: char| !(next.is_ascii_alphanumeric() || "-_.".contains(next)))
        {
            assert!(!(run.starts_with("eyJ") && run.contains('.')), "a token is told: {run}");
        }
    }
}

fn secrets() -> Vec<String> {
    let pair = format!("{CLIENT_ID}:{SECRET}");
    let mut secrets =
        vec![STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(&pair), OPAQUE.to_owned()];
    secrets.extend([SECRET, DISABLED_SECRET, POST_SECRET].map(str::to_owned));
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_tells_a_secret() {
    for (bend, fails) in [
        (right as Bend, 0),
        (gossip, 60),
        (gossip_about_tokens, 60),
        (opaque, 20),
        (opaque_and_broken, 60),
    ] {
        let found = check(&serve(bend).await, &[]).await;
        assert!(found.summary.fail >= fails, "{:?}", found.summary);
        assert_keeps(&found, &secrets());
    }
}

#[tokio::test]
async fn a_failure_comes_with_a_command_that_repeats_it() {
    let target = serve(|_, _, answer| answer.status = 418).await;
    for (id, wanted) in [
        (
            "token.errors.grant-missing",
            r#"curl -i -u "$CLIENT_ID:$CLIENT_SECRET" -H 'content-type: application/x-www-form-urlencoded' --data-raw scope=x URL/api/2/idp/token"#,
        ),
        (
            "token.request.post-client",
            r#"curl -i -H 'content-type: application/x-www-form-urlencoded' --data-raw "grant_type=client_credentials&client_id=$POST_CLIENT_ID&client_secret=$POST_CLIENT_SECRET" URL/api/2/idp/token"#,
        ),
        (
            "token.request.scheme-case",
            r#"curl -i -H 'content-type: application/x-www-form-urlencoded' -H "authorization: bAsIc $(printf %s "$CLIENT_ID:$CLIENT_SECRET" | base64 -w0)" --data-raw grant_type=client_credentials URL/api/2/idp/token"#,
        ),
    ] {
        let found = check(&target, &[id]).await;
        assert_eq!(found.checks[0].outcome, Outcome::Fail);
        assert_eq!(found.checks[0].repeat, Some(wanted.replace("URL", target.url())));
    }
}

#[tokio::test]
async fn a_bearer_token_is_a_variable_in_the_command() {
    let target = serve(|_, _, answer| {
        if answer.kind == "client" {
            answer.status = 418;
        }
    })
    .await;

    let found = check(&target, &["bearer.accepted"]).await;

    let repeat = found.checks[0].repeat.as_deref().unwrap();
    assert!(repeat.contains(r#"-H "authorization: Bearer $ACCESS_TOKEN""#), "{repeat}");
}
