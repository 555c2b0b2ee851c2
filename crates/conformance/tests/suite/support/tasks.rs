//! The Task Manager of the right server: five tasks, five activities.

use serde_json::{Value, json};

use super::tokens::pairs;
use super::{Answered, Asked, TENANT_ID, World};

const STATES: [&str; 5] = ["completed", "started", "completed", "enqueued", "completed"];

pub(crate) fn all(is_task: bool) -> Vec<Value> {
    let item = |(number, state): (u64, &&str)| {
        let time = format!("2026-01-0{}T00:00:00Z", number + 1);
        let mut item = json!({"id": 100_000_000_000_000_001 + number, "state": state,
            "updatedAt": time, "type": "backup", "tenant": {"id": "1", "uuid": TENANT_ID,
            "name": "Tenant", "locator": "/1/"}});
        if is_task {
            item["issuer"] = json!({"id": "1"});
            item["cancelRequested"] = false.into();
            item["enqueuedAt"] = time.clone().into();
            item["assignCount"] = 1.into();
            item["queue"] = "q".into();
            item["priority"] = "normal".into();
        } else {
            item["taskId"] = 7.into();
            item["createdAt"] = time.clone().into();
            item["executor"] = json!({"id": "1"});
        }
        if *state == "completed" {
            item["completedAt"] = time.into();
            item["result"] = json!({"code": if number == 0 { "ok" } else { "error" }});
        }
        item
    };
    (0..).zip(&STATES).map(item).collect()
}

pub(crate) fn task_error(status: u16) -> Answered {
    Answered::new("task-error", status, json!({"domain": "TaskManager", "code": "Bad"}))
}

impl World {
    pub(crate) fn tasks(&self, asked: &Asked) -> Answered {
        if let Some(refusal) = self.gate(asked) {
            return refusal;
        }
        let rest = asked.path.trim_start_matches("/api/task_manager/v2/");
        match rest.split_once('/') {
            None => page(rest == "tasks", &asked.query).unwrap_or_else(|| task_error(400)),
            Some((list, id)) => {
                let found = all(list == "tasks")
                    .into_iter()
                    .find(|item| item["id"].as_u64() == id.parse().ok());
                found.map_or_else(|| task_error(404), |item| Answered::new("item", 200, item))
            }
        }
    }
}

/// A page; nothing if the query is not in order.
pub(crate) fn page(is_task: bool, query: &str) -> Option<Answered> {
    let mut query = pairs(query);
    let mut start = 0;
    let get = |query: &[(String, String)], wanted: &str| {
        query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let limit = get(&query, "limit");
    if let Some(after) = get(&query, "after") {
        // The cursor is the start and the first page's query, in unreserved characters.
        let mut parts = after.split('~');
        start = parts.next()?.parse().ok()?;
        limit.as_ref()?;
        for (name, value) in ["state", "order"].into_iter().zip(parts) {
            if !value.is_empty() {
                query.push((name.to_owned(), value.replace("-id", "(id)")));
            }
        }
    }
    let limit = match limit {
        None => 50,
        Some(text) => text.parse().ok()?,
    };
    let (state, order) = (get(&query, "state"), get(&query, "order"));
    if state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        return None;
    }
    let mut items = all(is_task);
    items.retain(|item| state.as_ref().is_none_or(|state| item["state"] == **state));
    if let Some(code) = get(&query, "resultCode") {
        items.retain(|item| item["result"]["code"] == *code);
    }
    if let Some(time) = get(&query, "completedAt") {
        items.retain(|item| item["completedAt"].is_string() && time.starts_with("gt"));
    }
    if order.as_ref().is_some_and(|order| order.starts_with("desc")) {
        items.reverse();
    }
    let end = items.len().min(start + limit);
    let total = items.len();
    let items = items.get(start..end)?.to_vec();
    let mut body = json!({"size": items.len(), "items": items});
    if end < total {
        let order = order.unwrap_or_default().replace("(id)", "-id");
        let after = format!("{end}~{}~{order}", state.unwrap_or_default());
        let cursors = json!({"after": after});
        body["cursors"] = cursors.clone();
        body["paging"] = json!({"cursors": cursors});
    }
    Some(Answered::new("page", 200, body))
}
