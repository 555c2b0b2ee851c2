//! API clients made.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::must;
use crate::answer::{Answer, holds, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{GRANT, Probe, TOKEN_PATH, WRONG_SECRET, own_tenant, unique_name};
use crate::request::{Request, form};
use crate::schema::{self, Schema};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientCreation];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.create",
        "a client that is made is answered with 201, as ordered, with secrets of 32 hex digits",
        &["5.1.3", "1.5.1", "5.4.1", "5.4.2", "5.5.5", "4.2.1"],
        HERE,
        |p| Box::pin(create(p)),
    ),
    must(
        "clients.create-optional",
        "data, redirect_uris and origin_id are kept, and read again",
        &["5.1.2", "5.2.1", "5.4.1", "5.4.2"],
        HERE,
        |p| Box::pin(create_optional(p)),
    ),
    must(
        "clients.create-kinds",
        "each documented type and authentication method is made as ordered, with its secret",
        &["5.1.5", "5.1.3", "5.2.1"],
        HERE,
        |p| Box::pin(create_kinds(p)),
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
        "clients.secret-once",
        "the secret of a new client is shown when it is made, and never again",
        &["5.2.2", "5.1.6"],
        HERE,
        |p| Box::pin(secret_once(p)),
    ),
];

/// How far the time of a client's making may be from the answer's Date, in seconds.
const CREATION_TOLERANCE_S: i64 = 300;

pub(super) async fn own_order(probe: &mut Probe, auth_method: &str) -> Result<Value, Failure> {
    match own_tenant(&probe.tokens().await?.access) {
        Some(tenant) => Ok(order(&tenant, auth_method)),
        None => cannot_tell("the token names no tenant to make an API client in"),
    }
}

/// Sends what may be an order for a client, and remembers what comes of it so that it is deleted.
pub(super) async fn send_order(probe: &mut Probe, request: Request) -> Result<Answer, Failure> {
    let (evidence, answer) = probe.shared_session().order_by(&request).await;
    probe.keep(evidence);
    answer
}

