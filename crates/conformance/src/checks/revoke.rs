//! Revocation.

use serde_json::Value;

use super::{must, scoped, should};
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, noted, require, unmet};
use crate::need::Need;
use crate::probe::{Probe, REVOKE_PATH, UNKNOWN_ID, WRONG_SECRET};
use crate::request::{Request, form};
use crate::schema::{self, Schema};
use crate::survey::Sample;
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Revocation];
const CHANGES: &[Need] = &[Need::Credentials, Need::Revocation, Need::Changes];
const PAIRS: &[Need] = &[Need::Credentials, Need::Revocation, Need::RefreshTokens, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "revoke.unknown-token",
        "an unknown token is revoked with 200 and an empty body, whatever it looks like",
        &["6.1.1", "1.3.1"],
        HERE,
        |p| Box::pin(unknown_token(p)),
    ),
    must(
        "revoke.token-missing",
        "a request without token, or with an empty one, is refused with 400 invalid_request",
        &["6.1.5", "4.1.6"],
        HERE,
        |p| Box::pin(token_missing(p)),
    ),
    must(
        "revoke.token-repeated",
        "a repeated token is refused with 400 invalid_request",
        &["2.1.8", "4.1.6"],
        HERE,
        |p| Box::pin(token_repeated(p)),
    ),
    must(
        "revoke.unauthenticated",
        "a request without client authentication is refused with 401 invalid_client",
        &["6.1.4", "4.1.6"],
        &[Need::Revocation],
        |p| Box::pin(unauthenticated(p)),
    ),
    must(
        "revoke.unknown-client",
        "a client that nobody knows is refused with 401 invalid_client and WWW-Authenticate: Basic",
        &["6.1.4", "4.1.3"],
        &[Need::Revocation],
        |p| Box::pin(unknown_client(p)),
    ),
    must(
        "revoke.error-form",
        "a refusal is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3", "4.1.6"],
        HERE,
        |p| Box::pin(error_form(p)),
    ),
    must("revoke.content-type", "a JSON body is refused with 415", &["4.2.8"], HERE, |p| {
        Box::pin(content_type(p))
    }),
    must("revoke.method", "GET is refused with 405", &["4.2.6"], &[Need::Revocation], |p| {
        Box::pin(method(p))
    }),
    should("revoke.hint", "a token_type_hint of any kind may come along", &["6.1.5"], HERE, |p| {
        Box::pin(hint(p))
    }),
    must(
        "revoke.post-client",
        "a client registered for client_secret_post authenticates in the body",
        &["6.1.4", "2.3.2"],
        &[Need::Revocation, Need::PostClient],
        |p| Box::pin(post_client(p)),
    ),
    must(
        "revoke.aliases",
        "revocation is at /idp/revoke_token and /bc/idp/revoke_token as well",
        &["1.3.3"],
        HERE,
        |p| Box::pin(aliases(p)),
    )
    .of_gatepass(),
    must(
        "revoke.access-token",
        "a revoked access token is refused with 401, and revoking it again is 200",
        &["6.1.2", "6.1.1"],
        CHANGES,
        |p| Box::pin(access_token(p)),
    ),
    must(
        "revoke.each-route",
        "each route that takes a token refuses a revoked one with 401",
        &["6.1.2", "4.2.3"],
        CHANGES,
        |p| Box::pin(each_route(p)),
    ),
    must(
        "revoke.others-live",
        "the other tokens of the client live on",
        &["6.1.2"],
        CHANGES,
        |p| Box::pin(others_live(p)),
    ),
    must(
        "revoke.wrong-hint",
        "a hint of the wrong kind keeps no token from being revoked",
        &["6.1.5", "6.1.2"],
        CHANGES,
        |p| Box::pin(wrong_hint(p)),
    ),
    must(
        "revoke.wrong-secret",
        "a wrong secret is refused with 401 invalid_client, and nothing is revoked",
        &["6.1.4", "2.1.9"],
        CHANGES,
        |p| Box::pin(wrong_secret(p)),
    ),
    must(
        "revoke.of-another-client",
        "a client can't revoke the token of another",
        &["6.1.6"],
        CHANGES,
        |p| Box::pin(of_another_client(p)),
    ),
    must(
        "revoke.pair-by-refresh-token",
        "revoking the refresh token revokes the access token of the pair, too",
        &["6.1.3"],
        PAIRS,
        |p| Box::pin(pair_by_refresh_token(p)),
    ),
    must(
        "revoke.pair-by-access-token",
        "revoking the access token revokes the refresh token of the pair, too",
        &["6.1.3", "2.6.3"],
        PAIRS,
        |p| Box::pin(pair_by_access_token(p)),
    ),
];

