//! The rules on the fixtures that the product ships with.

mod details;
mod filters;
mod fixtures;
mod paging;
mod refusals;

use std::sync::LazyLock;

use serde_json::Value;
use uuid::Uuid;

use super::error::QueryError;
use super::{Collection, TaskManager};

const TASKS: &str = include_str!("../../../../../fixtures/tasks/tasks.json");
const ACTIVITIES: &str = include_str!("../../../../../fixtures/tasks/activities.json");

const CUSTOMER: Uuid = Uuid::from_u128(0x7a1d_9c52_3f0e_4c57_9c1b_5d1f_0f6a_1002);
const UNIT: Uuid = Uuid::from_u128(0x7a1d_9c52_3f0e_4c57_9c1b_5d1f_0f6a_1003);
const FOREIGN: Uuid = Uuid::from_u128(0x7a1d_9c52_3f0e_4c57_9c1b_5d1f_0f6a_2001);

/// The shipped fixtures, read once for all tests: properties ask for them often.
fn task_manager() -> &'static TaskManager {
    static SHIPPED: LazyLock<TaskManager> =
        LazyLock::new(|| TaskManager::from_json(TASKS, ACTIVITIES).unwrap());
    &SHIPPED
}

/// Lets the caller see everything.
fn all(_: Uuid) -> bool {
    true
}

/// A page as a client reads it.
#[track_caller]
fn page(collection: &Collection, query: &str) -> Value {
    match collection.page(query, all) {
        Ok(page) => serde_json::to_value(page).unwrap(),
        Err(error) => panic!("`{query}` is refused: {error}"),
    }
}

/// The ids of a page's items, in their order.
#[track_caller]
fn ids(collection: &Collection, query: &str) -> Vec<u64> {
    id_list(&page(collection, query))
}

fn id_list(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}

#[track_caller]
fn refusal(collection: &Collection, query: &str) -> QueryError {
    match collection.page(query, all) {
        Ok(_) => panic!("`{query}` is not refused"),
        Err(error) => error,
    }
}

fn items(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap()
}
