//! API clients changed and deleted.

use serde_json::{Value, json};

use super::clients_create::{by_basic, made, own_order, path_of};
use super::clients_list::page;
use super::must;
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, require};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, unique_name};
use crate::schema::{self, Schema};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes];
const BATCH: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientBatch];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.update",
        "PUT changes data and redirect_uris, answers the client, and leaves the rest alone",
        &["5.3.1"],
        HERE,
        |p| Box::pin(update(p)),
    ),
    must(
        "clients.update-immutable",
        "PUT takes no other member: 400 and an API error, and nothing changes",
        &["5.3.2"],
        HERE,
        |p| Box::pin(update_immutable(p)),
    ),
    must(
        "clients.update-values",
        "a status that nobody knows is refused with 400 and an API error",
        &["5.3.1", "5.6.1"],
        HERE,
        |p| Box::pin(update_values(p)),
    ),
    must(
        "clients.update-unknown",
        "PUT of an unknown client is answered with 404 and an API error",
        &["4.2.5"],
        HERE,
        |p| Box::pin(update_unknown(p)),
    ),
    must(
        "clients.disable",
        "a disabled client gets no token: 401 invalid_client",
        &["4.4.1", "5.3.1"],
        HERE,
        |p| Box::pin(disable(p)),
    ),
    must(
        "clients.disable-calls",
        "the calls of a disabled client are answered with 401, with the token that it has",
        &["4.4.2"],
        HERE,
        |p| Box::pin(disable_calls(p)),
    ),
    must(
        "clients.enable",
        "a client that is enabled again gets tokens again",
        &["5.3.1"],
        HERE,
        |p| Box::pin(enable(p)),
    ),
    must(
        "clients.delete",
        "DELETE answers 204 without a body; then the client reads as 404",
        &["5.3.3"],
        HERE,
        |p| Box::pin(delete(p)),
    ),
    must(
        "clients.delete-tokens",
        "a deleted client gets no token, and the one that it has opens nothing",
        &["5.3.3", "4.4.1"],
        HERE,
        |p| Box::pin(delete_tokens(p)),
    ),
    must(
        "clients.delete-twice",
        "a client that is deleted already is answered with 404 and an API error",
        &["5.3.3", "4.2.5"],
        HERE,
        |p| Box::pin(delete_twice(p)),
    ),
    must(
        "clients.batch-deleted",
        "a batch shows a deleted client with allow_deleted=true, and not without",
        &["5.2.3"],
        BATCH,
        |p| Box::pin(batch_deleted(p)),
    ),
    must(
        "clients.batch-origin",
        "origin_id= gives the clients of that origin, and no others",
        &["5.2.3"],
        BATCH,
        |p| Box::pin(batch_origin(p)),
    ),
];

async fn put(probe: &mut Probe, client: &Credentials, body: &Value) -> Result<Answer, Failure> {
    let request = probe.request("PUT", &path_of(client)).json(body);
    probe.send_with_token(request).await
}

async fn read(probe: &mut Probe, client: &Credentials) -> Result<Answer, Failure> {
    let request = probe.get(&path_of(client));
    probe.send_with_token(request).await
}

async fn update(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let before = read(probe, &client).await?.ok_json()?;
    let change = json!({
        "data": {"client_name": "Another name"},
        "redirect_uris": ["https://example.com/other"],
    });
    let answered = put(probe, &client, &change).await?.ok_json()?;
    schema::judge(Schema::Client, &answered)?;
    let after = read(probe, &client).await?.ok_json()?;
    for (what, shown) in [("the answer", &answered), ("the client read again", &after)] {
        require(shown["data"]["client_name"] == "Another name", || {
            format!("`data.client_name` of {what} is {}", told_value(&shown["data"]["client_name"]))
        })?;
        require(shown["redirect_uris"] == change["redirect_uris"], || {
            format!("`redirect_uris` of {what} is {}", told_value(&shown["redirect_uris"]))
        })?;
        let kept = ["client_id", "tenant_id", "type", "status", "token_endpoint_auth_method"];
        for member in kept {
            require(shown[member] == before[member], || {
                format!("`{member}` of {what} is {}", told_value(&shown[member]))
            })?;
        }
    }
    Ok(())
}

