//! What an API says to the token that a caller shows, asked of the caller's own API client.

use serde_json::{Value, json};

use super::{CREDENTIALS, must, should};
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::Probe;
use crate::request::Request;

/// The stand-in's path for tokens made to order: the one thing that the suite knows of it.
const MINT_PATH: &str = "/_gatepass/tokens";

pub(super) const CHECKS: &[Check] = &[
    must(
        "bearer.accepted",
        "a fresh token opens the caller's own API client",
        &["5.5.1", "4.2.1"],
        CREDENTIALS,
        |p| Box::pin(accepted(p, "Bearer")),
    ),
    must(
        "bearer.scheme-case",
        "the case of the scheme's name `Bearer` does not matter",
        &["2.1.2"],
        CREDENTIALS,
        |p| Box::pin(accepted(p, "bearer")),
    ),
    must(
        "bearer.missing",
        "a call without Authorization is refused with 401 and an API error",
        &["4.2.3", "5.5.1"],
        CREDENTIALS,
        |p| Box::pin(refused(p, None)),
    ),
    must(
        "bearer.malformed",
        "a token that is none is refused with 401 and an API error",
        &["4.2.3"],
        CREDENTIALS,
        |p| Box::pin(refused(p, Some("Bearer not-a-token"))),
    ),
    must(
        "bearer.empty",
        "Bearer without a token is refused with 401 and an API error",
        &["4.2.3"],
        CREDENTIALS,
        |p| Box::pin(refused(p, Some("Bearer"))),
    ),
    must(
        "bearer.other-scheme",
        "another scheme than Bearer is refused with 401 and an API error",
        &["4.2.3", "5.5.1"],
        CREDENTIALS,
        |p| Box::pin(refused(p, Some("Digest username=\"x\""))),
    ),
    must(
        "bearer.bad-signature",
        "a token with one bit of its signature turned is refused with 401 and an API error",
        &["4.2.3", "3.4.4"],
        CREDENTIALS,
        |p| Box::pin(bad_signature(p)),
    ),
    must(
        "bearer.unsigned",
        "a token with alg none is refused with 401 and an API error",
        &["4.2.3", "3.4.1"],
        CREDENTIALS,
        |p| Box::pin(unsigned(p)),
    ),
    must(
        "bearer.hs256",
        "a token signed with HS256 and its key's public modulus is refused with 401 and an API error",
        &["4.2.3", "3.4.1"],
        CREDENTIALS,
        |p| Box::pin(hs256(p)),
    ),
    must(
        "bearer.expired",
        "an expired token is refused with 401 and an API error",
        &["3.3.2", "4.2.3"],
        &[Need::Credentials, Need::MintedToken],
        |p| Box::pin(expired(p)),
    ),
    should(
        "bearer.challenge",
        "a 401 has WWW-Authenticate: Bearer",
        &["RFC 9110 11.6.1", "4.2.3"],
        CREDENTIALS,
        |p| Box::pin(challenge(p)),
    ),
    must(
        "bearer.content-type",
        "an API error is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        CREDENTIALS,
        |p| Box::pin(content_type(p)),
    ),
];

fn own_client(probe: &Probe) -> Result<Request, Failure> {
    Ok(probe.get(&format!("/api/2/clients/{}", probe.credentials()?.client_id)))
}

async fn accepted(probe: &mut Probe, scheme: &str) -> Verdict {
    let token = probe.tokens().await?.access;
    let request = own_client(probe)?.header("authorization", format!("{scheme} {token}"));
    probe.send(request).await?.status(200)
}

async fn call(probe: &mut Probe, authorization: Option<&str>) -> Result<Answer, Failure> {
    let mut request = own_client(probe)?;
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    probe.send(request).await
}

async fn refused(probe: &mut Probe, authorization: Option<&str>) -> Verdict {
    call(probe, authorization).await?.api_error(401)
}

async fn bad_signature(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let altered = Jwt::read(&token)?.with_broken_signature()?;
    refuses_token(probe, &altered).await
}

async fn unsigned(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let altered = Jwt::read(&token)?.unsigned()?;
    refuses_token(probe, &altered).await
}

async fn refuses_token(probe: &mut Probe, token: &str) -> Verdict {
    probe.session().secrets.add_token(token, "ALTERED_TOKEN");
    let request = own_client(probe)?.bearer(token);
    probe.send(request).await?.api_error(401)
}

async fn hs256(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    // The classic confusion takes public text of the key for a shared secret. Without
    // published keys any text will do.
    let keys = probe.keys().await.unwrap_or_default();
    let named = keys.iter().find(|key| key["kid"] == jwt.header["kid"]);
    let public = named.and_then(|key| key["n"].as_str()).unwrap_or("secret");
    let forged = jwt.signed_with_shared_secret(public)?;
    refuses_token(probe, &forged).await
}

async fn expired(probe: &mut Probe) -> Verdict {
    let order = json!({"client_id": probe.credentials()?.client_id, "lifetime_s": -10});
    let request =
        probe.post(MINT_PATH).header("content-type", "application/json").body(order.to_string());
    let minted: Value = probe.send(request).await?.json()?;
    let Some(token) = minted["access_token"].as_str() else {
        return unmet("the target minted no expired token");
    };
    let request = own_client(probe)?.bearer(token);
    probe.send(request).await?.api_error(401)
}

async fn challenge(probe: &mut Probe) -> Verdict {
    let answer = call(probe, Some("Bearer not-a-token")).await?;
    answer.status(401)?;
    let given = answer.header("www-authenticate").unwrap_or_default();
    let scheme = given.split([' ', ',']).next().unwrap_or_default();
    require(scheme.eq_ignore_ascii_case("bearer"), || format!("WWW-Authenticate is `{given}`"))
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = call(probe, Some("Bearer not-a-token")).await?;
    answer.status(401)?;
    answer.json_content_type()?;
    answer.one_line()
}
