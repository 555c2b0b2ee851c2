//! Who may read API clients, and who may change them.

use serde_json::json;

use super::clients_create::{own_order, path_of, send_order};
use super::clients_life::read;
use super::password::beginning;
use super::{CREDENTIALS, must};
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, WrongSecrets, cannot_tell, require, unmet};
use crate::made_clients::order;
use crate::need::Need;
use crate::probe::{Probe, TASKS_PATH, own_tenant, roles};
use crate::schema::{self, Schema};
use crate::target::{Credentials, User};

const LOGIN: &[Need] = &[Need::Credentials, Need::User];
/// A wrong password may lock a user out.
const LOGIN_CHANGES: &[Need] = &[Need::Credentials, Need::User, Need::Changes];
const READER: &[Need] = &[Need::Credentials, Need::ReaderClient];
const READER_CHANGES: &[Need] = &[Need::Credentials, Need::ReaderClient, Need::Changes];

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.basic-login",
        "an administrator's HTTP Basic login reads an API client as a token does",
        &["5.5.2"],
        LOGIN,
        |p| Box::pin(basic_login(p)),
    ),
    must(
        "clients.basic-login-changes",
        "an administrator's HTTP Basic login changes and makes an API client as a token does",
        &["5.5.2"],
        LOGIN_CHANGES,
        |p| Box::pin(basic_login_changes(p)),
    ),
    must(
        "clients.basic-password",
        "an administrator's login with a wrong password opens nothing: 401 and an API error",
        &["5.5.2", "4.2.3", "5.6.2"],
        LOGIN_CHANGES,
        |p| Box::pin(basic_password(p)),
    ),
    must(
        "clients.basic-client",
        "the ID and the secret of an API client are no login: they open no API without a token",
        &["5.5.2", "5.5.1", "4.2.3"],
        CREDENTIALS,
        |p| Box::pin(basic_client(p)),
    )
    .spending(WrongSecrets::Own(1)),
    must("clients.reader-reads", "who may only read reads API clients", &["5.5.1"], READER, |p| {
        Box::pin(reader_reads(p))
    }),
    must(
        "clients.reader-changes",
        "who may only read makes, changes and deletes no API client: 403 and an API error",
        &["5.5.4", "4.2.4", "4.3.1"],
        READER_CHANGES,
        |p| Box::pin(reader_changes(p)),
    ),
    must(
        "clients.without-role",
        "who has no role for API clients reads and makes none: 403 and an API error",
        &["5.5.1", "5.5.4", "4.2.4"],
        CREDENTIALS,
        |p| Box::pin(without_role(p)),
    ),
];

async fn by_login(probe: &mut Probe) -> Result<Answer, Failure> {
    let User { login, password } = probe.user()?;
    let own = probe.credentials()?;
    let request = probe.get(&path_of(&own)).basic(&login, &password);
    let answer = probe.send(request).await?;
    if answer.status == 403 && !probe.session().is_gatepass() {
        return cannot_tell("the user is no administrator: got 403");
    }
    Ok(answer)
}

async fn basic_login(probe: &mut Probe) -> Verdict {
    let body = by_login(probe).await?.ok_json()?;
    schema::judge(Schema::Client, &body)?;
    require(body.get("client_secret").is_none(), || "`client_secret` is there".to_owned())?;
    require(body["client_id"] == *probe.credentials()?.client_id, || {
        format!("`client_id` is {}", told_value(&body["client_id"]))
    })
}

async fn basic_login_changes(probe: &mut Probe) -> Verdict {
    by_login(probe).await?.status(200).map_err(|failure| failure.of_a_need("reading"))?;
    let User { login, password } = probe.user()?;
    let client = probe.made_client().await?;
    let change = json!({"data": {"client_name": "Another name"}});
    let request = probe.request("PUT", &path_of(&client)).json(&change).basic(&login, &password);
    let answer = probe.send(request).await?;
    if answer.status == 403 && !probe.session().is_gatepass() {
        return cannot_tell("the user may change no API client: got 403");
    }
    answer.status(200)?;
    let order = own_order(probe, "client_secret_basic").await?;
    let request = probe.post("/api/2/clients").json(&order).basic(&login, &password);
    let answer = send_order(probe, request).await?;
    answer.status(201).map_err(|failure| failure.of("POST"))?;
    let made = answer.json()?;
    schema::judge(Schema::ClientCreated, &made)?;
    let text = |member: &str| made[member].as_str().unwrap_or_default();
    let token = probe.token_of(&Credentials::new(text("client_id"), text("client_secret"))).await?;
    let Ok(makers) = probe.user_token().await else { return Ok(()) };
    let its = roles(&token);
    let lost = roles(&makers).into_iter().find(|role| !its.contains(role));
    require(lost.is_none(), || {
        format!("the new client has not the role {lost:?}, which the administrator has")
    })
}

async fn basic_password(probe: &mut Probe) -> Verdict {
    let User { login, password } = probe.user()?;
    let own = probe.credentials()?;
    for wrong in ["not-the-password".to_owned(), beginning(&password), format!("{password}0")] {
        let request = probe.get(&path_of(&own)).basic(&login, &wrong);
        let answer = probe.send(request).await?;
        answer.api_error(401)?;
        require(answer.header("www-authenticate").is_some(), || {
            "the 401 has no WWW-Authenticate".to_owned()
        })?;
        // So that no count of failures locks the user out.
        by_login(probe).await?;
    }
    Ok(())
}

