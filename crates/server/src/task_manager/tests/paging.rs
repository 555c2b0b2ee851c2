//! Order, pages and cursors, and who sees what.

use proptest::prelude::*;
use uuid::Uuid;

use super::super::field::Kind;
use super::super::layout;
use super::*;

/// Follows the cursors as the vendor's scripts do, repeating `limit` alone.
#[track_caller]
fn walk(
    collection: &Collection,
    query: &str,
    limit: usize,
    visible: impl Fn(Uuid) -> bool,
) -> Vec<u64> {
    let mut walked = Vec::new();
    let mut query = format!("limit={limit}&{query}");
    for _ in 0..100 {
        let page = serde_json::to_value(collection.page(&query, &visible).unwrap()).unwrap();
        let ids = id_list(&page);
        assert_eq!(page["size"], ids.len());
        assert_eq!(page.pointer("/paging/cursors/after"), page.pointer("/cursors/after"));
        walked.extend(&ids);
        let Some(after) = page.pointer("/cursors/after") else {
            assert!(page.get("cursors").is_none() && page.get("paging").is_none(), "{page}");
            return walked;
        };
        assert_eq!(ids.len(), limit, "only the last page is short");
        query = format!("limit={limit}&after={}", after.as_str().unwrap());
    }
    panic!("the walk never ends");
}

fn after(collection: &Collection, query: &str) -> String {
    page(collection, query)["cursors"]["after"].as_str().unwrap().to_owned()
}

fn orders(layout: &layout::Layout) -> Vec<String> {
    let sortable = layout.fields.iter().filter(|field| field.kind != Kind::Tags);
    sortable.flat_map(|field| ["asc", "desc"].map(|way| format!("{way}({})", field.name))).collect()
}

proptest! {
    #[test]
    fn a_walk_over_the_pages_meets_each_task_once(
        limit in 1_usize..20,
        order in prop::sample::select(orders(&layout::TASKS)),
        filter in prop::sample::select(vec!["", "type=backup", "state=completed&tag=daily", "state=paused"]),
        hidden in prop::sample::select(vec![CUSTOMER, UNIT, FOREIGN]),
    ) {
        let manager = task_manager();
        let query = format!("order={order}&{filter}");
        let visible = |tenant| tenant != hidden;
        let whole = manager.tasks().page(&query, visible).unwrap();
        let whole = id_list(&serde_json::to_value(whole).unwrap());

        prop_assert_eq!(walk(manager.tasks(), &query, limit, visible), whole);
    }

    #[test]
    fn a_walk_over_the_pages_meets_each_activity_once(
        limit in 1_usize..25,
        order in prop::sample::select(orders(&layout::ACTIVITIES)),
    ) {
        let manager = task_manager();
        let mut walked = walk(manager.activities(), &format!("order={order}"), limit, all);

        walked.sort_unstable();
        let every = ids(manager.activities(), "order=asc(id)");
        prop_assert_eq!(walked, every);
    }
}

#[test]
fn the_newest_comes_first_unless_an_order_is_asked_for() {
    let manager = task_manager();
    let mut oldest_first: Vec<_> =
        items(TASKS).iter().map(|task| task["id"].as_u64().unwrap()).collect();

    assert_eq!(ids(manager.tasks(), "order=asc(id)"), oldest_first);
    oldest_first.reverse();
    assert_eq!(ids(manager.tasks(), ""), oldest_first);
}

#[test]
fn items_go_by_the_field_and_those_without_it_come_last() {
    let manager = task_manager();
    for (order, pointer, values) in [
        (
            "asc(priority)",
            "/priority",
            ["low", "belowNormal", "normal", "aboveNormal", "high"].as_slice(),
        ),
        ("desc(priority)", "/priority", &["high", "aboveNormal", "normal", "belowNormal", "low"]),
        ("asc(state)", "/state", &["enqueued", "assigned", "started", "paused", "completed"]),
        (
            "asc(resultCode)",
            "/result/code",
            &["ok", "error", "warning", "cancelled", "abandoned", "timedout", "none"],
        ),
        (
            "desc(resultCode)",
            "/result/code",
            &["timedout", "abandoned", "cancelled", "warning", "error", "ok", "none"],
        ),
        (
            "desc(policyType)",
            "/policy/type",
            &["replication", "patch_management", "backup", "antimalware", "none"],
        ),
    ] {
        let page = page(manager.tasks(), &format!("order={order}"));
        let mut found: Vec<_> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| task.pointer(pointer).and_then(Value::as_str).unwrap_or("none"))
            .collect();

        found.dedup();
        assert_eq!(found, values, "{order}");
    }
}

#[test]
fn equal_items_go_by_id_in_the_same_direction() {
    let manager = task_manager();
    let mut upwards = ids(manager.tasks(), "updatedAt=2026-11-02T12:30:00Z&order=asc(updatedAt)");
    let downwards = ids(manager.tasks(), "updatedAt=2026-11-02T12:30:00Z&order=desc(updatedAt)");

    assert_eq!(upwards.len(), 3);
    assert!(upwards.is_sorted());
    upwards.reverse();
    assert_eq!(downwards, upwards);
}

