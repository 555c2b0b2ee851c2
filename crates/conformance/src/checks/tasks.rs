//! The Task Manager's lists of tasks and activities: their form, and what all that judge them use.

use std::collections::HashSet;

use serde_json::Value;

use super::clients_access::{reader, token_without};
use super::clients_tree::token_from_below;
use super::paging::{cursor, next};
use super::{may, must, should};
use crate::answer::{brief, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::{ACTIVITIES_PATH, Probe, TASKS_PATH, is_of_task_manager, own_tenant, roles};
use crate::schema::{self, Schema};

/// One of the two lists, which differ in little.
pub(super) struct Api {
    pub(super) path: &'static str,
    pub(super) page: Schema,
    pub(super) one: Schema,
    /// What only the other list is filtered and ordered by (CONTRACT 8.2).
    lacks: &'static [&'static str],
}

impl Api {
    /// Whether the contract names `field` among the filters.
    pub(super) fn takes(&self, field: &str) -> bool {
        !self.lacks.contains(&field)
    }
}

pub(super) const TASKS_API: &Api = &Api {
    path: TASKS_PATH,
    page: Schema::TaskPage,
    one: Schema::Task,
    lacks: &["taskId", "parentActivityId", "createdAt", "sustainable"],
};

pub(super) const ACTIVITIES_API: &Api =
    &Api { path: ACTIVITIES_PATH, page: Schema::ActivityPage, one: Schema::Activity, lacks: &[] };

/// Ids have up to 18 digits (CONTRACT 8.3).
pub(super) const ID_END: u64 = 1_000_000_000_000_000_000;

/// What an item shows to each lod that one item may be asked with (CONTRACT 8.2).
const ONE_LEVELS: [&str; 5] = ["tiny", "short", "long", "full", "debug"];

/// Pages of a hundred that a list is read in at most.
const MAX_PAGES: usize = 5;

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $members:literal) => {
        &[
            must(
                concat!($group, ".list"),
                concat!("the list of ", $group, " has items with every required member"),
                &["8.1.1", "1.1.2", $members],
                $needs,
                |p| Box::pin(list(p, $api)),
            ),
            must(
                concat!($group, ".content-type"),
                concat!("the list of ", $group, " is one line of application/json; charset=utf-8"),
                &["3.2.1", "3.2.3"],
                $needs,
                |p| Box::pin(content_type(p, $api)),
            ),
            should(
                concat!($group, ".size"),
                "size is the number of items, which the vendor's Python examples read",
                &["8.1.3"],
                $needs,
                |p| Box::pin(size(p, $api)),
            ),
            must(
                concat!($group, ".empty"),
                "a filter that nothing matches gives 200, an empty array and size 0",
                &["8.1.1", "8.1.3", "8.1.2"],
                $needs,
                |p| Box::pin(empty(p, $api)),
            ),
            must(
                concat!($group, ".ids"),
                "each id is an integer of up to 18 digits, not text and not a float",
                &["8.3.4"],
                $needs,
                |p| Box::pin(ids_of_page(p, $api)),
            ),
            must(
                concat!($group, ".one"),
                "an item reads by its id, with every required member at each lod",
                &["8.4.2", $members, "8.3.4"],
                $needs,
                |p| Box::pin(one(p, $api)),
            ),
            must(
                concat!($group, ".own-tenants"),
                "a list has items of the caller's tenant and of those below it only, and none above reads alone",
                &["8.5.1", "4.2.4"],
                $needs,
                |p| Box::pin(own_tenants(p, $api)),
            ),
            must(
                concat!($group, ".without-role"),
                "who has no role of the Task Manager has no list: 403 and a Task Manager error",
                &["8.5.1", "4.2.4"],
                $needs,
                |p| Box::pin(without_role(p, $api)),
            ),
            must(
                concat!($group, ".reader"),
                "who may only read has the list, with items of its own tenants only, and each by its id",
                &["8.5.1", "4.2.4"],
                $needs,
                |p| Box::pin(to_reader(p, $api)),
            ),
            must(
                concat!($group, ".tenant"),
                "the tenant of an item has its number as id, as access policies do, and its UUID as uuid",
                &["8.4.4", "3.5.5"],
                $needs,
                |p| Box::pin(tenant(p, $api)),
            ),
            may(
                concat!($group, ".count"),
                "lod=count answers with a number, `size` or `count`",
                &["8.2.5"],
                $needs,
                |p| Box::pin(count(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] =
    rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks], "8.4.1");
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities], "8.4.3");

