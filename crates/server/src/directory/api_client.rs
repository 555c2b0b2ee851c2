//! API clients (CONTRACT 5).

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use gatepass_protocol::{
    AccessPolicy, ApiClientDocument, ApiClientStatus, ApiClientType, ClientId, EpochSeconds,
    Secret, TenantId, TokenEndpointAuthMethod, UserId,
};
use serde_json::Map;

use super::Tenant;

/// A role on a resource server, e.g. `account-server::tenant_viewer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) resource_server: String,
    pub(crate) name: String,
}

impl Role {
    /// Reads `resource-server::role`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (resource_server, name) = text.split_once("::")?;
        let part = |part: &str| !part.is_empty() && !part.contains(':');
        (part(resource_server) && part(name))
            .then(|| Self { resource_server: resource_server.to_owned(), name: name.to_owned() })
    }

    /// What the role allows within `tenant` and below it.
    pub(crate) fn policy(&self, tenant: &Tenant) -> AccessPolicy {
        AccessPolicy {
            tid: Some(tenant.number.to_string()),
            tuid: tenant.id,
            rs: self.resource_server.clone(),
            role: self.name.clone(),
        }
    }
}

/// An integration's account. It is never changed in place: a changed copy takes its place.
#[derive(Debug, Clone)]
pub(crate) struct ApiClient {
    pub(crate) id: ClientId,
    pub(crate) secret: Secret,
    pub(crate) name: String,
    pub(crate) tenant: TenantId,
    pub(crate) client_type: ApiClientType,
    pub(crate) auth_method: TokenEndpointAuthMethod,
    pub(crate) status: ApiClientStatus,
    pub(crate) created_at: EpochSeconds,
    pub(crate) created_by: UserId,
    /// Inherited from the administrator who made it, for good (CONTRACT 5.5).
    pub(crate) roles: Vec<Role>,
    /// Shared by the copies, so that an access during a change is not lost.
    pub(crate) last_access: Arc<Mutex<Option<LastAccess>>>,
}

/// When and from where an API client last got or used a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastAccess {
    at: EpochSeconds,
    from: IpAddr,
}

impl ApiClient {
    pub(crate) fn touch(&self, at: EpochSeconds, from: IpAddr) {
        *self.last_access.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(LastAccess { at, from });
    }

    /// The client as the API shows it: everything but the secret (CONTRACT 5.2).
    pub(crate) fn document(&self) -> ApiClientDocument {
        let last_access = *self.last_access.lock().unwrap_or_else(PoisonError::into_inner);
        ApiClientDocument {
            client_id: self.id,
            tenant_id: self.tenant,
            client_secret_expires_at: 0,
            client_type: self.client_type,
            data: Map::from_iter([("client_name".to_owned(), self.name.clone().into())]),
            token_endpoint_auth_method: self.auth_method,
            created_at: self.created_at.rfc3339(),
            created_by: self.created_by.to_string(),
            last_access_at: last_access.map(|access| access.at.rfc3339()),
            last_access_from_ip: last_access.map(|access| access.from.to_string()),
            status: self.status,
            redirect_uris: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_two_words_with_two_colons_between() {
        let role = Role::parse("account-server::tenant_admin").unwrap();

        assert_eq!(
            (role.resource_server.as_str(), role.name.as_str()),
            ("account-server", "tenant_admin")
        );
        for given in ["", "::", "a::", "::b", "a:b", "a:::b", "a::b::c"] {
            assert_eq!(Role::parse(given), None, "given {given}");
        }
    }
}
