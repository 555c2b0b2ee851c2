//! Refresh tokens.

use serde_json::Value;

use super::issued::{self, Life, and_of_tokens};
use super::must;
use super::password::beginning;
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, TokenPaths, Verdict, cannot_tell, noted, require};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{GRANT, Probe, TOKEN_PATH, WRONG_SECRET};
use crate::request::form;
use crate::schema::{self, Schema};
use crate::target::{Credentials, User};

const HERE: &[Need] = &[Need::Credentials, Need::RefreshTokens];
const CHANGES: &[Need] = &[Need::Credentials, Need::RefreshTokens, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "refresh.issued",
        "scope=offline_access brings a refresh token beside the other members",
        &["2.6.1", "2.2.1", "1.2.2"],
        HERE,
        |p| Box::pin(issued(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.not-issued",
        "without scope=offline_access there is no refresh token",
        &["2.6.1", "2.2.1"],
        HERE,
        |p| Box::pin(not_issued(p)),
    ),
    must(
        "refresh.grant",
        "a refresh token brings a whole answer and whole tokens",
        and_of_tokens!("2.6.2"),
        HERE,
        |p| Box::pin(grant(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.same-client",
        "the refreshed access token is another, for the same client",
        &["2.6.2", "3.5.2"],
        HERE,
        |p| Box::pin(same_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.good",
        "the refreshed access token opens the caller's own API client",
        &["2.6.2"],
        HERE,
        |p| Box::pin(good(p)),
    ),
    must(
        "refresh.chain",
        "the refresh token of a refreshed answer, or the old one where it has none, works again",
        &["2.6.2"],
        HERE,
        |p| Box::pin(chain(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.unknown",
        "a refresh token that nobody issued is refused with 400 invalid_grant",
        &["2.6.3", "4.1.4"],
        HERE,
        |p| Box::pin(unknown(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.missing",
        "a refresh without refresh_token is refused with 400 invalid_request",
        &["4.1.4", "2.6.2"],
        HERE,
        |p| Box::pin(missing(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.access-token",
        "an access token is no refresh token: 400 invalid_grant",
        &["2.6.3"],
        HERE,
        |p| Box::pin(access_token(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.unauthenticated",
        "a refresh without client authentication is refused with 401 invalid_client",
        &["2.6.2", "2.1.5"],
        HERE,
        |p| Box::pin(unauthenticated(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.used",
        "a refresh token that was replaced by another is refused with 400 invalid_grant",
        &["2.6.3"],
        CHANGES,
        |p| Box::pin(used(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.of-another-client",
        "the refresh token of another client is refused with 400 invalid_grant",
        &["2.6.3"],
        CHANGES,
        |p| Box::pin(of_another_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.wrong-secret",
        "a good refresh token with a wrong secret is refused with 401 invalid_client",
        &["2.1.9", "2.6.2"],
        CHANGES,
        |p| Box::pin(wrong_secret(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.disabled-client",
        "a disabled client refreshes nothing: 401 invalid_client",
        &["4.4.1"],
        CHANGES,
        |p| Box::pin(disabled_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.deleted-client",
        "a deleted client refreshes nothing: 401 invalid_client",
        &["5.3.3", "4.1.2"],
        CHANGES,
        |p| Box::pin(deleted_client(p)),
    )
    .at(TokenPaths::Each),
    must(
        "refresh.of-a-user",
        "the password grant with scope=offline_access brings a refresh token, for the same user",
        &["2.6.1", "2.6.2", "2.8.1"],
        &[Need::Credentials, Need::RefreshTokens, Need::User],
        |p| Box::pin(of_a_user(p)),
    )
    .at(TokenPaths::Each),
];

async fn refresh_as(
    probe: &mut Probe,
    client: &Credentials,
    token: &str,
) -> Result<Answer, Failure> {
    let body = form(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    let request = probe.post(TOKEN_PATH).basic(&client.client_id, &client.client_secret);
    probe.send(request.form(&body)).await
}

async fn refresh(probe: &mut Probe, token: &str) -> Result<Answer, Failure> {
    let client = probe.credentials()?;
    refresh_as(probe, &client, token).await
}

async fn issued(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.form(&format!("{GRANT}&scope=offline_access"));
    let answer = probe.send(request).await?;
    let body = issued::judge(probe, &answer, Life::TwoHours).await?;
    has_refresh_token(&body)?;
    // Among others, where the target knows others.
    let other = probe.authenticated()?.form(&format!("{GRANT}&scope=openid"));
    let knows_others = probe.send(other).await?.status == 200;
    for scope in ["openid%20offline_access", "openid+offline_access", "offline_access%20openid"] {
        let request = probe.authenticated()?.form(&format!("{GRANT}&scope={scope}"));
        let answer = probe.send(request).await?;
        match answer.status {
            400 | 403 if !knows_others => schema::judge(Schema::TokenError, &answer.json()?)?,
            _ => has_refresh_token(&answer.ok_json()?).map_err(|failure| failure.of(scope))?,
        }
    }
    Ok(())
}

fn has_refresh_token(body: &Value) -> Verdict {
    let given = &body["refresh_token"];
    require(given.as_str().is_some_and(|token| !token.is_empty()), || {
        format!("`refresh_token` is {}", if given.is_null() { "missing" } else { "no text" })
    })
}

async fn not_issued(probe: &mut Probe) -> Verdict {
    let body = probe.tokens().await?.body;
    require(body.get("refresh_token").is_none(), || "there is a `refresh_token`".to_owned())?;
    // Another scope, in which the words are not apart.
    let request = probe.authenticated()?.form(&format!("{GRANT}&scope=openid,offline_access"));
    let body: Value = probe.send(request).await?.json().unwrap_or_default();
    require(body.get("refresh_token").is_none(), || {
        "there is a `refresh_token` for `openid,offline_access`, which is one word".to_owned()
    })
}

async fn grant(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    let answer = refresh(probe, &pair.refresh).await?;
    issued::judge(probe, &answer, Life::TwoHours).await.map(drop)
}

/// A pair, and the answer that its refresh token brings.
async fn refreshed(probe: &mut Probe) -> Result<(String, Value), Failure> {
    let pair = probe.pair().await?;
    let body = refresh(probe, &pair.refresh).await?.ok_json()?;
    Ok((pair.access, body))
}

fn access_of(body: &Value) -> &str {
    body["access_token"].as_str().unwrap_or_default()
}

async fn same_client(probe: &mut Probe) -> Verdict {
    let (first, body) = refreshed(probe).await?;
    let (first, second) = (Jwt::read(&first)?.claims, Jwt::read(access_of(&body))?.claims);
    for name in ["client_id", "sub", "owner_tuid", "iss"] {
        require(first[name] == second[name], || {
            format!("`{name}` was {}, is {}", told_value(&first[name]), told_value(&second[name]))
        })?;
    }
    require(first["jti"] != second["jti"], || "`jti` is the same".to_owned())
}

async fn good(probe: &mut Probe) -> Verdict {
    let (_, body) = refreshed(probe).await?;
    probe.opens(access_of(&body)).await
}

async fn chain(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    let mut token = pair.refresh;
    for step in ["the first refresh", "the second", "the third"] {
        let answer = refresh(probe, &token).await?;
        let body = answer.ok_json().map_err(|failure| failure.of(step))?;
        if let Some(next) = body["refresh_token"].as_str() {
            next.clone_into(&mut token);
        }
    }
    Ok(())
}

async fn unknown(probe: &mut Probe) -> Verdict {
    let token = probe.pair().await?.refresh;
    let longer = format!("{token}0");
    for token in ["nonsense", "e30.e30.AAAA", &beginning(&token), &longer] {
        refresh(probe, token).await?.token_error(400, "invalid_grant")?;
    }
    Ok(())
}

async fn missing(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.form("grant_type=refresh_token");
    probe.send(request).await?.token_error(400, "invalid_request")?;
    let token = probe.pair().await?.refresh;
    let twice = [("grant_type", "refresh_token"), ("refresh_token", &token)];
    let twice = [&twice[..], &twice[1..]].concat();
    let answer = probe.send(probe.authenticated()?.form(&form(&twice))).await?;
    answer.token_error(400, "invalid_request").map_err(|failure| failure.of("given twice"))
}

async fn access_token(probe: &mut Probe) -> Verdict {
    let shared = probe.tokens().await?.access;
    // One that has a refresh token beside it is nearer to being taken for it.
    let paired = probe.pair().await?.access;
    for token in [shared, paired] {
        refresh(probe, &token).await?.token_error(400, "invalid_grant")?;
    }
    Ok(())
}

async fn unauthenticated(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    let body = form(&[("grant_type", "refresh_token"), ("refresh_token", &pair.refresh)]);
    let answer = probe.send(probe.post(TOKEN_PATH).form(&body)).await?;
    answer.token_error(401, "invalid_client")
}

async fn used(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    let body = refresh(probe, &pair.refresh).await?.ok_json()?;
    match body["refresh_token"].as_str() {
        Some(next) if next != pair.refresh => {
            refresh(probe, &pair.refresh).await?.token_error(400, "invalid_grant")
        }
        _ => noted("a refresh token is not replaced when it is used, which RFC 6749 6 allows"),
    }
}

async fn of_another_client(probe: &mut Probe) -> Verdict {
    let pair = probe.pair().await?;
    let other = probe.made_client().await?;
    let answer = refresh_as(probe, &other, &pair.refresh).await?;
    answer.token_error(400, "invalid_grant")
}

async fn wrong_secret(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let pair = probe.pair_of(&client).await?;
    let stranger = Credentials::new(client.client_id, WRONG_SECRET);
    let answer = refresh_as(probe, &stranger, &pair.refresh).await?;
    answer.token_error(401, "invalid_client")
}

async fn disabled_client(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let pair = probe.pair_of(&client).await?;
    probe.disable(&client).await?;
    let answer = refresh_as(probe, &client, &pair.refresh).await?;
    probe.refuses_client(&answer)
}

async fn deleted_client(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let pair = probe.pair_of(&client).await?;
    let request = probe.request("DELETE", &format!("/api/2/clients/{}", client.client_id));
    let answer = probe.send_with_token(request).await?;
    if answer.status != 204 {
        return cannot_tell(format!("could not delete an API client: got {}", answer.status));
    }
    let answer = refresh_as(probe, &client, &pair.refresh).await?;
    answer.token_error(401, "invalid_client")
}

async fn of_a_user(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    let body = form(&[
        ("grant_type", "password"),
        ("username", &login),
        ("password", &password),
        ("scope", "offline_access"),
    ]);
    let first = probe.send(probe.authenticated()?.form(&body)).await?.ok_json()?;
    has_refresh_token(&first)?;
    let token = first["refresh_token"].as_str().unwrap_or_default();
    let answer = refresh(probe, token).await?;
    let second = issued::judge(probe, &answer, Life::TwoHours).await?;
    let subject = |body: &Value| Ok(Jwt::read(access_of(body))?.claims["sub"].clone());
    let (was, is) = (subject(&first)?, subject(&second)?);
    require(was == is, || format!("`sub` was {}, is {}", told_value(&was), told_value(&is)))
}
