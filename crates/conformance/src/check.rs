//! One row of the suite.

use std::fmt;

use futures::future::BoxFuture;
use serde::Serialize;

use crate::need::Need;
use crate::probe::Probe;
use crate::statements::section;

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

/// What a check found.
pub(crate) type Verdict = Result<(), Failure>;

/// Why a check did not find its requirement met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not met; the text says what came back.
    Unmet(String),
    /// It can't be judged on this target; the text says why.
    CannotTell(String),
    /// It is met, or need not be; the text is worth a note.
    Noted(String),
}

impl Failure {
    /// What it says.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Unmet(text) | Self::CannotTell(text) | Self::Noted(text) => text,
        }
    }

    /// The same, of something that a check needs to begin with: what is wrong with that has
    /// checks of its own, and this one can't tell.
    pub(crate) fn of_a_need(self, need: &str) -> Self {
        match self {
            Self::Unmet(reason) => Self::CannotTell(format!("{need}: {reason}")),
            other => other.of(need),
        }
    }

    /// The same failure, told of a step on the way.
    pub(crate) fn of(self, step: &str) -> Self {
        match self {
            Self::Unmet(reason) => Self::Unmet(format!("{step}: {reason}")),
            Self::CannotTell(reason) => Self::CannotTell(format!("{step}: {reason}")),
            Self::Noted(note) => Self::Noted(format!("{step}: {note}")),
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

/// Met, with a note.
pub(crate) fn noted(note: impl Into<String>) -> Verdict {
    Err(Failure::Noted(note.into()))
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
    statements: &'static [&'static str],
    level: Level,
    needs: &'static [Need],
    promise: Promise,
    wrong_secrets: WrongSecrets,
    token_paths: TokenPaths,
    pub(crate) run: Run,
}

/// Whose promise a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// The platform's, and so everyone's.
    Platforms,
    /// Gatepass's own, where the contract leaves something open: others need not keep it.
    OfGatepass,
}

/// Failed authentications in the name of the caller's API client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrongSecrets {
    None,
    /// The one that all checks share.
    Shared,
    /// So many of its own.
    Own(u32),
}

/// At which paths of the token endpoint a check is made (CONTRACT 1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenPaths {
    /// `/api/2/idp/token`.
    First,
    /// There, and at `/bc/idp/token`.
    Documented,
    /// At these, and where the discovery document says.
    Each,
}

impl Check {
    pub(crate) const fn new(
        level: Level,
        id: &'static str,
        requirement: &'static str,
        statements: &'static [&'static str],
        needs: &'static [Need],
        run: Run,
    ) -> Self {
        Self {
            id,
            requirement,
            statements,
            level,
            needs,
            promise: Promise::Platforms,
            wrong_secrets: WrongSecrets::None,
            token_paths: TokenPaths::First,
            run,
        }
    }

    /// Makes the requirement one of Gatepass alone: of a foreign target it is a note when unmet.
    pub(crate) const fn of_gatepass(mut self) -> Self {
        self.promise = Promise::OfGatepass;
        self
    }

    /// Declares what the check takes of the failed authentications that a run may cause.
    pub(crate) const fn spending(mut self, wrong_secrets: WrongSecrets) -> Self {
        self.wrong_secrets = wrong_secrets;
        self
    }

    /// Has the check made again at the other paths of the token endpoint that the target has.
    pub(crate) const fn at(mut self, token_paths: TokenPaths) -> Self {
        self.token_paths = token_paths;
        self
    }

    pub(crate) const fn token_paths(&self) -> TokenPaths {
        self.token_paths
    }

    pub(crate) const fn wrong_secrets(&self) -> WrongSecrets {
        self.wrong_secrets
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

    /// The numbers of the [statements](crate::statements) that it judges, the first above all.
    pub const fn statements(&self) -> &'static [&'static str] {
        self.statements
    }

    /// The sections of the contract, and of RFCs, that state it.
    pub fn sources(&self) -> Vec<&'static str> {
        let mut sections = Vec::new();
        for section in self.statements.iter().map(|number| section(number)) {
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
        sections
    }

    /// How binding it is.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Whether only Gatepass promises it: unmet by another target, it is a note.
    pub fn is_of_gatepass(&self) -> bool {
        self.promise == Promise::OfGatepass
    }

    /// What it needs of the target and of its owner.
    pub const fn needs(&self) -> &'static [Need] {
        self.needs
    }

    /// Whether it changes anything on the target beyond issuing tokens.
    pub fn changes(&self) -> bool {
        self.needs.contains(&Need::Changes)
    }
}
