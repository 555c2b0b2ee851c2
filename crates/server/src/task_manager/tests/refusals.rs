//! Queries that are refused, and none that panics.

use proptest::prelude::*;

use super::*;

#[test]
fn a_wrong_query_is_refused_with_what_is_allowed() {
    let manager = task_manager();
    for (query, complaint) in [
        (
            "state=done",
            "`done` is not a value of `state`; enqueued, assigned, started, paused, completed are",
        ),
        (
            "state=started,done",
            "`done` is not a value of `state`; enqueued, assigned, started, paused, completed are",
        ),
        (
            "resultCode=OK",
            "`OK` is not a value of `resultCode`; \
             ok, error, warning, cancelled, abandoned, timedout are",
        ),
        (
            "priority=",
            "`` is not a value of `priority`; low, belowNormal, normal, aboveNormal, high are",
        ),
        ("id=1e3", "`1e3` is not a value of `id`; an integer of up to 18 digits is"),
        (
            "id=1000000000000000000",
            "`1000000000000000000` is not a value of `id`; an integer of up to 18 digits is",
        ),
        ("uuid=1", "`1` is not a value of `uuid`; a UUID is"),
        (
            "startedAt=gt(soon)",
            "`gt(soon)` is not a value of `startedAt`; a time such as 2026-10-05T01:00:00Z is, \
             plain or in gt(…), ge(…), lt(…) or le(…)",
        ),
        (
            "startedAt=like(2026)",
            "`like(2026)` is not a value of `startedAt`; a time such as 2026-10-05T01:00:00Z is, \
             plain or in gt(…), ge(…), lt(…) or le(…)",
        ),
        ("type=like(back)", "`like(back)` is not a value of `type`; a plain text is"),
        ("type=gt(2026-10-05)", "`gt(2026-10-05)` is not a value of `type`; a plain text is"),
        ("id=gt(1)", "`gt(1)` is not a value of `id`; an integer of up to 18 digits is"),
        (
            "policyName=gt(a)",
            "`gt(a)` is not a value of `policyName`; a plain text or `like(text)` is",
        ),
        ("limit=0", "`0` is not a value of `limit`; an integer from 1 to 1000 is"),
        ("limit=1001", "`1001` is not a value of `limit`; an integer from 1 to 1000 is"),
        ("limit=%2B5", "`+5` is not a value of `limit`; an integer from 1 to 1000 is"),
        ("limit=", "`` is not a value of `limit`; an integer from 1 to 1000 is"),
        ("lod=huge", "`huge` is not a value of `lod`; tiny, short, long, full, debug, count are"),
        ("limit=1&limit=1", "parameter `limit` is given twice; give it once"),
        ("lod=tiny&lod=tiny", "parameter `lod` is given twice; give it once"),
        ("after=x&after=x", "parameter `after` is given twice; give it once"),
        ("order=asc(id)&order=desc(id)", "parameter `order` is given twice; give it once"),
        ("policy_name=x", "unknown parameter `policy_name`; did you mean `policyName`?"),
        ("completedat=x", "unknown parameter `completedat`; did you mean `completedAt`?"),
        ("after=x", "`after` is given without `limit`; give both"),
        (
            "limit=1&after=x",
            "`x` is not a value of `after`; pass on a page's `cursors.after` unchanged",
        ),
    ] {
        assert_eq!(refusal(manager.tasks(), query).to_string(), complaint, "given {query}");
    }
    let flag = refusal(manager.activities(), "sustainable=yes").to_string();
    assert_eq!(flag, "`yes` is not a value of `sustainable`; true and false are");
    let stranger = refusal(manager.tasks(), "page=2").to_string();
    assert!(
        stranger.starts_with("unknown parameter `page`; known are limit, after, order, lod, id")
    );
    for query in ["queue=x", "workflowId=1", "affinityAgentId=x", "assignedAt=0"] {
        refusal(manager.activities(), query);
    }
    for query in ["taskId=1", "parentActivityId=1", "createdAt=0", "sustainable=true"] {
        refusal(manager.tasks(), query);
    }
}

/// Text made of the pieces that queries are made of, in any order.
fn query_soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "limit",
        "after",
        "order",
        "lod",
        "id",
        "state",
        "tag",
        "startedAt",
        "policyName",
        "uuid",
        "=",
        "=",
        "=",
        "&",
        "&",
        "&",
        "(",
        ")",
        ",",
        "gt(",
        "le(",
        "like(",
        "asc(",
        "desc(",
        "+",
        "%",
        "%20",
        "%FF",
        "*",
        "1",
        "18446744073709551616",
        "-1",
        "ns",
        "started",
        "tiny",
        "count",
        "2026-10-05T01:00:00Z",
        "+02:00",
        "GMT",
        "é",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_query_panics(any in "\\PC*", soup in query_soup(), id in "\\PC*") {
        let manager = task_manager();
        for query in [any, soup] {
            let _ = manager.tasks().page(&query, all);
            let _ = manager.activities().page(&query, all);
            let _ = manager.tasks().get(&id, &query, all);
            let _ = manager.tasks().get("481816309472763947", &query, all);
        }
    }
}
