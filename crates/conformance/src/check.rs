//! One row of the suite.

use std::fmt;

use futures::future::BoxFuture;
use serde::Serialize;

use crate::probe::Probe;
use crate::target::Target;

/// How binding a requirement is.
///
/// An unmet `must` or `should` is a failure, and any failure fails the run. An unmet `may` is a
/// pass with a note, since the contract allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The contract states it, or an RFC that the contract names does.
    Must,
    /// Clients depend on it, or the contract leaves it open and we decided it.
    Should,
    /// Good to know.
    May,
}

impl Level {
    /// The lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// What a check needs beyond a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// An API client of the caller's, registered for `client_secret_basic`.
    Credentials,
    /// The ID of an API client outside the caller's tenants.
    ForeignClient,
    /// A disabled API client.
    DisabledClient,
    /// An API client that is registered for `client_secret_post`.
    PostClient,
    /// A target that mints tokens on request, such as one already expired.
    MintedToken,
}

impl Need {
    /// Why `target` can't have checks with this need, if so.
    pub(crate) fn missing_in(self, target: &Target, mints_tokens: bool) -> Option<&'static str> {
        let (has, reason) = match self {
            Self::Credentials => {
                (target.credentials.is_some(), "needs the ID and the secret of an API client")
            }
            Self::ForeignClient => (
                target.foreign_client_id.is_some(),
                "needs the ID of an API client outside the caller's tenants",
            ),
            Self::DisabledClient => {
                (target.disabled_client.is_some(), "needs the credentials of a disabled API client")
            }
            Self::PostClient => (
                target.post_client.is_some(),
                "needs the credentials of an API client registered for client_secret_post",
            ),
            Self::MintedToken => {
                (mints_tokens, "needs a target that mints expired tokens, and this one does not")
            }
        };
        (!has).then_some(reason)
    }
}

/// What a check found.
pub(crate) type Verdict = Result<(), Failure>;

/// Why a check did not find its requirement met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not met; the text says what came back.
    Unmet(String),
    /// It can't be judged on this target; the text says why.
    CannotTell(String),
}

impl Failure {
    /// The same failure, told of a step on the way.
    pub(crate) fn of(self, step: &str) -> Self {
        match self {
            Self::Unmet(reason) => Self::Unmet(format!("{step}: {reason}")),
            Self::CannotTell(reason) => Self::CannotTell(format!("{step}: {reason}")),
        }
    }
}

/// `Err` with what came back.
pub(crate) fn unmet<T>(reason: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Unmet(reason.into()))
}

/// `Err` with why nobody can tell.
pub(crate) fn cannot_tell<T>(reason: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::CannotTell(reason.into()))
}

/// Met when `met` is; `got` says what came back otherwise.
pub(crate) fn require(met: bool, got: impl FnOnce() -> String) -> Verdict {
    if met { Ok(()) } else { unmet(got()) }
}

/// The function of a check.
pub(crate) type Run = for<'p> fn(&'p mut Probe) -> BoxFuture<'p, Verdict>;

/// One requirement of the contract and the function that judges it.
#[derive(Debug)]
pub struct Check {
    id: &'static str,
    requirement: &'static str,
    sources: &'static [&'static str],
    level: Level,
    needs: &'static [Need],
    changes: bool,
    pub(crate) run: Run,
}

impl Check {
    pub(crate) const fn new(
        level: Level,
        id: &'static str,
        requirement: &'static str,
        sources: &'static [&'static str],
        needs: &'static [Need],
        run: Run,
    ) -> Self {
        Self { id, requirement, sources, level, needs, changes: false, run }
    }

    /// The name, for example `token.errors.grant-missing`; it never changes its meaning.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The name without its last part: what [`Suite::only`](crate::Suite::only) takes too.
    pub fn group(&self) -> &'static str {
        self.id.rsplit_once('.').map_or(self.id, |(group, _)| group)
    }

    /// What must be so, as one statement.
    pub const fn requirement(&self) -> &'static str {
        self.requirement
    }

    /// The sections of the contract that state it.
    pub const fn sources(&self) -> &'static [&'static str] {
        self.sources
    }

    /// How binding it is.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// What the target's owner must lend.
    pub const fn needs(&self) -> &'static [Need] {
        self.needs
    }

    /// Whether it changes anything on the target beyond issuing tokens. So far none does.
    pub const fn changes(&self) -> bool {
        self.changes
    }
}
