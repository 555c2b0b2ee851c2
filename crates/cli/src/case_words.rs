//! The cases in plain words.

use std::fmt::Write;

use gatepass_server::{CaseSummary, GoodClient, Kind, Route};

use crate::{output::printable, shell};

/// A line a case, aligned: its name, what the integration sees and where, what happens.
pub(crate) fn list(cases: &[&CaseSummary]) -> String {
    let rows = cases.iter().map(|case| {
        let title = printable(&case.title);
        [case.name.clone(), status(case), part(seen_on(case)).name.to_owned(), title]
    });
    let head = ["NAME", "STATUS", "WHERE", "TITLE"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (name_width, status_width, where_width) = (width(0), width(1), width(2));
    let mut out = String::new();
    for [name, status, place, title] in &rows {
        let _ = writeln!(
            out,
            "{name:name_width$}  {status:status_width$}  {place:where_width$}  {title}"
        );
    }
    out
}

/// What a case is tried with.
pub(crate) struct Tried {
    /// The data center.
    pub(crate) url: String,
    /// `curl` with what it needs to trust it.
    pub(crate) curl: String,
    /// An API client for which the case plays only when it is named.
    pub(crate) client_id: String,
    /// Its ID and secret as `curl -u` takes them, in the quotes that they need.
    pub(crate) user: String,
}

/// All there is to say of a case.
pub(crate) fn all_of(case: &CaseSummary, tried: &Tried) -> String {
    let CaseSummary { name, client_id, .. } = case;
    let secret = case.client_secret.reveal(); // A fixture's, made to be shown.
    let user = shell::word(&format!("{client_id}:{secret}"));
    let seen = part(seen_on(case)).words;
    let what = match case.status {
        Some(status) => format!("{status}, from {seen}"),
        None if case.kind == Kind::Defect => format!("a wrong answer, from {seen}"),
        None => format!("no whole answer, from {seen}"),
    };
    let caught_by = match case.caught_by.as_slice() {
        [] => String::new(),
        checks => format!("caught by     {}\n", checks.join(", ")),
    };
    let plays = match (case.route, case.seen_on) {
        (Some(route), Some(seen_on)) if route != seen_on => {
            format!("plays         on {}\n", part(Some(route)).words)
        }
        _ => String::new(),
    };
    let kind = match case.kind {
        Kind::Fault => "fault: the platform does this, and an integration must cope",
        Kind::Defect => "defect: the platform never does this, and a conformance suite must notice",
    };
    let good_client = match &case.good_client {
        Some(good_client) => format!("good client   {}\n", behaviour(good_client)),
        None => String::new(),
    };
    let with_credentials = if case.for_all_only || is_anonymous(case.route) {
        String::new() // No credentials travel with such a request.
    } else {
        format!(
            "
swap the credentials of your integration for these, and it happens:
  client ID      {client_id}
  client secret  {secret}
or try it:
  {}
",
            call(case.seen_on.or(case.route), tried, &client_id.to_string(), &user, "")
        )
    };
    let by_header = if case.for_all_only {
        String::new() // A connection is misread before there is a header.
    } else {
        let header = format!(" -H 'X-Gatepass-Case: {name}'");
        let Tried { client_id, user, .. } = tried;
        format!(
            "\n{or}name it in a header of {route}:\n  {call}\n",
            or = if with_credentials.is_empty() { "" } else { "or " },
            route = part(case.route).words,
            call = call(case.route, tried, client_id, user, &header),
        )
    };
    format!(
        "\
{name}
{title}

seen          {what}
{plays}kind          {kind}
source        {source}
{good_client}{caught_by}{with_credentials}{by_header}{or}play it for all API clients:
  gatepass serve --case {name}
",
        title = printable(&case.title),
        source = printable(&case.source),
        or = if by_header.is_empty() { "\n" } else { "or " },
    )
}

/// Where the integration sees it.
fn seen_on(case: &CaseSummary) -> Option<Route> {
    case.seen_on.or(case.route)
}

fn status(case: &CaseSummary) -> String {
    match (case.status, case.kind) {
        (Some(status), _) => status.to_string(),
        (None, Kind::Fault) => "no answer".to_owned(),
        // The platform's own, bent.
        (None, Kind::Defect) => "-".to_owned(),
    }
}

/// A part of the platform, for a column and in a sentence.
struct Part {
    name: &'static str,
    words: &'static str,
}

fn part(route: Option<Route>) -> Part {
    let (name, words) = match route {
        Some(Route::Token) => ("token", "the token endpoint"),
        Some(Route::Revoke) => ("revoke", "the endpoint for revocation"),
        Some(Route::Introspect) => ("introspect", "the endpoint for introspection"),
        Some(Route::Discovery) => ("discovery", "discovery"),
        Some(Route::Keys) => ("keys", "the public keys"),
        Some(Route::Account) => ("account", "the Account Management API"),
        Some(Route::TaskManager) => ("task-manager", "the Task Manager"),
        Some(Route::Bearer) => ("bearer", "a call with a Bearer token"),
        Some(Route::Any) | None => ("any", "any request"),
    };
    Part { name, words }
}

/// Whether requests for the part tell nothing of who sends them.
fn is_anonymous(route: Option<Route>) -> bool {
    matches!(route, Some(Route::Discovery | Route::Keys))
}

/// A request for the part, to be pasted into a shell.
fn call(route: Option<Route>, tried: &Tried, client_id: &str, user: &str, header: &str) -> String {
    let Tried { url, curl, .. } = tried;
    let user = format!("-u {user}");
    let token = format!(
        "$({curl} -s {user} -d grant_type=client_credentials {url}/api/2/idp/token \
         | sed 's/.*\"access_token\": *\"\\([^\"]*\\).*/\\1/')"
    );
    let idp = format!("{url}/api/2/idp");
    match route {
        None | Some(Route::Token | Route::Any) => {
            format!("{curl} -i{header} {user} -d grant_type=client_credentials {idp}/token")
        }
        Some(Route::Revoke) => {
            format!("{curl} -i{header} {user} -d \"token={token}\" {idp}/revoke_token")
        }
        Some(Route::Introspect) => {
            format!("{curl} -i{header} {user} -d \"token={token}\" {idp}/introspect_token")
        }
        Some(Route::Discovery) => {
            format!("{curl} -i{header} {url}/.well-known/openid-configuration")
        }
        Some(Route::Keys) => format!("{curl} -i{header} {url}/idp/keys"),
        Some(Route::Account | Route::Bearer) => format!(
            "{curl} -i{header} -H \"Authorization: Bearer {token}\" {url}/api/2/clients/{client_id}"
        ),
        Some(Route::TaskManager) => format!(
            "{curl} -i{header} -H \"Authorization: Bearer {token}\" {url}/api/task_manager/v2/tasks"
        ),
    }
}

/// What a good client makes of a case, in words.
fn behaviour(good_client: &GoodClient) -> String {
    let end = if good_client.succeeds { "gets what it wants" } else { "tells that it failed" };
    let mut words = end.to_owned();
    match good_client.max_attempts {
        Some(1) => words.push_str(" after one request"),
        Some(count) => {
            let _ = write!(words, " after {count} requests at most");
        }
        None => {}
    }
    if let Some(gap) = good_client.min_gap_ms {
        let _ = write!(words, ", with {gap} ms at least between two");
    }
    words
}