/// A page of the list, with a query such as `?limit=1` or none.
pub(super) async fn page(probe: &mut Probe, api: &Api, query: &str) -> Result<Value, Failure> {
    let request = probe.get(&format!("{}{query}", api.path));
    probe.send_with_token(request).await?.ok_json()
}

/// The items of a page.
pub(super) fn items(page: &Value) -> Result<&[Value], Failure> {
    match page["items"].as_array() {
        Some(items) => Ok(items),
        None => unmet(format!("`items` is {}", told_value(&page["items"]))),
    }
}

/// The items of a page that needs some to be judged.
pub(super) fn some_items(page: &Value) -> Result<&[Value], Failure> {
    match items(page)? {
        [] => cannot_tell("the target has none to judge by"),
        items => Ok(items),
    }
}

/// The id of an item (CONTRACT 8.3).
pub(super) fn id_of(item: &Value) -> Result<u64, Failure> {
    match item["id"].as_u64() {
        Some(id) if id < ID_END => Ok(id),
        _ => unmet(format!("an `id` is {}", told_value(&item["id"]))),
    }
}

/// The whole list, or its first items where it is long; fetched once in a run.
pub(super) async fn whole(probe: &mut Probe, api: &'static Api) -> Result<Vec<Value>, Failure> {
    let found = probe.whole_list(api.path).await?;
    if found.is_empty() { cannot_tell("the target has none to judge by") } else { Ok(found) }
}

/// The ids of a page.
pub(super) fn ids(page: &Value) -> Result<Vec<u64>, Failure> {
    items(page)?.iter().map(id_of).collect()
}

