//! Pages of tasks and activities, and the cursors between them.

use std::collections::HashSet;

use serde_json::Value;

use super::tasks::{
    ACTIVITIES_API, Api, TASKS_API, expected, found, id_of, ids, items, judge_size, page, whole,
};
use super::{must, should};
use crate::answer::{brief, told_value};
use crate::check::{Check, Failure, Verdict, cannot_tell, noted, require, unmet};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;
use crate::schema;

/// Pages that a walk of small pages should take, about.
const SOME_PAGES: usize = 6;

/// Values of one filter that are tried at most.
const MAX_VALUES: usize = 4;

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr) => {
        &[
            must(
                concat!($group, ".limit"),
                "limit=1 gives one item, and a cursor to the next page",
                &["8.2.1", "8.1.2"],
                $needs,
                |p| Box::pin(limit(p, $api)),
            ),
            should(
                concat!($group, ".both-cursors"),
                "cursors.after and paging.cursors.after are there both, and the same",
                &["8.1.2"],
                $needs,
                |p| Box::pin(both_cursors(p, $api)),
            ),
            must(
                concat!($group, ".cursor-characters"),
                "a cursor has unreserved characters only: the bash scripts don't escape it",
                &["8.1.4"],
                $needs,
                |p| Box::pin(cursor_characters(p, $api)),
            ),
            must(
                concat!($group, ".paging"),
                "the next page, asked for with limit and after alone, has other items",
                &["8.1.2", "8.2.2"],
                $needs,
                |p| Box::pin(paging(p, $api)),
            ),
            must(
                concat!($group, ".cursor-carries"),
                "the cursor carries the first page's filter and order, to the last page",
                &["8.2.3", "8.2.4"],
                $needs,
                |p| Box::pin(cursor_carries(p, $api)),
            ),
            must(
                concat!($group, ".walk"),
                "a walk in small pages shows each item once, in the order of the whole list",
                &["8.1.2", "8.1.3", "8.1.4", "8.2.1", "8.2.4"],
                $needs,
                |p| Box::pin(walk_small(p, $api)),
            ),
            must(
                concat!($group, ".last-page"),
                "the last page has no cursor: where it is full, and where it has one item",
                &["8.1.2", "8.1.3"],
                $needs,
                |p| Box::pin(last_page(p, $api)),
            ),
            must(
                concat!($group, ".after-alone"),
                "after without limit is refused with 400 and a Task Manager error",
                &["8.2.2", "8.5.2"],
                $needs,
                |p| Box::pin(after_alone(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities]);

/// The cursor to the next page, wherever the page has it.
pub(super) fn cursor(page: &Value) -> Option<&str> {
    let (by_document, by_scripts) =
        (&page["cursors"]["after"], &page["paging"]["cursors"]["after"]);
    by_document.as_str().or_else(|| by_scripts.as_str())
}

/// The first page of a list that goes on, with its cursor.
async fn first(probe: &mut Probe, api: &Api, query: &str) -> Result<(Value, String), Failure> {
    let all = page(probe, api, "?limit=2").await?;
    if items(&all)?.len() < 2 {
        return cannot_tell("the target has less than two to judge by");
    }
    let first = page(probe, api, query).await?;
    match cursor(&first) {
        Some(after) => {
            let after = after.to_owned();
            Ok((first, after))
        }
        None => unmet("there is more than one item, and no cursor"),
    }
}

pub(super) async fn next(
    probe: &mut Probe,
    api: &Api,
    limit: usize,
    after: &str,
) -> Result<Value, Failure> {
    page(probe, api, &format!("?limit={limit}&after={after}")).await
}

async fn limit(probe: &mut Probe, api: &Api) -> Verdict {
    let (first, _) = first(probe, api, "?limit=1").await?;
    let count = items(&first)?.len();
    require(count == 1, || format!("?limit=1 gave {count} items"))
}

async fn both_cursors(probe: &mut Probe, api: &Api) -> Verdict {
    let (page, _) = first(probe, api, "?limit=1").await?;
    if has_one(&page) && !probe.session().is_gatepass() {
        return noted(
            "there is one of the two cursors, which is that of the document or the scripts",
        );
    }
    judge_both(&page)
}

fn has_one(page: &Value) -> bool {
    page["cursors"]["after"].is_string() != page["paging"]["cursors"]["after"].is_string()
}

fn judge_both(page: &Value) -> Verdict {
    let (by_document, by_scripts) =
        (&page["cursors"]["after"], &page["paging"]["cursors"]["after"]);
    require(by_document == by_scripts, || {
        let told = |cursor: &Value| if cursor.is_string() { "there" } else { "missing" };
        format!("cursors.after is {}, paging.cursors.after {}", told(by_document), told(by_scripts))
    })
}

async fn cursor_characters(probe: &mut Probe, api: &Api) -> Verdict {
    let (_, after) = first(probe, api, "?limit=1").await?;
    judge_characters(&after)
}

fn judge_characters(after: &str) -> Verdict {
    let odd = after.chars().find(|next| !(next.is_ascii_alphanumeric() || "-._~".contains(*next)));
    require(odd.is_none() && !after.is_empty(), || format!("the cursor is `{}`", brief(after)))
}

async fn paging(probe: &mut Probe, api: &Api) -> Verdict {
    let (first, after) = first(probe, api, "?limit=1").await?;
    let second = next(probe, api, 1, &after).await?;
    let [first, second] = [items(&first)?, items(&second)?];
    let ([first], [second]) = (first, second) else {
        return unmet(format!("got {} items, then {}", first.len(), second.len()));
    };
    let (first, second) = (id_of(first)?, id_of(second)?);
    require(first != second, || format!("both pages have the item {first}"))?;
    // The vendor's scripts repeat the lod beside the cursor.
    let repeated = page(probe, api, &format!("?limit=1&lod=short&after={after}")).await;
    let repeated = repeated.map_err(|failure| failure.of("lod beside the cursor"))?;
    require(ids(&repeated)? == [second], || "lod beside the cursor gives other items".to_owned())
}

/// Met when a page of a walk is as each must be; `limit` bounds it.
fn judge_page(api: &Api, page: &Value, limit: usize) -> Verdict {
    schema::judge(api.page, page)?;
    judge_size(page)?;
    let count = items(page)?.len();
    require(count <= limit, || format!("a page of {limit} has {count} items"))?;
    let Some(after) = cursor(page) else {
        let empty = &page["cursors"]["after"];
        return require(empty.is_null(), || format!("`cursors.after` is {}", told_value(empty)));
    };
    judge_characters(after)?;
    if !has_one(page) {
        judge_both(page)?;
    }
    require(count == limit, || format!("a page of {limit} has {count} items, and a cursor"))
}

/// The ids of all pages of `limit`, from `?limit=…` with `query` to the last, or until there are
/// more than `wanted`.
async fn walk(
    probe: &mut Probe,
    api: &Api,
    query: &str,
    limit: usize,
    wanted: &[u64],
) -> Result<Vec<u64>, Failure> {
    let mut seen = Vec::new();
    let mut known = HashSet::new();
    let mut page = page(probe, api, &format!("?limit={limit}{query}")).await?;
    let mut number = 0;
    while seen.len() <= wanted.len() {
        number += 1;
        let told = format!("page {number} of {limit}");
        judge_page(api, &page, limit).map_err(|failure| failure.of(&told))?;
        let is_empty = number > 1 && items(&page)?.is_empty();
        require(!is_empty, || format!("{told}: a cursor leads to it, and it has no items"))?;
        for id in ids(&page)? {
            require(known.insert(id), || format!("the item {id} came twice"))?;
            seen.push(id);
        }
        let Some(after) = cursor(&page).map(str::to_owned) else { return Ok(seen) };
        page = next(probe, api, limit, &after).await?;
    }
    Ok(seen)
}

/// Met when a walk showed just the items that it should, in their order.
fn as_wanted(seen: &[u64], wanted: &[u64]) -> Verdict {
    require(seen == wanted, || {
        let at = seen.iter().zip(wanted).take_while(|(one, other)| one == other).count();
        format!(
            "the walk shows {} items of {}, and differs from item {} on",
            seen.len(),
            wanted.len(),
            at + 1
        )
    })
}

/// A filter, where an item has what it compares, and what is written around the value.
type Carried = (&'static str, &'static str, &'static str, &'static str);

const CARRIED: [Carried; 12] = [
    ("state", "/state", "", ""),
    ("type", "/type", "", ""),
    ("queue", "/queue", "", ""),
    ("priority", "/priority", "", ""),
    ("resultCode", "/result/code", "", ""),
    ("taskId", "/taskId", "", ""),
    ("policyId", "/policy/id", "", ""),
    ("policyName", "/policy/name", "like(", ")"),
    ("resourceId", "/resource/id", "", ""),
    ("resourceName", "/resource/name", "like(", ")"),
    ("updatedAt", "/updatedAt", "ge(", ")"),
    ("enqueuedAt", "/enqueuedAt", "lt(", ")"),
];

async fn cursor_carries(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let mut is_judged = false;
    for (filter, pointer, open, close) in CARRIED {
        let mut values: Vec<String> =
            all.iter().filter_map(|item| item.pointer(pointer)).map(word).collect();
        values.sort_unstable();
        values.dedup();
        // One in the middle, so that times have items on both sides.
        let middle = values.len() / 2;
        values.rotate_left(middle);
        for value in values.iter().take(MAX_VALUES) {
            let of_filter = form(&[(filter, &format!("{open}{value}{close}"))]);
            let mut wanted = if open.is_empty() {
                expected(&all, |item| item.pointer(pointer).map(word) == Some(value.clone()))?
            } else {
                found(probe, api, &of_filter).await?
            };
            if wanted.len() < 2 || wanted.len() >= all.len() {
                continue;
            }
            wanted.sort_unstable();
            wanted.reverse();
            let query = format!("&{of_filter}&order=desc(id)&lod=tiny");
            let limit = wanted.len().div_ceil(if is_judged { 2 } else { SOME_PAGES });
            let seen = walk(probe, api, &query, limit, &wanted).await?;
            as_wanted(&seen, &wanted).map_err(|failure| failure.of(&query))?;
            is_judged = true;
            break;
        }
    }
    if !is_judged {
        return cannot_tell("no filter finds two items and not all");
    }
    two_filters(probe, api, &all).await
}

/// A text as it is, anything else as JSON.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A cursor carries both of two filters that each find more than the other leaves, and both values
/// of one filter.
async fn two_filters(probe: &mut Probe, api: &'static Api, all: &[Value]) -> Verdict {
    for item in all {
        let same = |other: &&Value, member: &str| other[member] == item[member];
        let of_type = all.iter().filter(|other| same(other, "type")).count();
        let of_state = all.iter().filter(|other| same(other, "state")).count();
        let both = all.iter().filter(|other| same(other, "type") && same(other, "state"));
        let mut wanted: Vec<u64> = both.map(id_of).collect::<Result<_, _>>()?;
        if wanted.len() < 2 || wanted.len() == of_type || wanted.len() == of_state {
            continue;
        }
        wanted.sort_unstable();
        let text = |member: &str| item[member].as_str().unwrap_or_default();
        let both = form(&[("type", text("type")), ("state", text("state"))]);
        let limit = wanted.len().div_ceil(2);
        let seen = walk(probe, api, &format!("&{both}&order=asc(id)"), limit, &wanted).await?;
        as_wanted(&seen, &wanted).map_err(|failure| failure.of(&both))?;
        break;
    }
    let states: Vec<&str> = all.iter().filter_map(|item| item["state"].as_str()).collect();
    let Some((first, second)) = states.first().zip(states.iter().find(|it| **it != states[0]))
    else {
        return Ok(());
    };
    let mut wanted = expected(all, |item| item["state"] == **first || item["state"] == **second)?;
    wanted.sort_unstable();
    let either = format!("&state={first}&state={second}&order=asc(id)");
    let seen = walk(probe, api, &either, wanted.len().div_ceil(2), &wanted).await?;
    as_wanted(&seen, &wanted).map_err(|failure| failure.of(&either))
}

/// All ids, rising, of a list that a walk can divide.
async fn rising(probe: &mut Probe, api: &'static Api) -> Result<Vec<u64>, Failure> {
    let mut ids = expected(&whole(probe, api).await?, |_| true)?;
    if ids.len() < 4 {
        return cannot_tell("the target has less than four to judge by");
    }
    ids.sort_unstable();
    Ok(ids)
}

async fn walk_small(probe: &mut Probe, api: &'static Api) -> Verdict {
    let wanted = rising(probe, api).await?;
    let limit = wanted.len().div_ceil(SOME_PAGES).max(3);
    let seen = walk(probe, api, "&order=asc(id)", limit, &wanted).await?;
    as_wanted(&seen, &wanted)?;
    // Without an order of its own, the list has one all the same; and so have items of one state.
    for query in ["", "&order=asc(state)", "&order=desc(type)"] {
        let mut seen = walk(probe, api, query, limit + 1, &wanted).await?;
        seen.sort_unstable();
        as_wanted(&seen, &wanted).map_err(|failure| failure.of(query))?;
    }
    Ok(())
}

async fn last_page(probe: &mut Probe, api: &'static Api) -> Verdict {
    let wanted = rising(probe, api).await?;
    let count = wanted.len();
    let divides = |limit: &usize| count.is_multiple_of(*limit) && count / limit <= SOME_PAGES;
    let divisor = (2..count).find(divides);
    for limit in divisor.into_iter().chain([count - 1, count]) {
        let seen = walk(probe, api, "&order=asc(id)", limit, &wanted).await?;
        as_wanted(&seen, &wanted).map_err(|failure| failure.of(&format!("pages of {limit}")))?;
    }
    Ok(())
}

async fn after_alone(probe: &mut Probe, api: &Api) -> Verdict {
    let (_, after) = first(probe, api, "?limit=1").await?;
    let request = probe.get(&format!("{}?after={after}", api.path));
    probe.send_with_token(request).await?.task_error(400)
}
