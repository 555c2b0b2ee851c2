//! The API clients of the Account Management API, read only.

use serde_json::{Value, json};

use super::{CREDENTIALS, must};
use crate::answer::{Answer, told_value};
use crate::check::{Check, Failure, Verdict, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID};
use crate::schema::{self, Schema};

pub(super) const CHECKS: &[Check] = &[
    must(
        "clients.read",
        "the caller's API client reads as documented, and is the one asked for",
        &["5.2.1", "5.4.1", "5.4.2", "5.5.1", "1.5.1", "1.1.1"],
        CREDENTIALS,
        |p| Box::pin(read(p)),
    ),
    must(
        "clients.content-type",
        "an API client is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        CREDENTIALS,
        |p| Box::pin(content_type(p)),
    ),
    must(
        "clients.no-secret",
        "an API client never shows its secret",
        &["5.2.2"],
        CREDENTIALS,
        |p| Box::pin(no_secret(p)),
    ),
    must(
        "clients.times",
        "the times of an API client end with +00:00",
        &["5.4.3"],
        CREDENTIALS,
        |p| Box::pin(times(p)),
    )
    .of_gatepass(),
    must(
        "clients.owner",
        "the tenant of an API client is the owner_tuid of its tokens",
        &["3.5.4"],
        CREDENTIALS,
        |p| Box::pin(owner(p)),
    ),
    must(
        "clients.foreign",
        "an API client outside the caller's tenants is refused with 403 and an API error",
        &["5.5.3", "4.2.4", "4.3.1", "5.6.2"],
        &[Need::Credentials, Need::ForeignClient],
        |p| Box::pin(foreign(p)),
    ),
    must(
        "clients.unknown",
        "an unknown client_id is answered with 404 and an API error",
        &["4.2.5", "4.3.1", "5.6.2"],
        CREDENTIALS,
        |p| Box::pin(not_found(p, UNKNOWN_ID)),
    ),
    must(
        "clients.unknown-path",
        "an unknown path of the API is answered with 404 and an API error",
        &["4.2.5", "4.1.7"],
        CREDENTIALS,
        |p| Box::pin(unknown_path(p)),
    ),
    must(
        "clients.accept",
        "an Accept that can't be served is refused with 415 and an API error",
        &["4.2.8"],
        CREDENTIALS,
        |p| Box::pin(accept(p)),
    ),
    must(
        "clients.method",
        "PATCH of API clients and POST of one are refused with 405, an API error and Allow",
        &["4.2.6", "1.5.1", "RFC 9110 10.2.1"],
        CREDENTIALS,
        |p| Box::pin(method(p)),
    ),
    must(
        "clients.malformed-id",
        "a client_id that is no UUID is answered with 404 or 400, and an API error",
        &["4.2.5", "5.6.2", "4.2.9"],
        CREDENTIALS,
        |p| Box::pin(malformed_id(p)),
    ),
];

async fn own(probe: &mut Probe) -> Result<Answer, Failure> {
    let client_id = probe.credentials()?.client_id;
    one(probe, &client_id).await
}

async fn one(probe: &mut Probe, client_id: &str) -> Result<Answer, Failure> {
    let request = probe.get(&format!("/api/2/clients/{client_id}"));
    probe.send_with_token(request).await
}

async fn read(probe: &mut Probe) -> Verdict {
    let body = own(probe).await?.ok_json()?;
    schema::judge(Schema::Client, &body)?;
    let given = &body["client_id"];
    require(*given == *probe.credentials()?.client_id, || {
        format!("`client_id` is {}", told_value(given))
    })
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let answer = own(probe).await?;
    answer.status(200)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn no_secret(probe: &mut Probe) -> Verdict {
    let secret = probe.credentials()?.client_secret;
    let answer = own(probe).await?;
    let body: Value = answer.ok_json()?;
    for member in ["client_secret", "registration_access_token"] {
        require(body.get(member).is_none(), || format!("the body has `{member}`"))?;
    }
    require(!String::from_utf8_lossy(&answer.body).contains(&secret), || {
        "the body holds the secret".to_owned()
    })
}

async fn times(probe: &mut Probe) -> Verdict {
    let body = own(probe).await?.ok_json()?;
    for member in ["created_at", "last_access_at"] {
        let given = &body[member];
        require(
            given.is_null() || given.as_str().is_some_and(|it| it.ends_with("+00:00")),
            || format!("`{member}` is {}", told_value(given)),
        )?;
    }
    Ok(())
}

async fn owner(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let claims = Jwt::read(&token)?.claims;
    let body = own(probe).await?.ok_json()?;
    let (tenant, owner) = (&body["tenant_id"], &claims["owner_tuid"]);
    require(tenant == owner && tenant.is_string(), || {
        format!("`tenant_id` is {}, `owner_tuid` is {}", told_value(tenant), told_value(owner))
    })
}

async fn foreign(probe: &mut Probe) -> Verdict {
    let Some(client_id) = probe.session().target.foreign_client_id.clone() else { return Ok(()) };
    one(probe, &client_id).await?.api_error(403)
}

async fn not_found(probe: &mut Probe, client_id: &str) -> Verdict {
    one(probe, client_id).await?.api_error(404)
}

async fn unknown_path(probe: &mut Probe) -> Verdict {
    let request = probe.get("/api/2/no-such-thing");
    probe.send_with_token(request).await?.api_error(404)
}

async fn accept(probe: &mut Probe) -> Verdict {
    let path = format!("/api/2/clients/{}", probe.credentials()?.client_id);
    for (accept, status) in [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, application/json;q=0.5", 200),
        ("text/html, */*;q=0.1", 200),
        ("text/xml", 415),
        ("text/html", 415),
    ] {
        let request = probe.get(&path).header("accept", accept);
        let answer = probe.send_with_token(request).await?;
        let verdict = if status == 200 { answer.status(200) } else { answer.api_error(status) };
        verdict.map_err(|failure| failure.of(accept))?;
    }
    Ok(())
}

async fn method(probe: &mut Probe) -> Verdict {
    let path = format!("/api/2/clients/{}", probe.credentials()?.client_id);
    let is_read_only = probe.session().found_missing(Need::ClientCreation).await.is_some();
    let (of_one, of_all): (&[&str], &[&str]) = if is_read_only {
        (&["GET"], &["GET"])
    } else {
        (&["GET", "PUT", "DELETE"], &["GET", "POST"])
    };
    for method in ["PATCH", "POST"] {
        refuses_method(probe, method, &path, of_one).await?;
    }
    if Need::ClientBatch.missing(probe.session()).await.is_some() {
        return Ok(());
    }
    let verdict = refuses_method(probe, "PATCH", "/api/2/clients", of_all).await;
    verdict.map_err(|failure| failure.of("the batch"))
}

/// Met when `method` is refused with 405, an API error, and an Allow that names those that there
/// are, and not this one.
pub(super) async fn refuses_method(
    probe: &mut Probe,
    method: &str,
    path: &str,
    supported: &[&str],
) -> Verdict {
    let request = probe.request(method, path).json(&json!({}));
    let answer = probe.send_with_token(request).await?;
    answer.api_error(405).map_err(|failure| failure.of(method))?;
    answer.allows(supported, method)
}

async fn malformed_id(probe: &mut Probe) -> Verdict {
    let request = probe.get("/api/2/clients/not-a-uuid");
    let answer = probe.send_with_token(request).await?;
    match answer.status {
        400 | 404 => answer.api_error(answer.status),
        other => unmet(format!("got {other}, wanted 404 or 400")),
    }
}
