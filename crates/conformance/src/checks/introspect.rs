//! Introspection.

use serde_json::{Value, json};

use super::clients_access::token_without;
use super::clients_tree::token_from_below;
use super::{must, scoped, should};
use crate::answer::{Answer, holds, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{INTROSPECT_PATH, Probe, REVOKE_PATH};
use crate::request::form;
use crate::schema::{self, Schema};

const HERE: &[Need] = &[Need::Credentials, Need::Introspection];

/// What a token says and introspection repeats (CONTRACT 6.2).
const CLAIMS: [&str; 9] =
    ["exp", "aud", "jti", "iss", "sub", "sub_type", "client_id", "owner_tuid", "scope"];

pub(super) const CHECKS: &[Check] = &[
    must(
        "introspect.active",
        "a good access token is active, with the documented members",
        &["6.2.3", "1.3.2"],
        HERE,
        |p| Box::pin(active(p)),
    ),
    must(
        "introspect.claims",
        "what introspection tells of a token is what it says, be it narrowed, a user's or another client's",
        &["6.2.3", "3.5.1"],
        HERE,
        |p| Box::pin(claims(p)),
    ),
    must(
        "introspect.content-type",
        "the answer is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        HERE,
        |p| Box::pin(content_type(p)),
    ),
    must(
        "introspect.nonsense",
        "what is no token, or an ID token, is 200 with active false, and nothing else is told",
        &["6.2.2"],
        HERE,
        |p| Box::pin(nonsense(p)),
    ),
    must(
        "introspect.forged",
        "a token whose signature, claims or algorithm were changed is not active",
        &["6.2.2", "3.4.4"],
        HERE,
        |p| Box::pin(forged(p)),
    ),
    must(
        "introspect.expired",
        "an expired token is not active",
        &["6.2.2", "3.3.2"],
        &[Need::Credentials, Need::Introspection, Need::MintedToken],
        |p| Box::pin(expired(p)),
    ),
    must(
        "introspect.revoked",
        "a revoked token is not active",
        &["6.2.2", "6.1.2"],
        &[Need::Credentials, Need::Introspection, Need::Revocation, Need::Changes],
        |p| Box::pin(revoked(p)),
    ),
    should(
        "introspect.disabled-client",
        "the token of a disabled client is not active",
        &["6.2.2", "4.4.2"],
        &[Need::Credentials, Need::Introspection, Need::Changes],
        |p| Box::pin(disabled_client(p)),
    )
    .of_gatepass(),
    must(
        "introspect.token-missing",
        "a request without token, or with one in its query, is refused with 400 and an API error",
        &["6.2.4", "4.1.7"],
        HERE,
        |p| Box::pin(token_missing(p)),
    ),
    must(
        "introspect.no-authorization",
        "a request without Authorization is refused with 401 and an API error",
        &["6.2.1", "6.2.4"],
        &[Need::Introspection],
        |p| Box::pin(refused(p, None)),
    ),
    must(
        "introspect.bad-bearer",
        "a token that is none does not open introspection: 401 and an API error",
        &["6.2.1", "6.2.4"],
        &[Need::Introspection],
        |p| Box::pin(refused(p, Some("Bearer not-a-token"))),
    ),
    must(
        "introspect.role",
        "a caller without the role of an introspector is refused with 403 and an API error",
        &["6.2.1", "4.2.4"],
        HERE,
        |p| Box::pin(role(p)),
    ),
    must("introspect.method", "GET is refused with 405", &["4.2.6"], &[Need::Introspection], |p| {
        Box::pin(method(p))
    }),
    must(
        "introspect.unsupported-type",
        "a JSON body is refused with 415 and an API error",
        &["4.2.8", "6.2.4"],
        HERE,
        |p| Box::pin(unsupported_type(p)),
    ),
    must(
        "introspect.aliases",
        "introspection is at /idp/introspect_token and /bc/idp/introspect_token as well",
        &["1.3.3"],
        HERE,
        |p| Box::pin(aliases(p)),
    )
    .of_gatepass(),
];

async fn introspector(probe: &Probe) -> Result<String, Failure> {
    match probe.session().introspector_token().await {
        Some(token) => Ok(token),
        None => cannot_tell("the introspector gets no token"),
    }
}

async fn ask(probe: &mut Probe, token: &str) -> Result<Answer, Failure> {
    let asker = introspector(probe).await?;
    let request = probe.post(INTROSPECT_PATH).bearer(&asker).form(&form(&[("token", token)]));
    probe.send(request).await
}

async fn told(probe: &mut Probe, token: &str) -> Result<Value, Failure> {
    ask(probe, token).await?.ok_json()
}

/// `false`, and no word of what the token says.
async fn is_inactive(probe: &mut Probe, token: &str) -> Verdict {
    let told = told(probe, token).await?;
    require(told["active"] == false, || format!("`active` is {}", told_value(&told["active"])))?;
    let more = CLAIMS.iter().find(|name| told.get(**name).is_some());
    require(more.is_none(), || format!("`{}` is told as well", more.copied().unwrap_or_default()))?;
    let repeats = told.to_string().contains(token);
    require(!repeats, || "the token is repeated".to_owned())
}

async fn active(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let told = told(probe, &token).await?;
    require(told["active"] == true, || format!("`active` is {}", told_value(&told["active"])))?;
    schema::judge(Schema::Introspection, &told)
}

async fn claims(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    repeats(probe, &token).await?;
    if let Ok(token) = probe.user_token().await {
        repeats(probe, &token).await.map_err(|failure| failure.of("a user's token"))?;
    }
    if probe.session().found_missing(Need::Narrowing).await.is_none()
        && let Ok((token, ..)) = scoped::narrowed(probe).await
    {
        repeats(probe, &token).await.map_err(|failure| failure.of("a narrowed token"))?;
    }
    let own = probe.session().target.introspector.is_none();
    if own && !probe.session().changes_are_forbidden() {
        let Ok(other) = token_from_below(probe).await else { return Ok(()) };
        repeats(probe, &other)
            .await
            .map_err(|failure| failure.of("the token of another client"))?;
    }
    Ok(())
}

async fn repeats(probe: &mut Probe, token: &str) -> Verdict {
    let told = told(probe, token).await?;
    require(told["active"] == true, || "the token is not active".to_owned())?;
    let claims = Jwt::read(token)?.claims;
    for name in CLAIMS {
        let (said, wanted) = (&told[name], &claims[name]);
        // One audience may be a text or a list of one (RFC 7519 4.1.3).
        let same = holds(said, wanted) || *said == json!([wanted]) || json!([said]) == *wanted;
        require(same, || {
            format!("`{name}` is {}, in the token {}", told_value(said), told_value(wanted))
        })?;
    }
    Ok(())
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    for token in [token.as_str(), "nonsense"] {
        let answer = ask(probe, token).await?;
        answer.status(200)?;
        answer.json_content_type()?;
        answer.one_line()?;
    }
    Ok(())
}

async fn nonsense(probe: &mut Probe) -> Verdict {
    for token in ["nonsense", "e30.e30.AAAA", "..."] {
        is_inactive(probe, token).await?;
    }
    let body = probe.tokens().await?.body;
    let Some(token) = body["id_token"].as_str() else { return Ok(()) };
    is_inactive(probe, token).await.map_err(|failure| failure.of("an ID token"))
}

async fn forged(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let later = jwt.seconds("exp")?.saturating_add(3_600);
    for (name, forged) in [
        ("signature", jwt.with_broken_signature()?),
        ("claims", jwt.with_claim("exp", later.into())),
        ("algorithm", jwt.unsigned("none")?),
    ] {
        probe.session().secrets.add_token(&forged, "ALTERED_TOKEN");
        is_inactive(probe, &forged).await.map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

async fn expired(probe: &mut Probe) -> Verdict {
    let token = probe.expired_token().await?;
    is_inactive(probe, &token).await
}

async fn revoked(probe: &mut Probe) -> Verdict {
    let token = probe.fresh_token().await?;
    let own = probe.credentials()?;
    let request = probe
        .post(REVOKE_PATH)
        .basic(&own.client_id, &own.client_secret)
        .form(&form(&[("token", &token)]));
    probe.send(request).await?.status(200).map_err(|failure| failure.of("revocation"))?;
    is_inactive(probe, &token).await
}

async fn disabled_client(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let token = probe.token_of(&client).await?;
    probe.disable(&client).await?;
    is_inactive(probe, &token).await
}

async fn token_missing(probe: &mut Probe) -> Verdict {
    let asker = introspector(probe).await?;
    let request = probe.post(INTROSPECT_PATH).bearer(&asker).form("token_type_hint=access_token");
    probe.send(request).await?.api_error(400)?;
    // A token in a query would stand in every log on the way.
    let path = format!("{INTROSPECT_PATH}?token=nonsense");
    let answer = probe.send(probe.post(&path).bearer(&asker).form("")).await?;
    answer.api_error(400).map_err(|failure| failure.of("a token in the query"))
}

async fn refused(probe: &mut Probe, authorization: Option<&str>) -> Verdict {
    let mut request = probe.post(INTROSPECT_PATH).form("token=nonsense");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let answer = probe.send(request).await?;
    answer.api_error(401)?;
    answer.challenge("bearer")
}

async fn role(probe: &mut Probe) -> Verdict {
    let token = token_without(probe, |role| role == "token_introspector").await?;
    let request = probe.post(INTROSPECT_PATH).bearer(&token);
    for asked in ["nonsense", &*token] {
        let request = request.clone().form(&form(&[("token", asked)]));
        probe.send(request).await?.api_error(403)?;
    }
    Ok(())
}

async fn method(probe: &mut Probe) -> Verdict {
    probe.send(probe.get(INTROSPECT_PATH)).await?.status(405)
}

async fn unsupported_type(probe: &mut Probe) -> Verdict {
    let asker = introspector(probe).await?;
    let request = probe.post(INTROSPECT_PATH).bearer(&asker).json(&json!({"token": "nonsense"}));
    probe.send(request).await?.api_error(415)
}

async fn aliases(probe: &mut Probe) -> Verdict {
    let asker = introspector(probe).await?;
    for path in ["/idp/introspect_token", "/bc/idp/introspect_token"] {
        let request = probe.post(path).bearer(&asker).form("token=nonsense");
        let told = probe.send(request).await?.ok_json().map_err(|failure| failure.of(path))?;
        require(told["active"] == false, || format!("{path}: it is not inactive"))?;
    }
    Ok(())
}
