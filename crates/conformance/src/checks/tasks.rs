//! The Task Manager's lists of tasks and activities: their form, filters and order.

use serde_json::Value;

use super::{may, must, should};
use crate::answer::told_value;
use crate::check::{Check, Failure, Verdict, cannot_tell, noted, require, unmet};
use crate::need::Need;
use crate::probe::Probe;
use crate::schema::{self, Schema};

/// One of the two lists, which differ in little.
pub(super) struct Api {
    pub(super) path: &'static str,
    pub(super) page: Schema,
    one: Schema,
    /// A time that each item has from its birth on.
    pub(super) born: &'static str,
}

pub(super) const TASKS_API: &Api = &Api {
    path: "/api/task_manager/v2/tasks",
    page: Schema::TaskPage,
    one: Schema::Task,
    born: "enqueuedAt",
};

pub(super) const ACTIVITIES_API: &Api = &Api {
    path: "/api/task_manager/v2/activities",
    page: Schema::ActivityPage,
    one: Schema::Activity,
    born: "createdAt",
};

/// Ids have up to 18 digits (CONTRACT 8.3).
const ID_END: u64 = 1_000_000_000_000_000_000;

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr) => {
        &[
            must(
                concat!($group, ".list"),
                concat!("the list of ", $group, " has items with every required member"),
                &["8.1.1", "1.1.2"],
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
                concat!($group, ".ids"),
                "each id is an integer of up to 18 digits, not text and not a float",
                &["8.3.4"],
                $needs,
                |p| Box::pin(ids(p, $api)),
            ),
            must(
                concat!($group, ".one"),
                "an item reads by its id, with every required member",
                &["8.4.2"],
                $needs,
                |p| Box::pin(one(p, $api)),
            ),
            must(
                concat!($group, ".state-filter"),
                "state= gives items of that state only",
                &["8.2.6", "8.3.1"],
                $needs,
                |p| Box::pin(state_filter(p, $api)),
            ),
            must(
                concat!($group, ".result-filter"),
                "resultCode= gives items of that result only",
                &["8.2.6", "8.3.2"],
                $needs,
                |p| Box::pin(result_filter(p, $api)),
            ),
            must(
                concat!($group, ".time-filter"),
                "completedAt takes gt(…) and lt(…)",
                &["8.2.8"],
                $needs,
                |p| Box::pin(time_filter(p, $api)),
            ),
            must(
                concat!($group, ".order"),
                "order=asc(id) and desc(id) sort",
                &["8.2.4"],
                $needs,
                |p| Box::pin(order(p, $api)),
            ),
            must(
                concat!($group, ".order-time"),
                "order=asc and desc of a time sort",
                &["8.2.4"],
                $needs,
                |p| Box::pin(order_time(p, $api)),
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

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities]);

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
    let page = page(probe, api, "").await?;
    let count = items(&page)?.len();
    if page.get("size").is_none() && !probe.session().is_gatepass() {
        return noted("there is no `size`, which the vendor's Python examples read");
    }
    require(page["size"] == count, || {
        format!("`size` is {} with {count} items", told_value(&page["size"]))
    })
}

async fn ids(probe: &mut Probe, api: &Api) -> Verdict {
    let page = page(probe, api, "").await?;
    some_items(&page)?.iter().try_for_each(|item| id_of(item).map(|_| ()))
}

async fn one(probe: &mut Probe, api: &Api) -> Verdict {
    let page = page(probe, api, "?limit=1").await?;
    let id = id_of(&some_items(&page)?[0])?;
    let request = probe.get(&format!("{}/{id}", api.path));
    let item = probe.send_with_token(request).await?.ok_json()?;
    schema::judge(api.one, &item)?;
    require(item["id"] == id, || format!("`id` is {}", told_value(&item["id"])))
}

