//! API clients of the tenants below the caller's, and of those above.

use serde_json::{Value, json};

use super::clients_access::changes_nothing;
use super::clients_create::{path, path_of, send_order};
use super::clients_list::gives_exactly;
use super::must;
use super::tenants_tree::first_below;
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{Probe, own_tenant, roles};
use crate::schema::{self, Schema};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientCreation, Need::Tenants];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.below",
        "a client of a tenant at any depth below is made, read, changed and deleted like one's own",
        &["5.5.3", "5.1.3", "5.3.1", "5.3.3"],
        HERE,
        |p| Box::pin(below(p)),
    ),
    must(
        "clients.create-inherits",
        "a client belongs to the tenant that it is made for, with its maker's rights and no others",
        &["5.5.6", "5.5.3", "3.5.4"],
        &[Need::Credentials, Need::Changes, Need::ClientCreation],
        |p| Box::pin(inherits(p)),
    ),
    must(
        "clients.above",
        "a client of a tenant below reaches no client above it or beside it: 403 and an API error",
        &["5.5.3", "4.2.4", "4.3.1", "5.6.2"],
        HERE,
        |p| Box::pin(above(p)),
    ),
];

/// Makes a client of `tenant`, which is below the caller's own: where the caller makes clients at
/// all, it makes them there too.
async fn made_in(probe: &mut Probe, tenant: &str) -> Result<Value, Failure> {
    let token = probe.tokens().await?.access;
    let request = probe.post("/api/2/clients").json(&order(tenant, "client_secret_basic"));
    let answer = send_order(probe, request.bearer(&token)).await?;
    if answer.status != 201 {
        probe.made_client().await?;
    }
    answer.status(201)?;
    let client = answer.json()?;
    require(client["tenant_id"] == *tenant, || {
        format!("`tenant_id` is {}, ordered {tenant}", told_value(&client["tenant_id"]))
    })?;
    Ok(client)
}

/// The credentials of a client as it was made.
fn credentials(client: &Value) -> Credentials {
    let text = |member: &str| client[member].as_str().unwrap_or_default();
    Credentials::new(text("client_id"), text("client_secret"))
}

async fn below(probe: &mut Probe) -> Verdict {
    for (depth, tenant) in first_below(probe).await?.into_iter().enumerate() {
        let told = format!("{} below", depth + 1);
        life_in(probe, &tenant).await.map_err(|failure| failure.of(&told))?;
    }
    Ok(())
}

async fn life_in(probe: &mut Probe, tenant: &str) -> Verdict {
    let client = made_in(probe, tenant).await?;
    let path = path(&client);
    let read = probe.send_with_token(probe.get(&path)).await?;
    let read = read.ok_json().map_err(|failure| failure.of("GET"))?;
    schema::judge(Schema::Client, &read)?;
    require(read["tenant_id"] == *tenant, || {
        format!("`tenant_id` reads as {}", told_value(&read["tenant_id"]))
    })?;
    if Need::ClientBatch.missing(probe.session()).await.is_none() {
        let id = client["client_id"].as_str().unwrap_or_default().to_owned();
        gives_exactly(probe, &format!("?uuids={id}"), &[&id]).await?;
    }
    let change = json!({"data": {"client_name": "Another name"}});
    let request = probe.request("PUT", &path).json(&change);
    let changed = probe.send_with_token(request).await?;
    let changed = changed.ok_json().map_err(|failure| failure.of("PUT"))?;
    require(changed["tenant_id"] == *tenant, || {
        format!("`tenant_id` is {} after a change", told_value(&changed["tenant_id"]))
    })?;
    let request = probe.request("DELETE", &path);
    probe.send_with_token(request).await?.status(204).map_err(|failure| failure.of("DELETE"))
}

