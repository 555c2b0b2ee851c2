//! Each check as a test of its own: the suite runs once, and every test asserts its check.

mod generated;

use std::any::Any;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::thread;

use crate::baseline::Baseline;
use crate::outcome::{CheckReport, Report, Standing};
use crate::report;
use crate::suite::Suite;
use crate::target::Target;

/// What [`each_check_is_a_test`](crate::each_check_is_a_test) checks: a target, alone or with
/// what has to live as long as the run, such as a mock of it.
pub trait Subject {
    /// What is checked.
    fn target(&self) -> &Target;
}

impl Subject for Target {
    fn target(&self) -> &Target {
        self
    }
}

impl<K> Subject for (Target, K) {
    fn target(&self) -> &Target {
        &self.0
    }
}

/// What the run of a process found; or why there was none.
#[doc(hidden)]
pub type Found = Result<Report, String>;

/// Runs the suite once, on a thread and a runtime of its own: a test may have one already.
#[doc(hidden)]
pub fn found<S: Subject>(
    once: &'static OnceLock<Found>,
    subject: impl AsyncFnOnce() -> S + Send + 'static,
    known: &'static str,
) -> &'static Found {
    once.get_or_init(|| {
        let run = thread::spawn(move || run(subject, known));
        run.join().unwrap_or_else(|panic| Err(format!("the run panicked: {}", told(&*panic))))
    })
}

fn run<S: Subject>(subject: impl AsyncFnOnce() -> S, known: &str) -> Found {
    let known = Baseline::parse(known).map_err(|error| format!("known failures: {error}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("could not start the runtime: {error}"))?;
    runtime.block_on(async {
        let subject = subject().await;
        let report = Suite::default().run(subject.target()).await;
        report.map(|report| report.judged_by(&known)).map_err(|error| error.to_string())
    })
}

fn told(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

/// Panics unless the check `id` stands well; prints why if it was not judged.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::print_stdout, reason = "the harness of tests shows it where it is asked to")]
pub fn assert_stands(found: &Found, id: &str) {
    let report = found.as_ref().unwrap_or_else(|error| panic!("the suite did not run: {error}"));
    let check = report.checks.iter().find(|check| check.id == id);
    let check = check.unwrap_or_else(|| panic!("there is no check `{id}`"));
    match check.standing() {
        Standing::Passed => {}
        Standing::Skipped => println!("skipped: {}", report::reason(check)),
        Standing::Known => println!("known to fail:{}", words(check)),
        Standing::Failed => panic!("{}", words(check)),
        Standing::Fixed => panic!("{}", report::FIXED),
    }
}

fn words(check: &CheckReport) -> String {
    let mut words = format!("\n{} {}", check.level, check.requirement);
    let _ = write!(words, " ({})\n{}", report::cited(&check.source), report::failure(check));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;
    use crate::checks;

    #[test]
    fn every_check_is_in_the_generated_list() {
        let generated = include_str!("generated.rs");
        let tests = generated.split("assert_stands(").skip(1);
        let listed: Vec<_> = tests.filter_map(|rest| rest.split('"').nth(1)).collect();
        let wanted: Vec<_> = checks::all().map(Check::id).collect();
        assert_eq!(
            listed, wanted,
            "src/each_check/generated.rs is stale; `cargo xtask conformance` writes it anew"
        );
    }

    #[test]
    fn a_suite_that_does_not_run_says_why_in_each_test() {
        static ONCE: OnceLock<Found> = OnceLock::new();
        static OTHER: OnceLock<Found> = OnceLock::new();

        let found = found(&ONCE, async || -> Target { panic!("no {}", "server") }, "");
        assert_eq!(found.as_ref().unwrap_err(), "the run panicked: no server");

        let found = super::found(&OTHER, async || Target::new("http://h").unwrap(), "keys.too");
        let error = found.as_ref().unwrap_err();
        assert!(error.starts_with("known failures: line 1: "), "{error}");
    }
}
