//! The order of tasks and activities, by each field that the contract names.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::must;
use super::tasks::{ACTIVITIES_API, Api, TASKS_API, found, id_of, ids, page, same, time_of, whole};
use crate::check::{Check, Failure, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::Probe;

/// Members that are times, each of which orders and filters the list (CONTRACT 8.2).
pub(super) const TIMES: [&str; 6] =
    ["enqueuedAt", "createdAt", "assignedAt", "startedAt", "updatedAt", "completedAt"];

/// Words that order the list in a way which the contract leaves open.
const WORDS: [&str; 2] = ["type", "state"];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr) => {
        &[
            must(
                concat!($group, ".order"),
                "order=asc(id) and desc(id) sort by the number",
                &["8.2.4", "8.3.4"],
                $needs,
                |p| Box::pin(order(p, $api)),
            ),
            must(
                concat!($group, ".order-time"),
                "order=asc and desc of each time sort, and leave no item out",
                &["8.2.4"],
                $needs,
                |p| Box::pin(order_time(p, $api)),
            ),
            must(
                concat!($group, ".order-word"),
                "order=asc and desc of type and state sort, one the other way round",
                &["8.2.4"],
                $needs,
                |p| Box::pin(order_word(p, $api)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities]);

/// The ids of the whole list in the order asked for, which has every item of `all` in it.
async fn ordered(
    probe: &mut Probe,
    api: &Api,
    order: &str,
    all: &[Value],
) -> Result<Vec<u64>, Failure> {
    let query = format!("order={order}&lod=tiny");
    let ids = found(probe, api, &query).await.map_err(|failure| failure.of(order))?;
    let wanted: Vec<u64> = all.iter().map(id_of).collect::<Result<_, _>>()?;
    same(&query, &ids, &wanted)?;
    Ok(ids)
}

async fn some(probe: &mut Probe, api: &'static Api) -> Result<Vec<Value>, Failure> {
    let all = whole(probe, api).await?;
    if all.len() < 2 { cannot_tell("the target has less than two to judge by") } else { Ok(all) }
}

async fn order(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = some(probe, api).await?;
    let rising = ordered(probe, api, "asc(id)", &all).await?;
    require(rising.is_sorted(), || "asc(id) does not rise".to_owned())?;
    let falling = ordered(probe, api, "desc(id)", &all).await?;
    require(falling.is_sorted_by(|one, next| one >= next), || "desc(id) does not fall".to_owned())?;
    let first = ids(&page(probe, api, "?order=desc(id)").await?)?;
    require(falling.starts_with(&first), || "desc(id) without a limit is another order".to_owned())
}

async fn order_time(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = some(probe, api).await?;
    for field in TIMES.into_iter().filter(|field| api.takes(field)) {
        let mut times: HashMap<u64, Timestamp> = HashMap::new();
        for item in all.iter().filter(|item| item[field].is_string()) {
            times.insert(id_of(item)?, time_of(&item[field])?);
        }
        // Where items without the time stand is open.
        let of = |ids: Vec<u64>| -> Vec<Timestamp> {
            ids.iter().filter_map(|id| times.get(id).copied()).collect()
        };
        if times.len() < 2 {
            continue;
        }
        let rising = of(ordered(probe, api, &format!("asc({field})"), &all).await?);
        require(rising.is_sorted(), || format!("asc({field}) does not rise"))?;
        let falling = of(ordered(probe, api, &format!("desc({field})"), &all).await?);
        let falls = falling.is_sorted_by(|one, next| one >= next);
        require(falls, || format!("desc({field}) does not fall"))?;
    }
    Ok(())
}

async fn order_word(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = some(probe, api).await?;
    let mut judged = false;
    for field in WORDS {
        let mut words: HashMap<u64, &str> = HashMap::new();
        for item in &all {
            words.extend(
                item[field].as_str().map(|word| id_of(item).map(|id| (id, word))).transpose()?,
            );
        }
        let of = |ids: Vec<u64>| -> Vec<&str> {
            let mut runs: Vec<&str> = ids.iter().filter_map(|id| words.get(id).copied()).collect();
            runs.dedup();
            runs
        };
        let rising = of(ordered(probe, api, &format!("asc({field})"), &all).await?);
        let mut falling = of(ordered(probe, api, &format!("desc({field})"), &all).await?);
        falling.reverse();
        let mut once = rising.clone();
        once.sort_unstable();
        once.dedup();
        require(once.len() == rising.len(), || format!("asc({field}) does not sort"))?;
        require(rising == falling, || format!("desc({field}) is not asc({field}) from its end"))?;
        judged |= rising.len() > 1;
    }
    if judged { Ok(()) } else { cannot_tell("all items of the target are of one type and state") }
}
