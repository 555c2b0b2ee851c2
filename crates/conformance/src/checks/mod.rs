//! The table of checks: a file for each group or two.

mod bearer;
mod clients;
mod discovery;
mod jwt;
mod keys;
mod paging;
mod robustness;
mod task_errors;
mod tasks;
mod token_errors;
mod token_grants;
mod token_request;
mod token_response;
mod transport;

use crate::check::{Check, Level, Need, Run};

/// Every check, in the order of reports.
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    [
        discovery::CHECKS,
        keys::CHECKS,
        token_request::CHECKS,
        token_response::CHECKS,
        token_errors::CHECKS,
        token_grants::CHECKS,
        jwt::CHECKS,
        bearer::CHECKS,
        clients::CHECKS,
        tasks::TASKS,
        paging::TASKS,
        task_errors::TASKS,
        tasks::ACTIVITIES,
        paging::ACTIVITIES,
        task_errors::ACTIVITIES,
        transport::CHECKS,
        robustness::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// What most checks need.
const CREDENTIALS: &[Need] = &[Need::Credentials];

/// A row that binds.
const fn must(
    id: &'static str,
    requirement: &'static str,
    sources: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::Must, id, requirement, sources, needs, run)
}

/// A row on which clients depend, or which the contract leaves open.
const fn should(
    id: &'static str,
    requirement: &'static str,
    sources: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::Should, id, requirement, sources, needs, run)
}

/// A row that is good to know.
const fn may(
    id: &'static str,
    requirement: &'static str,
    sources: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::May, id, requirement, sources, needs, run)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The numbered statements of the contract.
    const SECTIONS: [&str; 41] = [
        "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7",
        "2.8", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "4.1", "4.2", "4.3", "4.4", "5.1",
        "5.2", "5.3", "5.4", "5.5", "5.6", "6.1", "6.2", "6.3", "6.4", "7", "8.1", "8.2", "8.3",
        "8.4", "8.5",
    ];

    #[test]
    fn ids_are_unique() {
        let mut seen = HashSet::new();
        for check in all() {
            assert!(seen.insert(check.id()), "{} is there twice", check.id());
        }
    }

    #[test]
    fn every_check_has_a_source_that_exists() {
        for check in all() {
            assert!(!check.sources().is_empty(), "{}", check.id());
            for source in check.sources() {
                assert!(SECTIONS.contains(source), "{} cites {source}", check.id());
            }
        }
    }

    #[test]
    fn a_group_stands_together() {
        let groups: Vec<_> = all().map(Check::group).collect();
        let runs = groups.chunk_by(|one, next| one == next).map(|run| run[0]);
        let mut seen = HashSet::new();
        for group in runs {
            assert!(seen.insert(group), "{group} is torn apart");
        }
    }
}
