//! The time filters of tasks and activities, at an item's own moment and right beside it.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::must;
use super::task_errors::refused;
use super::task_order::TIMES;
use super::tasks::{ACTIVITIES_API, Api, TASKS_API, expected, finds, items, page, time_of, whole};
use crate::check::{Check, Verdict, cannot_tell, require};
use crate::need::Need;
use crate::probe::Probe;
use crate::request::form;

/// What a time operator says.
type Comparison = fn(&Timestamp, &Timestamp) -> bool;

const OPERATORS: [(&str, Comparison); 4] = [
    ("gt", |time, bound| time > bound),
    ("ge", |time, bound| time >= bound),
    ("lt", |time, bound| time < bound),
    ("le", |time, bound| time <= bound),
];

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr) => {
        &[
            must(
                concat!($group, ".time-filter"),
                "completedAt takes gt(…) and lt(…)",
                &["8.2.8"],
                $needs,
                |p| Box::pin(time_filter(p, $api)),
            ),
            must(
                concat!($group, ".time-bounds"),
                "gt, ge, lt and le of each time split the list at an item's very moment",
                &["8.2.8"],
                $needs,
                |p| Box::pin(time_bounds(p, $api)),
            ),
            must(
                concat!($group, ".time-forms"),
                "a time counts with its offset, its seconds and their fraction",
                &["8.2.8"],
                $needs,
                |p| Box::pin(time_forms(p, $api)),
            ),
            must(
                concat!($group, ".time-malformed"),
                "a time that is none, or an operator that nobody knows, is refused with 400",
                &["8.5.2", "8.2.8"],
                $needs,
                |p| {
                    Box::pin(refused(
                        p,
                        $api,
                        &[
                            "?updatedAt=gt(yesterday)",
                            "?updatedAt=le(2024-13-45T00:00:00Z)",
                            "?completedAt=lt()",
                            "?updatedAt=xx(2024-01-01T00:00:00Z)",
                            "?startedAt=between(2024-01-01T00:00:00Z)",
                        ],
                    ))
                },
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities]);

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

/// The time of the item in the middle of those that have it, as the item writes it.
fn middle<'a>(all: &'a [Value], field: &str) -> Option<(Timestamp, &'a str)> {
    let texts = all.iter().filter_map(|item| item[field].as_str());
    let mut times: Vec<(Timestamp, &str)> =
        texts.filter_map(|text| Some((text.parse().ok()?, text))).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// Judges one operator of one field, with the bound written as `text`.
async fn judge(
    probe: &mut Probe,
    api: &'static Api,
    (field, operator): (&str, &str),
    (bound, text): (Timestamp, &str),
) -> Verdict {
    let all = whole(probe, api).await?;
    let query = form(&[(field, &format!("{operator}({text})"))]);
    let holds = OPERATORS.iter().find(|(name, _)| *name == operator).map(|(_, holds)| holds);
    let wanted = expected(&all, |item| {
        time_of(&item[field]).is_ok_and(|time| holds.is_some_and(|holds| holds(&time, &bound)))
    })?;
    finds(probe, api, &query, &wanted).await
}

async fn time_bounds(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    for field in TIMES.into_iter().filter(|field| api.takes(field)) {
        let Some(moment) = middle(&all, field) else { continue };
        for (operator, _) in OPERATORS {
            judge(probe, api, (field, operator), moment).await?;
        }
    }
    Ok(())
}

async fn time_forms(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    for field in ["updatedAt", "completedAt"] {
        let Some((moment, _)) = middle(&all, field) else { continue };
        // Away from the item within its second, and within its minute.
        let is_early = moment.subsec_nanosecond() < 500_000_000;
        let step = SignedDuration::from_millis(400);
        let beside = if is_early { moment + step } else { moment - step };
        let eastern = moment.display_with_offset(Offset::constant(2)).to_string();
        let western = moment.display_with_offset(Offset::constant(-3)).to_string();
        judge(probe, api, (field, "ge"), (moment, &eastern)).await?;
        judge(probe, api, (field, "le"), (moment, &western)).await?;
        for (operator, _) in OPERATORS {
            judge(probe, api, (field, operator), (beside, &beside.to_string())).await?;
        }
    }
    Ok(())
}
