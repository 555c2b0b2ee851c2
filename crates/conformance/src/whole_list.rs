//! A list of the Task Manager, read once in a run to judge filters and pages by.

use serde_json::Value;

use crate::check::{cannot_tell, unmet};
use crate::probe::{Fetched, fetch};
use crate::request::Request;
use crate::session::Session;

/// Pages of a hundred items that a whole list may take.
const MAX_LIST_PAGES: usize = 5;

/// All items of the list at `path`, each with every member.
pub(crate) async fn fetch_list(session: &Session, path: &str) -> Fetched<Vec<Value>> {
    let Some(token) = session.access_token().await else {
        return (None, cannot_tell("no token to go on with"));
    };
    // With every member; a target that refuses the lod is judged for that elsewhere.
    let full = fetch_pages(session, &token, &format!("{path}?limit=100&lod=full")).await;
    match full.1 {
        Ok(_) => full,
        Err(_) => fetch_pages(session, &token, &format!("{path}?limit=100")).await,
    }
}

/// The items of all pages from `path` on, with the evidence of the last.
async fn fetch_pages(session: &Session, token: &str, path: &str) -> Fetched<Vec<Value>> {
    let mut all = Vec::new();
    let mut url = session.url(path);
    for _ in 0..MAX_LIST_PAGES {
        let (evidence, answer) = fetch(session, Request::new("GET", &*url).bearer(token)).await;
        let page = match answer.and_then(|answer| answer.ok_json()) {
            Ok(page) => page,
            // A cursor that leads nowhere is for the checks of pages to judge.
            Err(_) if !all.is_empty() => return (evidence, Ok(all)),
            Err(failure) => return (evidence, Err(failure)),
        };
        let Some(items) = page["items"].as_array() else {
            return (evidence, unmet("the body has no array `items`"));
        };
        if items.iter().any(|item| all.contains(item)) {
            return (evidence, Ok(all));
        }
        all.extend(items.iter().cloned());
        let cursors = [&page["cursors"]["after"], &page["paging"]["cursors"]["after"]];
        match cursors.iter().find_map(|after| after.as_str()).filter(|_| !items.is_empty()) {
            Some(after) => {
                let lod = if path.ends_with("lod=full") { "&lod=full" } else { "" };
                let path = path.split('?').next().unwrap_or_default();
                url = session.url(&format!("{path}?limit=100&after={after}{lod}"));
            }
            None => return (evidence, Ok(all)),
        }
    }
    // What does not fit can't be told apart from what is not there.
    (None, cannot_tell("the list is longer than five pages"))
}
