//! What an API says to the token that a caller shows, asked of the caller's own API client.

use serde_json::json;

use super::{CREDENTIALS, must, should};
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{Probe, TASKS_PATH, UNKNOWN_ID};
use crate::request::Request;
use crate::survey::Sample;

pub(super) const CHECKS: &[Check] = &[
    must(
        "bearer.accepted",
        "a fresh token opens the caller's own API client",
        &["5.5.1", "4.2.1"],
        CREDENTIALS,
        |p| Box::pin(accepted(p, &["Bearer "])),
    ),
    must(
        "bearer.scheme-case",
        "the case of the scheme's name `Bearer` does not matter",
        &["2.1.2"],
        CREDENTIALS,
        |p| Box::pin(accepted(p, &["bearer ", "BEARER "])),
    ),
    must(
        "bearer.scheme-spaces",
        "several spaces may follow the scheme's name `Bearer`",
        &["2.1.3", "5.5.1"],
        CREDENTIALS,
        |p| Box::pin(accepted(p, &["Bearer   "])),
    ),
    must(
        "bearer.missing",
        "a call without Authorization is refused with 401 and an API error",
        &["4.2.3", "5.5.1"],
        CREDENTIALS,
        |p| Box::pin(refused(p, &[])),
    ),
    must(
        "bearer.malformed",
        "a token that is none is refused with 401 and an API error",
        &["4.2.3"],
        CREDENTIALS,
        |p| {
            Box::pin(refused(
                p,
                &["Bearer not-a-token", "Bearer a.b.c", "Bearer e30.e30.", "Bearer ..."],
            ))
        },
    ),
    must(
        "bearer.empty",
        "Bearer without a token is refused with 401 and an API error",
        &["4.2.3"],
        CREDENTIALS,
        |p| Box::pin(refused(p, &["Bearer", "Bearer "])),
    ),
    must(
        "bearer.other-scheme",
        "another scheme than Bearer is refused with 401 and an API error",
        &["4.2.3", "5.5.1"],
        CREDENTIALS,
        |p| Box::pin(other_scheme(p)),
    ),
    must(
        "bearer.bad-signature",
        "a token with one bit of its signature turned is refused with 401 and an API error",
        &["4.2.3", "3.4.4"],
        CREDENTIALS,
        |p| Box::pin(bad_signature(p)),
    ),
    must(
        "bearer.no-signature",
        "a token whose signature is empty, cut or another token's is refused with 401",
        &["4.2.3", "3.4.4"],
        CREDENTIALS,
        |p| Box::pin(no_signature(p)),
    ),
    must(
        "bearer.altered-claims",
        "a token whose claims were changed under its signature is refused with 401",
        &["4.2.3", "3.4.4"],
        CREDENTIALS,
        |p| Box::pin(altered_claims(p)),
    ),
    must(
        "bearer.other-kid",
        "a token that names another key than the one that signed it is refused with 401",
        &["4.2.3", "3.4.4"],
        CREDENTIALS,
        |p| Box::pin(other_kid(p)),
    ),
    must(
        "bearer.more-behind",
        "a token with more behind it is refused with 401",
        &["4.2.3"],
        CREDENTIALS,
        |p| Box::pin(more_behind(p)),
    ),
    must(
        "bearer.id-token",
        "an ID token is no access token, nor is a refresh token: 401",
        &["4.2.3"],
        CREDENTIALS,
        |p| Box::pin(id_token(p)),
    ),
    should(
        "bearer.query",
        "a token in the query string counts for nothing",
        &["5.5.1", "4.2.3"],
        CREDENTIALS,
        |p| Box::pin(query(p)),
    )
    .of_gatepass(),
    must(
        "bearer.unsigned",
        "a token with alg none, however it is spelt, is refused with 401 and an API error",
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
        "bearer.task-manager",
        "the Task Manager refuses a forged token and takes a good one, too",
        &["8.5.1", "4.2.3"],
        &[Need::Credentials, Need::Tasks],
        |p| Box::pin(task_manager(p)),
    ),
    must(
        "bearer.each-route",
        "each route that takes a token refuses who has none, a forged one, an ID or a refresh token, with 401",
        &["4.2.3", "5.5.1", "8.5.1"],
        CREDENTIALS,
        |p| Box::pin(each_route(p)),
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
        "bearer.token-not-echoed",
        "no refusal repeats the token that was shown",
        &["4.2.3", "4.1.7"],
        CREDENTIALS,
        |p| Box::pin(token_not_echoed(p)),
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

async fn accepted(probe: &mut Probe, schemes: &[&str]) -> Verdict {
    let token = probe.tokens().await?.access;
    for scheme in schemes {
        let request = own_client(probe)?.header("authorization", format!("{scheme}{token}"));
        probe.send(request).await?.status(200).map_err(|failure| failure.of(scheme.trim()))?;
    }
    Ok(())
}

async fn call(probe: &mut Probe, authorization: Option<&str>) -> Result<Answer, Failure> {
    let mut request = own_client(probe)?;
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    probe.send(request).await
}

/// Refused with each of these values of Authorization; without one where there are none.
async fn refused(probe: &mut Probe, authorizations: &[&str]) -> Verdict {
    if authorizations.is_empty() {
        return call(probe, None).await?.api_error(401);
    }
    for value in authorizations {
        let answer = call(probe, Some(value)).await?;
        answer.api_error(401).map_err(|failure| failure.of(value))?;
    }
    Ok(())
}

async fn other_scheme(probe: &mut Probe) -> Verdict {
    refused(probe, &["Digest username=\"x\"", "Basic bm9ib2R5Om5vYm9keQ=="]).await?;
    let token = probe.tokens().await?.access;
    for scheme in ["Token ", "JWT ", "BearerBearer ", ""] {
        let answer = call(probe, Some(&format!("{scheme}{token}"))).await?;
        answer
            .api_error(401)
            .map_err(|failure| failure.of(&format!("a token behind `{scheme}`")))?;
    }
    Ok(())
}

async fn bad_signature(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let altered = Jwt::read(&token)?.with_broken_signature()?;
    refuses_token(probe, &altered).await
}

async fn no_signature(probe: &mut Probe) -> Verdict {
    let tokens = probe.tokens().await?;
    let Some((signed, signature)) = tokens.access.rsplit_once('.') else {
        return unmet("the token has no signature part");
    };
    let another = tokens.body["id_token"].as_str().and_then(|token| token.rsplit_once('.'));
    let another = another.map_or("AAAA", |(_, signature)| signature);
    let half = signature.get(..signature.len() / 2).unwrap_or_default();
    for (name, altered) in [
        ("no signature", format!("{signed}.")),
        ("no signature part", signed.to_owned()),
        ("half of the signature", format!("{signed}.{half}")),
        ("the signature of the ID token", format!("{signed}.{another}")),
    ] {
        refuses_token(probe, &altered).await.map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

async fn altered_claims(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let later = jwt.seconds("exp")?.saturating_add(3_600);
    for (name, value) in [("exp", json!(later)), ("sub_type", json!("user"))] {
        let altered = jwt.with_claim(name, value);
        refuses_token(probe, &altered).await.map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

async fn other_kid(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let keys = probe.keys().await.unwrap_or_default();
    let another = keys.iter().find(|key| key["kid"] != jwt.header["kid"]);
    let another = another.map_or(json!(UNKNOWN_ID), |key| key["kid"].clone());
    for (name, kid) in [("a key of the set", another), ("an unknown key", json!(UNKNOWN_ID))] {
        let altered = jwt.with_kid(kid)?;
        refuses_token(probe, &altered).await.map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

async fn more_behind(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    for more in [".e30", "."] {
        refuses_token(probe, &format!("{token}{more}")).await?;
    }
    Ok(())
}

async fn id_token(probe: &mut Probe) -> Verdict {
    let body = probe.tokens().await?.body;
    let Some(token) = body["id_token"].as_str() else {
        return unmet("the answer has no `id_token`");
    };
    let request = own_client(probe)?.bearer(token);
    probe.send(request).await?.api_error(401)?;
    match probe.pair().await {
        Ok(pair) => {
            let request = own_client(probe)?.bearer(&pair.refresh);
            let answer = probe.send(request).await?;
            answer.api_error(401).map_err(|failure| failure.of("the refresh token"))
        }
        Err(_) => Ok(()), // Not every target has any.
    }
}

async fn query(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let mut request = own_client(probe)?;
    request.url = format!("{}?access_token={token}", request.url);
    probe.send(request).await?.api_error(401)
}

async fn unsigned(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let signature = token.rsplit_once('.').map_or("", |(_, signature)| signature);
    for algorithm in ["none", "None", "NONE", "nOnE"] {
        let unsigned = jwt.unsigned(algorithm)?;
        refuses_token(probe, &unsigned).await.map_err(|failure| failure.of(algorithm))?;
    }
    refuses_token(probe, &format!("{}{signature}", jwt.unsigned("none")?)).await
}

async fn task_manager(probe: &mut Probe) -> Verdict {
    let first_task = format!("{TASKS_PATH}?limit=1");
    let token = probe.tokens().await?.access;
    let jwt = Jwt::read(&token)?;
    let forged = [jwt.with_broken_signature()?, jwt.unsigned("none")?, "not-a-token".to_owned()];
    for token in forged {
        probe.session().secrets.add_token(&token, "ALTERED_TOKEN");
        let request = probe.get(&first_task).bearer(&token);
        let answer = probe.send(request).await?;
        answer.status(401)?;
        answer.challenge("bearer")?;
    }
    for scheme in ["bEARER", "bearer", "BEARER"] {
        let request = probe.get(&first_task).header("authorization", format!("{scheme} {token}"));
        probe.send(request).await?.status(200).map_err(|failure| failure.of(scheme))?;
    }
    Ok(())
}

async fn token_not_echoed(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let altered = Jwt::read(&token)?.with_broken_signature()?;
    probe.session().secrets.add_token(&altered, "ALTERED_TOKEN");
    let request = own_client(probe)?.bearer(&altered);
    let answer = probe.send(request).await?;
    answer.status(401)?;
    let signature = altered.rsplit_once('.').map_or("", |(_, signature)| signature);
    answer.does_not_tell(signature, "the token")
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

async fn each_route(probe: &mut Probe) -> Verdict {
    probe.judge_survey(Sample::is_without_token, |sample| sample.answer.status(401)).await
}

async fn expired(probe: &mut Probe) -> Verdict {
    let token = probe.expired_token().await?;
    let request = own_client(probe)?.bearer(&token);
    probe.send(request).await?.api_error(401)
}

async fn challenge(probe: &mut Probe) -> Verdict {
    for authorization in [Some("Bearer not-a-token"), None] {
        let answer = call(probe, authorization).await?;
        answer.status(401)?;
        answer.challenge("bearer")?;
    }
    Ok(())
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = call(probe, Some("Bearer not-a-token")).await?;
    answer.status(401)?;
    answer.json_content_type()?;
    answer.one_line()
}