/// The same with the shared token, for an order as it should be.
async fn post(probe: &mut Probe, order: &Value) -> Result<Answer, Failure> {
    let token = probe.tokens().await?.access;
    let answer = send_order(probe, probe.post("/api/2/clients").json(order).bearer(&token)).await?;
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

pub(super) fn path(client: &Value) -> String {
    format!("/api/2/clients/{}", client["client_id"].as_str().unwrap_or_default())
}

pub(super) fn path_of(client: &Credentials) -> String {
    format!("/api/2/clients/{}", client.client_id)
}

async fn create(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?;
    let token = probe.tokens().await?.access;
    let request = probe.post("/api/2/clients").json(&order).bearer(&token);
    let answer = send_order(probe, request).await?;
    if answer.status == 403 && !probe.session().is_gatepass() {
        return cannot_tell("the caller may make no API clients: got 403");
    }
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
    let expires_at = &client["client_secret_expires_at"];
    require(*expires_at == 0, || {
        format!(
            "`client_secret_expires_at` is {}, and secrets do not expire",
            told_value(expires_at)
        )
    })?;
    require(client["status"] == "enabled", || {
        format!("`status` is {}", told_value(&client["status"]))
    })?;
    is_made_now(&client, &answer)
}

fn is_made_now(client: &Value, answer: &Answer) -> Verdict {
    // A time without a zone is UTC.
    let created_at = client["created_at"].as_str().unwrap_or_default();
    let times = [created_at.to_owned(), format!("{created_at}Z")];
    let Some(time) = times.iter().find_map(|time| time.parse::<Timestamp>().ok()) else {
        return unmet(format!("`created_at` is {}", told_value(&client["created_at"])));
    };
    let off = time.as_second() - answer.date_or_now();
    require(off.abs() <= CREATION_TOLERANCE_S, || {
        format!("`created_at` is {off} s off the Date of the answer")
    })
}

/// `data` is an object of the integration's own, with more in it than a name (CONTRACT 5.1).
pub(super) fn data(client_name: &str) -> Value {
    json!({
        "client_name": client_name,
        "note": "kept as it is",
        "nested": {"list": [1, true, "\u{e9}"]},
    })
}

async fn create_optional(probe: &mut Probe) -> Verdict {
    let mut order = own_order(probe, "client_secret_basic").await?;
    order["data"] = data("Gatepass conformance ch\u{e9}ck");
    // Not in the order of the alphabet, which is the caller's to choose.
    order["redirect_uris"] = json!(["https://example.org/", "https://example.com/callback?a=b"]);
    order["origin_id"] = json!(format!("Gatepass-{}", unique_name()));
    let client = made(probe, &order).await?;
    let read = probe.get(&path(&client));
    let read = probe.send_with_token(read).await?.ok_json()?;
    schema::judge(Schema::Client, &read)?;
    for (what, shown) in [("the answer", &client), ("the client read again", &read)] {
        for member in ["redirect_uris", "origin_id"] {
            require(shown[member] == order[member], || {
                format!("`{member}` of {what} is {}", told_value(&shown[member]))
            })?;
        }
        require(holds(&shown["data"], &order["data"]), || {
            format!("`data` of {what} is {}, wanted {}", shown["data"], order["data"])
        })?;
    }
    Ok(())
}

async fn create_kinds(probe: &mut Probe) -> Verdict {
    for (kind, auth_method) in [
        ("managed_client", "client_secret_basic"),
        ("api_client", "client_secret_post"),
        ("api_client", "none"),
    ] {
        let mut order = own_order(probe, auth_method).await?;
        order["type"] = json!(kind);
        let told = format!("{kind} with {auth_method}");
        create_kind(probe, &order).await.map_err(|failure| failure.of(&told))?;
    }
    Ok(())
}

async fn create_kind(probe: &mut Probe, order: &Value) -> Verdict {
    let client = made(probe, order).await?;
    schema::judge(Schema::ClientCreated, &client)?;
    authenticates_by_its_secret_alone(probe, order, &client).await?;
    let read = probe.get(&path(&client));
    let read = probe.send_with_token(read).await?.ok_json()?;
    for (what, shown) in [("the answer", &client), ("the client read again", &read)] {
        for member in ["type", "token_endpoint_auth_method"] {
            require(shown[member] == order[member], || {
                format!("`{member}` of {what} is {}", told_value(&shown[member]))
            })?;
        }
    }
    Ok(())
}

async fn authenticates_by_its_secret_alone(
    probe: &mut Probe,
    order: &Value,
    client: &Value,
) -> Verdict {
    let id = client["client_id"].as_str().unwrap_or_default();
    let wrong =
        [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", WRONG_SECRET)];
    let request = match order["token_endpoint_auth_method"].as_str() {
        Some("client_secret_basic") => probe.token_request(TOKEN_PATH).basic(id, WRONG_SECRET),
        _ => probe.post(TOKEN_PATH).form(&form(&wrong)),
    };
    let answer = probe.send(request).await?;
    require(matches!(answer.status, 400 | 401), || {
        format!("a wrong secret got {}, wanted 401", answer.status)
    })?;
    if order["token_endpoint_auth_method"] == "client_secret_basic" {
        let secret = client["client_secret"].as_str().unwrap_or_default();
        let request = probe.token_request(TOKEN_PATH).basic(id, secret);
        probe.send(request).await?.status(200).map_err(|failure| failure.of("its own secret"))?;
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
    probe.send(others).await?.token_error(401, "invalid_client")?;
    let order = own_order(probe, "client_secret_basic").await?;
    let client = made(probe, &order).await?;
    let text = |member: &str| client[member].as_str().unwrap_or_default();
    let (id, registration) = (text("client_id"), text("registration_access_token"));
    let request = probe.token_request(TOKEN_PATH).basic(id, registration);
    let answer = probe.send(request).await?;
    answer
        .token_error(401, "invalid_client")
        .map_err(|failure| failure.of("its registration_access_token"))
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