async fn update_immutable(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let before = read(probe, &client).await?.ok_json()?;
    for (member, value) in [
        ("client_id", json!(UNKNOWN_ID)),
        ("tenant_id", json!(UNKNOWN_ID)),
        ("type", json!("managed_client")),
        ("colour", json!("blue")),
    ] {
        let answer = put(probe, &client, &json!({member: value})).await?;
        answer.api_error(400).map_err(|failure| failure.of(member))?;
    }
    let after = read(probe, &client).await?.ok_json()?;
    for member in ["client_id", "tenant_id", "type"] {
        require(before[member] == after[member], || format!("`{member}` has changed"))?;
    }
    Ok(())
}

async fn update_values(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    put(probe, &client, &json!({"status": "asleep"})).await?.api_error(400)
}

async fn update_unknown(probe: &mut Probe) -> Verdict {
    let unknown = Credentials::new(UNKNOWN_ID, "");
    put(probe, &unknown, &json!({"data": {}})).await?.api_error(404)
}

async fn disable(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let answered = put(probe, &client, &json!({"status": "disabled"})).await?.ok_json()?;
    require(answered["status"] == "disabled", || {
        format!("`status` is {}", told_value(&answered["status"]))
    })?;
    let answer = by_basic(probe, &client).await?;
    probe.refuses_client(&answer)
}

async fn disable_calls(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let token = probe.token_of(&client).await?;
    let own = probe.get(&path_of(&client)).bearer(&token);
    probe.send(own.clone()).await?.status(200).map_err(|failure| failure.of("before"))?;
    put(probe, &client, &json!({"status": "disabled"})).await?.status(200)?;
    probe.send(own).await?.api_error(401)
}

async fn enable(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    for status in ["disabled", "enabled"] {
        put(probe, &client, &json!({"status": status})).await?.status(200)?;
    }
    by_basic(probe, &client).await?.status(200)
}

async fn deleted(probe: &mut Probe) -> Result<Credentials, Failure> {
    let client = probe.made_client().await?;
    let request = probe.request("DELETE", &path_of(&client));
    let answer = probe.send_with_token(request).await?;
    answer.status(204)?;
    require(answer.body.is_empty(), || format!("the body has {} bytes", answer.body.len()))?;
    Ok(client)
}

async fn delete(probe: &mut Probe) -> Verdict {
    let client = deleted(probe).await?;
    read(probe, &client).await?.api_error(404)
}

async fn delete_tokens(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let token = probe.token_of(&client).await?;
    let request = probe.request("DELETE", &path_of(&client));
    probe.send_with_token(request).await?.status(204)?;
    let answer = by_basic(probe, &client).await?;
    probe.refuses_client(&answer)?;
    let request = probe.get(&path_of(&client)).bearer(&token);
    probe.send(request).await?.api_error(401)
}

async fn delete_twice(probe: &mut Probe) -> Verdict {
    let client = deleted(probe).await?;
    let request = probe.request("DELETE", &path_of(&client));
    probe.send_with_token(request).await?.api_error(404)
}

async fn batch_deleted(probe: &mut Probe) -> Verdict {
    let client = deleted(probe).await?;
    let without = page(probe, &format!("?uuids={}", client.client_id)).await?;
    require(without.is_empty(), || "the deleted client is shown without allow_deleted".to_owned())?;
    let with = page(probe, &format!("?uuids={}&allow_deleted=true", client.client_id)).await?;
    require(with.len() == 1, || {
        format!("with allow_deleted there are {} items, wanted 1", with.len())
    })
}

async fn batch_origin(probe: &mut Probe) -> Verdict {
    let mut order = own_order(probe, "client_secret_basic").await?;
    let origin = unique_name();
    order["origin_id"] = json!(origin);
    let client = made(probe, &order).await?;
    let items = page(probe, &format!("?origin_id={origin}")).await?;
    let ids: Vec<&Value> = items.iter().map(|item| &item["client_id"]).collect();
    require(ids == [&client["client_id"]], || {
        format!("?origin_id= gave {} items, wanted the one of that origin", ids.len())
    })
}