fn request(probe: &Probe, body: &str) -> Result<Request, Failure> {
    let Credentials { client_id, client_secret } = probe.credentials()?;
    Ok(probe.post(REVOKE_PATH).basic(&client_id, &client_secret).form(body))
}

fn is_revoked(answer: &Answer) -> Verdict {
    answer.status(200)?;
    require(answer.body.is_empty(), || format!("the body has {} bytes", answer.body.len()))
}

/// Revokes a token of the caller's client.
async fn revoke(probe: &mut Probe, token: &str) -> Verdict {
    let request = request(probe, &form(&[("token", token)]))?;
    is_revoked(&probe.send(request).await?).map_err(|failure| failure.of("revocation"))
}

async fn unknown_token(probe: &mut Probe) -> Verdict {
    for token in ["nonsense", UNKNOWN_ID, "e30.e30.AAAA", "a b+c/d="] {
        revoke(probe, token).await?;
    }
    Ok(())
}

async fn token_missing(probe: &mut Probe) -> Verdict {
    for body in ["token_type_hint=access_token", "token=", ""] {
        let request = request(probe, body)?;
        probe.send(request).await?.revoke_error(400, "invalid_request")?;
    }
    Ok(())
}

async fn token_repeated(probe: &mut Probe) -> Verdict {
    let request = request(probe, "token=a&token=b")?;
    probe.send(request).await?.revoke_error(400, "invalid_request")
}

async fn unauthenticated(probe: &mut Probe) -> Verdict {
    let answer = probe.send(probe.post(REVOKE_PATH).form("token=nonsense")).await?;
    answer.revoke_error(401, "invalid_client")
}

async fn unknown_client(probe: &mut Probe) -> Verdict {
    let request = probe.post(REVOKE_PATH).basic(UNKNOWN_ID, WRONG_SECRET).form("token=nonsense");
    let answer = probe.send(request).await?;
    answer.revoke_error(401, "invalid_client")?;
    answer.challenge("basic")
}

async fn error_form(probe: &mut Probe) -> Verdict {
    let request = request(probe, "")?;
    let answer = probe.send(request).await?;
    answer.status(400)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let Credentials { client_id, client_secret } = probe.credentials()?;
    let body = serde_json::json!({"token": "nonsense"});
    let request = probe.post(REVOKE_PATH).basic(&client_id, &client_secret).json(&body);
    probe.send(request).await?.is_unsupported_type()
}

async fn method(probe: &mut Probe) -> Verdict {
    probe.send(probe.get(REVOKE_PATH)).await?.status(405)
}

async fn hint(probe: &mut Probe) -> Verdict {
    for hint in ["access_token", "refresh_token"] {
        let request = request(probe, &format!("token=nonsense&token_type_hint={hint}"))?;
        is_revoked(&probe.send(request).await?).map_err(|failure| failure.of(hint))?;
    }
    let request = request(probe, "token=nonsense&token_type_hint=magic")?;
    let answer = probe.send(request).await?;
    if answer.revoke_error(400, "unsupported_token_type").is_ok() {
        return noted("a hint that nobody knows is refused with unsupported_token_type");
    }
    is_revoked(&answer)
}

async fn post_client(probe: &mut Probe) -> Verdict {
    let client = probe.post_client().await?;
    let body = form(&[
        ("token", "nonsense"),
        ("client_id", &client.client_id),
        ("client_secret", &client.client_secret),
    ]);
    is_revoked(&probe.send(probe.post(REVOKE_PATH).form(&body)).await?)
}

async fn aliases(probe: &mut Probe) -> Verdict {
    for path in ["/idp/revoke_token", "/bc/idp/revoke_token"] {
        let mut request = request(probe, "token=nonsense")?;
        request.url = probe.session().url(path);
        is_revoked(&probe.send(request).await?).map_err(|failure| failure.of(path))?;
    }
    Ok(())
}

