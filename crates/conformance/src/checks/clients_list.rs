//! API clients in batches.

use serde_json::{Value, json};

use super::clients_create::{made, own_order};
use super::clients_life::deleted;
use super::must;
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, unique_name};
use crate::request::form;
use crate::schema::{self, Schema};
use crate::target::Credentials;

const BATCH: &[Need] = &[Need::Credentials, Need::ClientBatch];
const CHANGES: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientBatch];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.batch",
        "a batch has items, each an API client as documented, and none with its secret",
        &["5.2.3", "5.2.1", "5.2.2", "5.4.1", "5.4.2", "1.5.1"],
        BATCH,
        |p| Box::pin(batch(p)),
    ),
    must(
        "clients.batch-uuids",
        "uuids= gives the clients that it names, and passes over those that nobody has",
        &["5.2.3", "4.2.9"],
        BATCH,
        |p| Box::pin(batch_uuids(p)),
    ),
    must(
        "clients.batch-several",
        "uuids= gives each of several clients once, of any method and status, as they read alone",
        &["5.2.3", "5.2.1", "5.4.2"],
        CHANGES,
        |p| Box::pin(batch_several(p)),
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
        &["4.2.3", "5.5.1", "5.6.2"],
        BATCH,
        |p| Box::pin(batch_no_token(p)),
    ),
    must(
        "clients.batch-deleted",
        "a batch shows a deleted client with allow_deleted=true, and not without",
        &["5.2.3"],
        CHANGES,
        |p| Box::pin(batch_deleted(p)),
    ),
    must(
        "clients.batch-origin",
        "origin_id= gives the clients of that very origin, and no others",
        &["5.2.3"],
        CHANGES,
        |p| Box::pin(batch_origin(p)),
    ),
];

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
        gives_exactly(probe, &query, &[&own]).await?;
    }
    gives_exactly(probe, &format!("?uuids={UNKNOWN_ID}"), &[]).await?;
    let request = probe.get("/api/2/clients?uuids=not-a-uuid");
    let answer = probe.send_with_token(request).await?;
    require(answer.status < 500, || format!("uuids of no UUID: got {}", answer.status))
}

async fn batch_foreign(probe: &mut Probe) -> Verdict {
    let Some(foreign) = probe.session().target.foreign_client_id.clone() else { return Ok(()) };
    for query in [format!("?uuids={foreign}"), "?allow_deleted=true".to_owned(), String::new()] {
        let request = probe.get(&format!("/api/2/clients{query}"));
        let answer = probe.send_with_token(request).await?;
        // Without uuids there may be none, and who names a foreign one may be refused.
        if matches!(answer.status, 400 | 403 | 404) {
            answer.api_error(answer.status)?;
            continue;
        }
        let body = answer.ok_json()?;
        let items = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_named = query.contains(&foreign);
        let shown = items.iter().any(|item| is_named || item["client_id"] == *foreign);
        require(!shown, || format!("{query} shows the foreign client"))?;
    }
    Ok(())
}

async fn batch_no_token(probe: &mut Probe) -> Verdict {
    probe.send(probe.get("/api/2/clients")).await?.api_error(401)
}

async fn batch_deleted(probe: &mut Probe) -> Verdict {
    let client = deleted(probe).await?;
    for more in ["", "&allow_deleted=false"] {
        let without = page(probe, &format!("?uuids={}{more}", client.client_id)).await?;
        require(without.is_empty(), || {
            format!("the deleted client is shown without allow_deleted=true: `{more}`")
        })?;
    }
    let with = page(probe, &format!("?uuids={}&allow_deleted=true", client.client_id)).await?;
    require(with.len() == 1, || {
        format!("with allow_deleted there are {} items, wanted 1", with.len())
    })
}

async fn batch_origin(probe: &mut Probe) -> Verdict {
    let origin = unique_name();
    let mut made_ids = Vec::new();
    // Each origin is the beginning of the next, and one client has none.
    for origin in [Some(origin.clone()), Some(format!("{origin}-more")), None] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        if let Some(origin) = origin {
            order["origin_id"] = json!(origin);
        }
        made_ids.push(id_of(&made(probe, &order).await?));
    }
    let odd = format!("{origin} +%41&\u{e9}=a,b");
    let mut order = own_order(probe, "client_secret_basic").await?;
    order["origin_id"] = json!(odd);
    let of_odd = id_of(&made(probe, &order).await?);
    gives_exactly(probe, &format!("?{}", form(&[("origin_id", &odd)])), &[&of_odd]).await?;
    let [short, long, none] = made_ids.as_slice() else { return Ok(()) };
    for (query, wanted) in [
        (format!("?origin_id={origin}"), vec![short]),
        (format!("?origin_id={origin}-more"), vec![long]),
        (format!("?origin_id={origin}-mor"), vec![]),
        (format!("?origin_id={}", origin.to_uppercase()), vec![]),
        (format!("?origin_id={origin}&uuids={long},{short},{none}"), vec![short]),
        (format!("?origin_id={origin}&uuids={long}"), vec![]),
    ] {
        gives_exactly(probe, &query, &wanted).await?;
    }
    Ok(())
}

async fn batch_several(probe: &mut Probe) -> Verdict {
    let mut ids = Vec::new();
    for (kind, auth_method) in [
        ("api_client", "client_secret_basic"),
        ("managed_client", "client_secret_post"),
        ("api_client", "none"),
    ] {
        let mut order = own_order(probe, auth_method).await?;
        order["type"] = json!(kind);
        ids.push(id_of(&made(probe, &order).await?));
    }
    let [one, two, three] = ids.as_slice() else { return Ok(()) };
    probe.disable(&Credentials::new(two.as_str(), "")).await?;
    for (query, wanted) in [
        (format!("?uuids={one},{two},{three}"), vec![one, two, three]),
        (format!("?uuids={three},{UNKNOWN_ID},{one}"), vec![one, three]),
        (format!("?uuids={one}%2c{two}&allow_deleted=true"), vec![one, two]),
    ] {
        gives_exactly(probe, &query, &wanted).await?;
    }
    for item in page(probe, &format!("?uuids={one},{two},{three}")).await? {
        schema::judge(Schema::Client, &item)?;
        let alone = probe.get(&format!("/api/2/clients/{}", id_of(&item)));
        let alone = probe.send_with_token(alone).await?.ok_json()?;
        reads_the_same(&item, &alone)?;
    }
    Ok(())
}

fn reads_the_same(item: &Value, alone: &Value) -> Verdict {
    for member in
        ["tenant_id", "type", "token_endpoint_auth_method", "created_by", "status", "data"]
    {
        require(item[member] == alone[member], || {
            let (item, alone) = (told_value(&item[member]), told_value(&alone[member]));
            format!("`{member}` is {item} in the batch, {alone} alone")
        })?;
    }
    Ok(())
}

fn id_of(client: &Value) -> String {
    client["client_id"].as_str().unwrap_or_default().to_owned()
}

/// Met when a batch has the clients that are `wanted`, each once, and no other.
pub(super) async fn gives_exactly(probe: &mut Probe, query: &str, wanted: &[&String]) -> Verdict {
    let mut given: Vec<_> = page(probe, query).await?.iter().map(id_of).collect();
    given.sort_unstable();
    let mut wanted: Vec<_> = wanted.iter().map(|id| id.as_str()).collect();
    wanted.sort_unstable();
    require(given == wanted, || {
        format!("{query} gave {} items, wanted exactly {}", given.len(), wanted.len())
    })
}
