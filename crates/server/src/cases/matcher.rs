//! When a case plays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempts::Attempts;

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
}

/// So many requests in a window of so many seconds on the API client's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(crate) requests: u32,
    pub(crate) window_s: u32,
}

impl Matcher {
    /// Whether the step is about a request for `asked` at all: then it counts as an attempt.
    pub(crate) fn is_about(&self, asked: Route) -> bool {
        self.route.covers(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
