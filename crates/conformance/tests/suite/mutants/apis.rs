//! Defects of the APIs behind the sign-in, of HTTP, and of nerves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::Mutant;
use crate::support::tasks::{all, page};
use crate::support::{Answered, Asked, TENANT_ID, api_error, own_client};

const IS_TASK: bool = true;

/// Opens the caller's API client where that is wrong.
fn open_if(is_so: bool, asked: &Asked, answer: &mut Answered) {
    if is_so && asked.path.starts_with("/api/2/clients/") {
        *answer = own_client();
    }
}

fn token_header(asked: &Asked) -> String {
    let token = asked.authorization().split_once(' ').map(|(_, token)| token).unwrap_or_default();
    let header = token.split('.').next().unwrap_or_default();
    String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(header).unwrap_or_default()).into_owned()
}

fn of(kind: &str, answer: &mut Answered, bend: impl FnOnce(&mut Answered)) {
    if answer.kind == kind {
        bend(answer);
    }
}

/// Answers a query that has `part` with another page.
fn page_if(part: &str, asked: &Asked, answer: &mut Answered, query: &str) {
    if asked.query.contains(part) {
        *answer = page(asked.path.ends_with("tasks"), query).unwrap();
    }
}

fn is_list(asked: &Asked) -> bool {
    asked.path.ends_with("/tasks") || asked.path.ends_with("/activities")
}

/// The mutants of both lists.
macro_rules! lists {
    ($($name:literal => $bend:expr,)+) => {
        [
            $((concat!("tasks.", $name), $bend), (concat!("activities.", $name), $bend),)+
        ]
    };
}

static LISTS: [Mutant; 40] = lists! {
    "list" => |_, _, r| of("page", r, |r| r.json["items"][0]["state"] = "asleep".into()),
    "list" => |_, _, r| of("page", r, |r| {
        // A completed item without its result.
        r.json["items"][0].as_object_mut().unwrap().remove("result");
    }),
    "content-type" => |_, _, r| of("page", r, |r| r.set("content-type", "text/html")),
    "size" => |_, _, r| of("page", r, |r| r.json["size"] = 99.into()),
    "ids" => |_, _, r| of("page", r, |r| r.json["items"][1]["id"] = json!(1e17)),
    "one" => |_, _, r| of("item", r, |r| r.json["id"] = 3.into()),
    "state-filter" => |_, q, r| page_if("state=", q, r, ""),
    "result-filter" => |_, q, r| page_if("resultCode=", q, r, ""),
    "time-filter" => |_, q, r| page_if("lt(", q, r, ""),
    "order" => |_, q, r| page_if("desc(id)", q, r, ""),
    "order-time" => |_, q, r| page_if("At)", q, r, ""),
    "limit" => |_, q, r| page_if("limit=1", q, r, "limit=2"),
    "both-cursors" => |_, _, r| of("page", r, |r| r.remove("paging")),
    "cursor-characters" => |_, _, r| of("page", r, |r| r.json["cursors"]["after"] = "a+b/c=".into()),
    "paging" => |_, q, r| page_if("after=", q, r, "limit=1"),
    "cursor-carries" => |_, q, r| page_if("after=", q, r, "limit=1&order=asc(id)&state=started"),
    "last-page" => |_, q, r| page_if("limit=50", q, r, "limit=2"),
    "last-page" => |_, _, r| of("page", r, |r| r.json["cursors"]["after"] = "0".into()),
    "bad-limit" => |_, q, r| page_if("limit=many", q, r, ""),
    "unknown-state" => |_, q, r| page_if("state=asleep", q, r, "limit=0"),
};

static MORE: [Mutant; 29] = [
    ("tasks.bad-cursor", |_, _, r| of("task-error", r, |r| r.status = 500)),
    ("activities.bad-cursor", |_, _, r| of("task-error", r, |r| r.status = 500)),
    ("tasks.unknown-id", |_, _, r| of("task-error", r, |r| *r = api_error(404))),
    ("activities.unknown-id", |_, _, r| of("task-error", r, |r| *r = api_error(404))),
    ("tasks.no-token", |_, q, r| {
        if is_list(q) {
            *r = Answered::new("page", 200, json!({"items": all(IS_TASK)}));
        }
    }),
    ("activities.no-token", |_, q, r| {
        if is_list(q) {
            r.status = 403;
        }
    }),
    ("bearer.accepted", |_, _, r| of("client", r, |r| *r = api_error(401))),
    ("bearer.scheme-case", |_, q, r| {
        if q.authorization().starts_with("bearer") {
            *r = api_error(401);
        }
    }),
    ("bearer.missing", |_, q, r| open_if(q.authorization().is_empty(), q, r)),
    ("bearer.malformed", |_, _, r| of("api-error", r, |r| r.status = 400)),
    ("bearer.malformed", |_, _, r| of("api-error", r, |r| r.json["error"]["code"] = 400.into())),
    ("bearer.malformed", |_, _, r| of("api-error", r, |r| r.remove("error"))),
    ("bearer.empty", |_, q, r| open_if(q.authorization() == "Bearer", q, r)),
    ("bearer.other-scheme", |_, q, r| open_if(q.authorization().starts_with("Digest"), q, r)),
    ("bearer.bad-signature", |_, q, r| open_if(token_header(q).contains("RS256"), q, r)),
    ("bearer.unsigned", |_, q, r| open_if(q.authorization().ends_with('.'), q, r)),
    ("bearer.hs256", |_, q, r| open_if(token_header(q).contains("HS256"), q, r)),
    ("bearer.expired", |_, q, r| open_if(token_header(q).contains("RS256"), q, r)),
    ("bearer.challenge", |_, _, r| of("api-error", r, |r| r.drop("www-authenticate"))),
    ("bearer.content-type", |_, _, r| of("api-error", r, Answered::end_line)),
    ("clients.read", |_, _, r| of("client", r, |r| r.remove("status"))),
    ("clients.content-type", |_, _, r| of("client", r, |r| r.set("content-type", "text/html"))),
    ("clients.no-secret", |_, _, r| of("client", r, |r| r.json["client_secret"] = "x".into())),
    ("clients.owner", |_, _, r| {
        of("client", r, |r| r.json["tenant_id"] = TENANT_ID.replace('5', "6").into());
    }),
    ("clients.foreign", |_, _, r| of("api-error", r, |r| *r = api_error(404))),
    ("clients.unknown", |_, _, r| of("api-error", r, |r| *r = api_error(403))),
    ("clients.unknown-path", |_, _, r| of("api-error", r, |r| r.text = Some("<html>".into()))),
    ("transport.head", |_, q, r| {
        if q.method == "HEAD" {
            r.status = 405;
        }
    }),
    ("transport.chunked", |_, q, r| {
        if !q.header("transfer-encoding").is_empty() {
            r.status = 411;
        }
    }),
];

static ROBUSTNESS: [Mutant; 4] = [
    ("robustness.malformed-tokens", |_, q, r| {
        if q.header("content-type") == ";;;" {
            r.status = 500;
        }
    }),
    ("robustness.paths", |_, q, r| {
        if q.path.contains("%00") {
            r.status = 502;
        }
    }),
    ("robustness.long-header", |_, q, r| {
        if q.authorization().len() > 4_096 {
            r.status = 500;
        }
    }),
    ("robustness.large-body", |_, q, r| {
        if q.body.len() > 1_000_000 {
            r.status = 400;
        }
    }),
];

pub(super) fn mutants() -> impl Iterator<Item = &'static Mutant> {
    LISTS.iter().chain(&MORE).chain(&ROBUSTNESS)
}
