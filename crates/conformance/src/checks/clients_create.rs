//! API clients made.

use serde_json::{Value, json};

use super::must;
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{GRANT, Probe, TOKEN_PATH, UNKNOWN_ID, own_tenant, unique_name};
use crate::request::form;
use crate::schema::{self, Schema};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.create",
        "a client that is made is answered with 201, as ordered, with secrets of 32 hex digits",
        &["5.1.3", "1.5.1"],
        HERE,
        |p| Box::pin(create(p)),
    ),
    must(
        "clients.create-optional",
        "data, redirect_uris and origin_id are kept, and read again",
        &["5.1.2", "5.2.1"],
        HERE,
        |p| Box::pin(create_optional(p)),
    ),
    must(
        "clients.create-differs",
        "two new clients differ in ID and secret",
        &["5.1.3"],
        HERE,
        |p| Box::pin(create_differs(p)),
    ),
    must(
        "clients.create-usable",
        "a new client gets tokens with its own secret, and with no other",
        &["5.1.4", "2.1.9"],
        HERE,
        |p| Box::pin(create_usable(p)),
    ),
    must(
        "clients.create-post",
        "a new client for client_secret_post authenticates in the body, and not by Basic",
        &["2.3.2", "2.3.4", "5.1.4"],
        HERE,
        |p| Box::pin(create_post(p)),
    ),
    must(
        "clients.create-public",
        "a new client for none is not authenticated by Basic",
        &["2.3.3", "2.3.4"],
        HERE,
        |p| Box::pin(create_public(p)),
    )
    .of_gatepass(),
    must(
        "clients.create-required",
        "without type, tenant_id or token_endpoint_auth_method: 400 and an API error",
        &["5.1.1", "5.6.1"],
        HERE,
        |p| Box::pin(create_required(p)),
    ),
    must(
        "clients.create-unknown-member",
        "a member that is not documented is refused with 400 and an API error",
        &["5.1.2", "5.6.1"],
        HERE,
        |p| Box::pin(create_unknown_member(p)),
    ),
    must(
        "clients.create-values",
        "values that are not documented are refused with 400 and an API error",
        &["5.6.1", "5.1.1"],
        HERE,
        |p| Box::pin(create_values(p)),
    ),
    must(
        "clients.create-malformed",
        "a body that is no JSON object is refused with 400 and an API error",
        &["5.6.1", "4.2.2"],
        HERE,
        |p| Box::pin(create_malformed(p)),
    ),
    must(
        "clients.create-content-type",
        "a body of another type than JSON is refused with 415 and an API error",
        &["4.2.8"],
        HERE,
        |p| Box::pin(create_content_type(p)),
    ),
    must(
        "clients.create-foreign-tenant",
        "a client for a tenant that is not the caller's is refused with an API error",
        &["5.5.3"],
        HERE,
        |p| Box::pin(create_foreign_tenant(p)),
    ),
    must(
        "clients.create-no-token",
        "nobody makes a client without a token: 401 and an API error",
        &["4.2.3", "5.5.1"],
        HERE,
        |p| Box::pin(create_no_token(p)),
    ),
    must(
        "clients.secret-once",
        "the secret of a new client is shown when it is made, and never again",
        &["5.2.2", "5.1.3"],
        HERE,
        |p| Box::pin(secret_once(p)),
    ),
];

pub(super) async fn own_order(probe: &mut Probe, auth_method: &str) -> Result<Value, Failure> {
    match own_tenant(&probe.tokens().await?.access) {
        Some(tenant) => Ok(order(&tenant, auth_method)),
        None => cannot_tell("the token names no tenant to make an API client in"),
    }
}

/// Posts an order, and remembers what comes of it so that it is deleted.
async fn post(probe: &mut Probe, order: &Value) -> Result<Answer, Failure> {
    let token = probe.tokens().await?.access;
    let (_, evidence, answer) = probe.session().order_client(&token, order).await;
    probe.keep(evidence);
    let answer = answer?;
    if matches!(answer.status, 403 | 404 | 405 | 501) && !probe.session().is_gatepass() {
        return cannot_tell(format!("the caller may make no API clients: got {}", answer.status));
    }
    Ok(answer)
}

pub(super) async fn made(probe: &mut Probe, order: &Value) -> Result<Value, Failure> {
    let answer = post(probe, order).await?;
    answer.status(201)?;
    answer.json()
}

fn path(client: &Value) -> String {
    format!("/api/2/clients/{}", client["client_id"].as_str().unwrap_or_default())
}

pub(super) fn path_of(client: &Credentials) -> String {
    format!("/api/2/clients/{}", client.client_id)
}

async fn create(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?;
    let answer = post(probe, &order).await?;
    answer.status(201)?;
    answer.json_content_type()?;
    answer.one_line()?;
    let client = answer.json()?;
    schema::judge(Schema::ClientCreated, &client)?;
    for member in ["type", "tenant_id", "token_endpoint_auth_method"] {
        require(client[member] == order[member], || {
            format!("`{member}` is {}, ordered {}", told_value(&client[member]), order[member])
        })?;
    }
    require(client["status"] == "enabled", || {
        format!("`status` is {}", told_value(&client["status"]))
    })
}

