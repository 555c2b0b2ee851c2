//! The table of checks: a file for each group or two.

mod bearer;
mod client_methods;
mod clients;
mod clients_access;
mod clients_create;
mod clients_life;
mod clients_list;
mod clients_refuse;
mod clients_tree;
mod clients_update;
mod discovery;
mod introspect;
mod issued;
mod jwt;
mod keys;
mod paging;
mod password;
mod refresh;
mod revoke;
mod robustness;
mod scoped;
mod task_details;
mod task_errors;
mod task_filters;
mod task_order;
mod task_times;
mod tasks;
mod tenants;
mod tenants_access;
mod tenants_tree;
mod token_errors;
mod token_grants;
mod token_request;
mod token_response;
mod transport;
mod users;

use crate::check::{Check, Level, Run};
use crate::need::Need;

/// Every check, in the order of reports.
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    [
        discovery::CHECKS,
        keys::CHECKS,
        token_request::CHECKS,
        token_response::CHECKS,
        token_errors::CHECKS,
        token_grants::CHECKS,
        client_methods::CHECKS,
        jwt::CHECKS,
        bearer::CHECKS,
        clients::CHECKS,
        clients_list::CHECKS,
        clients_create::CHECKS,
        clients_refuse::CHECKS,
        clients_update::CHECKS,
        clients_life::CHECKS,
        clients_access::CHECKS,
        clients_tree::CHECKS,
        users::CHECKS,
        tenants::CHECKS,
        tenants_tree::CHECKS,
        tenants_access::CHECKS,
        revoke::CHECKS,
        introspect::CHECKS,
        scoped::CHECKS,
        refresh::CHECKS,
        password::CHECKS,
        tasks::TASKS,
        task_filters::TASKS,
        task_times::TASKS,
        task_order::TASKS,
        paging::TASKS,
        task_details::TASKS,
        task_errors::TASKS,
        tasks::ACTIVITIES,
        task_filters::ACTIVITIES,
        task_times::ACTIVITIES,
        task_order::ACTIVITIES,
        paging::ACTIVITIES,
        task_details::ACTIVITIES,
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
    statements: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::Must, id, requirement, statements, needs, run)
}

/// A row on which clients depend, or which the contract leaves open.
const fn should(
    id: &'static str,
    requirement: &'static str,
    statements: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::Should, id, requirement, statements, needs, run)
}

/// A row that is good to know.
const fn may(
    id: &'static str,
    requirement: &'static str,
    statements: &'static [&'static str],
    needs: &'static [Need],
    run: Run,
) -> Check {
    Check::new(Level::May, id, requirement, statements, needs, run)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut seen = HashSet::new();
        for check in all() {
            assert!(seen.insert(check.id()), "{} is there twice", check.id());
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
