//! What the control API may be asked, and what it answers.

use gatepass_protocol::{ApiClientDocument, TokenResponse};
use http::Method;
use serde_json::{Map, Value};

use super::{cases, clients, clock, health, keys, problem, requests, tokens};
use crate::{
    cases::CaseSummary,
    http::openapi::body_answers,
    openapi::{Answer, Operation, Security},
};

const FILTERS: [(&str, &str); 4] = [
    ("client_id", "Exchanges of this API client"),
    ("route", "A path's pattern, a path, or a segment of the pattern"),
    ("status", "`401`, or a class such as `4xx`"),
    ("after", "Only exchanges with a higher number"),
];

/// The operations of the control API.
pub(in crate::http) fn operations() -> Vec<Operation> {
    let mut operations = Vec::from(of_clients());
    operations.extend(of_clocks());
    operations.extend(of_cases());
    operations.extend(of_the_journal());
    operations.extend(of_the_platform());
    operations
}

fn of_clients() -> [Operation; 6] {
    let one = "/_gatepass/clients/{id}";
    [
        guarded(Method::GET, "/_gatepass/clients", "List all API clients").answers([
            Answer::json::<Vec<ApiClientDocument>>(200, "The clients, without their secrets"),
        ]),
        guarded(Method::POST, "/_gatepass/clients", "Make an API client")
            .json::<clients::Order>()
            .answers(bodies())
            .answers([Answer::json::<clients::Credentials>(
                201,
                "What to configure a program with",
            )]),
        guarded(Method::GET, one, "Show an API client").answers([
            Answer::json::<ApiClientDocument>(200, "The client, without its secret"),
            unknown_client(),
        ]),
        guarded(Method::PATCH, one, "Enable or disable an API client")
            .json::<clients::Change>()
            .answers(bodies())
            .answers([
                Answer::json::<ApiClientDocument>(200, "What became of it"),
                unknown_client(),
            ]),
        guarded(Method::DELETE, one, "Delete an API client")
            .answers([Answer::empty(204, "It is deleted"), unknown_client()]),
        guarded(
            Method::POST,
            "/_gatepass/clients/{id}/secret",
            "Give an API client another secret",
        )
        .answers([
            Answer::json::<clients::Credentials>(200, "The client with its new secret"),
            unknown_client(),
        ]),
    ]
}

fn of_clocks() -> [Operation; 4] {
    let (all, one) = ("/_gatepass/clock", "/_gatepass/clients/{id}/clock");
    let now = || Answer::json::<clock::Time>(200, "The time");
    [
        guarded(Method::GET, all, "Tell the platform's time").answers([now()]),
        guarded(Method::PUT, all, "Move the platform's time")
            .json::<clock::Change>()
            .answers(bodies())
            .answers([now()]),
        guarded(Method::GET, one, "Tell an API client's time").answers([now(), unknown_client()]),
        guarded(Method::PUT, one, "Move an API client's time")
            .json::<clock::Change>()
            .answers(bodies())
            .answers([now(), unknown_client()]),
    ]
}

fn of_cases() -> [Operation; 4] {
    let all = "/_gatepass/cases";
    let playing = || Answer::json::<cases::NowPlaying>(200, "What plays now");
    let unknown = || Answer::json::<problem::Body<'_>>(404, "There is no such case");
    [
        guarded(Method::GET, all, "List the cases")
            .answers([Answer::json::<Vec<CaseSummary>>(200, "The catalogue")]),
        guarded(Method::PUT, all, "Play cases for all API clients")
            .json::<Vec<String>>()
            .answers(bodies())
            .answers([playing(), unknown()]),
        guarded(Method::DELETE, all, "Stop all cases but those of the fixture clients")
            .answers([playing()]),
        guarded(
            Method::PUT,
            "/_gatepass/clients/{client_id}/cases",
            "Play cases for one API client",
        )
        .json::<Vec<String>>()
        .answers(bodies())
        .answers([playing(), unknown(), unknown_client()]),
    ]
}

fn of_the_journal() -> [Operation; 4] {
    let all = "/_gatepass/requests";
    [
        guarded(Method::GET, all, "List what was asked and answered")
            .query(FILTERS)
            .query([
                ("limit", "At most so many; 100 where it is left out"),
                ("format", "`json`, or `har` for an HTTP Archive 1.2"),
            ])
            .answers([
                Answer::json::<requests::Page>(200, "Exchanges"),
                Answer::json::<Map<String, Value>>(200, "an HTTP Archive"),
                bad_query(),
            ]),
        guarded(Method::DELETE, all, "Forget what was asked and answered")
            .query(FILTERS)
            .answers([Answer::json::<requests::Deleted>(200, "How much"), bad_query()]),
        guarded(Method::GET, "/_gatepass/requests/count", "Count what was asked")
            .query(FILTERS)
            .answers([Answer::json::<requests::Count>(200, "How much"), bad_query()]),
        guarded(Method::GET, "/_gatepass/requests/wait", "Wait until something was asked")
            .query(FILTERS)
            .query([
                ("count", "Until so many match; 1 where it is left out"),
                ("timeout_s", "At most so many seconds; 5 where it is left out"),
            ])
            .answers([
                Answer::json::<requests::Page>(200, "The exchanges"),
                bad_query(),
                Answer::json::<problem::Body<'_>>(408, "Too few came in time"),
            ]),
    ]
}

fn of_the_platform() -> [Operation; 6] {
    [
        new(Method::GET, "/_gatepass/health", "Tell whether requests are served")
            .answers([Answer::json::<health::Health>(200, "They are")]),
        guarded(Method::GET, "/_gatepass/metrics", "Show counts for Prometheus")
            .answers([Answer::text("text/plain", "Counts since the start")]),
        guarded(Method::GET, "/_gatepass/events", "Tell what happens while it happens")
            .query([("client_id", "Only what is about this API client")])
            .answers([Answer::text("text/event-stream", "Server-sent events"), bad_query()]),
        guarded(Method::POST, "/_gatepass/keys/rotate", "Have other keys sign")
            .optional_json::<keys::Order>()
            .answers(bodies())
            .answers([
                Answer::json::<keys::Rotated>(200, "The IDs of the new keys"),
                Answer::json::<problem::Body<'_>>(409, "The next keys can't be used"),
            ]),
        guarded(Method::POST, "/_gatepass/reset", "Go back to the fixtures")
            .answers([Answer::empty(204, "All that happened is forgotten")]),
        guarded(Method::POST, "/_gatepass/tokens", "Mint tokens for an API client")
            .json::<tokens::Order>()
            .answers(bodies())
            .answers([
                Answer::json::<TokenResponse>(200, "The tokens, in the shape that was ordered"),
                unknown_client(),
            ]),
    ]
}

fn new(method: Method, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(method, path, summary).tag("control").source("DESIGN 5")
}

fn guarded(method: Method, path: &'static str, summary: &'static str) -> Operation {
    new(method, path, summary).secured(&[Security::ControlKey, Security::None]).answers([
        Answer::json::<problem::Body<'_>>(401, "The key is missing or wrong"),
        Answer::json::<problem::Body<'_>>(403, "The caller is a page of another origin"),
    ])
}

fn bodies() -> impl Iterator<Item = Answer> {
    let bad = Answer::json::<problem::Body<'_>>(400, "A member is wrong, unknown or missing");
    body_answers().into_iter().chain([bad])
}

fn bad_query() -> Answer {
    Answer::json::<problem::Body<'_>>(400, "A parameter is wrong or unknown")
}

fn unknown_client() -> Answer {
    Answer::json::<problem::Body<'_>>(404, "There is no such API client")
}