#[test]
fn an_order_that_makes_no_sense_is_refused() {
    let manager = task_manager();
    for order in [
        "",
        "id",
        "asc",
        "asc(",
        "asc()",
        "asc(id",
        "asc(id))",
        "up(id)",
        "asc(tag)",
        "asc(nothing)",
        "ASC(id)",
        "asc(createdAt)",
        "desc(id),asc(uuid)",
    ] {
        let complaint = refusal(manager.tasks(), &format!("order={order}")).to_string();
        let expected = format!(
            "`{order}` is not a value of `order`; \
             asc(field) and desc(field) are, with one of id, uuid, "
        );
        assert!(complaint.starts_with(&expected), "{complaint}");
    }
}

#[test]
fn filters_and_order_beside_a_cursor_are_absent_or_the_first_page_s() {
    let manager = task_manager();
    let first = "type=backup&state=completed&order=asc(completedAt)";
    let after = after(manager.tasks(), &format!("limit=2&{first}"));
    let second = ids(manager.tasks(), &format!("limit=2&after={after}"));

    for same in [
        "",
        "order=asc(completedAt)",
        "type=backup&state=completed",
        "state=completed&type=backup&order=asc(completedAt)",
    ] {
        let query = format!("limit=2&after={after}&{same}");
        assert_eq!(ids(manager.tasks(), &query), second, "{same}");
    }
    for (other, parameter) in [
        ("order=desc(completedAt)", "order"),
        ("type=backup", "state"),
        ("type=backup&state=completed&tag=daily", "tag"),
        ("type=report&state=completed", "type"),
    ] {
        let error = refusal(manager.tasks(), &format!("limit=2&after={after}&{other}"));
        let parameter = parameter.to_owned();
        assert_eq!(error, QueryError::DiffersFromCursor { parameter }, "{other}");
    }
}

#[test]
fn a_page_that_is_just_full_is_the_last() {
    let manager = task_manager();
    for (limit, another) in [(14, true), (15, false), (16, false)] {
        let page = page(manager.tasks(), &format!("limit={limit}"));
        assert_eq!(page.get("cursors").is_some(), another, "{limit}");
    }
}

#[test]
fn limit_and_detail_are_each_page_s_own() {
    let manager = task_manager();
    let after = after(manager.tasks(), "limit=2&lod=tiny&order=asc(id)");
    let next = page(manager.tasks(), &format!("limit=5&lod=debug&after={after}"));

    assert_eq!(id_list(&next), ids(manager.tasks(), "order=asc(id)")[2..7]);
    assert!(next["items"][0].get("context").is_some());
}

#[test]
fn a_cursor_is_refused_where_it_does_not_belong() {
    let manager = task_manager();
    let cursor = after(manager.tasks(), "limit=1&order=asc(id)");
    let elsewhere = refusal(manager.activities(), &format!("limit=1&after={cursor}"));
    let mangled = refusal(manager.tasks(), &format!("limit=1&after={}", &cursor[1..]));
    let gone = TaskManager::from_json("[]", "[]").unwrap();
    let gone = refusal(gone.tasks(), &format!("limit=1&after={cursor}"));

    for (error, reason) in [
        (elsewhere, "it comes from another list than the activities"),
        (mangled, "pass on a page's `cursors.after` unchanged"),
        (gone, "it continues after an item that is gone; begin at the first page"),
    ] {
        let text = error.to_string();
        assert!(text.ends_with(&format!(" is not a value of `after`; {reason}")), "{text}");
    }
}

#[test]
fn a_page_has_100_items_unless_asked_otherwise() {
    let template = items(TASKS).remove(0);
    let tasks: Vec<_> = (1..=1001_u64)
        .map(|id| {
            let mut task = template.clone();
            task["id"] = id.into();
            task
        })
        .collect();
    let tasks = serde_json::to_string(&tasks).unwrap();
    let manager = TaskManager::from_json(&tasks, "[]").unwrap();

    assert_eq!(page(manager.tasks(), "")["size"], 100);
    assert_eq!(page(manager.tasks(), "limit=1000")["size"], 1000);
    assert_eq!(page(manager.tasks(), "lod=count")["size"], 1001);
}

#[test]
fn a_stranger_s_items_are_in_no_list_and_no_count_and_there_are_none_by_id() {
    let manager = task_manager();
    let visible = |tenant| tenant != FOREIGN;
    let foreign: Vec<_> = items(TASKS)
        .into_iter()
        .filter(|task| task["tenant"]["uuid"] == FOREIGN.to_string())
        .map(|task| task["id"].as_u64().unwrap())
        .collect();
    assert_eq!(foreign.len(), 2);

    let shown = serde_json::to_value(manager.tasks().page("", visible).unwrap()).unwrap();
    let count = serde_json::to_value(manager.tasks().page("lod=count", visible).unwrap()).unwrap();

    assert!(id_list(&shown).iter().all(|id| !foreign.contains(id)));
    assert_eq!(count["size"], 13);
    let hidden = manager.tasks().get(&foreign[0].to_string(), "", visible).unwrap_err();
    assert_eq!(hidden.to_string(), format!("no such task: {}", foreign[0]));
    assert!(manager.tasks().get(&foreign[0].to_string(), "", all).is_ok());
}
