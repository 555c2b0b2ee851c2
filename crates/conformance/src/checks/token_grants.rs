//! Token requests whose form or method is wrong.

use super::{CREDENTIALS, must, should};
use crate::check::{Check, Verdict, require};
use crate::probe::{GRANT, Probe, TOKEN_PATH};

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.errors.grant-missing",
        "a request without grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "scope=x", "invalid_request")),
    ),
    must(
        "token.errors.grant-empty",
        "an empty grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "grant_type=", "invalid_request")),
    ),
    must(
        "token.errors.grant-repeated",
        "a repeated grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| {
            Box::pin(form(
                p,
                "grant_type=client_credentials&grant_type=client_credentials",
                "invalid_request",
            ))
        },
    ),
    must(
        "token.errors.grant-unsupported",
        "a grant type that nobody knows is refused with 400 unsupported_grant_type",
        &["2.2.2", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "grant_type=magic", "unsupported_grant_type")),
    ),
    must(
        "token.errors.grant-case",
        "the case of a grant type matters: Client_Credentials is unsupported_grant_type",
        &["2.2.3", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "grant_type=Client_Credentials", "unsupported_grant_type")),
    ),
    should(
        "token.errors.grant-conflict",
        "different grant types in the query string and in the body are refused with 400 invalid_request",
        &["2.4.2"],
        CREDENTIALS,
        |p| Box::pin(grant_conflict(p)),
    ),
    must(
        "token.errors.content-type-json",
        "a JSON body is refused with 415 and an API error",
        &["2.1.6", "4.2.8"],
        CREDENTIALS,
        |p| Box::pin(content_type_json(p)),
    ),
    must(
        "token.errors.content-type-missing",
        "a body without a Content-Type is refused with 415 and an API error",
        &["2.1.6", "4.2.8"],
        CREDENTIALS,
        |p| Box::pin(content_type_missing(p)),
    ),
    must("token.errors.method", "GET is refused with 405", &["4.2.6"], &[], |p| {
        Box::pin(method(p))
    }),
    should(
        "token.errors.allow",
        "the 405 says in Allow that POST is the method",
        &["RFC 9110 10.2.1", "4.2.6"],
        &[],
        |p| Box::pin(allow(p)),
    ),
];

async fn form(probe: &mut Probe, body: &str, error: &str) -> Verdict {
    let request = probe.authenticated()?.form(body);
    probe.send(request).await?.token_error(400, error)
}

async fn grant_conflict(probe: &mut Probe) -> Verdict {
    let mut request = probe.authenticated()?.form(GRANT);
    request.url = format!("{}?grant_type=password", request.url);
    probe.send(request).await?.token_error(400, "invalid_request")
}

async fn content_type_json(probe: &mut Probe) -> Verdict {
    let request = probe
        .authenticated()?
        .header("content-type", "application/json")
        .body(r#"{"grant_type":"client_credentials"}"#);
    probe.send(request).await?.api_error(415)
}

async fn content_type_missing(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.body(GRANT);
    probe.send(request).await?.api_error(415)
}

async fn method(probe: &mut Probe) -> Verdict {
    probe.send(probe.get(TOKEN_PATH)).await?.status(405)
}

async fn allow(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.get(TOKEN_PATH)).await?;
    answer.status(405)?;
    let given = answer.header("allow").unwrap_or_default();
    require(given.split(',').any(|method| method.trim() == "POST"), || {
        format!("Allow is `{given}`")
    })
}
