//! Skipped checks by their reasons: a hundred of one reason are told once.

use crate::outcome::{CheckReport, Report, Standing};
use crate::report::evidence::reason;

/// Why checks were not judged, and which.
pub(super) struct Skips<'a> {
    pub(super) reason: String,
    pub(super) checks: Vec<&'a CheckReport>,
}

/// The skipped checks by their reasons, in the order in which the reasons turn up.
pub(super) fn by_reason(report: &Report) -> Vec<Skips<'_>> {
    let mut found: Vec<Skips<'_>> = Vec::new();
    for check in report.standing(Standing::Skipped) {
        let reason = reason(check);
        match found.iter_mut().find(|skips| skips.reason == reason) {
            Some(skips) => skips.checks.push(check),
            None => found.push(Skips { reason, checks: vec![check] }),
        }
    }
    found
}
