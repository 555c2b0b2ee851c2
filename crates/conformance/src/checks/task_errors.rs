//! What the Task Manager refuses.

use serde_json::Value;

use super::tasks::{ACTIVITIES_API, Api, TASKS_API, id_of, items, neighbours, page, whole};
use super::{must, should};
use crate::answer::{Answer, told_value};
use crate::check::{Check, Verdict, require, unmet};
use crate::jwt::Jwt;
use crate::need::Need;
use crate::probe::Probe;

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr, $numbers:expr) => {
        &[
            must(
                concat!($group, ".no-token"),
                "a list and an item are refused with 401 without an access token of the platform's",
                &["8.5.1", "4.2.3", "4.1.8"],
                $needs,
                |p| Box::pin(no_token(p, $api)),
            ),
            must(
                concat!($group, ".bad-limit"),
                "a limit that is no number is refused with 400 and a Task Manager error",
                &["8.5.2", "4.1.8", "8.2.1"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?limit=many", "?limit=1.5"])),
            ),
            must(
                concat!($group, ".limit-negative"),
                "a negative limit is refused with 400, and limit=0 gives no item",
                &["8.5.2", "8.2.1"],
                $needs,
                |p| Box::pin(limit_negative(p, $api)),
            ),
            must(
                concat!($group, ".unknown-state"),
                "a state that nobody knows is refused with 400 and a Task Manager error",
                &["8.3.1", "8.5.2", "8.2.6"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?state=asleep", "?state=COMPLETED"])),
            ),
            must(
                concat!($group, ".unknown-word"),
                "a result or a priority that nobody knows is refused with 400",
                &["8.3.2", "8.3.3", "8.5.2", "8.2.6"],
                $needs,
                |p| {
                    Box::pin(refused(
                        p,
                        $api,
                        &["?resultCode=splendid", "?resultCode=OK", "?priority=urgent", "?priority=High"],
                    ))
                },
            ),
            must(
                concat!($group, ".id-malformed"),
                "a filter by an ID that is no integer is refused with 400",
                &["8.5.2", "8.3.4"],
                $needs,
                |p| Box::pin(refused(p, $api, $numbers)),
            ),
            must(
                concat!($group, ".lod-unknown"),
                "a lod that nobody knows is refused with 400 and a Task Manager error",
                &["8.5.2", "8.2.5"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?lod=enormous", "?lod=FULL"])),
            ),
            must(
                concat!($group, ".order-unknown"),
                "an order by an unknown field, or in an unknown way, is refused with 400",
                &["8.5.2", "8.2.4"],
                $needs,
                |p| {
                    Box::pin(refused(
                        p,
                        $api,
                        &["?order=asc(nonsense)", "?order=sideways(id)", "?order=id", "?order=asc(id"],
                    ))
                },
            ),
            should(
                concat!($group, ".bad-cursor"),
                "a cursor that the service did not make is refused with 400 and a Task Manager error",
                &["8.5.2", "8.2.2"],
                $needs,
                |p| Box::pin(refused(p, $api, &["?limit=1&after=nonsense"])),
            ),
            must(
                concat!($group, ".unknown-id"),
                "an unknown id, however near to an item's, is answered with 404",
                &["8.5.3", "4.1.8", "8.3.4"],
                $needs,
                |p| Box::pin(unknown_id(p, $api)),
            ),
            must(
                concat!($group, ".odd-id"),
                "an id that is no integer of up to 18 digits is answered with 404 or 400",
                &["8.5.3", "8.5.2", "8.3.4"],
                $needs,
                |p| Box::pin(odd_id(p, $api)),
            ),
            must(
                concat!($group, ".error-form"),
                "a refusal is one line of application/json; charset=utf-8, its reason the code",
                &["3.2.1", "3.2.3", "4.1.8"],
                $needs,
                |p| Box::pin(error_form(p, $api)),
            ),
            must(concat!($group, ".method"), "POST and PATCH of the list and of an item are refused with 405 and Allow: GET", &["4.2.6", "RFC 9110 10.2.1"], $needs, |p| {
                Box::pin(method(p, $api))
            }),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!(
    "tasks",
    TASKS_API,
    &[Need::Credentials, Need::Tasks],
    &["?id=abc", "?id=1.5", "?workflowId=abc"]
);
pub(super) const ACTIVITIES: &[Check] = rows!(
    "activities",
    ACTIVITIES_API,
    &[Need::Credentials, Need::Activities],
    &["?id=abc", "?id=1.5", "?taskId=abc", "?parentActivityId=abc"]
);

/// A refusal with a Task Manager error, whose obsolete reason is its code (CONTRACT 4.1).
fn task_error(answer: &Answer, status: u16) -> Verdict {
    answer.task_error(status)?;
    let body = answer.json()?;
    let reason: &Value = &body["reason"];
    require(reason.is_null() || *reason == body["code"], || {
        format!("`reason` is {}, `code` {}", told_value(reason), told_value(&body["code"]))
    })
}

/// Met when each of the queries is refused with 400.
pub(super) async fn refused(probe: &mut Probe, api: &Api, queries: &[&str]) -> Verdict {
    for query in queries {
        let request = probe.get(&format!("{}{query}", api.path));
        let answer = probe.send_with_token(request).await?;
        task_error(&answer, 400).map_err(|failure| failure.of(query))?;
    }
    Ok(())
}

async fn no_token(probe: &mut Probe, api: &Api) -> Verdict {
    let first = page(probe, api, "?limit=1").await.ok();
    let id = first.as_ref().and_then(|page| id_of(&page["items"][0]).ok());
    let one = id.map(|id| format!("{}/{id}", api.path));
    let tokens = probe.tokens().await?;
    let forged = Jwt::read(&tokens.access).and_then(|token| token.with_broken_signature()).ok();
    if let Some(forged) = &forged {
        probe.session().secrets.add_token(forged, "ALTERED_TOKEN");
    }
    let wrong: Vec<String> =
        forged.into_iter().chain(tokens.body["id_token"].as_str().map(str::to_owned)).collect();
    for path in [Some(api.path.to_owned()), one].into_iter().flatten() {
        let answer = probe.send(probe.get(&path)).await?;
        task_error(&answer, 401)?;
        answer.challenge("bearer")?;
        for token in &wrong {
            let request = probe.get(&path).bearer(token);
            probe.send(request).await?.status(401)?;
        }
    }
    Ok(())
}

async fn limit_negative(probe: &mut Probe, api: &Api) -> Verdict {
    refused(probe, api, &["?limit=-1"]).await?;
    let request = probe.get(&format!("{}?limit=0", api.path));
    let answer = probe.send_with_token(request).await?;
    // Whether it bounds a page or is bad input, the contract leaves open.
    if answer.status == 400 {
        return task_error(&answer, 400).map_err(|failure| failure.of("?limit=0"));
    }
    let count = items(&answer.ok_json()?)?.len();
    require(count == 0, || format!("?limit=0 gave {count} items"))
}

async fn unknown_id(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let taken = |id: u64| all.iter().any(|item| item["id"] == id);
    let last = all.iter().filter_map(|item| item["id"].as_u64()).max().unwrap_or(1);
    let near = neighbours(last, taken);
    for id in [999_999_999_999_999_999].into_iter().chain(near).filter(|id| !taken(*id)) {
        let request = probe.get(&format!("{}/{id}", api.path));
        let answer = probe.send_with_token(request).await?;
        task_error(&answer, 404).map_err(|failure| failure.of(&format!("/{id}")))?;
    }
    Ok(())
}

async fn odd_id(probe: &mut Probe, api: &'static Api) -> Verdict {
    let all = whole(probe, api).await?;
    let known = id_of(&all[0])?;
    for id in [
        "not-a-number".to_owned(),
        "-1".to_owned(),
        "99999999999999999999999999".to_owned(),
        format!("{known}.0"),
        format!("{known}abc"),
    ] {
        let request = probe.get(&format!("{}/{id}", api.path));
        let answer = probe.send_with_token(request).await?;
        match answer.status {
            400 | 404 => task_error(&answer, answer.status)?,
            other => return unmet(format!("/{id} got {other}, wanted 404 or 400")),
        }
    }
    Ok(())
}

async fn error_form(probe: &mut Probe, api: &'static Api) -> Verdict {
    for rest in ["?limit=many", "/999999999999999999"] {
        let request = probe.get(&format!("{}{rest}", api.path));
        let answer = probe.send_with_token(request).await?;
        require(matches!(answer.status, 400 | 404), || format!("{rest} got {}", answer.status))?;
        task_error(&answer, answer.status)?;
        answer.json_content_type()?;
        answer.one_line()?;
    }
    Ok(())
}

async fn method(probe: &mut Probe, api: &'static Api) -> Verdict {
    // What is wrong with the list has checks of its own.
    let list = page(probe, api, "?limit=1").await.unwrap_or_default();
    let one = list["items"][0]["id"].as_u64().map(|id| format!("{}/{id}", api.path));
    for path in [api.path].into_iter().chain(one.as_deref()) {
        for method in ["POST", "PATCH"] {
            let request = probe.request(method, path).json(&serde_json::json!({}));
            let answer = probe.send_with_token(request).await?;
            refuses_method(&answer, method)
                .map_err(|failure| failure.of(&format!("{method} {path}")))?;
        }
    }
    Ok(())
}

/// 405 with Allow; it need say nothing, but what it says has the form of the API's errors.
fn refuses_method(answer: &Answer, method: &str) -> Verdict {
    answer.status(405)?;
    if answer.json().is_ok() {
        answer.task_error(405)?;
    }
    answer.allows(&["GET"], method)
}
