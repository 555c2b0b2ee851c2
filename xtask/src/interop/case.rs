//! What integrations meet, and what they should see of it.

use std::fmt;

use serde::Deserialize;

/// A case of the catalogue, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    None,
    TokenExpired,
    ClientDisabled,
    TokenUnavailableTwice,
    RateLimited,
}

impl Case {
    pub(super) const ALL: [Self; 5] = [
        Self::None,
        Self::TokenExpired,
        Self::ClientDisabled,
        Self::TokenUnavailableTwice,
        Self::RateLimited,
    ];

    /// Its name in the catalogue.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::TokenExpired => Some("token-expired"),
            Self::ClientDisabled => Some("client-disabled"),
            Self::TokenUnavailableTwice => Some("token-unavailable-twice"),
            Self::RateLimited => Some("rate-limited"),
        }
    }

    /// Its name for people.
    pub(super) fn label(self) -> &'static str {
        self.name().unwrap_or("(none)")
    }

    /// What an integration reports that waits out 50x and 429, and gives up on 401.
    pub(super) fn promise(self) -> Run {
        match self {
            Self::None => Run::new(&[200], Some(200), "signed in"),
            Self::TokenExpired => Run::new(&[200], Some(401), "call refused"),
            Self::ClientDisabled => Run::new(&[401], None, "no token"),
            Self::TokenUnavailableTwice => Run::new(&[503, 503, 200], Some(200), "signed in"),
            Self::RateLimited => Run::new(&[429, 200], Some(200), "signed in"),
        }
    }
}

/// What an integration reports of itself.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    /// Statuses of its token requests, in order.
    token_statuses: Vec<u16>,
    /// Status of its call with the token, if it got one.
    api_status: Option<u16>,
    pub(super) outcome: String,
}

impl Run {
    fn new(token_statuses: &[u16], api_status: Option<u16>, outcome: &str) -> Self {
        Self { token_statuses: token_statuses.to_vec(), api_status, outcome: outcome.to_owned() }
    }

    /// The answers to its token requests, for people.
    pub(super) fn tokens(&self) -> String {
        self.token_statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The answer to its call, for people.
    pub(super) fn api(&self) -> String {
        self.api_status.map_or_else(|| "-".to_owned(), |status| status.to_string())
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "token answers {}, API {}, `{}`", self.tokens(), self.api(), self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_the_integrations_write_it() {
        let run: Run = serde_json::from_str(
            r#"{"token_statuses": [401], "api_status": null, "outcome": "no token"}"#,
        )
        .unwrap();

        assert_eq!(run, Case::ClientDisabled.promise());
        assert_eq!(run.to_string(), "token answers 401, API -, `no token`");
    }
}
