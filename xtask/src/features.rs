//! The features of a crate, each alone and all together.

use serde_json::Value;

use crate::{Outcome, run, say};

/// Lints a crate with each of its features alone, and tests it with all.
pub(crate) fn check(package: &str) -> Outcome {
    for feature in of(package)? {
        say::progress(format_args!("{package} with {feature} alone"));
        let mut clippy = run::cargo("clippy --quiet --all-targets --no-default-features");
        clippy.args(["--package", package, "--features", &feature, "--", "-D", "warnings"]);
        run::to_success(&mut clippy)?;
    }
    let mut clippy = run::cargo("clippy --quiet --all-targets --all-features");
    run::to_success(clippy.args(["--package", package, "--", "-D", "warnings"]))?;
    run::to_success(run::cargo("test --quiet --all-features").args(["--package", package]))
}

/// The names of its features, as `cargo metadata` knows them.
fn of(package: &str) -> Outcome<Vec<String>> {
    let metadata = run::output(&mut run::cargo("metadata --no-deps --format-version 1"))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let found = packages.iter().find(|found| found["name"] == package);
    let features = found.and_then(|found| found["features"].as_object());
    let features = features.ok_or_else(|| format!("there is no package {package}"))?;
    Ok(features.keys().cloned().collect())
}
