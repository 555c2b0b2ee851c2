//! What roles allow in the tenants that were asked for.

use gatepass_protocol::{AccessPolicy, TenantId};

use crate::{
    directory::{Directory, Role},
    sign_in::Refusal,
};

/// The tenants that a token is for: those asked for, each within one of `roots`; the roots
/// themselves where none was asked for.
pub(super) fn tenants(
    roots: &[TenantId],
    asked: &[TenantId],
    directory: &Directory,
) -> Result<Vec<TenantId>, Refusal> {
    if asked.is_empty() {
        return Ok(roots.to_vec());
    }
    let within = |tenant: TenantId| roots.iter().any(|&root| directory.is_within(root, tenant));
    match asked.iter().find(|&&tenant| !within(tenant)) {
        Some(&tenant) => Err(Refusal::TenantNotAllowed(tenant)),
        None => Ok(asked.to_vec()),
    }
}

/// Each role in each tenant.
pub(super) fn policies(
    roles: &[Role],
    tenants: &[TenantId],
    directory: &Directory,
) -> Vec<AccessPolicy> {
    let known = tenants.iter().filter_map(|&tenant| directory.tenant(tenant));
    known.flat_map(|tenant| roles.iter().map(|role| role.policy(tenant))).collect()
}
