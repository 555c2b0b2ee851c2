//! The tree of tenants, in lists.

use std::collections::HashSet;

use serde_json::Value;

use super::must;
use super::tenants::{get, own};
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, noted, require, unmet};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;
use crate::schema::{self, Schema};

const HERE: &[Need] = &[Need::Credentials, Need::Tenants];

/// Tenants that a check asks for one by one.
const MAX_ASKED: usize = 12;
/// Pages that a check turns.
const MAX_PAGES: usize = 40;

/// What a tenant has (CONTRACT 7).
const MEMBERS: [&str; 10] = [
    "id",
    "name",
    "kind",
    "parent_id",
    "enabled",
    "version",
    "customer_type",
    "customer_id",
    "brand_id",
    "ancestral_access",
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "tenants.by-uuids",
        "uuids= gives the tenants that it names and no other, as they read one by one",
        &["7.3", "7.4", "5.5.3"],
        HERE,
        |p| Box::pin(by_uuids(p)),
    ),
    must(
        "tenants.by-parent",
        "parent_id= gives exactly the tenants right below that one",
        &["7.3"],
        HERE,
        |p| Box::pin(by_parent(p)),
    ),
    must(
        "tenants.by-subtree",
        "subtree_root_id= gives exactly the tree below, each tenant as documented",
        &["7.3", "7.4", "5.5.3"],
        HERE,
        |p| Box::pin(by_subtree(p)),
    ),
    must(
        "tenants.children",
        "the children of a tenant are exactly those that have it as parent_id",
        &["7.5", "1.5.3"],
        HERE,
        |p| Box::pin(children(p)),
    ),
    must(
        "tenants.paging",
        "a page of tenants that is not the last has a cursor under paging, and none is lost",
        &["7.3"],
        HERE,
        |p| Box::pin(paging(p)),
    ),
];

async fn page(probe: &mut Probe, query: &str) -> Result<Value, Failure> {
    let body = get(probe, query).await?;
    schema::judge(Schema::TenantPage, &body)?;
    Ok(body)
}

/// The tenants of a page and of all that follow.
async fn items(probe: &mut Probe, query: &str) -> Result<Vec<Value>, Failure> {
    let mut body = page(probe, query).await?;
    let mut all = Vec::new();
    for _ in 0..MAX_PAGES {
        all.extend(body["items"].as_array().cloned().unwrap_or_default());
        let Some(after) = body["paging"]["cursors"]["after"].as_str() else { return Ok(all) };
        let next = page(probe, &format!("?{}", form(&[("after", after)]))).await?;
        require(next != body, || format!("the page behind after={after} is that page again"))?;
        body = next;
    }
    cannot_tell(format!("there are more than {MAX_PAGES} pages of tenants"))
}

fn id_of(tenant: &Value) -> String {
    // IDs or whole tenants: the contract leaves it open for children.
    tenant["id"].as_str().or_else(|| tenant.as_str()).unwrap_or_default().to_owned()
}

fn ids(tenants: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = tenants.iter().map(id_of).collect();
    ids.sort_unstable();
    ids
}

async fn children_of(probe: &mut Probe, tenant: &str) -> Result<Vec<Value>, Failure> {
    let body = get(probe, &format!("/{tenant}/children")).await?;
    match body["items"].as_array() {
        Some(children) => Ok(children.clone()),
        None => unmet(format!("`items` of the children is {}", told_value(&body["items"]))),
    }
}

/// The caller's tenant, the first below it, the first below that: as deep as it goes.
async fn line(probe: &mut Probe) -> Result<Vec<String>, Failure> {
    let mut line = vec![own(probe).await?];
    while let Some(last) = line.last().filter(|_| line.len() < 4) {
        // Told by parent_id, or by the tenant itself: one of them may be wrong.
        let below = items(probe, &format!("?parent_id={last}")).await.unwrap_or_default();
        let below = if below.is_empty() { children_of(probe, last).await? } else { below };
        let Some(next) = below.iter().map(id_of).find(|id| !line.contains(id)) else { break };
        line.push(next);
    }
    Ok(line)
}

/// The first tenant below the caller's own, the first below that, if there is one, and one of each
/// other kind.
pub(super) async fn first_below(probe: &mut Probe) -> Result<Vec<String>, Failure> {
    let first = probe.session().subtenant().await?;
    let mut below = vec![first.clone()];
    let deeper = get(probe, &format!("?parent_id={first}")).await;
    let deeper = deeper.map(|body| id_of(&body["items"][0])).unwrap_or_default();
    if !deeper.is_empty() && deeper != first {
        below.push(deeper);
    }
    let own = own(probe).await?;
    let tree = items(probe, &format!("?subtree_root_id={own}")).await.unwrap_or_default();
    let is_known = |tenant: &&Value| id_of(tenant) == own || below.contains(&id_of(tenant));
    let mut kinds: Vec<&Value> = tree.iter().filter(is_known).map(|it| &it["kind"]).collect();
    for tenant in &tree {
        if !kinds.contains(&&tenant["kind"]) {
            kinds.push(&tenant["kind"]);
            below.push(id_of(tenant));
        }
    }
    Ok(below)
}

