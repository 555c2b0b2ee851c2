//! What is in the files, and what is refused in others.

use std::collections::BTreeSet;

use super::*;

#[track_caller]
fn seen<'a>(items: &'a [Value], pointer: &str) -> BTreeSet<&'a str> {
    items.iter().filter_map(|item| item.pointer(pointer)?.as_str()).collect()
}

#[test]
fn every_state_result_and_priority_occurs() {
    let (tasks, activities) = (items(TASKS), items(ACTIVITIES));
    let states = BTreeSet::from(["enqueued", "assigned", "started", "paused", "completed"]);
    let results = BTreeSet::from(["ok", "error", "warning", "cancelled", "abandoned", "timedout"]);
    let priorities = BTreeSet::from(["low", "belowNormal", "normal", "aboveNormal", "high"]);

    assert_eq!(seen(&tasks, "/state"), states);
    assert_eq!(seen(&activities, "/state"), states);
    assert_eq!(seen(&tasks, "/result/code"), results);
    assert_eq!(seen(&activities, "/result/code"), results);
    assert_eq!(seen(&tasks, "/priority"), priorities);
    assert_eq!(seen(&tasks, "/tenant/id"), BTreeSet::from(["1001", "1002", "1003", "2001"]));
}

#[test]
fn ids_have_18_digits_that_a_float_loses() {
    for item in items(TASKS).iter().chain(&items(ACTIVITIES)) {
        let id = item["id"].as_u64().unwrap();

        assert_eq!(id.to_string().len(), 18);
        assert_eq!(item["idString"], id.to_string());
        let as_float: f64 = id.to_string().parse().unwrap();
        assert_ne!(format!("{as_float:.0}"), id.to_string());
    }
}

#[test]
fn ids_grow_with_time() {
    for (json, born) in [(TASKS, "enqueuedAt"), (ACTIVITIES, "createdAt")] {
        for pair in items(json).windows(2) {
            assert!(pair[0]["id"].as_u64() < pair[1]["id"].as_u64(), "{} {}", pair[0], pair[1]);
            assert!(pair[0][born].as_str() <= pair[1][born].as_str(), "{} {}", pair[0], pair[1]);
        }
    }
}

#[test]
fn an_activity_belongs_to_a_task_of_its_tenant_and_to_a_parent_of_its_task() {
    let (tasks, activities) = (items(TASKS), items(ACTIVITIES));
    for activity in &activities {
        let task = tasks.iter().find(|task| task["id"] == activity["taskId"]).unwrap();
        assert_eq!(activity["tenant"], task["tenant"]);
        assert_eq!(activity["taskIdString"], task["idString"]);

        if let Some(parent) = activity.get("parentActivityId") {
            let parent = activities.iter().find(|other| other["id"] == *parent).unwrap();
            assert_eq!(parent["taskId"], activity["taskId"]);
        }
    }
}

#[test]
fn errors_and_warnings_have_the_task_manager_s_form() {
    let mut count = 0;
    for item in items(TASKS).iter().chain(&items(ACTIVITIES)) {
        let result = &item["result"];
        let warnings = result["warnings"].as_array().into_iter().flatten();
        for error in result.get("error").into_iter().chain(warnings) {
            assert!(error["domain"].is_string() && error["code"].is_string(), "{error}");
            assert_eq!(error["reason"], error["code"]);
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn a_file_that_queries_could_not_trust_is_refused() {
    let good = items(TASKS).remove(0);
    let changed = |pointer: &str, to: Value| {
        let mut item = good.clone();
        *item.pointer_mut(pointer).unwrap() = to;
        serde_json::json!([item]).to_string()
    };
    let without = |member: &str| {
        let mut item = good.clone();
        item.as_object_mut().unwrap().remove(member);
        serde_json::json!([good, item]).to_string()
    };
    for (tasks, complaint) in [
        ("{}".to_owned(), "the tasks are not a JSON array of objects"),
        ("[7]".to_owned(), "the tasks are not a JSON array of objects"),
        ("[".to_owned(), "the tasks are not a JSON array of objects"),
        (without("assignCount"), "item 2 of the tasks has no `assignCount`"),
        (without("priority"), "item 2 of the tasks has no `priority`"),
        (without("completedAt"), "item 2 of the tasks has no `completedAt`"),
        (without("result"), "item 2 of the tasks has no `result`"),
        (
            changed("/tenant", serde_json::json!({"id": "1"})),
            "item 1 of the tasks has no `tenant.uuid`",
        ),
        (
            changed("/tenant/uuid", "x".into()),
            "item 1 of the tasks has a wrong `tenant.uuid`: \"x\"",
        ),
        (changed("/id", (-1).into()), "item 1 of the tasks has a wrong `id`: -1"),
        (changed("/id", "7".into()), "item 1 of the tasks has a wrong `id`: \"7\""),
        (changed("/state", "done".into()), "item 1 of the tasks has a wrong `state`: \"done\""),
        (
            changed("/result/code", "OK".into()),
            "item 1 of the tasks has a wrong `result.code`: \"OK\"",
        ),
        (
            changed("/startedAt", "2026-10-05".into()),
            "item 1 of the tasks has a wrong `startedAt`: \"2026-10-05\"",
        ),
        (changed("/tags/1", 7.into()), "item 1 of the tasks has a wrong `tags`: 7"),
        (
            serde_json::json!([good, good]).to_string(),
            "two of the tasks have the id 481816309472763947",
        ),
    ] {
        let error = TaskManager::from_json(&tasks, "[]").unwrap_err();
        assert_eq!(error.to_string(), complaint, "given {tasks}");
    }
    assert_eq!(
        TaskManager::from_json("[]", "[{}]").unwrap_err().to_string(),
        "item 1 of the activities has no `id`"
    );
}