/// The ids of all that a query finds, in the order of the list.
pub(super) async fn found(probe: &mut Probe, api: &Api, query: &str) -> Result<Vec<u64>, Failure> {
    let mut page = page(probe, api, &format!("?limit=100&{query}")).await?;
    let mut all = ids(&page)?;
    for _ in 1..MAX_PAGES {
        let Some(after) = cursor(&page).map(str::to_owned) else { break };
        page = next(probe, api, 100, &after).await?;
        let more = ids(&page)?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    Ok(all)
}

/// The ids of those items of the whole list that a filter should find.
pub(super) fn expected(all: &[Value], is_in: impl Fn(&Value) -> bool) -> Result<Vec<u64>, Failure> {
    all.iter().filter(|item| is_in(item)).map(id_of).collect()
}

/// Met when a query found all that it should, and nothing else.
pub(super) fn same(query: &str, found: &[u64], wanted: &[u64]) -> Verdict {
    let missing = wanted.iter().find(|id| !found.contains(id));
    let extra = found.iter().find(|id| !wanted.contains(id));
    require(missing.is_none() && extra.is_none(), || {
        let told = |id: Option<&u64>| id.map_or("none".to_owned(), ToString::to_string);
        format!(
            "?{} gave {} items where {} have it; missing: {}, wrong: {}",
            brief(query),
            found.len(),
            wanted.len(),
            told(missing),
            told(extra)
        )
    })
}

/// Met when the list with `query` has just the items that it should.
pub(super) async fn finds(probe: &mut Probe, api: &Api, query: &str, wanted: &[u64]) -> Verdict {
    let found = found(probe, api, query).await.map_err(|failure| failure.of(&brief(query)))?;
    same(query, &found, wanted)
}

/// Met when `size` is the number of items in the page (CONTRACT 8.1).
pub(super) fn judge_size(page: &Value) -> Verdict {
    let count = items(page)?.len();
    require(page["size"] == count, || {
        format!("`size` is {} with {count} items", told_value(&page["size"]))
    })
}

pub(super) fn time_of(value: &Value) -> Result<jiff::Timestamp, Failure> {
    match value.as_str().map(str::parse) {
        Some(Ok(time)) => Ok(time),
        _ => unmet(format!("{} is no RFC 3339 time", told_value(value))),
    }
}

/// The nearest integer that a float can hold, which is not always the one given.
#[expect(clippy::cast_precision_loss, reason = "the loss is what a check looks for")]
pub(super) const fn as_float(id: u64) -> f64 {
    id as f64
}

/// Ids that are no item's, and which a float does not tell from `id` where it is large.
pub(super) fn neighbours(id: u64, taken: impl Fn(u64) -> bool) -> Vec<u64> {
    let around = (1..64).flat_map(|step| [id.checked_sub(step), id.checked_add(step)]).flatten();
    let free = around.filter(|near| *near < ID_END && !taken(*near));
    let (same, others): (Vec<u64>, Vec<u64>) =
        free.partition(|near| as_float(*near).to_bits() == as_float(id).to_bits());
    if same.is_empty() {
        others.into_iter().take(1).collect()
    } else {
        same.into_iter().take(2).collect()
    }
}

async fn list(probe: &mut Probe, api: &Api) -> Verdict {
    schema::judge(api.page, &page(probe, api, "").await?)
}

async fn content_type(probe: &mut Probe, api: &Api) -> Verdict {
    let request = probe.get(api.path);
    let answer = probe.send_with_token(request).await?;
    answer.status(200)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn size(probe: &mut Probe, api: &Api) -> Verdict {
    judge_size(&page(probe, api, "").await?)?;
    judge_size(&page(probe, api, "?limit=2").await?)
}

async fn empty(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let ids: Vec<u64> = all.iter().map(id_of).collect::<Result<_, _>>()?;
    let Some(free) = (1..ID_END).find(|id| !ids.contains(id)) else { return Ok(()) };
    for query in [format!("?id={free}"), format!("?limit=2&type=nothing-is-of-this-type&id={free}")]
    {
        let page = page(probe, api, &query).await?;
        let found = items(&page)?.len();
        require(found == 0, || format!("{query} gave {found} items"))?;
        judge_size(&page)?;
        schema::judge(api.page, &page)?;
        require(cursor(&page).is_none(), || "there is a cursor, and no item".to_owned())?;
    }
    Ok(())
}

async fn ids_of_page(probe: &mut Probe, api: &Api) -> Verdict {
    let page = page(probe, api, "").await?;
    some_items(&page)?.iter().try_for_each(|item| id_of(item).map(|_| ()))
}

async fn one(probe: &mut Probe, api: &Api) -> Verdict {
    let page = page(probe, api, "?limit=1").await?;
    let id = id_of(&some_items(&page)?[0])?;
    let request = probe.get(&format!("{}/{id}", api.path));
    let item = probe.send_with_token(request).await?.ok_json()?;
    schema::judge(api.one, &item)?;
    require(item["id"] == id, || format!("`id` is {}", told_value(&item["id"])))?;
    for level in ONE_LEVELS {
        let request = probe.get(&format!("{}/{id}?lod={level}", api.path));
        let answer = probe.send_with_token(request).await?;
        // Whether one item takes a lod, the contract leaves open.
        if answer.status == 400 {
            continue;
        }
        let judged = answer.ok_json().and_then(|item| {
            schema::judge(api.one, &item)?;
            require(item["id"] == id, || format!("`id` is {}", told_value(&item["id"])))
        });
        judged.map_err(|failure| failure.of(&format!("lod={level}")))?;
    }
    Ok(())
}

async fn own_tenants(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let token = probe.tokens().await?.access;
    is_within_reach(probe, &token, &all).await?;
    if probe.session().changes_are_forbidden() {
        return Ok(());
    }
    // One by one, a caller from a tenant below has none of those above.
    let own = own_tenant(&token);
    let Ok(from_below) = token_from_below(probe).await else { return Ok(()) };
    let request = probe.get(&format!("{}?limit=2", api.path)).bearer(&from_below);
    let below = probe.send(request).await?.ok_json().unwrap_or_default();
    for item in below["items"].as_array().into_iter().flatten() {
        let id = id_of(item)?;
        finds(probe, api, &format!("id={id}"), &[id]).await?;
    }
    let is_own = |item: &&Value| item["tenant"]["uuid"].as_str() == own.as_deref();
    let Some(above) = all.iter().find(is_own) else { return Ok(()) };
    let request = probe.get(&format!("{}/{}", api.path, id_of(above)?)).bearer(&from_below);
    let answer = probe.send(request).await?;
    require(matches!(answer.status, 403 | 404), || {
        format!("an item of the tenant above: got {}, wanted 403 or 404", answer.status)
    })
}

/// Met when each item is of the tenant of `token`'s owner, or of one below it.
async fn is_within_reach(probe: &mut Probe, token: &str, all: &[Value]) -> Verdict {
    let Some(own) = own_tenant(token) else {
        return cannot_tell("the token names no tenant of its owner");
    };
    let request = probe.get(&format!("/api/2/tenants?subtree_root_id={own}")).bearer(token);
    let answer = probe.send(request).await?;
    let tree = match answer.ok_json() {
        Ok(tree) if cursor(&tree).is_none() => tree,
        _ => return cannot_tell("the target does not show all tenants below the caller's"),
    };
    let below = items(&tree)?.iter().filter_map(|tenant| tenant["id"].as_str());
    let seen: HashSet<String> = below.chain([&*own]).map(str::to_ascii_lowercase).collect();
    for item in all {
        let Some(tenant) = item["tenant"]["uuid"].as_str() else { continue };
        require(seen.contains(&tenant.to_ascii_lowercase()), || {
            format!("{} is of the tenant {}", told_value(&item["id"]), brief(tenant))
        })?;
    }
    Ok(())
}

async fn tenant(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let claims = Jwt::read(&probe.tokens().await?.access)?.claims;
    let policies = claims["scope"].as_array().map(Vec::as_slice).unwrap_or_default();
    for tenant in all.iter().filter_map(|item| item.get("tenant")) {
        let (id, uuid) = (&tenant["id"], &tenant["uuid"]);
        require(id != uuid, || format!("`id` and `uuid` are both {}", told_value(id)))?;
        let named = policies.iter().find(|policy| policy["tuid"] == *uuid);
        let Some(number) = named.and_then(|policy| policy.get("tid")) else { continue };
        require(id == number, || {
            format!(
                "`id` of {} is {}, and `tid` {} in the token",
                told_value(uuid),
                told_value(id),
                told_value(number)
            )
        })?;
    }
    Ok(())
}

async fn without_role(probe: &mut Probe, api: &'static Api) -> Verdict {
    let token = token_without(probe, is_of_task_manager).await?;
    let request = probe.get(api.path).bearer(&token);
    probe.send(request).await?.task_error(403)?;
    let all = whole(probe, api).await?;
    let Some(first) = all.first() else { return Ok(()) };
    let alone = probe.get(&format!("{}/{}", api.path, id_of(first)?)).bearer(&token);
    let answer = probe.send(alone).await?;
    // No right to it, or no such thing for this caller.
    let status = if answer.status == 404 { 404 } else { 403 };
    answer.task_error(status).map_err(|failure| failure.of("one by its id"))
}

/// The lists as the lent client sees them that may only read.
async fn to_reader(probe: &mut Probe, api: &Api) -> Verdict {
    let (_, token) = reader(probe).await?;
    if !roles(&token).iter().any(|role| is_of_task_manager(role)) {
        return cannot_tell("the client that may only read has no role for this");
    }
    let request = probe.get(&format!("{}?limit=100", api.path)).bearer(&token);
    let page = probe.send(request).await?.ok_json()?;
    if let Some(first) = items(&page)?.first() {
        let alone = probe.get(&format!("{}/{}", api.path, id_of(first)?)).bearer(&token);
        probe.send(alone).await?.status(200).map_err(|failure| failure.of("one by its id"))?;
    }
    is_within_reach(probe, &token, items(&page)?).await
}

async fn count(probe: &mut Probe, api: &Api) -> Verdict {
    let answer = page(probe, api, "?lod=count").await?;
    // The contract names the level, and not the member that counts.
    let is_counted = ["size", "count"].iter().any(|member| answer[*member].is_u64());
    require(is_counted, || "got neither `size` nor `count`".to_owned())
}
