//! What callers may do with API clients, and where (CONTRACT 5.5).

use std::sync::Arc;

use gatepass_protocol::{EpochSeconds, TenantId};

use super::{AccountError, ClientFilter, NewClientBody, api_clients::CreatedClient};
use crate::{
    access::{CHANGE_CLIENTS, Caller, READ_CLIENTS, Right},
    directory::{ApiClient, Directory, Role},
    platform::Platform,
};

impl Platform {
    /// An API client, if the caller has the right to it. `id` is as it came.
    pub(crate) fn client_for(
        &self,
        caller: &Caller,
        right: Right,
        id: &str,
    ) -> Result<Arc<ApiClient>, AccountError> {
        let directory = self.directory();
        let found = id.parse().ok().and_then(|id| directory.client(id));
        let client = found.ok_or_else(|| AccountError::UnknownClient(id.to_owned()))?;
        if !caller.may(right, client.tenant, &directory) {
            let what = format!("API client {}", client.id);
            return Err(AccountError::Forbidden { caller: caller.client_id(), what });
        }
        Ok(Arc::clone(client))
    }

    /// The API clients that pass the filter and that the caller may read.
    pub(crate) fn clients_for(
        &self,
        caller: &Caller,
        filter: &ClientFilter,
    ) -> Result<Vec<Arc<ApiClient>>, AccountError> {
        if !caller.has(READ_CLIENTS) {
            let what = "read API clients".to_owned();
            return Err(AccountError::Forbidden { caller: caller.client_id(), what });
        }
        let directory = self.directory();
        let visible = |client: &ApiClient| caller.may(READ_CLIENTS, client.tenant, &directory);
        Ok(filter.select(directory.client_register(), visible))
    }

    /// Makes an API client for a caller, which hands on the roles that it has in the tenant
    /// (CONTRACT 5.5).
    pub(crate) fn create_client_for(
        &self,
        caller: &Caller,
        body: NewClientBody,
        now: EpochSeconds,
    ) -> Result<CreatedClient, AccountError> {
        let roles = self.directory().roles_to_hand_on(caller, body.tenant)?;
        self.create_client(body.with_roles(roles, caller.subject().uuid()), now)
    }
}

impl Directory {
    fn roles_to_hand_on(
        &self,
        caller: &Caller,
        tenant: TenantId,
    ) -> Result<Vec<Role>, AccountError> {
        // Without any right to change clients, nobody learns which tenants there are.
        if caller.has(CHANGE_CLIENTS) && self.tenant(tenant).is_none() {
            return Err(AccountError::UnknownTenant(tenant.to_string()));
        }
        if !caller.may(CHANGE_CLIENTS, tenant, self) {
            let what = format!("make API clients in tenant {tenant}");
            return Err(AccountError::Forbidden { caller: caller.client_id(), what });
        }
        Ok(caller.roles_in(tenant, self))
    }
}
