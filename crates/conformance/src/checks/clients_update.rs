//! API clients changed.

use serde_json::{Value, json};

use super::clients_create::{by_basic, data, made, own_order, path_of};
use super::clients_life::{put, read};
use super::clients_refuse::malformed;
use super::must;
use crate::answer::{holds, told_value};
use crate::check::{Check, Failure, Verdict, require};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, unique_name};
use crate::schema::{self, Schema};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientCreation];

/// What a change leaves alone unless it names it.
const MEMBERS: [&str; 11] = [
    "client_id",
    "tenant_id",
    "type",
    "status",
    "token_endpoint_auth_method",
    "client_secret_expires_at",
    "created_at",
    "created_by",
    "data",
    "redirect_uris",
    "origin_id",
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.update",
        "PUT changes data, redirect_uris and origin_id, answers the client, and leaves the rest alone",
        &["5.3.1", "5.2.1", "5.4.1", "5.4.2", "1.5.1"],
        HERE,
        |p| Box::pin(update(p)),
    ),
    must(
        "clients.update-immutable",
        "PUT takes no other member: 400 and an API error, and nothing changes",
        &["5.3.2", "5.6.1"],
        HERE,
        |p| Box::pin(update_immutable(p)),
    ),
    must(
        "clients.update-values",
        "values that are not documented are refused with 400 and an API error",
        &["5.3.1", "5.6.1", "4.2.2"],
        HERE,
        |p| Box::pin(update_values(p)),
    ),
    must(
        "clients.update-malformed",
        "a change that is no JSON object is refused with 400, and one of another type with 415",
        &["5.6.1", "5.3.2", "4.2.2", "4.2.8"],
        HERE,
        |p| Box::pin(update_malformed(p)),
    ),
    must(
        "clients.update-unknown",
        "PUT of an unknown client is answered with 404 and an API error",
        &["4.2.5", "5.3.1", "5.6.2"],
        HERE,
        |p| Box::pin(update_unknown(p)),
    ),
];

async fn a_client(probe: &mut Probe) -> Result<Credentials, Failure> {
    let mut order = own_order(probe, "client_secret_basic").await?;
    order["redirect_uris"] = json!(["https://example.com/callback"]);
    order["origin_id"] = json!(unique_name());
    let client = made(probe, &order).await?;
    let text = |member: &str| client[member].as_str().unwrap_or_default().to_owned();
    Ok(Credentials::new(text("client_id"), text("client_secret")))
}

async fn update(probe: &mut Probe) -> Verdict {
    let client = a_client(probe).await?;
    let mut wanted = read(probe, &client).await?.ok_json()?;
    for change in [
        json!({"data": data("Another name")}),
        json!({"redirect_uris": ["https://example.com/other"]}),
        json!({"origin_id": unique_name()}),
        json!({"data": {"client_name": "A third name"}, "redirect_uris": []}),
    ] {
        for (member, value) in change.as_object().into_iter().flatten() {
            wanted[member] = value.clone();
        }
        let answered = put(probe, &client, &change).await?.ok_json()?;
        schema::judge(Schema::Client, &answered)?;
        is_as_wanted(&answered, &wanted).map_err(|failure| failure.of("the answer"))?;
        let after = read(probe, &client).await?.ok_json()?;
        is_as_wanted(&after, &wanted).map_err(|failure| failure.of("the client read again"))?;
    }
    let answer = by_basic(probe, &client).await?;
    answer.status(200).map_err(|failure| failure.of("the secret after the changes"))
}

fn is_as_wanted(shown: &Value, wanted: &Value) -> Verdict {
    for member in MEMBERS {
        // A list that is empty may be left out, and data may have more than it was given.
        let told = |client: &Value| match member {
            "redirect_uris" if client[member].is_null() => json!([]),
            _ => client[member].clone(),
        };
        require(holds(&told(shown), &told(wanted)), || {
            format!("`{member}` is {}, wanted {}", told_value(&told(shown)), told(wanted))
        })?;
    }
    Ok(())
}

async fn update_immutable(probe: &mut Probe) -> Verdict {
    let client = a_client(probe).await?;
    let before = read(probe, &client).await?.ok_json()?;
    for (member, value) in [
        ("client_id", json!(UNKNOWN_ID)),
        ("client_id", before["client_id"].clone()),
        ("tenant_id", json!(UNKNOWN_ID)),
        ("tenant_id", before["tenant_id"].clone()),
        ("type", json!("managed_client")),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("client_secret", json!("00000000000000000000000000000000")),
        ("client_secret_expires_at", json!(0)),
        ("created_at", before["created_at"].clone()),
        ("created_by", before["created_by"].clone()),
        ("Data", json!({"client_name": "Another name"})),
        ("colour", json!("blue")),
    ] {
        let answer = put(probe, &client, &json!({member: value})).await?;
        answer.api_error(400).map_err(|failure| failure.of(member))?;
    }
    let after = read(probe, &client).await?.ok_json()?;
    is_as_wanted(&after, &before)?;
    by_basic(probe, &client).await?.status(200).map_err(|failure| failure.of("its secret"))
}

async fn update_values(probe: &mut Probe) -> Verdict {
    let client = a_client(probe).await?;
    let before = read(probe, &client).await?.ok_json()?;
    for (member, value) in [
        ("status", json!("asleep")),
        ("status", json!("DISABLED")),
        ("status", json!(false)),
        ("status", json!(null)),
        ("data", json!("text")),
        ("redirect_uris", json!("https://example.com/other")),
        ("redirect_uris", json!([17])),
        ("origin_id", json!(17)),
    ] {
        let told = format!("{member} as {value}");
        let answer = put(probe, &client, &json!({member: value})).await?;
        answer.api_error(400).map_err(|failure| failure.of(&told))?;
    }
    is_as_wanted(&read(probe, &client).await?.ok_json()?, &before)
}

async fn update_malformed(probe: &mut Probe) -> Verdict {
    let client = a_client(probe).await?;
    let change = json!({"data": {"client_name": "Another name"}}).to_string();
    for (what, body) in malformed(&change) {
        let request = probe.request("PUT", &path_of(&client));
        let request = request.header("content-type", "application/json").body(body);
        let answer = probe.send_with_token(request).await?;
        answer.api_error(400).map_err(|failure| failure.of(what))?;
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = probe.request("PUT", &path_of(&client));
        let request = request.header("content-type", content_type).body(change.as_str());
        let answer = probe.send_with_token(request).await?;
        answer.api_error(415).map_err(|failure| failure.of(content_type))?;
    }
    Ok(())
}

async fn update_unknown(probe: &mut Probe) -> Verdict {
    let unknown = Credentials::new(UNKNOWN_ID, "");
    put(probe, &unknown, &json!({"data": {}})).await?.api_error(404)
}
