//! What can go wrong, and where.

use std::{fmt, sync::Arc, time::Duration};

use http::StatusCode;

use crate::AnswerProblem;

/// What was being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// A token.
    Token,
    /// The discovery document.
    Discovery,
    /// The keys that verify tokens.
    Keys,
    /// A call of an API with a token.
    Api,
}

/// Why there is no token, no key or no answer of an API.
///
/// `Display` tells its own level and [`source`](std::error::Error::source) the rest; neither ever
/// holds a secret or a token. An error is cheap to clone: all callers that waited for one token
/// request get the same.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request could not be built: a header or a body that HTTP can't carry.
    #[error("the {stage} request to {url} could not be built")]
    Unbuildable {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// What is wrong with the request.
        source: Arc<reqwest::Error>,
    },
    /// No answer came back to any attempt.
    #[error("the {stage} request to {url} got no answer (attempts: {attempts})")]
    Unreachable {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// How many attempts there were.
        attempts: u32,
        /// What the last one failed with.
        source: Arc<reqwest::Error>,
    },
    /// An answer began and broke off, in every attempt.
    #[error("the answer {status} to the {stage} request to {url} broke off (attempts: {attempts})")]
    CutShort {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// The status that had arrived.
        status: StatusCode,
        /// How many attempts there were.
        attempts: u32,
        /// The request ID that had arrived.
        request_id: Option<String>,
        /// How it broke off.
        source: Arc<reqwest::Error>,
    },
    /// The platform answered no: 4xx.
    #[error("the platform refused the {stage} request to {url} with {refusal}")]
    Refused {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// What it said.
        refusal: Box<Refusal>,
    },
    /// The platform failed or was busy, 50x or 429, in every attempt that its `Retry-After` left
    /// room for.
    #[error(
        "the platform failed the {stage} request to {url} with {refusal} (attempts: {attempts})"
    )]
    Unavailable {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// How many attempts there were.
        attempts: u32,
        /// What it said to the last one.
        refusal: Box<Refusal>,
    },
    /// The answer points elsewhere, where no secret is sent: most often the data center URL is not
    /// the one that the platform gave.
    #[error(
        "the {stage} request to {url} was redirected with {status} to {location}; \
         is the data center URL right?"
    )]
    Redirected {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// The status.
        status: StatusCode,
        /// Where to, without a query.
        location: String,
    },
    /// The answer says yes, but it is not what the platform's contract says.
    #[error("the answer {status} to the {stage} request to {url} is unusable")]
    Unusable {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// The status.
        status: StatusCode,
        /// The `Content-Type` as it came.
        content_type: Option<String>,
        /// The request ID as it came.
        request_id: Option<String>,
        /// What is wrong with it.
        source: Box<AnswerProblem>,
    },
    /// The task that asked for the token ended early, twice: the runtime that it ran on was shut
    /// down, or an injected [`Clock`](crate::Clock) or [`Timer`](crate::Timer) panicked.
    #[error("the token request was interrupted")]
    Interrupted,
}

/// What the platform said when it did not do what was asked: the members of its three error
/// bodies (CONTRACT 4.1) on one footing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The platform's code: `invalid_client`, `1006`, `NotFound`.
    pub code: Option<String>,
    /// The service that answered: `Access`, `PlatformAccountServer`.
    pub domain: Option<String>,
    /// Its words, or the beginning of the page where the body is none of the platform's.
    pub message: Option<String>,
    /// The request ID of its headers, for the platform's support.
    pub request_id: Option<String>,
    /// How long it asked to wait, with `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// Whether the same request can succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::CutShort { .. }
            | Self::Unavailable { .. }
            | Self::Interrupted => true,
            Self::Unbuildable { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::Unusable { .. } => false,
        }
    }

    /// What was being asked for.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Unbuildable { stage, .. }
            | Self::Unreachable { stage, .. }
            | Self::CutShort { stage, .. }
            | Self::Refused { stage, .. }
            | Self::Unavailable { stage, .. }
            | Self::Redirected { stage, .. }
            | Self::Unusable { stage, .. } => *stage,
            Self::Interrupted => Stage::Token,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { refusal, .. } | Self::Unavailable { refusal, .. } => {
                Some(refusal.status)
            }
            Self::CutShort { status, .. }
            | Self::Redirected { status, .. }
            | Self::Unusable { status, .. } => Some(*status),
            Self::Unbuildable { .. } | Self::Unreachable { .. } | Self::Interrupted => None,
        }
    }

    /// What the platform said, where it refused or failed.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } | Self::Unavailable { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// The request ID of the answer, for the platform's support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::CutShort { request_id, .. } | Self::Unusable { request_id, .. } => {
                request_id.as_deref()
            }
            _ => self.refusal()?.request_id.as_deref(),
        }
    }

    /// How long the platform asked to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_after
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Api => "API",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", `{code}`")?;
        }
        if let Some(domain) = &self.domain {
            write!(f, " of {domain}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, "; it asks to wait {} s", wait.as_secs())?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request ID {id})")?;
        }
        Ok(())
    }
}