async fn access_token(probe: &mut Probe) -> Verdict {
    let token = probe.fresh_token().await?;
    probe.opens(&token).await?;
    revoke(probe, &token).await?;
    probe.call_with(&token).await?.api_error(401)?;
    revoke(probe, &token).await?;
    if probe.session().found_missing(Need::Narrowing).await.is_none()
        && let Ok((token, _, sub)) = scoped::narrowed(probe).await
    {
        revoke(probe, &token).await?;
        let request = probe.get(&format!("/api/2/tenants/{sub}")).bearer(&token);
        let answer = probe.send(request).await?;
        answer.api_error(401).map_err(|failure| failure.of("a narrowed token"))?;
    }
    // Who revokes at another path as well has to mean it.
    for path in ["/bc/idp/revoke_token", "/idp/revoke_token"] {
        let token = probe.fresh_token().await?;
        let mut request = request(probe, &form(&[("token", &token)]))?;
        request.url = probe.session().url(path);
        if probe.send(request).await?.status == 200 {
            let answer = probe.call_with(&token).await?;
            answer.api_error(401).map_err(|failure| failure.of(path))?;
        }
    }
    let Ok(token) = probe.user_token().await else { return Ok(()) };
    revoke(probe, &token).await?;
    let answer = probe.call_with(&token).await?;
    answer.api_error(401).map_err(|failure| failure.of("a user's token"))
}

async fn each_route(probe: &mut Probe) -> Verdict {
    probe.judge_survey(Sample::is_with_revoked_token, |sample| sample.answer.status(401)).await
}

async fn others_live(probe: &mut Probe) -> Verdict {
    let (one, other) = (probe.fresh_token().await?, probe.fresh_token().await?);
    revoke(probe, &one).await?;
    probe.opens(&other).await
}

async fn wrong_hint(probe: &mut Probe) -> Verdict {
    let token = probe.fresh_token().await?;
    let body = form(&[("token", &token), ("token_type_hint", "refresh_token")]);
    let request = request(probe, &body)?;
    is_revoked(&probe.send(request).await?)?;
    probe.call_with(&token).await?.api_error(401)?;
    let token = probe.fresh_token().await?;
    let body = form(&[("token", &token), ("token_type_hint", "magic")]);
    let request = self::request(probe, &body)?;
    if probe.send(request).await?.status == 200 {
        probe.call_with(&token).await?.api_error(401)?;
    }
    Ok(())
}

async fn wrong_secret(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let token = probe.token_of(&client).await?;
    let request = probe.post(REVOKE_PATH).basic(&client.client_id, WRONG_SECRET);
    let answer = probe.send(request.form(&form(&[("token", &token)]))).await?;
    answer.revoke_error(401, "invalid_client")?;
    let path = format!("/api/2/clients/{}", client.client_id);
    let request = probe.get(&path).bearer(&token);
    // Whether it may read itself is another question.
    let answer = probe.send(request).await?;
    require(answer.status != 401, || "the token is revoked".to_owned())
}

async fn of_another_client(probe: &mut Probe) -> Verdict {
    let token = probe.fresh_token().await?;
    let other = probe.made_client().await?;
    let body = form(&[("token", &token)]);
    let request = probe.post(REVOKE_PATH).basic(&other.client_id, &other.client_secret).form(&body);
    let answer = probe.send(request).await?;
    match answer.status {
        200 => {}
        // RFC 7009 2.1: the request is refused, and the client is told of the error.
        400 => schema::judge(Schema::TokenError, &answer.json()?)?,
        other => return unmet(format!("got {other}, wanted 200 or 400")),
    }
    probe.opens(&token).await
}

async fn pair_by_refresh_token(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    probe.opens(&pair.access).await?;
    revoke(probe, &pair.refresh).await?;
    probe.call_with(&pair.access).await?.api_error(401)?;
    refreshes_nothing(probe, &pair.refresh).await
}

async fn pair_by_access_token(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    revoke(probe, &pair.access).await?;
    refreshes_nothing(probe, &pair.refresh).await
}

async fn refreshes_nothing(probe: &mut Probe, refresh: &str) -> Verdict {
    let body = form(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]);
    let request = probe.authenticated()?.form(&body);
    let answer = probe.send(request).await?;
    let told: Value = answer.json().unwrap_or_default();
    require(told.get("access_token").is_none(), || "the refresh token still works".to_owned())?;
    answer.token_error(400, "invalid_grant")
}
