//! Registration tokens, and tenants that are not the caller's.

use super::clients_tree::token_from_below;
use super::must;
use super::tenants::{get, own};
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, own_tenant};
use crate::request::Request;
use crate::survey::registration_order;

const HERE: &[Need] = &[Need::Credentials, Need::Tenants];
const CHANGES: &[Need] = &[Need::Credentials, Need::Tenants, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "tenants.outside",
        "a tenant above the caller's reads nowhere, and neither do its children: 403",
        &["5.5.3", "4.2.4", "4.3.1"],
        HERE,
        |p| Box::pin(outside(p)),
    ),
    must(
        "tenants.registration-token",
        "a registration token is made for a tenant",
        &["1.5.4"],
        CHANGES,
        |p| Box::pin(registration_token(p)),
    ),
    must(
        "tenants.registration-refused",
        "no registration token is made without a token, for nobody's tenant, or for one above",
        &["1.5.4", "5.5.3", "4.2.3", "4.2.4", "4.2.5"],
        CHANGES,
        |p| Box::pin(registration_refused(p)),
    ),
    must(
        "tenants.registration-reader",
        "who may only read gets no registration token: 403 and an API error",
        &["5.5.4", "1.5.4", "4.2.4"],
        &[Need::Credentials, Need::ReaderClient, Need::Tenants, Need::Changes],
        |p| Box::pin(registration_reader(p)),
    ),
];

/// Tenants out of reach, each with a token that does not reach it: the one above the caller's own,
/// and the caller's own for a client from below.
async fn out_of_reach(probe: &mut Probe) -> Result<Vec<(String, String)>, Failure> {
    let own = own(probe).await?;
    let token = probe.tokens().await?.access;
    let mut found = Vec::new();
    if let Some(parent) = get(probe, &format!("/{own}")).await?["parent_id"].as_str() {
        found.push((token, parent.to_owned()));
    }
    if !probe.session().changes_are_forbidden()
        && let Ok(token) = token_from_below(probe).await
    {
        found.push((token, own));
    }
    if found.is_empty() {
        return cannot_tell("needs a tenant above the caller's, or a client made below it");
    }
    Ok(found)
}

async fn outside(probe: &mut Probe) -> Verdict {
    for (token, tenant) in out_of_reach(probe).await? {
        for rest in [String::new(), "/children".to_owned()] {
            let request = probe.get(&format!("/api/2/tenants/{tenant}{rest}")).bearer(&token);
            probe.send(request).await?.api_error(403)?;
        }
        for selector in ["uuids", "parent_id", "subtree_root_id"] {
            let request = probe.get(&format!("/api/2/tenants?{selector}={tenant}")).bearer(&token);
            let answer = probe.send(request).await?;
            lists_none_outside(probe, &answer, &token)
                .await
                .map_err(|failure| failure.of(selector))?;
        }
    }
    Ok(())
}

/// Met when a list is refused, or shows only tenants that `token` opens one by one.
async fn lists_none_outside(probe: &mut Probe, answer: &Answer, token: &str) -> Verdict {
    if matches!(answer.status, 400 | 403 | 404) {
        return answer.api_error(answer.status);
    }
    let body = answer.ok_json()?;
    for shown in body["items"].as_array().into_iter().flatten().take(4) {
        let id = shown["id"].as_str().unwrap_or_default();
        let request = probe.get(&format!("/api/2/tenants/{id}")).bearer(token);
        let alone = probe.send(request).await?;
        require(alone.status == 200, || {
            format!("it shows the tenant {id}, which is refused with {} alone", alone.status)
        })?;
    }
    Ok(())
}

fn registration(probe: &Probe, tenant: &str) -> Request {
    let path = format!("/api/2/tenants/{tenant}/registration_tokens");
    probe.post(&path).json(&registration_order())
}

async fn registration_token(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let request = registration(probe, &own);
    let answer = probe.send_with_token(request).await?;
    if answer.status == 403 && !probe.session().is_gatepass() {
        return cannot_tell("no registration tokens for the caller: got 403");
    }
    require((200..300).contains(&answer.status), || format!("got {}", answer.status))?;
    let given = &answer.json()?["token"];
    require(given.as_str().is_some_and(|token| !token.is_empty()), || {
        "the answer has no text `token`".to_owned()
    })
}

async fn registration_refused(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let request = registration(probe, &own);
    probe.send(request).await?.api_error(401).map_err(|failure| failure.of("no token"))?;
    let request = registration(probe, UNKNOWN_ID);
    let answer = probe.send_with_token(request).await?;
    is_refused(&answer, "nobody's tenant")?;
    // They are made, and not to be read.
    let read = probe.get(&format!("/api/2/tenants/{own}/registration_tokens"));
    let answer = probe.send_with_token(read).await?;
    require(matches!(answer.status, 403..=405 | 501), || {
        format!("GET: got {}, wanted 405", answer.status)
    })?;
    for (token, tenant) in out_of_reach(probe).await.unwrap_or_default() {
        let request = registration(probe, &tenant).bearer(&token);
        let answer = probe.send(request).await?;
        answer.api_error(403).map_err(|failure| failure.of("a tenant out of reach"))?;
    }
    Ok(())
}

fn is_refused(answer: &Answer, what: &str) -> Verdict {
    require(matches!(answer.status, 403 | 404), || {
        format!("{what}: got {}, wanted 404 or 403", answer.status)
    })?;
    answer.api_error(answer.status).map_err(|failure| failure.of(what))
}

async fn registration_reader(probe: &mut Probe) -> Verdict {
    let Some(reader) = probe.session().target.reader.clone() else { return Ok(()) };
    let token = probe.token_of(&reader).await?;
    let Some(tenant) = own_tenant(&token) else {
        return cannot_tell("the token of the client that may only read names no tenant");
    };
    let request = registration(probe, &tenant).bearer(&token);
    probe.send(request).await?.api_error(403)
}
