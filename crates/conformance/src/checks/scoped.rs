//! Tokens narrowed to a sub-tenant.

use serde_json::Value;

use super::issued::{self, Life, and_of_tokens};
use super::must;
use super::tasks::{ACTIVITIES_API, Api, TASKS_API, finds, id_of, items};
use crate::answer::{Answer, brief, told_value};
use crate::check::{Check, Failure, TokenPaths, Verdict, cannot_tell, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{BC_TOKEN_PATH, Probe, REVOKE_PATH, TOKEN_PATH, UNKNOWN_ID, own_tenant, roles};
use crate::request::{Request, form};
use crate::schema::{self, Schema};

const HERE: &[Need] = &[Need::Credentials, Need::Narrowing];
const TENANTS: &[Need] = &[Need::Credentials, Need::Narrowing, Need::Tenants];

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(super) const CHECKS: &[Check] = &[
    must(
        "scoped.api-2",
        "an access token is narrowed to a sub-tenant at /api/2/idp/token",
        &["2.5.1", "2.5.5"],
        HERE,
        |p| Box::pin(at_path(p, TOKEN_PATH)),
    ),
    must("scoped.bc", "the same at /bc/idp/token", &["2.5.5", "2.5.1", "2.1.2"], HERE, |p| {
        Box::pin(at_path(p, BC_TOKEN_PATH))
    }),
    must(
        "scoped.answer",
        "the answer has the members, the headers and the tokens of every token answer",
        and_of_tokens!("2.5.1"),
        HERE,
        |p| Box::pin(answer(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.claims",
        "the narrowed token names the sub-tenant; its policies name no other, and no other roles",
        &["2.5.1", "3.5.5"],
        HERE,
        |p| Box::pin(claims(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.same-client",
        "the narrowed token is another, for the same client",
        &["2.5.1", "3.5.2", "3.5.3", "3.5.4"],
        HERE,
        |p| Box::pin(same_client(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.opens",
        "the narrowed token opens the sub-tenant",
        &["2.5.2", "2.5.1"],
        TENANTS,
        |p| Box::pin(opens(p)),
    ),
    must(
        "scoped.tasks",
        "the narrowed token lists tasks and activities of its tenant and those below, which the wider token lists, too",
        &["2.5.2", "8.5.1", "5.5.3"],
        &[Need::Credentials, Need::Narrowing, Need::Tasks],
        |p| Box::pin(tasks(p)),
    ),
    must(
        "scoped.closed",
        "the narrowed token does not open the tenant above, nor the caller's client there: 403",
        &["2.5.2", "4.2.4"],
        TENANTS,
        |p| Box::pin(closed(p)),
    ),
    must(
        "scoped.foreign-tenant",
        "a tenant that is not the caller's is refused with 403 and a token error",
        &["2.5.3", "4.1.1"],
        HERE,
        |p| Box::pin(foreign_tenant(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.wider",
        "a narrowed token is not widened to the tenant above again: 403",
        &["2.5.3", "2.5.2"],
        HERE,
        |p| Box::pin(wider(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.malformed-scope",
        "no scope, or one that names no tenant, is refused with a token error",
        &["2.5.3", "4.1.1"],
        HERE,
        |p| Box::pin(malformed_scope(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.assertion-missing",
        "a request without assertion is refused with 400 invalid_request",
        &["2.5.4", "4.1.4"],
        HERE,
        |p| Box::pin(assertion_missing(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.assertion-forged",
        "an assertion that is forged, an ID token or no token at all is refused, and not repeated",
        &["2.5.4"],
        HERE,
        |p| Box::pin(assertion_forged(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.no-bearer",
        "a request without the Bearer token is refused with 401",
        &["2.5.4"],
        HERE,
        |p| Box::pin(no_bearer(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.assertion-of-another",
        "the assertion of another client than the Bearer token's, or one revoked, is refused",
        &["2.5.4"],
        &[Need::Credentials, Need::Narrowing, Need::Changes],
        |p| Box::pin(assertion_of_another(p)),
    )
    .at(TokenPaths::Documented),
    must(
        "scoped.disabled-client",
        "a disabled client narrows nothing with the token that it has",
        &["4.4.1", "2.5.4"],
        &[Need::Credentials, Need::Narrowing, Need::Changes],
        |p| Box::pin(disabled_client(p)),
    )
    .at(TokenPaths::Documented),
];

fn urn(tenant: &str) -> String {
    format!("urn:acronis.com:tenant-id:{tenant}")
}

fn request(probe: &Probe, path: &str, bearer: &str, assertion: &str, scope: &str) -> Request {
    let pairs = [("grant_type", GRANT_TYPE), ("assertion", assertion), ("scope", scope)];
    probe.post(path).bearer(bearer).form(&form(&pairs))
}

/// A tenant below one that is below the caller's own, if there is one.
async fn grandchild(probe: &mut Probe) -> Option<String> {
    let token = probe.tokens().await.ok()?.access;
    let own = own_tenant(&token)?;
    let request = probe.get(&format!("/api/2/tenants?subtree_root_id={own}"));
    let body = probe.send_with_token(request).await.ok()?.ok_json().ok()?;
    let mut items = body["items"].as_array()?.iter();
    let deep = items.find(|item| item["parent_id"] != *own && item["id"] != *own)?;
    deep["id"].as_str().map(str::to_owned)
}

async fn narrow(probe: &mut Probe, path: &str, scope: &str) -> Result<Answer, Failure> {
    let token = probe.tokens().await?.access;
    let request = request(probe, path, &token, &token, scope);
    probe.send(request).await
}

/// The narrowed token, its claims and the sub-tenant.
pub(super) async fn narrowed(probe: &mut Probe) -> Result<(String, Value, String), Failure> {
    let sub = probe.session().subtenant().await?;
    let body = narrow(probe, TOKEN_PATH, &urn(&sub)).await?.ok_json()?;
    let token = body["access_token"].as_str().unwrap_or_default().to_owned();
    let claims = Jwt::read(&token)?.claims;
    Ok((token, claims, sub))
}

async fn at_path(probe: &mut Probe, path: &str) -> Verdict {
    let sub = probe.session().subtenant().await?;
    let token = probe.tokens().await?.access;
    let mut request = request(probe, path, &token, &token, &urn(&sub));
    if path != TOKEN_PATH {
        // The case of the scheme's name does not matter here, either.
        request = request.anonymous().header("authorization", format!("bearer {token}"));
    }
    let body = probe.send(request).await?.ok_json()?;
    require(body["access_token"].is_string(), || "got 200 without an `access_token`".to_owned())
}

async fn answer(probe: &mut Probe) -> Verdict {
    let sub = probe.session().subtenant().await?;
    let token = probe.fresh_token().await?;
    let answer = probe.send(request(probe, TOKEN_PATH, &token, &token, &urn(&sub))).await?;
    issued::judge(probe, &answer, Life::OfAnother).await.map(drop)
}

async fn claims(probe: &mut Probe) -> Verdict {
    let (token, claims, sub) = narrowed(probe).await?;
    let policies = claims["scope"].as_array().into_iter().flatten();
    let tenants: Vec<&str> =
        policies.clone().filter_map(|policy| policy["tuid"].as_str()).collect();
    let other = tenants.iter().find(|tenant| **tenant != sub);
    require(other.is_none(), || {
        format!("a policy is for the tenant {}", brief(other.copied().unwrap_or_default()))
    })?;
    let wider = roles(&probe.tokens().await?.access);
    let more = roles(&token).into_iter().find(|role| !wider.contains(role));
    require(more.is_none() || wider.is_empty(), || {
        format!("it has the role {more:?}, which the wider token has not")
    })?;
    let named = claims["narrowing"].to_string().contains(&sub)
        || claims["scope"].to_string().contains(&sub);
    require(named, || format!("neither `narrowing` nor `scope` names the tenant {sub}"))?;
    match claims.get("narrowing") {
        None => Ok(()),
        Some(narrowing) => {
            let lists = narrowing.as_array().into_iter().flatten();
            let urns = lists.flat_map(|list| list.as_array().into_iter().flatten());
            require(urns.clone().any(|it| *it == *urn(&sub)), || {
                format!("`narrowing` is {}", told_value(narrowing))
            })
        }
    }
}

async fn same_client(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let first = Jwt::read(&token)?.claims;
    let (_, claims, _) = narrowed(probe).await?;
    for name in ["client_id", "sub", "iss", "owner_tuid"] {
        require(first[name] == claims[name], || {
            format!("`{name}` was {}, is {}", told_value(&first[name]), told_value(&claims[name]))
        })?;
    }
    require(first["jti"] != claims["jti"], || "`jti` is the same".to_owned())
}

async fn opens(probe: &mut Probe) -> Verdict {
    let (token, _, sub) = narrowed(probe).await?;
    let request = probe.get(&format!("/api/2/tenants/{sub}")).bearer(&token);
    probe.send(request).await?.status(200)?;
    let Some(deep) = grandchild(probe).await else { return Ok(()) };
    let answer = narrow(probe, TOKEN_PATH, &urn(&deep)).await?;
    let body = answer.ok_json().map_err(|failure| failure.of("a tenant further below"))?;
    let token = body["access_token"].as_str().unwrap_or_default();
    let request = probe.get(&format!("/api/2/tenants/{deep}")).bearer(token);
    probe.send(request).await?.status(200).map_err(|failure| failure.of("a tenant further below"))
}

async fn tasks(probe: &mut Probe) -> Verdict {
    let narrowed = narrowed(probe).await?;
    are_of_its_tenants(probe, TASKS_API, &narrowed).await?;
    if Need::Activities.missing(probe.session()).await.is_some() {
        return Ok(());
    }
    let verdict = are_of_its_tenants(probe, ACTIVITIES_API, &narrowed).await;
    verdict.map_err(|failure| failure.of("activities"))
}

async fn are_of_its_tenants(
    probe: &mut Probe,
    api: &'static Api,
    (token, claims, _): &(String, Value, String),
) -> Verdict {
    let request = probe.get(&format!("{}?limit=100", api.path)).bearer(token);
    let page = probe.send(request).await?.ok_json()?;
    for item in items(&page)? {
        let tenant = &item["tenant"]["uuid"];
        require(tenant.is_null() || *tenant != claims["owner_tuid"], || {
            format!("{} is of the tenant above", told_value(&item["id"]))
        })?;
    }
    for item in items(&page)?.iter().take(2) {
        let id = id_of(item)?;
        finds(probe, api, &format!("id={id}"), &[id]).await?;
    }
    Ok(())
}

async fn closed(probe: &mut Probe) -> Verdict {
    let (token, claims, _) = narrowed(probe).await?;
    let Some(own) = claims["owner_tuid"].as_str() else {
        return cannot_tell("the token names no tenant of its owner");
    };
    let request = probe.get(&format!("/api/2/tenants/{own}")).bearer(&token);
    let answer = probe.send(request).await?;
    is_out_of_sight(&answer).map_err(|failure| failure.of("the tenant above"))?;
    let answer = probe.call_with(&token).await?;
    is_out_of_sight(&answer).map_err(|failure| failure.of("the client"))
}

/// No right to it, or no such thing for this caller.
fn is_out_of_sight(answer: &Answer) -> Verdict {
    match answer.status {
        403 | 404 => answer.api_error(answer.status),
        other => unmet(format!("got {other}, wanted 403")),
    }
}

fn is_forbidden(answer: &Answer) -> Verdict {
    answer.status(403)?;
    schema::judge(Schema::TokenError, &answer.json()?)
}

async fn foreign_tenant(probe: &mut Probe) -> Verdict {
    is_forbidden(&narrow(probe, TOKEN_PATH, &urn(UNKNOWN_ID)).await?)
}

async fn wider(probe: &mut Probe) -> Verdict {
    let (token, _, _) = narrowed(probe).await?;
    let Some(own) = own_tenant(&probe.tokens().await?.access) else {
        return cannot_tell("the token names no tenant of its owner");
    };
    let request = request(probe, TOKEN_PATH, &token, &token, &urn(&own));
    is_forbidden(&probe.send(request).await?)
}

async fn malformed_scope(probe: &mut Probe) -> Verdict {
    let prefix = "urn:acronis.com:tenant-id:";
    for scope in [&format!("{prefix}nonsense"), prefix, "nonsense", ""] {
        let answer = narrow(probe, TOKEN_PATH, scope).await?;
        require(matches!(answer.status, 400 | 403), || {
            format!("{scope}: got {}, wanted 400 or 403", answer.status)
        })?;
        schema::judge(Schema::TokenError, &answer.json()?)?;
    }
    Ok(())
}

async fn assertion_missing(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let sub = probe.session().subtenant().await?;
    let body = form(&[("grant_type", GRANT_TYPE), ("scope", &urn(&sub))]);
    let request = probe.post(TOKEN_PATH).bearer(&token).form(&body);
    probe.send(request).await?.token_error(400, "invalid_request")
}

async fn is_refused(probe: &mut Probe, bearer: &str, assertion: &str) -> Verdict {
    let sub = probe.session().subtenant().await?;
    let request = request(probe, TOKEN_PATH, bearer, assertion, &urn(&sub));
    let answer = probe.send(request).await?;
    match answer.status {
        400 | 401 | 403 => schema::judge(Schema::TokenError, &answer.json()?)?,
        other => return unmet(format!("got {other}, wanted 400, 401 or 403")),
    }
    // A word that is no token may well be among the words of a refusal.
    if assertion.contains('.') { answer.does_not_tell(assertion, "the assertion") } else { Ok(()) }
}

async fn assertion_forged(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let forged = [jwt.with_broken_signature()?, jwt.unsigned("none")?, "nonsense".to_owned()];
    for forged in forged {
        probe.session().secrets.add_token(&forged, "ALTERED_TOKEN");
        is_refused(probe, &token, &forged).await?;
        is_refused(probe, &forged, &forged).await?;
    }
    let body = probe.tokens().await?.body;
    let Some(id_token) = body["id_token"].as_str() else { return Ok(()) };
    is_refused(probe, id_token, id_token).await.map_err(|failure| failure.of("an ID token"))
}

async fn no_bearer(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let sub = probe.session().subtenant().await?;
    let pairs = [("grant_type", GRANT_TYPE), ("assertion", &token), ("scope", &urn(&sub))];
    let request = probe.post(TOKEN_PATH).form(&form(&pairs));
    probe.send(request).await?.status(401)
}

async fn assertion_of_another(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let other = probe.made_client().await?;
    let assertion = probe.token_of(&other).await?;
    is_refused(probe, &token, &assertion).await?;
    if probe.session().found_missing(Need::Revocation).await.is_some() {
        return Ok(());
    }
    let revoked = probe.fresh_token().await?;
    let own = probe.credentials()?;
    let request = probe.post(REVOKE_PATH).basic(&own.client_id, &own.client_secret);
    probe.send(request.form(&form(&[("token", &revoked)]))).await?.status(200)?;
    is_refused(probe, &revoked, &revoked).await.map_err(|failure| failure.of("a revoked token"))
}

async fn disabled_client(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let token = probe.token_of(&client).await?;
    let sub = probe.session().subtenant().await?;
    let narrowing = request(probe, TOKEN_PATH, &token, &token, &urn(&sub));
    if probe.send(narrowing).await?.status != 200 {
        return cannot_tell(
            "a client that was made narrows no token before it is disabled, either",
        );
    }
    probe.disable(&client).await?;
    is_refused(probe, &token, &token).await
}
