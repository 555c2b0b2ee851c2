//! The filters of tasks and activities by value, each against the whole list.

use serde_json::Value;

use super::must;
use super::tasks::{
    ACTIVITIES_API, Api, TASKS_API, expected, finds, found, id_of, neighbours, same, whole,
};
use crate::check::{Check, Failure, Verdict, cannot_tell};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;

const TASKS_NEEDS: &[Need] = &[Need::Credentials, Need::Tasks];
const ACTIVITIES_NEEDS: &[Need] = &[Need::Credentials, Need::Activities];

/// What the values of a filter are, which says what is near to one without being it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text, of which a part is another text.
    Text,
    /// An integer, which a float may not tell from its neighbours.
    Id,
    /// A UUID, or a word: nothing else is of the form.
    Whole,
}

/// A filter, where an item has what it compares, and of which kind that is.
type Filter = (&'static str, &'static str, Kind);

const KIND: &[Filter] = &[("type", "/type", Kind::Text), ("queue", "/queue", Kind::Text)];
const IDENTITY: &[Filter] = &[
    ("id", "/id", Kind::Id),
    ("uuid", "/uuid", Kind::Whole),
    ("workflowId", "/workflowId", Kind::Id),
    ("taskId", "/taskId", Kind::Id),
    ("parentActivityId", "/parentActivityId", Kind::Id),
];
const ORIGIN: &[Filter] = &[
    ("startedBy", "/startedByUser", Kind::Text),
    ("tag", "/tags", Kind::Text),
    ("sustainable", "/sustainable", Kind::Whole),
];
const POLICY: &[Filter] = &[
    ("policyId", "/policy/id", Kind::Text),
    ("policyName", "/policy/name", Kind::Text),
    ("policyType", "/policy/type", Kind::Text),
];
const RESOURCE: &[Filter] = &[
    ("resourceId", "/resource/id", Kind::Text),
    ("resourceName", "/resource/name", Kind::Text),
    ("resourceType", "/resource/type", Kind::Text),
];
const EXECUTOR: &[Filter] = &[
    ("executorId", "/executor/id", Kind::Text),
    ("affinityAgentId", "/affinity/agentId", Kind::Text),
    ("affinityClusterId", "/affinity/clusterId", Kind::Text),
];

/// A filter by documented words, and where an item has its word (CONTRACT 8.3).
struct Words {
    filter: &'static str,
    pointer: &'static str,
    known: &'static [&'static str],
}

const STATES: &Words = &Words {
    filter: "state",
    pointer: "/state",
    known: &["enqueued", "assigned", "started", "paused", "completed"],
};
const RESULTS: &Words = &Words {
    filter: "resultCode",
    pointer: "/result/code",
    known: &["ok", "error", "warning", "cancelled", "abandoned", "timedout"],
};
const PRIORITIES: &Words = &Words {
    filter: "priority",
    pointer: "/priority",
    known: &["low", "belowNormal", "normal", "aboveNormal", "high"],
};

