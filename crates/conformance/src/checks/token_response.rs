//! The answer that brings the tokens.

use std::collections::BTreeSet;

use serde_json::Value;

use super::issued::{self, Life, and_of_tokens};
use super::{CREDENTIALS, must, should};
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, noted, require, unmet};
use crate::jwt::Jwt;
use crate::probe::{BC_TOKEN_PATH, GRANT, Probe, TOKEN_PATH};
use crate::schema::{self, Schema};

/// How long a token lives, in seconds (CONTRACT 3.3).
pub(super) const LIFE_S: i64 = 7_200;

/// How far a life may be from two hours, in seconds: the time that an answer takes.
pub(super) const TOLERANCE_S: i64 = 60;

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.response.members",
        "the answer has access_token, id_token, token_type and expires_on or expires_in",
        &["3.1.1", "3.1.2"],
        CREDENTIALS,
        |p| Box::pin(members(p)),
    ),
    must(
        "token.response.expires-on",
        "the answer on /api/2 has expires_on, an integer",
        &["3.1.2"],
        CREDENTIALS,
        |p| Box::pin(expires_on(p)),
    ),
    must(
        "token.response.token-type",
        "token_type is `bearer`, in lower case",
        &["3.1.3"],
        CREDENTIALS,
        |p| Box::pin(token_type(p)),
    ),
    must(
        "token.response.exact-api-2",
        "the answer on /api/2 has the four documented members and no other",
        &["3.1.4"],
        CREDENTIALS,
        |p| Box::pin(exact(p, TOKEN_PATH)),
    )
    .of_gatepass(),
    must(
        "token.response.exact-bc",
        "the answer on /bc has the four documented members and no other",
        &["3.1.4"],
        CREDENTIALS,
        |p| Box::pin(exact(p, BC_TOKEN_PATH)),
    )
    .of_gatepass(),
    should(
        "token.response.expires-in",
        "the answer where discovery says has expires_in too, which the Go library needs",
        &["3.1.5"],
        CREDENTIALS,
        |p| Box::pin(expires_in(p)),
    )
    .of_gatepass(),
    must(
        "token.response.two-hours",
        "expires_on counts seconds, and is two hours after the answer's Date",
        &["3.3.1", "3.1.2"],
        CREDENTIALS,
        |p| Box::pin(two_hours(p)),
    ),
    must(
        "token.response.expires-on-is-exp",
        "expires_on is the `exp` of the access token",
        &["3.3.3"],
        CREDENTIALS,
        |p| Box::pin(expires_on_is_exp(p)),
    ),
    must(
        "token.response.content-type",
        "Content-Type is application/json; charset=utf-8",
        &["3.2.1"],
        CREDENTIALS,
        |p| Box::pin(content_type(p)),
    ),
    must(
        "token.response.no-store",
        "Cache-Control is no-store and Pragma is no-cache",
        &["3.2.2"],
        CREDENTIALS,
        |p| Box::pin(no_store(p)),
    ),
    must(
        "token.response.one-line",
        "the body is one line without a line feed at its end, as the bash scripts read it",
        &["3.2.3"],
        CREDENTIALS,
        |p| Box::pin(one_line(p)),
    ),
    must(
        "token.response.other-paths",
        "the answers on /bc and where discovery says have the same form, headers and tokens",
        and_of_tokens!("1.2.2", "1.2.3"),
        CREDENTIALS,
        |p| Box::pin(other_paths(p)),
    ),
];

async fn members(probe: &mut Probe) -> Verdict {
    schema::judge(Schema::TokenAnswer, &probe.tokens().await?.body)
}

async fn expires_on(probe: &mut Probe) -> Verdict {
    expires_on_of(&probe.tokens().await?.body).map(|_| ())
}

fn expires_on_of(body: &Value) -> Result<i64, Failure> {
    match body["expires_on"].as_i64() {
        Some(seconds) => Ok(seconds),
        None => unmet(format!("`expires_on` is {}", told_value(&body["expires_on"]))),
    }
}

async fn token_type(probe: &mut Probe) -> Verdict {
    let body = probe.tokens().await?.body;
    let given = &body["token_type"];
    require(given == "bearer", || format!("`token_type` is {}", told_value(given)))
}

async fn exact(probe: &mut Probe, path: &str) -> Verdict {
    let credentials = probe.credentials()?;
    let request =
        probe.token_request(path).basic(&credentials.client_id, &credentials.client_secret);
    let body = probe.send(request).await?.ok_json()?;
    require_members(&body, &["access_token", "expires_on", "id_token", "token_type"])
}

fn require_members(body: &Value, wanted: &[&str]) -> Verdict {
    let given: BTreeSet<&str> = body.as_object().into_iter().flatten().map(|(k, _)| &**k).collect();
    let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
    require(given == wanted, || {
        let list = |names: Vec<&&str>| {
            let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let missing = list(wanted.difference(&given).collect());
        let extra = list(given.difference(&wanted).collect());
        format!("missing members: {missing}; others: {extra}")
    })
}

async fn expires_in(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let url = probe.session().own_link("token_endpoint", &document["token_endpoint"])?;
    if url == probe.session().url(TOKEN_PATH) {
        return noted("the endpoint that discovery names is the one of four members");
    }
    let mut request = probe.authenticated()?.form(GRANT);
    request.url = url;
    let body = probe.send(request).await?.ok_json()?;
    let given = body["expires_in"].as_i64();
    require(given.is_some_and(|life| (LIFE_S - TOLERANCE_S..=LIFE_S).contains(&life)), || {
        format!("`expires_in` is {}", told_value(&body["expires_in"]))
    })
}

async fn two_hours(probe: &mut Probe) -> Verdict {
    let tokens = probe.tokens().await?;
    let expires_on = expires_on_of(&tokens.body)?;
    let life = expires_on.saturating_sub(tokens.answer.date_or_now());
    require((LIFE_S - TOLERANCE_S..=LIFE_S + TOLERANCE_S).contains(&life), || {
        format!("`expires_on` is {expires_on}, {life} s after the answer's Date")
    })
}

async fn expires_on_is_exp(probe: &mut Probe) -> Verdict {
    let tokens = probe.tokens().await?;
    let expires_on = expires_on_of(&tokens.body)?;
    let exp = Jwt::read(&tokens.access)?.seconds("exp")?;
    require(expires_on == exp, || format!("`expires_on` is {expires_on}, `exp` is {exp}"))
}

async fn content_type(probe: &mut Probe) -> Verdict {
    probe.tokens().await?.answer.json_content_type()
}

async fn no_store(probe: &mut Probe) -> Verdict {
    probe.tokens().await?.answer.is_not_stored()
}

async fn other_paths(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let discovered = probe.session().own_link("token_endpoint", &document["token_endpoint"])?;
    for url in [probe.session().url(BC_TOKEN_PATH), discovered] {
        let mut request = probe.authenticated()?.form(GRANT);
        request.url = url;
        let answer = probe.send(request).await?;
        issued::judge(probe, &answer, Life::TwoHours).await?;
    }
    Ok(())
}

async fn one_line(probe: &mut Probe) -> Verdict {
    probe.tokens().await?.answer.one_line()
}
