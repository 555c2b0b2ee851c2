//! A run in one line, the same in every report for people.

use crate::outcome::Report;

/// What of a run needs to be said first.
pub(super) fn verdict(report: &Report) -> String {
    let summary = report.summary;
    let new = summary.fail - summary.known;
    match (new, summary.fixed) {
        (0, 0) if report.checks.is_empty() => "No check was run".to_owned(),
        (0, 0) if summary.pass + summary.fail == 0 => "No check could be judged".to_owned(),
        (0, 0) if summary.fail > 0 => "No new failure".to_owned(),
        (0, 0) if summary.skip > 0 => "No failure".to_owned(),
        (0, 0) if summary.pass == 1 => "The check passed".to_owned(),
        (0, 0) => format!("All {} checks passed", summary.pass),
        (0, fixed) => {
            format!("{} no longer", counted(fixed, "known failure fails", "known failures fail"))
        }
        (new, _) if summary.known > 0 => counted(new, "new failure", "new failures"),
        (new, _) => counted(new, "failure", "failures"),
    }
}

/// How many checks came out which way.
pub(super) fn counts(report: &Report) -> String {
    let summary = report.summary;
    let known = match summary.known {
        0 => String::new(),
        known if known == summary.fail => " (all known)".to_owned(),
        known => format!(" ({known} known)"),
    };
    let fixed = match summary.fixed {
        0 => String::new(),
        fixed => format!(" ({fixed} no longer failing)"),
    };
    format!(
        "{} in {} ms: {} passed{fixed}, {} failed{known}, {} skipped",
        counted(report.checks.len(), "check", "checks"),
        report.duration_ms,
        summary.pass,
        summary.fail,
        summary.skip
    )
}

/// Where it is written that it must be so: `CONTRACT 4.1, 4.2, RFC 9110 11.6.1`.
pub fn cited(sources: &[&str]) -> String {
    let (of_others, own): (Vec<_>, Vec<_>) =
        sources.iter().copied().partition(|source| source.starts_with("RFC"));
    let own = (!own.is_empty()).then(|| format!("CONTRACT {}", own.join(", ")));
    own.into_iter().chain(of_others.into_iter().map(str::to_owned)).collect::<Vec<_>>().join(", ")
}

/// A number with its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_the_contract_are_told_from_those_of_others() {
        for (sources, told) in [
            (&["4.1", "RFC 9110 11.6.1", "4.2"][..], "CONTRACT 4.1, 4.2, RFC 9110 11.6.1"),
            (&["RFC 9110 9.3.7"], "RFC 9110 9.3.7"),
        ] {
            assert_eq!(cited(sources), told);
        }
    }
}
