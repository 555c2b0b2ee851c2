//! Tasks and activities in their levels of detail, one by one and page by page.

use std::collections::BTreeSet;

use serde_json::Value;

use super::paging::{cursor, next};
use super::tasks::{ACTIVITIES_API, Api, TASKS_API, id_of, items, page, some_items, whole};
use super::{must, should};
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, noted, require, unmet};
use crate::need::Need;
use crate::probe::Probe;
use crate::schema;

const TASKS_NEEDS: &[Need] = &[Need::Credentials, Need::Tasks];
const ACTIVITIES_NEEDS: &[Need] = &[Need::Credentials, Need::Activities];

/// From the least to the most (CONTRACT 8.2).
const LEVELS: [&str; 4] = ["tiny", "short", "long", "full"];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $members:expr, $path:expr) => {
        &[
            must(
                concat!($group, ".lod"),
                "lod=tiny has the required members, and each level has those of the one below",
                &["8.2.5", $members],
                $needs,
                |p| Box::pin(levels(p, $api)),
            ),
            must(
                concat!($group, ".lod-unknown"),
                "a lod that nobody knows is refused with 400 and a Task Manager error",
                &["8.5.2", "8.2.5"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?lod=enormous"])),
            ),
            must(
                concat!($group, ".order-unknown"),
                "an order by an unknown field, or in an unknown way, is refused with 400",
                &["8.5.2", "8.2.4"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?order=asc(nonsense)", "?order=sideways(id)"])),
            ),
            must(
                concat!($group, ".limit-negative"),
                "a negative limit is refused with 400 and a Task Manager error",
                &["8.5.2", "8.2.1"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?limit=-1"])),
            ),
            must(
                concat!($group, ".time-malformed"),
                "a time that is none is refused with 400 and a Task Manager error",
                &["8.5.2", "8.2.8"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?updatedAt=gt(yesterday)"])),
            ),
            must(
                concat!($group, ".walk"),
                "a walk in pages of three shows each item once, in the order of the whole list",
                &["8.1.2", "8.2.1", "8.2.4"],
                $needs,
                |p| Box::pin(walk(p, $api)),
            ),
            should(
                concat!($group, ".id-string"),
                "idString has the digits of id, for those whose numbers are floats",
                &["8.3.4"],
                $needs,
                |p| Box::pin(id_string(p, $api)),
            ),
            must(
                concat!($group, ".same-item"),
                "an item reads by its id as it stands in the list",
                &[$path, "8.4.2"],
                $needs,
                |p| Box::pin(same_item(p, $api)),
            ),
            must(
                concat!($group, ".error-form"),
                "a refusal is one line of application/json; charset=utf-8",
                &["3.2.1", "3.2.3", "4.1.8"],
                $needs,
                |p| Box::pin(error_form(p, $api)),
            ),
            must(concat!($group, ".method"), "POST is refused with 405", &["4.2.6"], $needs, |p| {
                Box::pin(method(p, $api))
            }),
            must(
                concat!($group, ".odd-id"),
                "an id that is no number is answered with 404 or 400, and a Task Manager error",
                &["8.5.3", "8.5.2"],
                $needs,
                |p| Box::pin(odd_id(p, $api)),
            ),
            must(
                concat!($group, ".members"),
                "every item of the whole list has the required members and documented words",
                &[$members, "8.3.1", "8.3.2", "8.4.4"],
                $needs,
                |p| Box::pin(members(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, TASKS_NEEDS, "8.4.1", "1.6.1");
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, ACTIVITIES_NEEDS, "8.4.3", "1.6.2");

async fn levels(probe: &mut Probe, api: &'static Api) -> Verdict {
    let mut below: Option<(&str, BTreeSet<String>)> = None;
    for level in LEVELS {
        let page = page(probe, api, &format!("?limit=5&order=asc(id)&lod={level}")).await?;
        schema::judge(api.page, &page).map_err(|failure| failure.of(&format!("lod={level}")))?;
        let first = &some_items(&page)?[0];
        let members: BTreeSet<String> =
            first.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        if let Some((name, below)) = &below {
            let lost = below.difference(&members).next();
            require(lost.is_none(), || {
                format!("lod={level} lacks `{}`, which lod={name} has", lost.map_or("", |it| it))
            })?;
        }
        below = Some((level, members));
    }
    let tiny = page(probe, api, "?limit=5&order=asc(id)&lod=tiny").await?;
    let size = |page: &Value| items(page).map(|items| items[0].to_string().len());
    let full = page(probe, api, "?limit=5&order=asc(id)&lod=full").await?;
    require(size(&tiny)? < size(&full)?, || "lod=tiny has as much as lod=full".to_owned())
}

async fn refused(probe: &mut Probe, api: &'static Api, queries: &[&str]) -> Verdict {
    for query in queries {
        let request = probe.get(&format!("{}{query}", api.path));
        let answer = probe.send_with_token(request).await?;
        answer.task_error(400).map_err(|failure| failure.of(query))?;
    }
    Ok(())
}

fn ids(page: &Value) -> Result<Vec<u64>, Failure> {
    items(page)?.iter().map(id_of).collect()
}

async fn walk(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = page(probe, api, "?limit=12&order=asc(id)").await?;
    let wanted = ids(&all)?;
    if wanted.len() < 4 {
        return cannot_tell("the target has less than four to judge by");
    }
    let mut seen = Vec::new();
    let mut current = page(probe, api, "?limit=3&order=asc(id)").await?;
    loop {
        let page_ids = ids(&current)?;
        require(page_ids.len() <= 3, || format!("a page of three has {} items", page_ids.len()))?;
        seen.extend(page_ids);
        let Some(after) = cursor(&current).map(str::to_owned) else { break };
        if seen.len() >= wanted.len() {
            break;
        }
        current = next(probe, api, 3, &after).await?;
    }
    seen.truncate(wanted.len());
    require(seen == wanted, || {
        let at = seen.iter().zip(&wanted).take_while(|(one, other)| one == other).count();
        format!("the walk and the list differ from item {} on", at + 1)
    })
}

async fn id_string(probe: &mut Probe, api: &'static Api) -> Verdict {
    for item in whole(probe, api).await? {
        for (name, text) in [("id", "idString"), ("taskId", "taskIdString")] {
            let (number, text) = (&item[name], &item[text]);
            let Some(text) = text.as_str() else {
                if name == "id" {
                    return missing_id_string(probe);
                }
                continue;
            };
            let digits = number.to_string();
            require(digits == text, || {
                format!("`{name}` is {number}, as a text {}", told_value(&text.into()))
            })?;
        }
    }
    Ok(())
}

/// Documented, and not among the required members.
fn missing_id_string(probe: &Probe) -> Verdict {
    if probe.session().is_gatepass() {
        return unmet("an item has no `idString`");
    }
    noted("an item has no `idString`")
}

async fn same_item(probe: &mut Probe, api: &'static Api) -> Verdict {
    let listed = page(probe, api, "?limit=2&lod=full").await?;
    for item in some_items(&listed)? {
        let id = id_of(item)?;
        let request = probe.get(&format!("{}/{id}", api.path));
        let alone = probe.send_with_token(request).await?.ok_json()?;
        for member in ["id", "uuid", "type", "state", "tenant", api.born] {
            if item.get(member).is_none() {
                continue;
            }
            require(item[member] == alone[member], || {
                format!(
                    "`{member}` of {id} is {} in the list, {} alone",
                    told_value(&item[member]),
                    told_value(&alone[member])
                )
            })?;
        }
    }
    Ok(())
}

async fn error_form(probe: &mut Probe, api: &'static Api) -> Verdict {
    let request = probe.get(&format!("{}?limit=many", api.path));
    let answer = probe.send_with_token(request).await?;
    answer.status(400)?;
    answer.json_content_type()?;
    answer.one_line()
}

async fn method(probe: &mut Probe, api: &'static Api) -> Verdict {
    let request = probe.post(api.path).json(&serde_json::json!({}));
    probe.send_with_token(request).await?.status(405)
}

async fn odd_id(probe: &mut Probe, api: &'static Api) -> Verdict {
    for id in ["not-a-number", "-1"] {
        let request = probe.get(&format!("{}/{id}", api.path));
        let answer = probe.send_with_token(request).await?;
        match answer.status {
            400 | 404 => answer.task_error(answer.status)?,
            other => return unmet(format!("/{id} got {other}, wanted 404 or 400")),
        }
    }
    Ok(())
}

async fn members(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    schema::judge(api.page, &serde_json::json!({ "items": all }))
}
