//! `cargo xtask ci`: what must hold before a change lands.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::mock::Mock;
use crate::stopwatch::Stopwatch;
use crate::{Outcome, features, interop, junit_schema, python, run, say, semver, workspace};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave a step out; may be repeated
    #[arg(long, value_name = "STEP")]
    skip: Vec<Step>,
}

/// Runs every step, and stops at the first that fails.
pub(crate) fn check(arguments: &Arguments) -> Outcome {
    let mut report = Vec::new();
    for step in Step::value_variants() {
        say::line(format_args!("\n=== {}: {}", step.name(), step.claim()));
        let watch = Stopwatch::start();
        let ending = if arguments.skip.contains(step) {
            Ending::Skipped("as asked with `--skip`".to_owned())
        } else {
            step.run().map_err(|error| format!("{} failed: {error}", step.name()))?
        };
        if let Ending::Skipped(reason) = &ending {
            say::line(format_args!("skipped: {reason}"));
        }
        report.push((step, ending, watch.elapsed()));
    }
    say::line("\n=== nothing failed");
    for (step, ending, took) in report {
        say::line(row(*step, &ending, took));
    }
    Ok(())
}

/// One thing that must hold; they run in this order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    Format,
    Lint,
    Docs,
    Test,
    Features,
    Build,
    Tutorial,
    Interop,
    Check,
    Junit,
    Deny,
    Semver,
    Advisories,
}

/// How a step ended that did not fail.
enum Ending {
    Passed,
    Skipped(String),
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Docs => "docs",
            Self::Test => "test",
            Self::Features => "features",
            Self::Build => "build",
            Self::Tutorial => "tutorial",
            Self::Interop => "interop",
            Self::Check => "check",
            Self::Junit => "junit",
            Self::Deny => "deny",
            Self::Semver => "semver",
            Self::Advisories => "advisories",
        }
    }

    fn claim(self) -> &'static str {
        match self {
            Self::Format => "the code is formatted",
            Self::Lint => "clippy has nothing to say",
            Self::Docs => "the documentation builds without warnings",
            Self::Test => "the README's test command passes",
            Self::Features => "the client builds with each feature alone and is tested with all",
            Self::Build => "the release binary builds",
            Self::Tutorial => "the platform's tutorial runs against `gatepass serve`",
            Self::Interop => "curl, requests and fetch meet cases by their credentials alone",
            Self::Check => "`gatepass check` finds nothing wrong with `gatepass serve`",
            Self::Junit => "JUnit reports are valid by the schema of Jenkins",
            Self::Deny => "dependencies have the licences, versions and sources we allow",
            Self::Semver => "the client's API breaks nobody since the last release",
            Self::Advisories => "no dependency has a known vulnerability",
        }
    }

    fn run(self) -> Outcome<Ending> {
        match self {
            Self::Format => run::to_success(&mut run::cargo("fmt --all --check"))?,
            Self::Lint => {
                run::to_success(&mut run::cargo(
                    "clippy --workspace --all-targets -- -D warnings",
                ))?;
            }
            Self::Docs => run::to_success(
                run::cargo("doc --no-deps --workspace").env("RUSTDOCFLAGS", "-D warnings"),
            )?,
            Self::Test => {
                require_readme_to_say(TEST_COMMAND)?;
                run::to_success(&mut run::cargo(TEST_COMMAND.trim_start_matches("cargo ")))?;
            }
            Self::Features => features::check("gatepass-client")?,
            Self::Build => run::to_success(&mut run::cargo("build --release --package gatepass"))?,
            Self::Tutorial => follow_the_tutorial()?,
            Self::Interop => interop::check_all()?,
            Self::Check => check_our_own_mock()?,
            Self::Junit => junit_schema::check()?,
            Self::Deny => run::to_success(&mut run::cargo("deny check licenses bans sources"))?,
            Self::Semver => return keep_to_the_last_release(),
            Self::Advisories => return look_up_advisories(),
        }
        Ok(Ending::Passed)
    }
}

/// The README promises a command: what it promises is what is run.
fn require_readme_to_say(command: &str) -> Outcome {
    let readme = fs::read_to_string(workspace::path("README.md"))
        .map_err(|error| format!("could not read README.md: {error}"))?;
    if says(&readme, command) {
        Ok(())
    } else {
        Err(format!("README.md has no line `{command}`").into())
    }
}

/// Whether a line of a README is this command, be it with a prompt or a comment.
fn says(readme: &str, command: &str) -> bool {
    readme.lines().any(|line| {
        let line = line.split_once(" #").map_or(line, |(line, _comment)| line).trim();
        line.strip_prefix("$ ").unwrap_or(line) == command
    })
}

fn follow_the_tutorial() -> Outcome {
    let python = python::with_requests()?;
    let mock = Mock::start()?;
    let mut tutorial = run::program(python);
    mock.sign_in_through_environment(tutorial.arg("tests/tutorial/authenticate.py"));
    run::to_success(&mut tutorial)?;
    mock.stop()
}

fn check_our_own_mock() -> Outcome {
    let mock = Mock::start()?;
    let mut check = run::program(workspace::gatepass()?);
    mock.sign_in_through_environment(check.args(["check", &mock.url]));
    run::to_success(&mut check)?;
    mock.stop()
}

/// Until there is a release nobody depends on the API, and its snapshot guards it well enough.
fn keep_to_the_last_release() -> Outcome<Ending> {
    let tags = ["tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname"];
    let tags = run::output(run::program("git").args(tags))?;
    let Some(tag) = tags.lines().next() else {
        return Ok(Ending::Skipped("nothing has been released yet".to_owned()));
    };
    if !run::succeeds(&mut run::cargo("semver-checks --version")) {
        return Ok(Ending::Skipped("needs `cargo install cargo-semver-checks`".to_owned()));
    }
    semver::check("gatepass-client", tag)?;
    Ok(Ending::Passed)
}

/// The database of advisories lies outside the registry, so a closed network may not reach it.
fn look_up_advisories() -> Outcome<Ending> {
    let fetched = run::succeeds(&mut run::cargo("deny fetch db"));
    if !fetched && !advisories_are_here() {
        return Ok(Ending::Skipped(
            "the advisory database is not on this machine and could not be fetched".to_owned(),
        ));
    }
    run::to_success(&mut run::cargo("deny --offline check advisories"))?;
    Ok(Ending::Passed)
}

fn advisories_are_here() -> bool {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    home.and_then(|home| fs::read_dir(home.join("advisory-dbs")).ok())
        .is_some_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}

fn row(step: Step, ending: &Ending, took: Duration) -> String {
    match ending {
        Ending::Passed => format!("{:<12}passed   {:>6.1} s", step.name(), took.as_secs_f64()),
        Ending::Skipped(reason) => format!("{:<12}skipped  {reason}", step.name()),
    }
}

const TEST_COMMAND: &str = "cargo test --workspace";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_says_a_command_only_on_a_line_of_its_own() {
        for (readme, expected) in [
            ("cargo test --workspace\n", true),
            ("    $ cargo test --workspace   # all tests\n", true),
            ("run cargo test --workspace\n", false),
            ("cargo test --workspace --all-features\n", false),
        ] {
            assert_eq!(says(readme, TEST_COMMAND), expected, "given {readme}");
        }
    }
}
