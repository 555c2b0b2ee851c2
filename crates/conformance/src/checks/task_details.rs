//! Tasks and activities in their levels of detail, and one by one.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::tasks::{
    ACTIVITIES_API, Api, TASKS_API, as_float, id_of, ids, items, judge_size, page, same,
    some_items, whole,
};
use super::{must, should};
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, require};
use crate::need::Need;
use crate::probe::Probe;
use crate::schema;

const TASKS_NEEDS: &[Need] = &[Need::Credentials, Need::Tasks];
const ACTIVITIES_NEEDS: &[Need] = &[Need::Credentials, Need::Activities];

/// From the least to the most (CONTRACT 8.2).
const LEVELS: [&str; 5] = ["tiny", "short", "long", "full", "debug"];

/// Members that stay as they are while an item lives, or nearly so.
const LASTING: [&str; 13] = [
    "id",
    "idString",
    "uuid",
    "type",
    "state",
    "tenant",
    "queue",
    "priority",
    "workflowId",
    "taskId",
    "parentActivityId",
    "enqueuedAt",
    "createdAt",
];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $members:expr, $path:expr) => {
        &[
            must(
                concat!($group, ".lod"),
                "each lod has all items with the required members, and those of the lod below",
                &["8.2.5", $members, "8.1.3", "8.3.4"],
                $needs,
                |p| Box::pin(levels(p, $api)),
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
                &[$path, "8.4.2", $members, "8.3.4"],
                $needs,
                |p| Box::pin(same_item(p, $api)),
            ),
            must(
                concat!($group, ".members"),
                "every item of the whole list has the required members and documented words",
                &[$members, "8.3.1", "8.3.2", "8.3.3", "8.3.4", "8.4.4", "4.1.8"],
                $needs,
                |p| Box::pin(members(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, TASKS_NEEDS, "8.4.1", "1.6.1");
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, ACTIVITIES_NEEDS, "8.4.3", "1.6.2");

/// The names of each item's members, by its id.
fn member_names(page: &Value) -> HashMap<String, BTreeSet<String>> {
    let named = page["items"].as_array().into_iter().flatten().map(|item| {
        let names = item.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        (item["id"].to_string(), names.collect())
    });
    named.collect()
}

/// A page of one lod, as it must be whatever the lod.
async fn at_level(probe: &mut Probe, api: &'static Api, level: &str) -> Result<Value, Failure> {
    let page = page(probe, api, &format!("?limit=100&order=asc(id)&lod={level}")).await?;
    schema::judge(api.page, &page)?;
    judge_size(&page)?;
    for item in items(&page)? {
        judge_text(item, "id", "idString")?;
    }
    Ok(page)
}

async fn levels(probe: &mut Probe, api: &'static Api) -> Verdict {
    let mut pages = Vec::new();
    for level in LEVELS {
        let page = at_level(probe, api, level).await;
        pages.push((level, page.map_err(|failure| failure.of(&format!("lod={level}")))?));
    }
    some_items(&pages[0].1)?;
    for pair in pages.windows(2) {
        let [(less, below), (more, above)] = pair else { continue };
        same(&format!("lod={more}"), &ids(above)?, &ids(below)?)?;
        let names = member_names(above);
        for (id, known) in member_names(below) {
            let lost = names.get(&id).and_then(|names| known.difference(names).next());
            require(lost.is_none(), || {
                format!("lod={more} lacks `{}`, which lod={less} has", lost.map_or("", |it| it))
            })?;
        }
    }
    let size = |page: &Value| page["items"].to_string().len();
    let (tiny, full) = (size(&pages[0].1), size(&pages[3].1));
    require(tiny < full, || "lod=tiny has as much as lod=full".to_owned())?;
    let request = probe.get(&format!("{}?lod=count", api.path));
    let answer = probe.send_with_token(request).await?;
    answer.status(200).map_err(|failure| failure.of("lod=count"))
}

/// Met when the text beside an id has its digits.
fn judge_text(item: &Value, name: &str, text: &str) -> Verdict {
    let (number, Some(text)) = (&item[name], item.get(text)) else { return Ok(()) };
    require(text.as_str() == Some(&*number.to_string()), || {
        format!("`{name}` is {}, as a text {}", told_value(number), told_value(text))
    })
}

async fn id_string(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    for item in &all {
        require(item.get("idString").is_some(), || "an item has no `idString`".to_owned())?;
        judge_text(item, "id", "idString")?;
        judge_text(item, "taskId", "taskIdString")?;
    }
    // Without a text beside it, an id that went through a float is only near to the one it names.
    judge_references(&all, "parentActivityId", &all)?;
    match probe.whole_list(TASKS_API.path).await {
        Ok(tasks) => judge_references(&all, "taskId", &tasks),
        Err(_) => Ok(()),
    }
}

/// Met when no id of another item is near to one of `named` without being it.
fn judge_references(all: &[Value], member: &str, named: &[Value]) -> Verdict {
    let known: Vec<u64> = named.iter().filter_map(|item| item["id"].as_u64()).collect();
    for id in all.iter().filter_map(|item| item[member].as_u64()) {
        let is_near = |other: &&u64| as_float(**other).to_bits() == as_float(id).to_bits();
        let meant = known.iter().find(is_near).filter(|_| !known.contains(&id));
        require(meant.is_none(), || {
            format!("`{member}` is {id}, and there is {}", meant.copied().unwrap_or_default())
        })?;
    }
    Ok(())
}

async fn same_item(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let completed = all.iter().find(|item| item["state"] == "completed");
    for item in all.iter().take(2).chain(completed).chain(all.last()) {
        let id = id_of(item)?;
        let request = probe.get(&format!("{}/{id}", api.path));
        let alone = probe.send_with_token(request).await?.ok_json()?;
        schema::judge(api.one, &alone)?;
        for member in LASTING {
            let (Some(listed), Some(alone)) = (item.get(member), alone.get(member)) else {
                continue;
            };
            require(listed == alone, || {
                format!(
                    "`{member}` of {id} is {} in the list, {} alone",
                    told_value(listed),
                    told_value(alone)
                )
            })?;
        }
    }
    Ok(())
}

async fn members(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    schema::judge(api.page, &serde_json::json!({ "items": all }))
}