async fn inherits(probe: &mut Probe) -> Verdict {
    let makers_token = probe.tokens().await?.access;
    let Some(own) = own_tenant(&makers_token) else {
        return cannot_tell("the token names no tenant to make an API client in");
    };
    let below = first_below(probe).await.unwrap_or_default();
    for tenant in [vec![own], below].concat() {
        let client = credentials(&made_in(probe, &tenant).await?);
        let token = probe.token_of(&client).await?;
        let owner = own_tenant(&token);
        require(owner.as_ref() == Some(&tenant), || {
            format!("`owner_tuid` of its token is {owner:?}, its tenant is {tenant}")
        })?;
        let (its, makers) = (roles(&token), roles(&makers_token));
        let more = its.iter().find(|role| !makers.contains(role));
        require(more.is_none() || makers.is_empty(), || {
            format!("it has the role {more:?}, which its maker has not")
        })?;
        let less = makers.iter().find(|role| !its.contains(role));
        require(less.is_none(), || format!("it has not the role {less:?}, which its maker has"))?;
        let change = json!({"data": {"client_name": "Another name"}});
        for request in
            [probe.get(&path_of(&client)), probe.request("PUT", &path_of(&client)).json(&change)]
        {
            let told = format!("{} of itself", request.method);
            let answer = probe.send(request.bearer(&token)).await?;
            answer.status(200).map_err(|failure| failure.of(&told))?;
        }
    }
    Ok(())
}

/// A token of a client that is made for the tenant right below the caller's own.
pub(super) async fn token_from_below(probe: &mut Probe) -> Result<String, Failure> {
    let Some(tenant) = first_below(probe).await?.into_iter().next() else {
        return cannot_tell("needs a tenant below the caller's own");
    };
    let made = probe.session().make_client_in(&tenant, "client_secret_basic").await?;
    let token = probe.token_of(&made).await?;
    match own_tenant(&token) {
        Some(owner) if owner == tenant => Ok(token),
        _ => cannot_tell("the token of a client of a tenant below names another tenant"),
    }
}

/// A tenant right below `own` that is not the one of `token`.
async fn beside(probe: &mut Probe, own: &str, token: &str) -> Option<String> {
    let of_token = own_tenant(token)?;
    let request = probe.get(&format!("/api/2/tenants?parent_id={own}"));
    let tree = probe.send_with_token(request).await.ok()?.ok_json().ok()?;
    let mut ids = tree["items"].as_array()?.iter().filter_map(|item| item["id"].as_str());
    ids.find(|id| *id != of_token).map(str::to_owned)
}

async fn above(probe: &mut Probe) -> Verdict {
    let token = token_from_below(probe).await?;
    let client = probe.made_client().await?;
    let request = probe.get(&path_of(&client)).bearer(&token);
    probe.send(request).await?.api_error(403).map_err(|failure| failure.of("GET"))?;
    changes_nothing(probe, &client, &token).await?;
    let Some(own) = own_tenant(&probe.tokens().await?.access) else { return Ok(()) };
    if let Some(beside) = beside(probe, &own, &token).await {
        let client = probe.session().make_client_in(&beside, "client_secret_basic").await?;
        let request = probe.get(&path_of(&client)).bearer(&token);
        let answer = probe.send(request).await?;
        answer.api_error(403).map_err(|failure| failure.of("a client of a tenant beside"))?;
        changes_nothing(probe, &client, &token).await?;
    }
    let request = probe.post("/api/2/clients").json(&order(&own, "client_secret_basic"));
    let answer = send_order(probe, request.bearer(&token)).await?;
    answer.api_error(403).map_err(|failure| failure.of("POST"))?;
    if Need::ClientBatch.missing(probe.session()).await.is_some() {
        return Ok(());
    }
    for query in [format!("?uuids={}", client.client_id), String::new()] {
        let request = probe.get(&format!("/api/2/clients{query}")).bearer(&token);
        let answer = probe.send(request).await?;
        if matches!(answer.status, 400 | 403 | 404) {
            continue;
        }
        let body = answer.ok_json()?;
        let items = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        require(!items.iter().any(|item| item["tenant_id"] == *own), || {
            format!("the batch {query} shows a client of the tenant above")
        })?;
    }
    Ok(())
}
