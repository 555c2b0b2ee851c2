//! Tenants, one by one.

use serde_json::Value;

use super::clients::refuses_method;
use super::must;
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, own_tenant};
use crate::schema::{self, Schema};

const HERE: &[Need] = &[Need::Credentials, Need::Tenants];

pub(super) const CHECKS: &[Check] = &[
    must(
        "tenants.one",
        "the caller's tenant reads by its ID, with every documented member",
        &["7.4", "1.5.3"],
        HERE,
        |p| Box::pin(one(p)),
    ),
    must(
        "tenants.content-type",
        "a tenant is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3"],
        HERE,
        |p| Box::pin(content_type(p)),
    ),
    must(
        "tenants.selector",
        "a list without uuids, parent_id, subtree_root_id and after: 400 and an API error",
        &["7.2", "4.2.2"],
        HERE,
        |p| Box::pin(selector(p)),
    ),
    must(
        "tenants.unknown",
        "an unknown tenant is answered with 404 and an API error",
        &["4.2.5", "4.3.1", "4.2.9"],
        HERE,
        |p| Box::pin(unknown(p)),
    ),
    must(
        "tenants.no-token",
        "a tenant without a token is refused with 401 and an API error",
        &["4.2.3", "7.2"],
        HERE,
        |p| Box::pin(no_token(p)),
    ),
    must(
        "tenants.method",
        "PATCH of tenants is refused with 405, an API error and Allow",
        &["4.2.6", "1.5.3", "RFC 9110 10.2.1"],
        HERE,
        |p| Box::pin(method(p)),
    ),
];

pub(super) async fn own(probe: &mut Probe) -> Result<String, Failure> {
    match own_tenant(&probe.tokens().await?.access) {
        Some(tenant) => Ok(tenant),
        None => cannot_tell("the token names no tenant of its owner"),
    }
}

pub(super) async fn get(probe: &mut Probe, rest: &str) -> Result<Value, Failure> {
    let request = probe.get(&format!("/api/2/tenants{rest}"));
    probe.send_with_token(request).await?.ok_json()
}

async fn one(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let tenant = get(probe, &format!("/{own}")).await?;
    schema::judge(Schema::Tenant, &tenant)?;
    require(tenant["id"] == *own, || format!("`id` is {}", told_value(&tenant["id"])))
}

async fn content_type(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    for rest in [format!("/{own}"), format!("?uuids={own}")] {
        let request = probe.get(&format!("/api/2/tenants{rest}"));
        let answer = probe.send_with_token(request).await?;
        answer.status(200)?;
        answer.json_content_type()?;
        answer.one_line()?;
    }
    Ok(())
}

async fn selector(probe: &mut Probe) -> Verdict {
    let request = probe.get("/api/2/tenants");
    probe.send_with_token(request).await?.api_error(400)
}

async fn unknown(probe: &mut Probe) -> Verdict {
    for rest in ["", "/children"] {
        let request = probe.get(&format!("/api/2/tenants/{UNKNOWN_ID}{rest}"));
        probe.send_with_token(request).await?.api_error(404)?;
    }
    Ok(())
}

async fn no_token(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    for rest in [format!("/{own}"), format!("/{own}/children"), format!("?uuids={own}")] {
        let answer = probe.send(probe.get(&format!("/api/2/tenants{rest}"))).await?;
        answer.api_error(401).map_err(|failure| failure.of(&rest))?;
    }
    Ok(())
}

async fn method(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    for rest in [String::new(), format!("/{own}"), format!("/{own}/children")] {
        let path = format!("/api/2/tenants{rest}");
        let verdict = refuses_method(probe, "PATCH", &path, &["GET"]).await;
        verdict.map_err(|failure| failure.of(&path))?;
    }
    Ok(())
}
