//! API clients in batches, and what their endpoints refuse.

use serde_json::Value;

use super::{CREDENTIALS, must};
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID};
use crate::schema::{self, Schema};

const BATCH: &[Need] = &[Need::Credentials, Need::ClientBatch];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.accept",
        "an Accept that can't be served is refused with 415 and an API error",
        &["4.2.8"],
        CREDENTIALS,
        |p| Box::pin(accept(p)),
    ),
    must(
        "clients.method",
        "PATCH of an API client is refused with 405, an API error and Allow",
        &["4.2.6", "RFC 9110 10.2.1"],
        CREDENTIALS,
        |p| Box::pin(method(p)),
    ),
    must(
        "clients.malformed-id",
        "a client_id that is no UUID is answered with 404 or 400, and an API error",
        &["4.2.5"],
        CREDENTIALS,
        |p| Box::pin(malformed_id(p)),
    ),
    must(
        "clients.batch",
        "a batch has items, each an API client as documented, and none with its secret",
        &["5.2.3", "5.2.2"],
        BATCH,
        |p| Box::pin(batch(p)),
    ),
    must(
        "clients.batch-uuids",
        "uuids= gives the clients that it names, and passes over those that nobody has",
        &["5.2.3"],
        BATCH,
        |p| Box::pin(batch_uuids(p)),
    ),
    must(
        "clients.batch-foreign",
        "a batch shows no client outside the caller's tenants",
        &["5.5.3"],
        &[Need::Credentials, Need::ClientBatch, Need::ForeignClient],
        |p| Box::pin(batch_foreign(p)),
    ),
    must(
        "clients.batch-no-token",
        "a batch without a token is refused with 401 and an API error",
        &["4.2.3", "5.5.1"],
        BATCH,
        |p| Box::pin(batch_no_token(p)),
    ),
];

async fn accept(probe: &mut Probe) -> Verdict {
    let path = format!("/api/2/clients/{}", probe.credentials()?.client_id);
    for (accept, status) in
        [("application/json", 200), ("*/*", 200), ("text/html, */*;q=0.1", 200), ("text/xml", 415)]
    {
        let request = probe.get(&path).header("accept", accept);
        let answer = probe.send_with_token(request).await?;
        let verdict = if status == 200 { answer.status(200) } else { answer.api_error(status) };
        verdict.map_err(|failure| failure.of(accept))?;
    }
    Ok(())
}

async fn method(probe: &mut Probe) -> Verdict {
    let path = format!("/api/2/clients/{}", probe.credentials()?.client_id);
    let request = probe.request("PATCH", &path).json(&serde_json::json!({}));
    let answer = probe.send_with_token(request).await?;
    answer.api_error(405)?;
    let allow = answer.header("allow").unwrap_or_default();
    require(allow.split(',').any(|method| method.trim() == "GET"), || format!("Allow is `{allow}`"))
}

async fn malformed_id(probe: &mut Probe) -> Verdict {
    let request = probe.get("/api/2/clients/not-a-uuid");
    let answer = probe.send_with_token(request).await?;
    match answer.status {
        400 | 404 => answer.api_error(answer.status),
        other => unmet(format!("got {other}, wanted 404 or 400")),
    }
}

pub(super) async fn page(probe: &mut Probe, query: &str) -> Result<Vec<Value>, Failure> {
    let request = probe.get(&format!("/api/2/clients{query}"));
    let body = probe.send_with_token(request).await?.ok_json()?;
    match body["items"].as_array() {
        Some(items) => Ok(items.clone()),
        None => unmet(format!("`items` is {}", told_value(&body["items"]))),
    }
}

async fn batch(probe: &mut Probe) -> Verdict {
    let own = probe.credentials()?.client_id;
    let items = page(probe, &format!("?uuids={own}")).await?;
    if items.is_empty() {
        return cannot_tell("the batch is empty");
    }
    for item in &items {
        schema::judge(Schema::Client, item)?;
        for member in ["client_secret", "registration_access_token"] {
            require(item.get(member).is_none(), || format!("an item has `{member}`"))?;
        }
    }
    Ok(())
}

async fn batch_uuids(probe: &mut Probe) -> Verdict {
    let own = probe.credentials()?.client_id;
    for query in [format!("?uuids={own}"), format!("?uuids={UNKNOWN_ID},{own}")] {
        let items = page(probe, &query).await?;
        let ids: Vec<&Value> = items.iter().map(|item| &item["client_id"]).collect();
        require(ids == [&Value::from(own.as_str())], || {
            format!("{query} gave {} items, wanted the caller's client alone", ids.len())
        })?;
    }
    Ok(())
}

async fn batch_foreign(probe: &mut Probe) -> Verdict {
    let Some(foreign) = probe.session().target.foreign_client_id.clone() else { return Ok(()) };
    let request = probe.get(&format!("/api/2/clients?uuids={foreign}"));
    let answer: Answer = probe.send_with_token(request).await?;
    match answer.status {
        403 | 404 => answer.api_error(answer.status),
        _ => {
            let body = answer.ok_json()?;
            let shown = body["items"].as_array().is_some_and(|items| !items.is_empty());
            require(!shown, || "the foreign client is shown".to_owned())
        }
    }
}

async fn batch_no_token(probe: &mut Probe) -> Verdict {
    probe.send(probe.get("/api/2/clients")).await?.api_error(401)
}
