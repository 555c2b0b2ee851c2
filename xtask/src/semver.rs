//! Whether a crate's API breaks those who use an earlier one.

use crate::{Outcome, run};

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Compare with the API at this revision: a tag, a branch, a commit
    #[arg(long, value_name = "REV")]
    since: String,
}

/// Compares the client's API with an earlier one.
pub(crate) fn check_client(arguments: &Arguments) -> Outcome {
    check("gatepass-client", &arguments.since)
}

/// Compares a crate's API with that of a revision; needs `cargo-semver-checks`.
pub(crate) fn check(package: &str, since: &str) -> Outcome {
    let mut checks = run::cargo("semver-checks --all-features");
    run::to_success(checks.args(["--package", package, "--baseline-rev", since]))
}
