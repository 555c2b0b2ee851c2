//! `cargo xtask interop`: plain integrations meet cases by their credentials alone.

mod case;
mod integration;

use clap::ValueEnum;
use serde_json::Value;

use crate::mock::{Credentials, Mock};
use crate::{Outcome, control, run, say};
use case::{Case, Run};
use integration::Integration;

/// Which integrations to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run this one alone
    #[arg(long, value_name = "INTEGRATION")]
    only: Option<Integration>,
}

/// Builds the release binary and runs the integrations against it.
pub(crate) fn build_and_check(arguments: &Arguments) -> Outcome {
    run::to_success(&mut run::cargo("build --release --package gatepass"))?;
    match arguments.only {
        Some(integration) => check(&[integration]),
        None => check_all(),
    }
}

/// Runs all integrations against the release build that is there.
pub(crate) fn check_all() -> Outcome {
    check(Integration::value_variants())
}

/// Runs each integration through each case, and stops at the first that saw something else.
fn check(integrations: &[Integration]) -> Outcome {
    let mut ready = Vec::new();
    for integration in integrations {
        ready.push((integration.name(), integration.command()?));
    }
    let mock = Mock::start()?;
    let catalogue = control::ask(&mock, "GET", "cases")?;

    say::line(row("integration", "case", "token answers", "API", "outcome"));
    for (integration, mut command) in ready {
        for case in Case::ALL {
            control::ask(&mock, "DELETE", "cases")?; // Counting starts anew.
            let credentials = credentials(&mock, &catalogue, case)?;
            mock.sign_in_as(&credentials, &mut command);
            let seen: Run = serde_json::from_str(&run::output(&mut command)?)
                .map_err(|error| format!("{integration}, {}: {error}", case.label()))?;
            say::line(row(integration, case.label(), &seen.tokens(), &seen.api(), &seen.outcome));
            if seen != case.promise() {
                return Err(format!(
                    "{integration}, {}: expected {}, got {seen}",
                    case.label(),
                    case.promise()
                )
                .into());
            }
        }
    }
    mock.stop()
}

/// The default API client's, or those that the catalogue has for the case.
fn credentials(mock: &Mock, catalogue: &Value, case: Case) -> Outcome<Credentials> {
    let Some(name) = case.name() else {
        return Ok(mock.default_client.clone());
    };
    catalogue
        .as_array()
        .and_then(|cases| cases.iter().find(|case| case["name"] == name))
        .ok_or_else(|| format!("GET /_gatepass/cases lists no `{name}`").into())
        .and_then(Credentials::of)
}

fn row(integration: &str, case: &str, tokens: &str, api: &str, outcome: &str) -> String {
    format!("{integration:<12} {case:<24} {tokens:<14} {api:<4} {outcome}")
}
