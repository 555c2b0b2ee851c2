//! `/_gatepass/requests…`: the journal.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    problem::Problem,
    query::{Query, bad},
};
use crate::{
    http::json::Json,
    journal::{Filter, JournalEntry, Listing, Window, har},
    platform::Platform,
};

/// So many exchanges are listed where no `limit` is given.
const LIMIT: usize = 100;
/// So long is waited where no `timeout_s` is given.
const TIMEOUT_S: f64 = 5.0;
const LONGEST_TIMEOUT_S: f64 = 300.0;

/// Which exchanges to list, and how.
pub(super) struct List {
    filter: Filter,
    window: Window,
    har: bool,
}

/// Which exchanges to count or to forget.
pub(super) struct Matching(Filter);

/// Which exchanges to wait for, how many and how long.
pub(super) struct Wait {
    filter: Filter,
    count: usize,
    timeout: Duration,
}

/// Exchanges, newest last.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JournalPage")]
pub(super) struct Page {
    dropped: u64,
    matching: usize,
    cursor: u64,
    requests: Vec<JournalEntry>,
}

/// A number of exchanges.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JournalCount")]
pub(super) struct Count {
    dropped: u64,
    count: usize,
}

/// Exchanges that were forgotten.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JournalDeleted")]
pub(super) struct Deleted {
    dropped: u64,
    deleted: usize,
}

/// The exchanges that match: the newest, or those that follow a cursor.
pub(super) async fn list(State(platform): State<Platform>, list: List) -> Response {
    let listing = platform.journal().list(&list.filter, list.window);
    if list.har {
        Json(har(listing.records.iter().map(|record| &**record))).into_response()
    } else {
        Json(Page::from(listing)).into_response()
    }
}

/// How many exchanges match.
pub(super) async fn count(
    State(platform): State<Platform>,
    Matching(filter): Matching,
) -> Json<Count> {
    let journal = platform.journal();
    Json(Count { count: journal.count(&filter), dropped: journal.dropped() })
}

/// Forgets the exchanges that match.
pub(super) async fn delete(
    State(platform): State<Platform>,
    Matching(filter): Matching,
) -> Json<Deleted> {
    let journal = platform.journal();
    Json(Deleted { deleted: journal.delete(&filter), dropped: journal.dropped() })
}

/// Answers once so many exchanges match, and with them.
pub(super) async fn wait(
    State(platform): State<Platform>,
    wait: Wait,
) -> Result<Json<Page>, Problem> {
    let filter = &wait.filter;
    match platform.wait_for(wait.count, filter, wait.timeout).await {
        Ok(listing) => Ok(Json(Page::from(listing))),
        Err(too_few) => Err(Problem {
            status: StatusCode::REQUEST_TIMEOUT,
            message: too_few.to_string(),
            hint: "GET /_gatepass/requests lists those that came; timeout_s is in seconds",
        }),
    }
}

impl From<Listing> for Page {
    fn from(listing: Listing) -> Self {
        Self {
            dropped: listing.dropped,
            matching: listing.matching,
            cursor: listing.cursor,
            requests: listing.records.iter().map(|record| JournalEntry::of(record)).collect(),
        }
    }
}

fn filter(query: &Query) -> Result<Filter, Problem> {
    Ok(Filter {
        client_id: query.value("client_id")?,
        route: query.text("route").map(str::to_owned),
        status: query.value("status")?,
        after: query.value("after")?,
    })
}

impl<S: Sync> FromRequestParts<S> for List {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = &["client_id", "route", "status", "after", "limit", "format"];
        let query = Query::read(&parts.uri, known)?;
        let filter = filter(&query)?;
        let har = match query.text("format") {
            None | Some("json") => false,
            Some("har") => true,
            Some(other) => {
                return Err(bad(format!("the format `{other}` is neither json nor har")));
            }
        };
        let window = match (query.value("limit")?, filter.after) {
            (None, _) if har => Window::All,
            (limit, Some(_)) => Window::Oldest(limit.unwrap_or(LIMIT)),
            (limit, None) => Window::Newest(limit.unwrap_or(LIMIT)),
        };
        Ok(Self { filter, window, har })
    }
}

impl<S: Sync> FromRequestParts<S> for Matching {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::read(&parts.uri, &["client_id", "route", "status", "after"])?;
        filter(&query).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Wait {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let known = &["client_id", "route", "status", "after", "count", "timeout_s"];
        let query = Query::read(&parts.uri, known)?;
        let timeout_s = query.value("timeout_s")?.unwrap_or(TIMEOUT_S);
        if !(0.0..=LONGEST_TIMEOUT_S).contains(&timeout_s) {
            return Err(bad(format!("timeout_s is not from 0 to {LONGEST_TIMEOUT_S}")));
        }
        Ok(Self {
            filter: filter(&query)?,
            count: query.value("count")?.unwrap_or(1),
            timeout: Duration::from_secs_f64(timeout_s),
        })
    }
}
