//! Tenants.

use serde_json::Value;

use super::must;
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::need::Need;
use crate::probe::{Probe, UNKNOWN_ID, own_tenant};
use crate::schema::{self, Schema};
use crate::survey::registration_order;

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
        &["7.2"],
        HERE,
        |p| Box::pin(selector(p)),
    ),
    must(
        "tenants.by-uuids",
        "uuids= gives the tenants that it names, as they read one by one",
        &["7.3", "7.4"],
        HERE,
        |p| Box::pin(by_uuids(p)),
    ),
    must(
        "tenants.by-parent",
        "parent_id= gives tenants right below that one only",
        &["7.3"],
        HERE,
        |p| Box::pin(by_parent(p)),
    ),
    must(
        "tenants.by-subtree",
        "subtree_root_id= gives tenants, each as documented",
        &["7.3", "7.4"],
        HERE,
        |p| Box::pin(by_subtree(p)),
    ),
    must(
        "tenants.children",
        "the children of a tenant are those that have it as parent_id",
        &["1.5.3"],
        HERE,
        |p| Box::pin(children(p)),
    ),
    must(
        "tenants.unknown",
        "an unknown tenant is answered with 404 or 403, and an API error",
        &["4.2.5", "5.5.3"],
        HERE,
        |p| Box::pin(unknown(p)),
    ),
    must(
        "tenants.no-token",
        "a tenant without a token is refused with 401 and an API error",
        &["4.2.3"],
        HERE,
        |p| Box::pin(no_token(p)),
    ),
    must(
        "tenants.registration-token",
        "a registration token is made for a tenant",
        &["1.5.4"],
        &[Need::Credentials, Need::Tenants, Need::Changes],
        |p| Box::pin(registration_token(p)),
    ),
];

async fn own(probe: &mut Probe) -> Result<String, Failure> {
    match own_tenant(&probe.tokens().await?.access) {
        Some(tenant) => Ok(tenant),
        None => cannot_tell("the token names no tenant of its owner"),
    }
}

async fn get(probe: &mut Probe, rest: &str) -> Result<Value, Failure> {
    let request = probe.get(&format!("/api/2/tenants{rest}"));
    probe.send_with_token(request).await?.ok_json()
}

async fn items(probe: &mut Probe, query: &str) -> Result<Vec<Value>, Failure> {
    let body = get(probe, query).await?;
    schema::judge(Schema::TenantPage, &body)?;
    Ok(body["items"].as_array().cloned().unwrap_or_default())
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

async fn by_uuids(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let items = items(probe, &format!("?uuids={own}")).await?;
    let [tenant] = items.as_slice() else {
        return unmet(format!("?uuids= of one tenant gave {} items", items.len()));
    };
    let alone = get(probe, &format!("/{own}")).await?;
    for member in ["id", "name", "kind", "parent_id", "enabled", "customer_type"] {
        require(tenant[member] == alone[member], || {
            format!(
                "`{member}` is {} in the list, {} alone",
                told_value(&tenant[member]),
                told_value(&alone[member])
            )
        })?;
    }
    Ok(())
}

async fn by_parent(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let items = items(probe, &format!("?parent_id={own}")).await?;
    if items.is_empty() {
        return cannot_tell("there is no tenant below the caller's own");
    }
    for tenant in &items {
        require(tenant["parent_id"] == *own, || {
            format!("a tenant's `parent_id` is {}", told_value(&tenant["parent_id"]))
        })?;
    }
    Ok(())
}

async fn by_subtree(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let below = items(probe, &format!("?parent_id={own}")).await?;
    let tree = items(probe, &format!("?subtree_root_id={own}")).await?;
    for child in below {
        require(tree.iter().any(|tenant| tenant["id"] == child["id"]), || {
            format!("the tenant {} below it is missing", told_value(&child["id"]))
        })?;
    }
    Ok(())
}

async fn children(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let children = get(probe, &format!("/{own}/children")).await?;
    let Some(children) = children["items"].as_array() else {
        return unmet(format!("`items` is {}", told_value(&children["items"])));
    };
    let below = items(probe, &format!("?parent_id={own}")).await?;
    // IDs or whole tenants: the contract leaves it open.
    let id = |child: &Value| if child.is_object() { child["id"].clone() } else { child.clone() };
    let children: Vec<Value> = children.iter().map(id).collect();
    let missing = below.iter().find(|tenant| !children.contains(&tenant["id"]));
    require(missing.is_none() && children.len() == below.len(), || {
        format!("{} children, {} tenants with it as parent_id", children.len(), below.len())
    })
}

async fn unknown(probe: &mut Probe) -> Verdict {
    for rest in ["", "/children"] {
        let request = probe.get(&format!("/api/2/tenants/{UNKNOWN_ID}{rest}"));
        let answer = probe.send_with_token(request).await?;
        require(matches!(answer.status, 403 | 404), || {
            format!("got {}, wanted 404 or 403", answer.status)
        })?;
        answer.api_error(answer.status)?;
    }
    Ok(())
}

async fn no_token(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    probe.send(probe.get(&format!("/api/2/tenants/{own}"))).await?.api_error(401)
}

async fn registration_token(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let path = format!("/api/2/tenants/{own}/registration_tokens");
    let request = probe.post(&path).json(&registration_order());
    let answer = probe.send_with_token(request).await?;
    if matches!(answer.status, 403..=405 | 501) && !probe.session().is_gatepass() {
        return cannot_tell(format!(
            "no registration tokens for the caller: got {}",
            answer.status
        ));
    }
    require((200..300).contains(&answer.status), || format!("got {}", answer.status))?;
    let given = &answer.json()?["token"];
    require(given.as_str().is_some_and(|token| !token.is_empty()), || {
        "the answer has no text `token`".to_owned()
    })
}
