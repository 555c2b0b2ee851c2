//! The filters of tasks and activities, each against the whole list.

use jiff::Timestamp;
use serde_json::Value;

use super::must;
use super::tasks::{ACTIVITIES_API, Api, TASKS_API, id_of, items, page, time_of, whole};
use crate::answer::brief;
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;

const TASKS_NEEDS: &[Need] = &[Need::Credentials, Need::Tasks];
const ACTIVITIES_NEEDS: &[Need] = &[Need::Credentials, Need::Activities];

/// What a time operator says.
type Comparison = fn(&Timestamp, &Timestamp) -> bool;

/// A filter, and where an item has what it compares.
type Filter = (&'static str, &'static str);

const KIND: &[Filter] = &[("type", "/type"), ("queue", "/queue"), ("priority", "/priority")];
const IDENTITY: &[Filter] =
    &[("id", "/id"), ("uuid", "/uuid"), ("workflowId", "/workflowId"), ("tag", "/tags/0")];
const POLICY: &[Filter] =
    &[("policyId", "/policy/id"), ("policyName", "/policy/name"), ("policyType", "/policy/type")];
const RESOURCE: &[Filter] = &[
    ("resourceId", "/resource/id"),
    ("resourceName", "/resource/name"),
    ("resourceType", "/resource/type"),
];
const EXECUTOR: &[Filter] = &[("executorId", "/executor/id")];
const FAMILY: &[Filter] = &[("taskId", "/taskId"), ("parentActivityId", "/parentActivityId")];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $identity:expr) => {
        &[
            must(
                concat!($group, ".filter-kind"),
                "type=, queue= and priority= give just the items of that value",
                &["8.2.6", "8.3.3"],
                $needs,
                |p| Box::pin(filters(p, $api, KIND)),
            ),
            must(
                concat!($group, ".filter-identity"),
                "id= and the other names of an item give just the items that have it",
                $identity.1,
                $needs,
                |p| Box::pin(filters(p, $api, $identity.0)),
            ),
            must(
                concat!($group, ".filter-policy"),
                "policyId=, policyName= and policyType= give just the items of that policy",
                &["8.2.6"],
                $needs,
                |p| Box::pin(filters(p, $api, POLICY)),
            ),
            must(
                concat!($group, ".filter-resource"),
                "resourceId=, resourceName= and resourceType= give just the items of that resource",
                &["8.2.6"],
                $needs,
                |p| Box::pin(filters(p, $api, RESOURCE)),
            ),
            must(
                concat!($group, ".filter-executor"),
                "executorId= gives just the items of that executor",
                &["8.2.6"],
                $needs,
                |p| Box::pin(filters(p, $api, EXECUTOR)),
            ),
            must(
                concat!($group, ".alternatives"),
                "several entries of one filter are alternatives",
                &["8.2.7"],
                $needs,
                |p| Box::pin(alternatives(p, $api)),
            ),
            must(
                concat!($group, ".all-hold"),
                "different filters must all hold",
                &["8.2.7", "8.2.6"],
                $needs,
                |p| Box::pin(all_hold(p, $api)),
            ),
            must(
                concat!($group, ".time-bounds"),
                "gt, ge, lt and le of a time split the list at that very moment",
                &["8.2.8"],
                $needs,
                |p| Box::pin(time_bounds(p, $api)),
            ),
            must(
                concat!($group, ".like"),
                "like(…) finds the names that have a text inside",
                &["8.2.9"],
                $needs,
                |p| Box::pin(like(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, TASKS_NEEDS, (IDENTITY, &["8.2.6"]));
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, ACTIVITIES_NEEDS, (FAMILY, &["8.2.10", "8.2.6"]));

/// The items of a list with a query, which may be longer than a page.
async fn found(probe: &mut Probe, api: &'static Api, query: &str) -> Result<Vec<u64>, Failure> {
    let page = page(probe, api, &format!("?limit=100&{query}")).await?;
    let mut ids: Vec<u64> = items(&page)?.iter().map(id_of).collect::<Result<_, _>>()?;
    ids.sort_unstable();
    Ok(ids)
}

fn expected(all: &[Value], is_in: impl Fn(&Value) -> bool) -> Result<Vec<u64>, Failure> {
    let mut ids: Vec<u64> =
        all.iter().filter(|item| is_in(item)).map(id_of).collect::<Result<_, _>>()?;
    ids.sort_unstable();
    Ok(ids)
}

fn same(query: &str, found: &[u64], wanted: &[u64]) -> Verdict {
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

/// The value as it stands in a query.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether an item has `value` where the filter looks; a list is looked through.
fn has(item: &Value, pointer: &str, value: &Value) -> bool {
    match pointer.strip_suffix("/0") {
        Some(list) => {
            item.pointer(list).and_then(Value::as_array).is_some_and(|list| list.contains(value))
        }
        None => item.pointer(pointer) == Some(value),
    }
}

async fn filters(probe: &mut Probe, api: &'static Api, filters: &[Filter]) -> Verdict {
    let all = whole(probe, api).await?;
    let mut judged = 0;
    for (name, pointer) in filters {
        let Some(value) =
            all.iter().find_map(|item| item.pointer(pointer).filter(|it| !it.is_null()))
        else {
            continue;
        };
        let Some(text) = text(value) else { continue };
        let query = form(&[(name, &text)]);
        let wanted = expected(&all, |item| has(item, pointer, value))?;
        same(&query, &found(probe, api, &query).await?, &wanted)?;
        judged += 1;
    }
    if judged == 0 { cannot_tell("no item of the target has any of it") } else { Ok(()) }
}

/// Two different texts that items have in a member.
fn two_of<'a>(all: &'a [Value], member: &str) -> Result<(&'a str, &'a str), Failure> {
    let mut texts = all.iter().filter_map(|item| item[member].as_str());
    let first = texts.next().unwrap_or_default();
    match texts.find(|text| *text != first) {
        Some(other) => Ok((first, other)),
        None => cannot_tell(format!("all items of the target have the same `{member}`")),
    }
}

async fn alternatives(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let (one, other) = two_of(&all, "state")?;
    let query = form(&[("state", one), ("state", other)]);
    let wanted = expected(&all, |item| item["state"] == *one || item["state"] == *other)?;
    same(&query, &found(probe, api, &query).await?, &wanted)
}

async fn all_hold(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let (kind, _) = two_of(&all, "type")?;
    let (one, other) = two_of(&all, "state")?;
    for state in [one, other] {
        let query = form(&[("type", kind), ("state", state)]);
        let wanted = expected(&all, |item| item["type"] == *kind && item["state"] == *state)?;
        same(&query, &found(probe, api, &query).await?, &wanted)?;
    }
    Ok(())
}

async fn time_bounds(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let mut times: Vec<(Timestamp, &str)> = Vec::new();
    for item in &all {
        let text = item["updatedAt"].as_str().unwrap_or_default();
        times.push((time_of(&item["updatedAt"])?, text));
    }
    times.sort_unstable();
    let Some((bound, text)) = times.get(times.len() / 2).copied() else {
        return cannot_tell("the target has none to judge by");
    };
    let operators: [(&str, Comparison); 4] = [
        ("gt", |time, bound| time > bound),
        ("ge", |time, bound| time >= bound),
        ("lt", |time, bound| time < bound),
        ("le", |time, bound| time <= bound),
    ];
    for (operator, holds) in operators {
        let query = form(&[("updatedAt", &format!("{operator}({text})"))]);
        let wanted = expected(&all, |item| {
            time_of(&item["updatedAt"]).is_ok_and(|time| holds(&time, &bound))
        })?;
        same(&query, &found(probe, api, &query).await?, &wanted)?;
    }
    Ok(())
}

async fn like(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let name = |item: &Value| item["policy"]["name"].as_str().map(str::to_owned);
    let is_word = |word: &&str| word.len() > 3 && word.chars().all(|it| it.is_ascii_alphabetic());
    let words = all.iter().filter_map(name);
    // The last word of a name: what begins with it, or is it, is another thing.
    let word = words.filter(|name| name.contains(' ')).find_map(|name| {
        name.split(' ').skip(1).find(is_word).map(|word| word[..word.len() - 1].to_owned())
    });
    let Some(part) = word else {
        return cannot_tell("no item of the target has a policy with a name of several words");
    };
    let query = form(&[("policyName", &format!("like({part})"))]);
    let found = found(probe, api, &query).await?;
    let certain = expected(&all, |item| name(item).is_some_and(|name| name.contains(&part)))?;
    let lower = part.to_lowercase();
    let possible =
        expected(&all, |item| name(item).is_some_and(|name| name.to_lowercase().contains(&lower)))?;
    // The contract does not say whether case matters.
    if found == possible { Ok(()) } else { same(&query, &found, &certain) }
}
