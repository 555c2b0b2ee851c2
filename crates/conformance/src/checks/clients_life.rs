//! API clients disabled and deleted.

use serde_json::{Value, json};

use super::clients_create::{by_basic, made, own_order, path, path_of};
use super::must;
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, require};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID};
use crate::target::Credentials;

const HERE: &[Need] = &[Need::Credentials, Need::Changes, Need::ClientCreation];

pub(super) const CHECKS: &[Check] = &[
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
    )
    .of_gatepass(),
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
        &["5.3.3", "1.5.1", "4.2.5"],
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
        "a client that is deleted already, or that nobody has, is answered with 404",
        &["5.3.3", "4.2.5", "5.6.2"],
        HERE,
        |p| Box::pin(delete_twice(p)),
    ),
];

pub(super) async fn put(
    probe: &mut Probe,
    client: &Credentials,
    body: &Value,
) -> Result<Answer, Failure> {
    let request = probe.request("PUT", &path_of(client)).json(body);
    probe.send_with_token(request).await
}

pub(super) async fn read(probe: &mut Probe, client: &Credentials) -> Result<Answer, Failure> {
    let request = probe.get(&path_of(client));
    probe.send_with_token(request).await
}

async fn disable(probe: &mut Probe) -> Verdict {
    let client = probe.made_client().await?;
    let answered = put(probe, &client, &json!({"status": "disabled"})).await?.ok_json()?;
    let again = read(probe, &client).await?.ok_json()?;
    for (what, shown) in [("the answer", &answered), ("the client read again", &again)] {
        require(shown["status"] == "disabled", || {
            format!("`status` of {what} is {}", told_value(&shown["status"]))
        })?;
    }
    let answer = by_basic(probe, &client).await?;
    probe.refuses_client(&answer)?;
    // Another change leaves it as it is.
    put(probe, &client, &json!({"data": {"client_name": "Another name"}})).await?.status(200)?;
    let after = read(probe, &client).await?.ok_json()?;
    require(after["status"] == "disabled", || {
        format!("`status` is {} after another change", told_value(&after["status"]))
    })
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

pub(super) async fn deleted(probe: &mut Probe) -> Result<Credentials, Failure> {
    let client = probe.made_client().await?;
    let request = probe.request("DELETE", &path_of(&client));
    let answer = probe.send_with_token(request).await?;
    answer.status(204)?;
    require(answer.body.is_empty(), || format!("the body has {} bytes", answer.body.len()))?;
    Ok(client)
}

async fn delete(probe: &mut Probe) -> Verdict {
    let client = deleted(probe).await?;
    read(probe, &client).await?.api_error(404)?;
    let mut order = own_order(probe, "client_secret_basic").await?;
    order["type"] = json!("managed_client");
    let managed = path(&made(probe, &order).await?);
    let answer = probe.send_with_token(probe.request("DELETE", &managed)).await?;
    answer.status(204).map_err(|failure| failure.of("a managed client"))?;
    let answer = probe.send_with_token(probe.get(&managed)).await?;
    answer.api_error(404).map_err(|failure| failure.of("a managed client"))
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
    for (what, client) in [("again", client), ("nobody's", Credentials::new(UNKNOWN_ID, ""))] {
        let request = probe.request("DELETE", &path_of(&client));
        let answer = probe.send_with_token(request).await?;
        answer.api_error(404).map_err(|failure| failure.of(what))?;
        let answer = put(probe, &client, &json!({"status": "enabled"})).await?;
        answer.api_error(404).map_err(|failure| failure.of(&format!("PUT, {what}")))?;
    }
    Ok(())
}
