//! A selection of checks, and the running of it.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};

use crate::check::{Check, Failure, Level, TokenPaths, Verdict, WrongSecrets, cannot_tell};
use crate::checks;
use crate::clock::Stopwatch;
use crate::evidence::Evidence;
use crate::outcome::{CheckReport, Outcome, Report};
use crate::probe::Probe;
use crate::secrets::Redaction;
use crate::session::{Session, chain};
use crate::target::Target;

/// Checks that run at one time.
const AT_ONCE: usize = 8;

/// A selection of checks, in the order of their table. [`Suite::default`] has them all.
#[derive(Debug, Clone)]
pub struct Suite {
    checks: Vec<&'static Check>,
}

impl Default for Suite {
    fn default() -> Self {
        Self { checks: checks::all().collect() }
    }
}

impl Suite {
    /// Keeps the checks that `names` name: an ID (`token.errors.grant-missing`) or a group
    /// (`token.errors`, `token`). No names keep everything.
    ///
    /// # Errors
    ///
    /// When a name names no check of the suite.
    pub fn only(self, names: &[String]) -> Result<Self, UnknownCheck> {
        if names.is_empty() {
            return Ok(self);
        }
        for name in names {
            if !self.checks.iter().any(|check| is_named(check, name)) {
                return Err(self.unknown(name));
            }
        }
        let is_kept = |check: &&Check| names.iter().any(|name| is_named(check, name));
        Ok(Self { checks: self.checks.into_iter().filter(is_kept).collect() })
    }

    fn unknown(&self, name: &str) -> UnknownCheck {
        let groups = self.checks.iter().map(|check| check.group());
        let nearest = nearest(name, self.checks.iter().map(|check| check.id()).chain(groups));
        UnknownCheck { name: name.to_owned(), nearest: nearest.to_owned() }
    }

    /// The checks in their order.
    pub fn checks(&self) -> impl ExactSizeIterator<Item = &'static Check> {
        self.checks.iter().copied()
    }

    /// Runs the checks against `target`, several at one time.
    ///
    /// # Errors
    ///
    /// When nobody answers at the target's URL. An answer of any kind is an answer: whatever is
    /// wrong with it is in the report.
    pub async fn run(&self, target: &Target) -> Result<Report, RunError> {
        self.run_observed(target, &mut |_| {}).await
    }

    /// The same as [`Suite::run`]; tells `observe` each time that a check ends, in the order in
    /// which they end.
    ///
    /// # Errors
    ///
    /// As of [`Suite::run`].
    pub async fn run_observed(
        &self,
        target: &Target,
        observe: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Report, RunError> {
        let watch = Stopwatch::start();
        let session = Arc::new(Session::new(target).map_err(RunError::Client)?);
        session.first_contact().await.map_err(|error| {
            let error = error.without_url();
            RunError::Unreachable {
                url: target.url().to_owned(),
                cause: cause(&error),
                source: error,
            }
        })?;
        let allowed = self.within_wrong_secrets(&session);
        let runs: Vec<BoxFuture<'static, (usize, Finding)>> = self
            .checks()
            .zip(allowed)
            .enumerate()
            .map(|(place, (check, allowed))| {
                run_if(allowed, check, Arc::clone(&session))
                    .map(move |found| (place, found))
                    .boxed()
            })
            .collect();
        let mut ended = Vec::with_capacity(self.checks.len());
        let mut runs = stream::iter(runs).buffer_unordered(AT_ONCE);
        while let Some((place, found)) = runs.next().await {
            observe(Progress {
                done: ended.len() + 1,
                total: self.checks.len(),
                check: found.check,
            });
            ended.push((place, found));
        }
        ended.sort_by_key(|(place, _)| *place);
        let left_behind = session.delete_made_clients().await;
        // Only now are all secrets known.
        let redaction = session.secrets.redaction();
        let checks = ended.into_iter().map(|(_, found)| found.report(&session, &redaction));
        let checks = checks.collect();
        Ok(Report { left_behind, ..Report::new(target.url(), watch.elapsed(), checks) })
    }

    /// For each check whether it may run: the failed authentications that are allowed go to the
    /// first checks of the table, so that equal runs are equal.
    fn within_wrong_secrets(&self, session: &Session) -> Vec<bool> {
        let mut left = session.target.max_wrong_secrets;
        let mut has_shared = false;
        let mut take = |wrong_secrets| {
            let cost = match wrong_secrets {
                WrongSecrets::None => 0,
                WrongSecrets::Shared => u32::from(!has_shared),
                // These go to a client that is made for them.
                WrongSecrets::Own(_) if !session.changes_are_forbidden() => 0,
                WrongSecrets::Own(count) => count,
            };
            let Some(rest) = left.checked_sub(cost) else { return false };
            left = rest;
            has_shared |= wrong_secrets == WrongSecrets::Shared;
            true
        };
        self.checks.iter().map(|check| take(check.wrong_secrets())).collect()
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// How many checks have ended.
    pub done: usize,
    /// How many there are to run.
    pub total: usize,
    /// The one that has just ended.
    pub check: &'static Check,
}

/// The one of `known` that is most like `name`; empty if there is none.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    let likeness = |known| strsim::jaro_winkler(known, name);
    known.max_by(|one, other| likeness(one).total_cmp(&likeness(other))).unwrap_or_default()
}

