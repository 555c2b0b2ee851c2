//! API clients that are not made.

use serde_json::{Value, json};

use super::clients_create::{own_order, path_of, send_order};
use super::must;
use crate::answer::Answer;
use crate::check::{Check, Failure, Verdict, require};
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID};
use crate::request::Request;

const HERE: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientCreation];

const JSON: &str = "application/json";

pub(super) const CHECKS: &[Check] = &[
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
        &["5.6.1", "5.1.1", "5.1.2", "5.4.1", "4.2.2"],
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
        "a body of another type than JSON, or an Accept of another, is refused with 415",
        &["4.2.8", "5.6.2"],
        HERE,
        |p| Box::pin(create_content_type(p)),
    ),
    must(
        "clients.create-foreign-tenant",
        "a client for a tenant that is not the caller's is refused with an API error",
        &["5.5.3", "5.6.2"],
        HERE,
        |p| Box::pin(create_foreign_tenant(p)),
    ),
    must(
        "clients.create-no-token",
        "nobody makes, changes or deletes a client without a token: 401 and an API error",
        &["4.2.3", "5.5.1", "5.6.2"],
        HERE,
        |p| Box::pin(create_no_token(p)),
    ),
];

/// Sends what is to be refused. Where the caller may make no client at all, nobody can tell why.
async fn send(probe: &mut Probe, request: Request) -> Result<Answer, Failure> {
    let token = probe.tokens().await?.access;
    let answer = send_order(probe, request.bearer(&token)).await?;
    if answer.status == 403 && !probe.session().is_gatepass() {
        probe.made_client().await?;
    }
    Ok(answer)
}

async fn refused(probe: &mut Probe, order: &Value, what: &str) -> Verdict {
    let request = probe.post("/api/2/clients").json(order);
    send(probe, request).await?.api_error(400).map_err(|failure| failure.of(what))
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
    for (member, value) in [
        ("status", json!("enabled")),
        ("client_id", json!(UNKNOWN_ID)),
        ("client_secret", json!("00000000000000000000000000000000")),
        ("Data", json!({"client_name": "Gatepass conformance check"})),
        ("colour", json!("blue")),
    ] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        order[member] = value;
        refused(probe, &order, member).await?;
    }
    Ok(())
}

async fn create_values(probe: &mut Probe) -> Verdict {
    let own = own_order(probe, "client_secret_basic").await?["tenant_id"].clone();
    let upper_case = own.as_str().unwrap_or_default().to_uppercase();
    for (member, value) in [
        ("type", json!("robot")),
        ("type", json!("API_CLIENT")),
        ("type", json!(null)),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_method", json!("CLIENT_SECRET_BASIC")),
        ("tenant_id", json!(17)),
        ("tenant_id", json!("not-a-uuid")),
        ("tenant_id", json!(upper_case)),
        ("data", json!("text")),
        ("data", json!([])),
        ("data", json!(null)),
        ("redirect_uris", json!("https://example.com/callback")),
        ("redirect_uris", json!([17])),
        ("origin_id", json!(17)),
    ] {
        let mut order = own_order(probe, "client_secret_basic").await?;
        if value == own {
            continue; // A UUID without letters has no case.
        }
        let told = format!("{member} as {value}");
        order[member] = value;
        refused(probe, &order, &told).await?;
    }
    Ok(())
}

async fn create_malformed(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?.to_string();
    for (what, body) in malformed(&order) {
        let request = probe.post("/api/2/clients").header("content-type", JSON).body(body);
        send(probe, request).await?.api_error(400).map_err(|failure| failure.of(what))?;
    }
    Ok(())
}

/// Bodies that are no JSON object, or not only one.
pub(super) fn malformed(object: &str) -> Vec<(&'static str, String)> {
    vec![
        ("JSON that breaks off", object[..object.len() - 1].to_owned()),
        ("text after the JSON", format!("{object} and more")),
        ("a second object after the first", format!("{object}{object}")),
        ("no JSON", "type=api_client".to_owned()),
        ("an array", format!("[{object}]")),
        ("a text", "\"text\"".to_owned()),
        ("null", "null".to_owned()),
        ("an empty body", String::new()),
    ]
}

async fn create_content_type(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?.to_string();
    for content_type in ["text/plain", "text/json", "application/x-www-form-urlencoded"] {
        let request = probe.post("/api/2/clients").header("content-type", content_type);
        let answer = send(probe, request.body(order.as_str())).await?;
        answer.api_error(415).map_err(|failure| failure.of(content_type))?;
    }
    let request = probe.post("/api/2/clients").body(order.as_str());
    let answer = send(probe, request).await?;
    answer.api_error(415).map_err(|failure| failure.of("no Content-Type"))?;
    let request = probe.post("/api/2/clients").header("content-type", JSON);
    let answer = send(probe, request.header("accept", "text/html").body(order.as_str())).await?;
    answer.api_error(415).map_err(|failure| failure.of("Accept: text/html"))?;
    let request = probe.post("/api/2/clients");
    let request = request.header("content-type", "application/json; charset=utf-8");
    let answer = send(probe, request.body(order)).await?;
    answer.status(201).map_err(|failure| failure.of("application/json; charset=utf-8"))
}

async fn create_foreign_tenant(probe: &mut Probe) -> Verdict {
    let request = probe.post("/api/2/clients").json(&order(UNKNOWN_ID, "client_secret_basic"));
    let answer = send(probe, request).await?;
    require(matches!(answer.status, 400 | 403 | 404), || {
        format!("got {}, wanted 403, 404 or 400", answer.status)
    })?;
    answer.api_error(answer.status)
}

async fn create_no_token(probe: &mut Probe) -> Verdict {
    let order = own_order(probe, "client_secret_basic").await?;
    let request = probe.post("/api/2/clients").json(&order);
    send_order(probe, request).await?.api_error(401).map_err(|failure| failure.of("POST"))?;
    let client = probe.made_client().await?;
    let change = json!({"data": {"client_name": "Another name"}});
    for request in [
        probe.request("PUT", &path_of(&client)).json(&change),
        probe.request("DELETE", &path_of(&client)),
    ] {
        let method = request.method.clone();
        let answer = probe.send(request).await?;
        answer.api_error(401).map_err(|failure| failure.of(&method))?;
    }
    Ok(())
}