/// The filters whose names take `like(…)`.
const NAMES: [(&str, &str); 2] =
    [("policyName", "/policy/name"), ("resourceName", "/resource/name")];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $identity:expr) => {
        &[
            must(
                concat!($group, ".state-filter"),
                "state= gives just the items of that state, for each documented word",
                &["8.2.6", "8.3.1", "8.2.7"],
                $needs,
                |p| Box::pin(words(p, $api, STATES)),
            ),
            must(
                concat!($group, ".result-filter"),
                "resultCode= gives just the items of that result, for each documented word",
                &["8.2.6", "8.3.2", "8.2.7"],
                $needs,
                |p| Box::pin(words(p, $api, RESULTS)),
            ),
            must(
                concat!($group, ".filter-kind"),
                "type=, queue= and priority= give just the items of that value",
                &["8.2.6", "8.3.3", "8.2.7"],
                $needs,
                |p| Box::pin(kinds(p, $api)),
            ),
            must(
                concat!($group, ".filter-identity"),
                "id= and the other IDs give just the items that have it, and no neighbour",
                $identity,
                $needs,
                |p| Box::pin(filters(p, $api, IDENTITY)),
            ),
            must(
                concat!($group, ".filter-origin"),
                "startedBy=, tag= and sustainable= give just the items of that value",
                &["8.2.6", "8.2.7"],
                $needs,
                |p| Box::pin(filters(p, $api, ORIGIN)),
            ),
            must(
                concat!($group, ".filter-policy"),
                "policyId=, policyName= and policyType= give just the items of that policy",
                &["8.2.6", "8.2.7"],
                $needs,
                |p| Box::pin(filters(p, $api, POLICY)),
            ),
            must(
                concat!($group, ".filter-resource"),
                "resourceId=, resourceName= and resourceType= give just the items of that resource",
                &["8.2.6", "8.2.7"],
                $needs,
                |p| Box::pin(filters(p, $api, RESOURCE)),
            ),
            must(
                concat!($group, ".filter-executor"),
                "executorId= and the affinity's IDs give just the items of that executor",
                &["8.2.6", "8.2.7"],
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
                concat!($group, ".like"),
                "like(…) finds the names of policies and resources that have a text inside",
                &["8.2.9"],
                $needs,
                |p| Box::pin(like(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] =
    rows!("tasks", TASKS_API, TASKS_NEEDS, &["8.2.6", "8.3.4", "8.2.7"]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, ACTIVITIES_NEEDS, &["8.2.10", "8.3.4", "8.2.6", "8.2.7"]);

/// The values that an item has where a filter looks: each of a list, the last first.
fn values(item: &Value, pointer: &str) -> Vec<String> {
    match item.pointer(pointer) {
        Some(Value::Array(list)) => list.iter().rev().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The value as it stands in a query.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The different values that items have, first of all one that is easily taken for another.
fn distinct(all: &[Value], pointer: &str, kind: Kind) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for value in all.iter().flat_map(|item| values(item, pointer)) {
        if !value.is_empty() && !found.contains(&value) {
            found.push(value);
        }
    }
    let telling = match kind {
        Kind::Text => found.iter().position(|one| {
            let begins = |other: &String| other.to_lowercase().starts_with(&one.to_lowercase());
            found.iter().any(|other| other != one && begins(other))
        }),
        Kind::Id => (0..found.len()).max_by_key(|at| found[*at].parse::<u64>().ok()),
        Kind::Whole => None,
    };
    if let Some(at) = telling {
        found.swap(0, at);
    }
    found
}

/// Values that are near to `value`, and that a filter may not take for it.
fn near(value: &str, kind: Kind, taken: &[String]) -> Vec<String> {
    let mut shorter: Vec<char> = value.chars().collect();
    shorter.pop();
    let shorter: String = shorter.into_iter().collect();
    let mut near = match kind {
        Kind::Whole => return Vec::new(),
        Kind::Text => Vec::new(),
        Kind::Id => {
            let Ok(id) = value.parse() else { return Vec::new() };
            let found = neighbours(id, |near| taken.contains(&near.to_string()));
            found.iter().map(ToString::to_string).collect()
        }
    };
    if !shorter.trim().is_empty() {
        near.push(shorter);
    }
    near
}

/// Judges one filter with several entries, of which each counts.
async fn entries(
    probe: &mut Probe,
    api: &'static Api,
    (name, pointer): (&str, &str),
    entries: &[&str],
) -> Verdict {
    let all = whole(probe, api).await?;
    let pairs: Vec<(&str, &str)> = entries.iter().map(|entry| (name, *entry)).collect();
    let wanted = expected(&all, |item| {
        values(item, pointer).iter().any(|value| entries.contains(&value.as_str()))
    })?;
    finds(probe, api, &form(&pairs), &wanted).await
}

async fn filters(probe: &mut Probe, api: &'static Api, filters: &[Filter]) -> Verdict {
    let all = whole(probe, api).await?;
    let mut judged = false;
    for (name, pointer, kind) in filters.iter().filter(|(name, ..)| api.takes(name)) {
        let found = distinct(&all, pointer, *kind);
        let Some((first, others)) = found.split_first() else { continue };
        judged = true;
        entries(probe, api, (name, pointer), &[first]).await?;
        // What is near stands between others, so that the first and the last entry count too.
        let near = near(first, *kind, &found);
        let mut several: Vec<&str> = others.iter().take(1).map(String::as_str).collect();
        several.extend(near.iter().map(String::as_str));
        several.extend(others.iter().skip(1).take(2).map(String::as_str));
        if !several.is_empty() {
            entries(probe, api, (name, pointer), &several).await?;
        }
    }
    if judged { Ok(()) } else { cannot_tell("no item of the target has any of it") }
}

async fn kinds(probe: &mut Probe, api: &'static Api) -> Verdict {
    filters(probe, api, KIND).await?;
    match words(probe, api, PRIORITIES).await {
        // Activities need none.
        Err(Failure::CannotTell(_)) => Ok(()),
        verdict => verdict,
    }
}

async fn words(probe: &mut Probe, api: &'static Api, filter: &Words) -> Verdict {
    let all = whole(probe, api).await?;
    let place = (filter.filter, filter.pointer);
    let seen: Vec<String> = distinct(&all, filter.pointer, Kind::Whole);
    if seen.is_empty() {
        return cannot_tell(format!("no item of the target has what {}= compares", place.0));
    }
    for word in filter.known {
        entries(probe, api, place, &[word]).await?;
    }
    let several: Vec<&str> = seen.iter().map(String::as_str).take(seen.len().max(3) - 1).collect();
    entries(probe, api, place, &several).await
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
    for member in ["state", "type"] {
        let (one, other) = two_of(&all, member)?;
        let pointer = format!("/{member}");
        entries(probe, api, (member, &pointer), &[one, other]).await?;
    }
    Ok(())
}

async fn all_hold(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let (kind, _) = two_of(&all, "type")?;
    let (one, other) = two_of(&all, "state")?;
    for state in [one, other] {
        let wanted = expected(&all, |item| item["type"] == *kind && item["state"] == *state)?;
        finds(probe, api, &form(&[("type", kind), ("state", state)]), &wanted).await?;
        finds(probe, api, &form(&[("state", state), ("type", kind)]), &wanted).await?;
    }
    let id = id_of(&all[0])?;
    let mut others = all.iter().filter(|item| item["state"] != all[0]["state"]);
    let Some(state) = others.find_map(|item| item["state"].as_str()) else {
        return Ok(());
    };
    finds(probe, api, &form(&[("id", &id.to_string()), ("state", state)]), &[]).await
}

/// A text from within a name: neither its beginning nor its end.
fn inside(name: &str) -> Option<&str> {
    let (first, last) = (name.char_indices().nth(1)?.0, name.char_indices().next_back()?.0);
    let parts = name.get(first..last)?.split(|next: char| !next.is_ascii_alphanumeric());
    parts.max_by_key(|part| part.len()).filter(|part| part.len() > 1)
}

async fn like(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let mut judged = false;
    for (filter, pointer) in NAMES {
        let name = |item: &Value| item.pointer(pointer)?.as_str().map(str::to_owned);
        let Some(part) =
            all.iter().filter_map(name).find_map(|name| inside(&name).map(str::to_owned))
        else {
            continue;
        };
        judged = true;
        let query = form(&[(filter, &format!("like({part})"))]);
        let found = found(probe, api, &query).await.map_err(|failure| failure.of(&query))?;
        let certain = expected(&all, |item| name(item).is_some_and(|name| name.contains(&part)))?;
        let lower = part.to_lowercase();
        let possible = expected(&all, |item| {
            name(item).is_some_and(|name| name.to_lowercase().contains(&lower))
        })?;
        // The contract does not say whether case matters.
        if same(&query, &found, &possible).is_err() {
            same(&query, &found, &certain)?;
        }
    }
    if judged { Ok(()) } else { cannot_tell("no item of the target has a policy or resource name") }
}
