//! What can go wrong, and where.

use std::{error::Error as _, fmt, iter::successors, sync::Arc, time::Duration};

use gatepass_protocol::EpochSeconds;
use http::StatusCode;

use crate::{AnswerProblem, VerifyError};

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
    /// The revocation of a token.
    Revocation,
    /// Whether a token is good, asked of the platform.
    Introspection,
    /// Whether a token is good, found out here.
    Verification,
    /// A call of an API with a token.
    Api,
}

/// Why there is no token, no key or no answer of an API.
///
/// `Display` tells its own level, [`source`](std::error::Error::source) the rest and
/// [`Error::report`] all of it; none ever holds a secret or a token. An error is cheap to clone: all
/// callers that waited for one token request get the same.
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
    /// The platform answered no: 4xx, or 3xx without a `Location`.
    #[error("the platform refused the {stage} request to {url} with {refusal}")]
    Refused {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// How many attempts there were.
        attempts: u32,
        /// What it said to the last one.
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
        /// How many attempts there were.
        attempts: u32,
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
        /// How many attempts there were.
        attempts: u32,
        /// What is wrong with it.
        source: Box<AnswerProblem>,
    },
    /// The deadline passed, whatever was being done: waiting for an answer or between attempts.
    #[error(
        "the {stage} request to {url} was given up after {} s (attempts: {attempts})",
        deadline.as_secs_f64()
    )]
    OutOfTime {
        /// What was being asked for.
        stage: Stage,
        /// Where.
        url: String,
        /// The deadline of the whole request.
        deadline: Duration,
        /// How many attempts had begun.
        attempts: u32,
        /// What the last attempt that ended failed with.
        source: Option<Box<Error>>,
    },
    /// Nothing is asked for a while: the sign-in was refused again and again, and more of that locks
    /// accounts; or the platform asked to be left alone for longer than a request waits.
    #[error("{}, so no token is asked for before {until}", halted(*refusals))]
    Halted {
        /// When the next request may be made.
        until: EpochSeconds,
        /// How many sign-ins in a row were refused with 401.
        refusals: u32,
        /// The last answer.
        source: Box<Error>,
    },
    /// Each token that came was over, or taken back, before it could be given out.
    #[error("the tokens that come are over before they can be used")]
    ShortLived,
    /// A token is not to be trusted.
    #[error("the token is not verified")]
    Unverified {
        /// What is wrong with it.
        source: Arc<VerifyError>,
    },
    /// The task that asked for the token ended early or stood still, twice: the runtime that it ran
    /// on was shut down or is not driven, or an injected [`Clock`](crate::Clock) or
    /// [`Timer`](crate::Timer) panicked.
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
    /// What its `details` say beyond that: `The tenant is locked`.
    pub info: Option<String>,
    /// The request ID of its headers, for the platform's support.
    pub request_id: Option<String>,
    /// How long it asked to wait, with `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// Whether trying again can help: the same request can succeed later without anyone changing
    /// anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::CutShort { .. }
            | Self::Unavailable { .. }
            | Self::OutOfTime { .. }
            | Self::ShortLived
            | Self::Interrupted => true,
            Self::Halted { source, .. } => source.is_transient(),
            Self::Unverified { .. }
            | Self::Unbuildable { .. }
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
            | Self::OutOfTime { stage, .. }
            | Self::Unusable { stage, .. } => *stage,
            Self::Halted { source, .. } => source.stage(),
            Self::Unverified { .. } => Stage::Verification,
            Self::ShortLived | Self::Interrupted => Stage::Token,
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
            Self::Halted { source, .. } => source.status(),
            Self::OutOfTime { source, .. } => source.as_ref()?.status(),
            Self::Unbuildable { .. }
            | Self::Unreachable { .. }
            | Self::Unverified { .. }
            | Self::ShortLived
            | Self::Interrupted => None,
        }
    }

    /// What the platform said, where it refused or failed.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } | Self::Unavailable { refusal, .. } => Some(refusal),
            Self::Halted { source, .. } => source.refusal(),
            Self::OutOfTime { source, .. } => source.as_ref()?.refusal(),
            _ => None,
        }
    }

    /// The platform's code: `invalid_client`, `1006`, `NotFound`.
    pub fn code(&self) -> Option<&str> {
        self.refusal()?.code.as_deref()
    }

    /// The service that answered: `Access`, `PlatformAccountServer`.
    pub fn domain(&self) -> Option<&str> {
        self.refusal()?.domain.as_deref()
    }

    /// The platform's words, or the beginning of the page where the body is none of the platform's.
    pub fn message(&self) -> Option<&str> {
        self.refusal()?.message.as_deref()
    }

    /// The error with all its causes, in one line: for a log, or a user.
    pub fn report(&self) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            write!(f, "{self}")?;
            successors(self.source(), |&cause| cause.source())
                .try_for_each(|cause| write!(f, ": {cause}"))
        })
    }

    /// How many attempts there were; 0 where none was made.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Unreachable { attempts, .. }
            | Self::CutShort { attempts, .. }
            | Self::Unavailable { attempts, .. }
            | Self::OutOfTime { attempts, .. }
            | Self::Refused { attempts, .. }
            | Self::Redirected { attempts, .. }
            | Self::Unusable { attempts, .. } => *attempts,
            Self::Unbuildable { .. }
            | Self::Halted { .. }
            | Self::Unverified { .. }
            | Self::ShortLived
            | Self::Interrupted => 0,
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

fn halted(refusals: u32) -> String {
    match refusals {
        0 => "the platform asked to be left alone".to_owned(),
        _ => format!(
            "the sign-in was refused {refusals} times in a row (are client ID and secret right?)"
        ),
    }
}

impl Stage {
    /// Its name in messages and in the label of a counter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::Verification => "verification",
            Self::Api => "API",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
        for words in [&self.message, &self.info].into_iter().flatten() {
            write!(f, ": {words}")?;
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