fn is_named(check: &Check, name: &str) -> bool {
    check.id().strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// How a check ended.
struct Finding {
    check: &'static Check,
    verdict: Verdict,
    evidence: Vec<Evidence>,
}

impl Finding {
    fn skipped(check: &'static Check, reason: String) -> Self {
        Self { check, verdict: cannot_tell(reason), evidence: Vec::new() }
    }

    fn report(self, session: &Session, redaction: &Redaction) -> CheckReport {
        let Self { check, verdict, evidence } = self;
        let (outcome, reason) = judge(check, session.is_gatepass(), verdict);
        let exchange = |evidence: &Evidence| evidence.exchange(&session.target, redaction);
        CheckReport {
            id: check.id(),
            level: check.level(),
            outcome,
            requirement: check.requirement(),
            source: check.sources(),
            statements: check.statements(),
            reason: reason.map(|reason| redaction.text(&reason)),
            known: false,
            evidence: evidence.iter().map(exchange).collect(),
            repeat: evidence.last().map(|last| last.repeat(&session.target, redaction)),
        }
    }
}

async fn run_if(allowed: bool, check: &'static Check, session: Arc<Session>) -> Finding {
    if allowed {
        return run(check, &session).await;
    }
    let reason = "would fail more authentications than --max-wrong-secrets allows";
    Finding::skipped(check, reason.to_owned())
}

async fn run(check: &'static Check, session: &Arc<Session>) -> Finding {
    for need in check.needs() {
        if let Some(reason) = need.missing(session).await {
            return Finding::skipped(check, reason);
        }
    }
    let mut probe = Probe::new(Arc::clone(session));
    let mut verdict = (check.run)(&mut probe).await;
    for url in other_token_urls(check, session).await {
        if matches!(verdict, Err(Failure::Unmet(_) | Failure::CannotTell(_))) {
            break;
        }
        probe.ask_for_tokens_at(url);
        let there = (check.run)(&mut probe).await;
        if matches!(there, Err(Failure::Unmet(_))) {
            verdict = there.map_err(|failure| failure.of(&format!("at {url}")));
        }
    }
    Finding { check, verdict, evidence: probe.into_evidence() }
}

/// Where a check is made again.
async fn other_token_urls<'s>(check: &Check, session: &'s Session) -> &'s [String] {
    // What a run may fail in the client's name is counted for one path.
    let is_free = check.wrong_secrets() == WrongSecrets::None || !session.changes_are_forbidden();
    match check.token_paths() {
        TokenPaths::Documented if is_free => session.other_documented_token_urls().await,
        TokenPaths::Each if is_free => session.other_token_urls().await,
        _ => &[],
    }
}

/// How a check comes out, and what is to be said of it.
fn judge(check: &Check, is_gatepass: bool, verdict: Verdict) -> (Outcome, Option<String>) {
    let reason = match verdict {
        Ok(()) => return (Outcome::Pass, None),
        Err(Failure::CannotTell(reason)) => return (Outcome::Skip, Some(reason)),
        Err(Failure::Noted(note)) => return (Outcome::Pass, Some(note)),
        Err(Failure::Unmet(reason)) => reason,
    };
    if check.level() == Level::May {
        return (Outcome::Pass, Some(format!("not so here, which is allowed: {reason}")));
    }
    if check.is_of_gatepass() && !is_gatepass {
        return (
            Outcome::Pass,
            Some(format!("not so here, which only Gatepass promises: {reason}")),
        );
    }
    (Outcome::Fail, Some(reason))
}

/// The innermost cause of an error: `connection refused` says it all.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let chain = chain(error);
    let last = chain.rsplit(": ").next().unwrap_or(&chain).to_owned();
    match last.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => last,
    }
}

/// Why a suite did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing accepts a connection there, or it never answers.
    #[error("could not reach {url}: {cause}")]
    Unreachable {
        /// The base URL of the target.
        url: String,
        /// The innermost cause, in words.
        cause: String,
        /// The whole of it.
        source: reqwest::Error,
    },
    /// The HTTP client itself could not be made, for example for want of trusted certificates.
    #[error("could not set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// A name that names no check.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no check or group `{name}`; the nearest is `{nearest}`")]
pub struct UnknownCheck {
    /// The name that was asked for.
    pub name: String,
    /// The name most like it.
    pub nearest: String,
}