async fn create_optional(probe: &mut Probe) -> Verdict {
    let mut order = own_order(probe, "client_secret_basic").await?;
    order["redirect_uris"] = json!(["https://example.com/callback"]);
    order["origin_id"] = json!(unique_name());
    let client = made(probe, &order).await?;
    let read = probe.get(&path(&client));
    let read = probe.send_with_token(read).await?.ok_json()?;
    for (what, shown) in [("the answer", &client), ("the client read again", &read)] {
        for member in ["redirect_uris", "origin_id"] {
            require(shown[member] == order[member], || {
                format!("`{member}` of {what} is {}", told_value(&shown[member]))
            })?;
        }
        let name = &shown["data"]["client_name"];
        require(*name == order["data"]["client_name"], || {
            format!("`data.client_name` of {what} is {}", told_value(name))
        })?;
    }
    Ok(())
}

async fn create_differs(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?;
    let (one, other) = (made(probe, &order).await?, made(probe, &order).await?);
    for member in ["client_id", "client_secret", "registration_access_token"] {
        require(one[member] != other[member], || format!("`{member}` is the same in both"))?;
    }
    Ok(())
}

async fn create_usable(probe: &mut Probe) -> Verdict {
    let (one, other) = (probe.made_client().await?, probe.made_client().await?);
    let own = probe.token_request(TOKEN_PATH).basic(&one.client_id, &one.client_secret);
    probe.send(own).await?.status(200)?;
    let others = probe.token_request(TOKEN_PATH).basic(&one.client_id, &other.client_secret);
    probe.send(others).await?.token_error(401, "invalid_client")
}

async fn create_post(probe: &mut Probe) -> Verdict {
    let client = probe.session().make_client("client_secret_post").await?;
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", &client.client_secret),
    ]);
    probe.send(probe.post(TOKEN_PATH).form(&body)).await?.status(200)?;
    let answer = by_basic(probe, &client).await?;
    probe.refuses_client(&answer)
}

pub(super) async fn by_basic(probe: &mut Probe, client: &Credentials) -> Result<Answer, Failure> {
    let request =
        probe.post(TOKEN_PATH).basic(&client.client_id, &client.client_secret).form(GRANT);
    probe.send(request).await
}

async fn create_public(probe: &mut Probe) -> Verdict {
    let client = probe.session().make_client("none").await?;
    by_basic(probe, &client).await?.token_error(401, "invalid_client")
}

async fn refused(probe: &mut Probe, order: &Value, what: &str) -> Verdict {
    post(probe, order).await?.api_error(400).map_err(|failure| failure.of(what))
}

async fn create_required(probe: &mut Probe) -> Verdict {
    for member in ["type", "tenant_id", "token_endpoint_auth_method"] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        order.as_object_mut().into_iter().for_each(|members| {
            members.shift_remove(member);
        });
        refused(probe, &order, member).await?;
    }
    Ok(())
}

async fn create_unknown_member(probe: &mut Probe) -> Verdict {
    for member in ["status", "client_id", "colour"] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        order[member] = json!("enabled");
        refused(probe, &order, member).await?;
    }
    Ok(())
}

async fn create_values(probe: &mut Probe) -> Verdict {
    for (member, value) in [
        ("type", json!("robot")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("tenant_id", json!(17)),
        ("data", json!("text")),
    ] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        order[member] = value;
        refused(probe, &order, member).await?;
    }
    Ok(())
}

async fn create_malformed(probe: &mut Probe) -> Verdict {
    for body in ["{\"type\":", "[]", "\"text\"", ""] {
        let request = probe.post("/api/2/clients").header("content-type", "application/json");
        let answer = probe.send_with_token(request.body(body)).await?;
        answer.api_error(400).map_err(|failure| failure.of(&format!("the body `{body}`")))?;
    }
    Ok(())
}

async fn create_content_type(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?.to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = probe.post("/api/2/clients").header("content-type", content_type);
        let answer = probe.send_with_token(request.body(order.as_str())).await?;
        answer.api_error(415).map_err(|failure| failure.of(content_type))?;
    }
    Ok(())
}

async fn create_foreign_tenant(probe: &mut Probe) -> Verdict {
    let request = probe.post("/api/2/clients").json(&order(UNKNOWN_ID, "client_secret_basic"));
    let answer = probe.send_with_token(request).await?;
    require(matches!(answer.status, 400 | 403 | 404), || {
        format!("got {}, wanted 403, 404 or 400", answer.status)
    })?;
    answer.api_error(answer.status)
}

async fn create_no_token(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?;
    probe.send(probe.post("/api/2/clients").json(&order)).await?.api_error(401)
}

async fn secret_once(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let read = probe.get(&path_of(&client));
    let changed = probe.request("PUT", &path_of(&client)).json(&json!({"data": {}}));
    for request in [read, changed] {
        let answer = probe.send_with_token(request).await?;
        answer.status(200)?;
        let body = answer.json()?;
        require(body.get("client_secret").is_none(), || "`client_secret` is there".to_owned())?;
        answer.does_not_tell(&client.client_secret, "the secret")?;
    }
    Ok(())
}
