//! When a case plays.

use std::collections::BTreeMap;

use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{attempts::Attempts, pattern::Pattern};

/// A part of the platform that a request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CaseRoute")]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// The token endpoints.
    Token,
    /// The endpoints for revocation.
    Revoke,
    /// The endpoints for introspection.
    Introspect,
    /// Discovery.
    Discovery,
    /// The public keys.
    Keys,
    /// The Account Management API.
    Account,
    /// The Task Manager.
    TaskManager,
    /// In a case: each call with a Bearer token, of the Account Management API and of the Task
    /// Manager.
    Bearer,
    /// In a case: every request but those of the control API.
    Any,
}

impl Route {
    /// The part that a path belongs to; `None` for the control API and for what is not there.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let idp = ["/api/2/idp/", "/bc/idp/", "/idp/"]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix));
        match idp {
            Some("token") => return Some(Self::Token),
            Some("revoke_token") => return Some(Self::Revoke),
            Some("introspect_token") => return Some(Self::Introspect),
            Some("keys") => return Some(Self::Keys),
            Some(_) | None => {}
        }
        if path == "/api/idp/v1/keys" {
            Some(Self::Keys)
        } else if path.ends_with("/.well-known/openid-configuration") {
            Some(Self::Discovery)
        } else if path.starts_with("/api/task_manager/") {
            Some(Self::TaskManager)
        } else if path.starts_with("/api/") {
            Some(Self::Account)
        } else {
            None
        }
    }

    /// Whether a case for this route plays on a request for `asked`.
    fn covers(self, asked: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Bearer => matches!(asked, Self::Account | Self::TaskManager),
            Self::Token
            | Self::Revoke
            | Self::Introspect
            | Self::Discovery
            | Self::Keys
            | Self::Account
            | Self::TaskManager => self == asked,
        }
    }
}

/// When a step of a case plays.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matcher {
    pub(crate) route: Route,
    #[serde(default)]
    pub(crate) attempts: Attempts,
    /// Of the attempts, how many in a hundred; which ones follows from the seed.
    pub(crate) percent: Option<u8>,
    /// Only requests beyond this rate.
    pub(crate) beyond: Option<Rate>,
    /// Only requests of this method.
    pub(crate) method: Option<Pattern>,
    /// Only requests for this path.
    pub(crate) path: Option<Pattern>,
    /// Only requests with this query string; an empty text is none.
    pub(crate) query: Option<Pattern>,
    /// Only requests with these headers.
    #[serde(default)]
    pub(crate) header: BTreeMap<String, Pattern>,
    /// Only requests without these headers.
    #[serde(default)]
    pub(crate) without_header: Vec<String>,
    /// Only requests whose form has these parameters.
    #[serde(default)]
    pub(crate) form: BTreeMap<String, Pattern>,
    /// Only requests whose form does not have these parameters.
    #[serde(default)]
    pub(crate) without_form: Vec<String>,
    /// Only requests with this body.
    pub(crate) body: Option<Pattern>,
    /// Only where the platform's own answer has one of these statuses.
    pub(crate) answered: Option<Vec<u16>>,
}

/// What a request says, as far as a case may ask.
pub(crate) struct Words<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// So many requests in a window of so many seconds on the API client's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(crate) requests: u32,
    pub(crate) window_s: u32,
}

impl Matcher {
    /// Every request.
    pub(crate) fn all() -> Self {
        Self {
            route: Route::Any,
            attempts: Attempts::default(),
            percent: None,
            beyond: None,
            method: None,
            path: None,
            query: None,
            header: BTreeMap::new(),
            without_header: Vec::new(),
            form: BTreeMap::new(),
            without_form: Vec::new(),
            body: None,
            answered: None,
        }
    }

    /// Whether the step is about a request for `asked` at all: then it counts as an attempt.
    pub(crate) fn is_about(&self, asked: Route, words: &Words<'_>) -> bool {
        self.route.covers(asked)
            && fits(self.method.as_ref(), words.method)
            && fits(self.path.as_ref(), words.path)
            && fits(self.query.as_ref(), words.query)
            && self.fits_headers(words.headers)
            && self.fits_body(words.body)
    }

    fn fits_headers(&self, headers: &HeaderMap) -> bool {
        let has = |(name, pattern): (&String, &Pattern)| {
            headers
                .get_all(name)
                .iter()
                .any(|value| pattern.matches(&String::from_utf8_lossy(value.as_bytes())))
        };
        self.header.iter().all(has)
            && !self.without_header.iter().any(|name| headers.contains_key(name))
    }

    fn fits_body(&self, body: &[u8]) -> bool {
        if !fits(self.body.as_ref(), &String::from_utf8_lossy(body)) {
            return false;
        }
        if self.form.is_empty() && self.without_form.is_empty() {
            return true;
        }
        let form: Vec<_> = form_urlencoded::parse(body).collect();
        let has = |(wanted, pattern): (&String, &Pattern)| {
            form.iter().any(|(name, value)| name == wanted && pattern.matches(value))
        };
        self.form.iter().all(has)
            && !self.without_form.iter().any(|gone| form.iter().any(|(name, _)| name == gone))
    }
}

fn fits(pattern: Option<&Pattern>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.matches(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_plays_where_all_that_it_names_is_so() {
        let headers: HeaderMap = [("authorization".parse().unwrap(), "Basic abc".parse().unwrap())]
            .into_iter()
            .collect();
        let words = Words {
            method: "POST",
            path: "/bc/idp/token",
            query: "",
            headers: &headers,
            body: b"grant_type=client%5Fcredentials&scope=a+b",
        };
        for (on, plays) in [
            ("", true),
            ("method = 'POST'\npath = '/bc/*'", true),
            ("method = '!POST'", false),
            ("path = '/api/*'", false),
            ("query = ''", true),
            ("query = '*grant*'", false),
            ("header = { Authorization = 'Basic *' }", true),
            ("header = { authorization = 'Bearer *' }", false),
            ("header = { accept = '*' }", false),
            ("without_header = ['accept']", true),
            ("without_header = ['authorization']", false),
            ("form = { grant_type = 'client_credentials', scope = 'a b' }", true),
            ("form = { scope = 'a' }", false),
            ("without_form = ['assertion']", true),
            ("without_form = ['scope']", false),
            ("body = '*%5F*'", true),
        ] {
            let matcher: Matcher = toml::from_str(&format!("route = 'token'\n{on}")).unwrap();
            assert_eq!(matcher.is_about(Route::Token, &words), plays, "{on}");
        }
    }

    #[test]
    fn each_path_belongs_to_its_part() {
        for (path, route) in [
            ("/api/2/idp/token", Some(Route::Token)),
            ("/bc/idp/token", Some(Route::Token)),
            ("/idp/revoke_token", Some(Route::Revoke)),
            ("/bc/idp/introspect_token", Some(Route::Introspect)),
            ("/api/idp/v1/keys", Some(Route::Keys)),
            ("/bc/.well-known/openid-configuration", Some(Route::Discovery)),
            ("/api/2/clients/x", Some(Route::Account)),
            ("/api/1/accounts", Some(Route::Account)),
            ("/api/task_manager/v2/tasks", Some(Route::TaskManager)),
            ("/_gatepass/clock", None),
            ("/", None),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn bearer_covers_both_apis_and_any_covers_all() {
        assert!(Route::Bearer.covers(Route::Account) && Route::Bearer.covers(Route::TaskManager));
        assert!(!Route::Bearer.covers(Route::Token));
        assert!(Route::Any.covers(Route::Keys));
    }
}