async fn state_filter(probe: &mut Probe, api: &Api) -> Verdict {
    let all = page(probe, api, "").await?;
    let Some(state) = some_items(&all)?[0]["state"].as_str().filter(|state| is_word(state)) else {
        return unmet("an item has no state");
    };
    let found = page(probe, api, &format!("?state={state}")).await?;
    let found = items(&found)?;
    let others = found.iter().filter(|item| item["state"] != *state).count();
    require(!found.is_empty() && others == 0, || {
        format!("?state={state} gave {} items, {others} of them in another state", found.len())
    })
}

async fn result_filter(probe: &mut Probe, api: &Api) -> Verdict {
    let all = page(probe, api, "").await?;
    let mut results = some_items(&all)?.iter().filter_map(|item| item["result"]["code"].as_str());
    let Some(code) = results.find(|code| is_word(code)) else {
        return cannot_tell("no item on the first page has a result");
    };
    let found = page(probe, api, &format!("?resultCode={code}")).await?;
    let found = items(&found)?;
    let others = found.iter().filter(|item| item["result"]["code"] != *code).count();
    require(!found.is_empty() && others == 0, || {
        format!("?resultCode={code} gave {} items, {others} of them of another result", found.len())
    })
}

/// Whether text of the target may stand in a query as it is.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() < 64 && text.chars().all(|next| next.is_ascii_alphanumeric())
}

async fn time_filter(probe: &mut Probe, api: &Api) -> Verdict {
    // Long before the first task of any platform, so that one side is everything.
    let after = page(probe, api, "?completedAt=gt(2000-01-01T00:00:00Z)").await?;
    let before = page(probe, api, "?completedAt=lt(2000-01-01T00:00:00Z)").await?;
    let (after, before) = (items(&after)?, items(&before)?);
    require(before.is_empty(), || format!("lt(2000…) gave {} items, wanted none", before.len()))?;
    let unfinished = after.iter().filter(|item| !item["completedAt"].is_string()).count();
    require(unfinished == 0, || format!("gt(2000…) gave {unfinished} items without completedAt"))?;
    if after.is_empty() {
        cannot_tell("the target has no completed item to judge by")
    } else {
        Ok(())
    }
}

async fn order(probe: &mut Probe, api: &Api) -> Verdict {
    let rising = page(probe, api, "?order=asc(id)").await?;
    let falling = page(probe, api, "?order=desc(id)").await?;
    let rising: Vec<u64> = items(&rising)?.iter().map(id_of).collect::<Result<_, _>>()?;
    let falling: Vec<u64> = items(&falling)?.iter().map(id_of).collect::<Result<_, _>>()?;
    judge_order(&rising, &falling)
}

async fn order_time(probe: &mut Probe, api: &Api) -> Verdict {
    let rising = page(probe, api, &format!("?order=asc({})", api.born)).await?;
    let falling = page(probe, api, &format!("?order=desc({})", api.born)).await?;
    let times = |page: &Value| -> Result<Vec<jiff::Timestamp>, Failure> {
        items(page)?.iter().map(|item| time_of(&item[api.born])).collect()
    };
    judge_order(&times(&rising)?, &times(&falling)?)
}

pub(super) fn time_of(value: &Value) -> Result<jiff::Timestamp, Failure> {
    match value.as_str().map(str::parse) {
        Some(Ok(time)) => Ok(time),
        _ => unmet(format!("{} is no RFC 3339 time", told_value(value))),
    }
}

fn judge_order<T: PartialOrd>(rising: &[T], falling: &[T]) -> Verdict {
    if rising.len() < 2 {
        return cannot_tell("the target has less than two to judge by");
    }
    require(rising.is_sorted(), || "asc(…) does not rise".to_owned())?;
    require(falling.is_sorted_by(|one, next| one >= next), || "desc(…) does not fall".to_owned())
}

async fn count(probe: &mut Probe, api: &Api) -> Verdict {
    let answer = page(probe, api, "?lod=count").await?;
    let is_counted = ["size", "count"].iter().any(|member| answer[*member].is_u64());
    require(is_counted, || "got neither `size` nor `count`".to_owned())
}
