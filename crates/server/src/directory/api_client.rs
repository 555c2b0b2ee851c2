//! API clients (CONTRACT 5).

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use gatepass_protocol::{
    AccessPolicy, ApiClientDocument, ApiClientStatus, ApiClientType, ClientId,
    CreatedApiClientDocument, EpochSeconds, Secret, TenantId, TokenEndpointAuthMethod,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Tenant;

/// The member of an API client's `data` that names it.
pub(crate) const CLIENT_NAME: &str = "client_name";

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
    /// Free members, `client_name` among them.
    pub(crate) data: Map<String, Value>,
    pub(crate) tenant: TenantId,
    pub(crate) client_type: ApiClientType,
    pub(crate) auth_method: TokenEndpointAuthMethod,
    pub(crate) status: ApiClientStatus,
    pub(crate) created_at: EpochSeconds,
    /// The user or API client that made it.
    pub(crate) created_by: Uuid,
    pub(crate) redirect_uris: Vec<String>,
    /// What its maker knows it by: no two clients of a tenant share one.
    pub(crate) origin_id: Option<String>,
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
    /// The `data` of a client that has a name and nothing else.
    pub(crate) fn data_of(name: impl Into<String>) -> Map<String, Value> {
        Map::from_iter([(CLIENT_NAME.to_owned(), Value::String(name.into()))])
    }

    /// The name in the management console; empty where there is none.
    pub(crate) fn name(&self) -> &str {
        self.data.get(CLIENT_NAME).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn touch(&self, at: EpochSeconds, from: IpAddr) {
        *self.last_access.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(LastAccess { at, from });
    }

    pub(crate) fn forget_access(&self) {
        *self.last_access.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The client as the API shows it: everything but the secret (CONTRACT 5.2).
    pub(crate) fn document(&self) -> ApiClientDocument {
        let last_access = *self.last_access.lock().unwrap_or_else(PoisonError::into_inner);
        ApiClientDocument {
            client_id: self.id,
            tenant_id: self.tenant,
            client_secret_expires_at: 0,
            client_type: self.client_type,
            data: self.data.clone(),
            token_endpoint_auth_method: self.auth_method,
            created_at: self.created_at.rfc3339(),
            created_by: self.created_by.to_string(),
            last_access_at: last_access.map(|access| access.at.rfc3339()),
            last_access_from_ip: last_access.map(|access| access.from.to_string()),
            status: self.status,
            redirect_uris: self.redirect_uris.clone(),
            origin_id: self.origin_id.clone(),
        }
    }

    /// The client as the answer to its creation shows it, with its secret (CONTRACT 5.1).
    pub(crate) fn created_document(
        &self,
        registration_access_token: Secret,
    ) -> CreatedApiClientDocument {
        CreatedApiClientDocument {
            client_id: self.id,
            tenant_id: self.tenant,
            client_secret_expires_at: 0,
            client_type: self.client_type,
            data: self.data.clone(),
            token_endpoint_auth_method: self.auth_method,
            client_secret: self.secret.clone(),
            registration_access_token,
            created_at: self.created_at.rfc3339(),
            created_by: self.created_by.to_string(),
            status: self.status,
            redirect_uris: self.redirect_uris.clone(),
            origin_id: self.origin_id.clone(),
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
