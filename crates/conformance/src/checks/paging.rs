//! Pages of tasks and activities, and the cursors between them.

use std::collections::HashSet;

use serde_json::Value;

use super::tasks::{ACTIVITIES_API, Api, TASKS_API, id_of, items, page};
use super::{may, must, should};
use crate::answer::brief;
use crate::check::{Check, Failure, Verdict, cannot_tell, require, unmet};
use crate::need::Need;
use crate::probe::Probe;

/// Pages that a walk to the last one takes at most.
const MAX_PAGES: usize = 20;

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
                "cursors.after and paging.cursors.after are the same",
                &["8.1.2"],
                $needs,
                |p| Box::pin(both_cursors(p, $api)),
            )
            .of_gatepass(),
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
                "the cursor carries the first page's filter and order",
                &["8.2.3"],
                $needs,
                |p| Box::pin(cursor_carries(p, $api)),
            ),
            must(
                concat!($group, ".last-page"),
                "the last page has no cursor, and no page repeats an item",
                &["8.1.2"],
                $needs,
                |p| Box::pin(last_page(p, $api)),
            ),
            may(
                concat!($group, ".after-alone"),
                "after without limit is refused with 400 and a Task Manager error",
                &["8.2.2"],
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
    limit: u8,
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
    let (by_document, by_scripts) =
        (&page["cursors"]["after"], &page["paging"]["cursors"]["after"]);
    require(by_document == by_scripts, || {
        let told = |cursor: &Value| if cursor.is_string() { "there" } else { "missing" };
        format!("cursors.after is {}, paging.cursors.after {}", told(by_document), told(by_scripts))
    })
}

async fn cursor_characters(probe: &mut Probe, api: &Api) -> Verdict {
    let (_, after) = first(probe, api, "?limit=1").await?;
    let odd = after.chars().find(|next| !(next.is_ascii_alphanumeric() || "-._~".contains(*next)));
    require(odd.is_none(), || format!("the cursor is `{}`", brief(&after)))
}

async fn paging(probe: &mut Probe, api: &Api) -> Verdict {
    let (first, after) = first(probe, api, "?limit=1").await?;
    let second = next(probe, api, 1, &after).await?;
    let [first, second] = [items(&first)?, items(&second)?];
    let ([first], [second]) = (first, second) else {
        return unmet(format!("got {} items, then {}", first.len(), second.len()));
    };
    let (first, second) = (id_of(first)?, id_of(second)?);
    require(first != second, || format!("both pages have the item {first}"))
}

async fn cursor_carries(probe: &mut Probe, api: &Api) -> Verdict {
    let all = page(probe, api, "?limit=50").await?;
    let of_state = |state: &str| {
        items(&all).is_ok_and(|all| all.iter().filter(|item| item["state"] == *state).count() > 1)
    };
    let states = ["completed", "started", "enqueued", "assigned", "paused"];
    let Some(state) = states.into_iter().find(|state| of_state(state)) else {
        return cannot_tell("no state has two items");
    };
    let query = format!("?limit=1&state={state}&order=desc(id)");
    let (first, after) = first(probe, api, &query).await?;
    let second = next(probe, api, 1, &after).await?;
    let ([first], [second]) = (items(&first)?, items(&second)?) else {
        return unmet("a page of one has another number of items");
    };
    require(second["state"] == *state, || "the next page has forgotten the filter".to_owned())?;
    require(id_of(first)? > id_of(second)?, || "the next page has forgotten the order".to_owned())
}

async fn last_page(probe: &mut Probe, api: &Api) -> Verdict {
    let mut seen = HashSet::new();
    let mut page = page(probe, api, "?limit=50").await?;
    for _ in 0..MAX_PAGES {
        for item in items(&page)? {
            let id = id_of(item)?;
            require(seen.insert(id), || format!("the item {id} came twice"))?;
        }
        let Some(after) = cursor(&page) else { return Ok(()) };
        require(!items(&page)?.is_empty(), || "an empty page has a cursor".to_owned())?;
        let after = after.to_owned();
        page = next(probe, api, 50, &after).await?;
    }
    cannot_tell(format!("the list goes on after {MAX_PAGES} pages"))
}

async fn after_alone(probe: &mut Probe, api: &Api) -> Verdict {
    let (_, after) = first(probe, api, "?limit=1").await?;
    let request = probe.get(&format!("{}?after={after}", api.path));
    probe.send_with_token(request).await?.task_error(400)
}
