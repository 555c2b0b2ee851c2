//! Tasks and activities over the wire (CONTRACT 8). Their rules are tested where they are made.

use gatepass_tests::{Answer, TestPlatform, clients};
use serde_json::Value;

const TASKS: &str = "/api/task_manager/v2/tasks";
const ACTIVITIES: &str = "/api/task_manager/v2/activities";

fn ids(answer: &Answer) -> Vec<i64> {
    let items = answer.assert_status(200).at("/items");
    let items = items.as_array().expect("a list answers with items");
    items.iter().map(|item| item["id"].as_i64().expect("an id is an integer")).collect()
}

#[tokio::test]
async fn pages_follow_each_other_by_the_cursor_alone() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for list in [TASKS, ACTIVITIES] {
        let all =
            ids(&platform.get(&format!("{list}?state=completed&order=asc(id)"), &token).await);
        assert!(all.len() > 3, "{list} has too few to tell: {all:?}");

        let mut walked = Vec::new();
        let mut path = format!("{list}?limit=2&state=completed&order=asc(id)");
        loop {
            let page = platform.get(&path, &token).await;
            page.assert_at("/size", ids(&page).len());
            walked.extend(ids(&page));
            let cursor = page.at("/cursors/after");
            assert_eq!(page.at("/paging/cursors/after"), cursor);
            let Value::String(cursor) = cursor else { break };
            path = format!("{list}?limit=2&after={cursor}");
        }

        assert_eq!(walked, all, "{list}");
    }
}

#[tokio::test]
async fn an_item_is_shown_by_its_id() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for list in [TASKS, ACTIVITIES] {
        let id = ids(&platform.get(list, &token).await)[0];

        let item = platform.get(&format!("{list}/{id}"), &token).await;

        item.assert_status(200).assert_at("/id", id);
        let none = platform.get(&format!("{list}/999999999999999999"), &token).await;
        none.assert_task_error(404, "TaskManager", "NotFound");
    }
}

#[tokio::test]
async fn a_caller_sees_the_tasks_of_its_own_tenants() {
    let platform = TestPlatform::start().await;
    let partner = platform.token_for(&clients().default).await;
    let foreign = platform.token_for(&clients().foreign).await;

    let of_partner = ids(&platform.get(TASKS, &partner).await);
    let of_foreign = ids(&platform.get(TASKS, &foreign).await);

    assert!(!of_foreign.is_empty());
    assert!(of_foreign.iter().all(|id| !of_partner.contains(id)));
    let hidden = platform.get(&format!("{TASKS}/{}", of_foreign[0]), &partner).await;
    hidden.assert_task_error(404, "TaskManager", "NotFound");
}

#[tokio::test]
async fn a_wrong_query_is_told_what_was_wrong() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for query in [
        "limit=0",
        "limit=x",
        "after=abc",
        "limit=1&after=abc",
        "state=done",
        "order=up(id)",
        "stat=started",
    ] {
        let answer = platform.get(&format!("{TASKS}?{query}"), &token).await;

        answer.assert_task_error(400, "TaskManager", "BadRequest");
        assert!(!answer.text_at("/context/info").is_empty(), "{answer}");
    }
}

#[tokio::test]
async fn the_time_filters_of_the_tutorials_scripts_work() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let count =
        async |query: &str| ids(&platform.get(&format!("{TASKS}?{query}"), &token).await).len();

    let completed = count("state=completed").await;
    assert_eq!(count("completedAt=gt(2000-01-01T00:00:00Z)").await, completed);
    assert_eq!(count("completedAt=lt(2000-01-01T00:00:00Z)").await, 0);
    let failed = count("resultCode=error").await;
    assert!(0 < failed && failed < completed);
}
