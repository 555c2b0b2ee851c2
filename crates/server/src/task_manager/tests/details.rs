//! Levels of detail, and single items.

use std::collections::BTreeSet;

use super::super::GetError;
use super::super::layout;
use super::*;

const WITH_ERROR: &str = "481823352663292393";
const ENQUEUED: &str = "481914914140162191";

fn members(item: &Value) -> BTreeSet<&str> {
    item.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn tiny_has_the_required_members_and_how_it_ended() {
    let manager = task_manager();
    for (id, more) in [(WITH_ERROR, ["result", "completedAt"].as_slice()), (ENQUEUED, &[])] {
        let page = page(manager.tasks(), &format!("lod=tiny&id={id}"));
        let single = manager.tasks().get(id, "lod=tiny", all).unwrap();

        let listed = layout::TASKS.listed.iter().chain(more).copied().collect();
        assert_eq!(members(&page["items"][0]), listed);
        assert_eq!(members(&single), layout::TASKS.single.iter().chain(more).copied().collect());
    }
    let page = page(manager.tasks(), &format!("lod=tiny&id={WITH_ERROR}"));
    assert_eq!(page["items"][0]["result"], serde_json::json!({"code": "error"}));
}

#[test]
fn each_level_shows_more_than_the_one_before() {
    let manager = task_manager();
    for collection in [manager.tasks(), manager.activities()] {
        let pages = ["tiny", "short", "long", "full", "debug"]
            .map(|lod| page(collection, &format!("lod={lod}&limit=1000")));
        for levels in pages.windows(2) {
            assert!(levels[0].to_string().len() < levels[1].to_string().len());
            let items = |page: &Value| page["items"].as_array().unwrap().clone();
            for (less, more) in items(&levels[0]).iter().zip(&items(&levels[1])) {
                assert!(members(less).is_subset(&members(more)), "{less} {more}");
            }
        }
    }
}

#[test]
fn short_shows_what_a_table_needs() {
    let manager = task_manager();
    let task = manager.tasks().get(WITH_ERROR, "lod=short", all).unwrap();

    for member in ["idString", "uuid", "type", "tenant", "policy", "resource", "completedAt"] {
        assert!(task.get(member).is_some(), "{member}");
    }
    assert_eq!(task["result"]["error"]["code"], "DestinationUnreachable");
    for member in ["affinity", "context", "maxAssignCount"] {
        assert!(task.get(member).is_none(), "{member}");
    }
}

#[test]
fn lengthy_members_are_left_out_at_any_depth() {
    let manager = task_manager();
    for (lod, context, link, debug) in
        [("long", false, false, false), ("full", true, true, false), ("debug", true, true, true)]
    {
        let task = manager.tasks().get(WITH_ERROR, &format!("lod={lod}"), all).unwrap();
        let error = &task["result"]["error"];

        assert_eq!(task.get("context").is_some(), context, "{lod}");
        assert_eq!(error.get("context").is_some(), context, "{lod}");
        assert_eq!(error.get("kbLink").is_some(), link, "{lod}");
        assert_eq!(error.get("debug").is_some(), debug, "{lod}");
        assert!(task.get("affinity").is_some(), "{lod}");
    }
    // In an array too.
    let page = page(manager.tasks(), "resultCode=warning");
    assert!(!page.to_string().contains("\"debug\""));
    assert!(TASKS.contains("\"debug\": {\"service\""));
}

#[test]
fn full_is_the_default_and_shows_all_but_debug() {
    let manager = task_manager();
    let task = manager.tasks().get(WITH_ERROR, "", all).unwrap();

    assert_eq!(task, manager.tasks().get(WITH_ERROR, "lod=full", all).unwrap());
    assert_eq!(page(manager.tasks(), ""), page(manager.tasks(), "lod=full"));
    assert_eq!(page(manager.tasks(), &format!("id={WITH_ERROR}"))["items"][0], task);
    for member in ["tenant", "type", "result", "completedAt", "context"] {
        assert!(task.get(member).is_some(), "{member}");
    }
}

#[test]
fn debug_is_the_whole_item() {
    let manager = task_manager();
    for item in items(ACTIVITIES) {
        let id = item["id"].to_string();
        assert_eq!(manager.activities().get(&id, "lod=debug", all).unwrap(), item);
    }
}

#[test]
fn count_is_a_number_of_all_that_match() {
    let manager = task_manager();
    let count = page(manager.tasks(), "lod=count&limit=1&type=backup");

    assert_eq!(count, serde_json::json!({"items": [], "size": 7}));
}

#[test]
fn what_can_t_be_got_is_told_apart() {
    let manager = task_manager();
    for (id, query, complaint) in [
        ("1", "", "no such task: 1"),
        ("481823352663292394", "", "no such task: 481823352663292394"),
        ("x", "", "`x` is not a value of `id`; an integer of up to 18 digits is"),
        ("", "", "`` is not a value of `id`; an integer of up to 18 digits is"),
        (
            WITH_ERROR,
            "lod=count",
            "`count` is not a value of `lod`; for a single item tiny, short, long, full, debug are",
        ),
        (WITH_ERROR, "lod=tiny&lod=tiny", "parameter `lod` is given twice; give it once"),
        (WITH_ERROR, "limit=1", "unknown parameter `limit`; known are lod"),
    ] {
        let error = manager.tasks().get(id, query, all).unwrap_err();
        assert_eq!(error.to_string(), complaint, "given {id}?{query}");
        let absent = complaint.starts_with("no such");
        assert_eq!(matches!(error, GetError::Absent { .. }), absent, "given {id}?{query}");
    }
    let activity = manager.activities().get("1", "", all).unwrap_err();
    assert_eq!(activity.to_string(), "no such activity: 1");
}