async fn by_uuids(probe: &mut Probe) -> Verdict {
    let own = own(probe).await?;
    let mut wanted = ids(&items(probe, &format!("?subtree_root_id={own}")).await?);
    wanted.retain(|id| *id != own);
    wanted.truncate(MAX_ASKED);
    let queries = [vec![own.clone()], wanted.clone(), [wanted, vec![own]].concat()];
    for query in queries.into_iter().filter(|query| !query.is_empty()) {
        let given = items(probe, &format!("?uuids={}", query.join(","))).await?;
        let mut query = query;
        query.sort_unstable();
        require(ids(&given) == query, || {
            format!("?uuids= of {} gave {} items, or others", query.len(), given.len())
        })?;
        for tenant in &given {
            let alone = get(probe, &format!("/{}", id_of(tenant))).await?;
            reads_the_same(tenant, &alone)?;
        }
    }
    Ok(())
}

fn reads_the_same(listed: &Value, alone: &Value) -> Verdict {
    schema::judge(Schema::Tenant, alone)?;
    for member in MEMBERS {
        require(listed[member] == alone[member], || {
            let (listed, alone) = (told_value(&listed[member]), told_value(&alone[member]));
            format!("`{member}` is {listed} in the list, {alone} alone")
        })?;
    }
    Ok(())
}

async fn by_parent(probe: &mut Probe) -> Verdict {
    for tenant in line(probe).await? {
        let below = items(probe, &format!("?parent_id={tenant}")).await?;
        let other = below.iter().find(|below| below["parent_id"] != *tenant);
        require(other.is_none(), || {
            format!(
                "a tenant's `parent_id` is {}",
                told_value(&other.unwrap_or(&Value::Null)["parent_id"])
            )
        })?;
        let tree = items(probe, &format!("?subtree_root_id={tenant}")).await?;
        let missing =
            tree.iter().find(|it| it["parent_id"] == *tenant && !ids(&below).contains(&id_of(it)));
        require(missing.is_none(), || {
            format!(
                "{} is right below, and is missing",
                told_value(&missing.unwrap_or(&Value::Null)["id"])
            )
        })?;
    }
    Ok(())
}

async fn by_subtree(probe: &mut Probe) -> Verdict {
    for root in line(probe).await? {
        let tree = items(probe, &format!("?subtree_root_id={root}")).await?;
        let listed = ids(&tree);
        let mut distinct: HashSet<_> = listed.iter().cloned().collect();
        require(distinct.len() == listed.len(), || "a tenant is there twice".to_owned())?;
        // Whether the root itself is listed, the contract leaves open.
        distinct.insert(root.clone());
        for tenant in tree.iter().filter(|tenant| tenant["id"] != *root) {
            let parent = &tenant["parent_id"];
            let is_below = parent.as_str().is_some_and(|id| distinct.contains(id));
            require(is_below && *parent != tenant["id"], || {
                format!("{} has {} as parent_id", told_value(&tenant["id"]), told_value(parent))
            })?;
        }
        for asked in distinct.iter().take(MAX_ASKED) {
            let missing = children_of(probe, asked).await?;
            let missing = missing.iter().find(|child| !distinct.contains(&id_of(child)));
            require(missing.is_none(), || format!("a child of {asked} is missing"))?;
        }
    }
    Ok(())
}

async fn children(probe: &mut Probe) -> Verdict {
    for tenant in line(probe).await? {
        let children = children_of(probe, &tenant).await?;
        let below = items(probe, &format!("?parent_id={tenant}")).await?;
        require(ids(&children) == ids(&below), || {
            format!("{} children, {} tenants with it as parent_id", children.len(), below.len())
        })?;
    }
    Ok(())
}

async fn paging(probe: &mut Probe) -> Verdict {
    // Below the first tenants, too: a cursor that forgets where it began shows others.
    for root in line(probe).await? {
        pages_below(probe, &root).await?;
    }
    Ok(())
}

async fn pages_below(probe: &mut Probe, root: &str) -> Verdict {
    let query = format!("?subtree_root_id={root}");
    let all = ids(&items(probe, &query).await?);
    let mut body = page(probe, &format!("{query}&limit=1")).await?;
    let mut given = Vec::new();
    for _ in 0..=all.len() {
        let shown = body["items"].as_array().cloned().unwrap_or_default();
        if given.is_empty() && shown.len() > 1 {
            return noted("limit does not bound a page of tenants, which nobody promises");
        }
        given.extend(shown);
        let Some(after) = body["paging"]["cursors"]["after"].as_str() else { break };
        let alone = items(probe, &format!("?{}", form(&[("after", after)]))).await?;
        let again = alone.iter().find(|item| given.contains(item));
        require(again.is_none(), || {
            format!("after={after} without a limit begins anew, or gives other tenants")
        })?;
        let next = form(&[("limit", "1"), ("after", after)]);
        body = page(probe, &format!("?{next}")).await?;
    }
    require(ids(&given) == all, || {
        format!("page by page there are {} tenants, or others; at once {}", given.len(), all.len())
    })
}