async fn basic_client(probe: &mut Probe) -> Verdict {
    let client = probe.client_to_refuse().await?;
    let tenant = own_tenant(&probe.tokens().await?.access);
    let tenant = tenant.map(|tenant| format!("/api/2/tenants/{tenant}"));
    let own = path_of(&client);
    let mut paths = vec![&*own];
    // Each is a failed login: a client that was made for it may have more of them.
    if client != probe.credentials()? {
        paths.extend(["/api/2/users/me", TASKS_PATH].into_iter().chain(tenant.as_deref()));
    }
    for path in paths {
        let request = probe.get(path).basic(&client.client_id, &client.client_secret);
        let answer = probe.send(request).await?;
        let is_refused = match answer.status {
            401 | 403 => answer.error_of(path, answer.status),
            404 | 405 | 501 if path != own => Ok(()),
            other => unmet(format!("got {other}, wanted 401")),
        };
        is_refused.map_err(|failure| failure.of(path))?;
    }
    Ok(())
}

/// The lent client that may only read, and a token of it.
pub(super) async fn reader(probe: &mut Probe) -> Result<(Credentials, String), Failure> {
    let Some(reader) = probe.session().target.reader.clone() else {
        return cannot_tell("needs an API client that may only read");
    };
    let token = probe.token_of(&reader).await?;
    Ok((reader, token))
}

async fn reader_reads(probe: &mut Probe) -> Verdict {
    let (reader, token) = reader(probe).await?;
    let request = probe.get(&path_of(&reader)).bearer(&token);
    let body = probe.send(request).await?.ok_json()?;
    require(body["client_id"] == *reader.client_id, || {
        format!("`client_id` is {}", told_value(&body["client_id"]))
    })?;
    if Need::ClientBatch.missing(probe.session()).await.is_some() {
        return Ok(());
    }
    let query = format!("/api/2/clients?uuids={}", reader.client_id);
    let batch = probe.send(probe.get(&query).bearer(&token)).await?;
    let batch = batch.ok_json().map_err(|failure| failure.of("the batch"))?;
    let items = batch["items"].as_array().map(Vec::len);
    require(items == Some(1), || format!("the batch has {items:?} items"))
}

async fn reader_changes(probe: &mut Probe) -> Verdict {
    let (_, token) = reader(probe).await?;
    let Some(tenant) = own_tenant(&token) else {
        return cannot_tell("the token of the client that may only read names no tenant");
    };
    // In the reader's own tenant, which may be out of the caller's reach.
    let made = probe.session().make_client_in(&tenant, "client_secret_basic").await;
    let client = match made {
        Ok(client) => client,
        Err(_) => probe.made_client().await?,
    };
    let request = probe.post("/api/2/clients").json(&order(&tenant, "client_secret_basic"));
    let answer = send_order(probe, request.bearer(&token)).await?;
    answer.api_error(403).map_err(|failure| failure.of("POST"))?;
    changes_nothing(probe, &client, &token).await
}

/// Met when `token` neither changes nor deletes the client, which was made for it.
pub(super) async fn changes_nothing(
    probe: &mut Probe,
    client: &Credentials,
    token: &str,
) -> Verdict {
    let before = read(probe, client).await?.ok_json()?;
    let change = json!({"data": {"client_name": "Another name"}});
    let request = probe.request("PUT", &path_of(client)).json(&change).bearer(token);
    probe.send(request).await?.api_error(403).map_err(|failure| failure.of("PUT"))?;
    let request = probe.request("DELETE", &path_of(client)).bearer(token);
    probe.send(request).await?.api_error(403).map_err(|failure| failure.of("DELETE"))?;
    let after = read(probe, client).await?;
    after.status(200).map_err(|failure| failure.of("the client afterwards"))?;
    require(after.json()?["data"] == before["data"], || "the client has changed".to_owned())
}

/// A token of a lent client that has roles, and none of those that are `in_the_way`.
pub(super) async fn token_without(
    probe: &mut Probe,
    in_the_way: fn(&str) -> bool,
) -> Result<String, Failure> {
    let target = &probe.session().target;
    let lent = [target.introspector.clone(), target.reader.clone(), target.credentials.clone()];
    for client in lent.into_iter().flatten() {
        let token = probe.token_of(&client).await?;
        let roles = roles(&token);
        if !roles.is_empty() && !roles.iter().any(|role| in_the_way(role)) {
            return Ok(token);
        }
    }
    cannot_tell("needs an API client without the role, and each that is lent has it")
}

async fn without_role(probe: &mut Probe) -> Verdict {
    let token = token_without(probe, |role| role != "token_introspector").await?;
    let own = probe.credentials()?;
    let request = probe.get(&path_of(&own)).bearer(&token);
    probe.send(request).await?.api_error(403).map_err(|failure| failure.of("GET"))?;
    if Need::ClientBatch.missing(probe.session()).await.is_none() {
        let request = probe.get(&format!("/api/2/clients?uuids={}", own.client_id)).bearer(&token);
        shows_no_client(&probe.send(request).await?).map_err(|failure| failure.of("the batch"))?;
    }
    if probe.session().changes_are_forbidden() {
        return Ok(());
    }
    let Some(tenant) = own_tenant(&token) else { return Ok(()) };
    let request = probe.post("/api/2/clients").json(&order(&tenant, "client_secret_basic"));
    let answer = send_order(probe, request.bearer(&token)).await?;
    answer.api_error(403).map_err(|failure| failure.of("POST"))
}

/// Met when a batch is refused, or is empty.
fn shows_no_client(answer: &Answer) -> Verdict {
    if answer.status == 403 {
        return answer.api_error(403);
    }
    let body = answer.ok_json()?;
    let is_empty = body["items"].as_array().is_some_and(Vec::is_empty);
    require(is_empty, || "it shows a client".to_owned())
}
