//! The rules of a Bearer call: who the caller is and what it may do where (CONTRACT 5.5, 8.5).

use std::sync::Arc;

use gatepass_protocol::{
    AccessTokenClaims, ApiClientStatus, AuthorizationError, ClientId, TenantId,
};

use crate::{
    directory::{ApiClient, Directory},
    tokens::Rejection,
};

/// Why a Bearer call is answered with 401. The journal sees the reason whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unauthorized {
    #[error("the request has no Authorization header")]
    Missing,
    #[error("the Authorization header is given more than once or is not text")]
    Header,
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    #[error(transparent)]
    Token(#[from] Rejection),
    #[error("the token's API client {0} does not exist")]
    ClientGone(ClientId),
    #[error("the token's API client {0} is disabled")]
    ClientDisabled(ClientId),
}

/// The right that a call needs: one of some roles on a resource server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Right {
    resource_server: &'static str,
    roles: &'static [&'static str],
}

/// Reading API clients (CONTRACT 5.5).
pub(crate) const READ_CLIENTS: Right = Right {
    resource_server: "account-server",
    roles: &["tenant_viewer", "tenant_admin", "managed_clients_admin", "replication_manager"],
};

/// Asking about tokens (CONTRACT 6.2).
pub(crate) const INTROSPECT: Right =
    Right { resource_server: "account-server", roles: &["token_introspector"] };

/// Reading tasks and activities (CONTRACT 8.5).
pub(crate) const READ_TASKS: Right =
    Right { resource_server: "task_manager", roles: &["viewer", "admin"] };

/// Who calls, with a token that is good.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caller(AccessTokenClaims);

impl Caller {
    /// The caller of a verified token, if its client still may call (CONTRACT 4.4).
    pub(crate) fn of(
        claims: AccessTokenClaims,
        directory: &Directory,
    ) -> Result<(Self, Arc<ApiClient>), Unauthorized> {
        let client =
            directory.client(claims.client_id).ok_or(Unauthorized::ClientGone(claims.client_id))?;
        match client.status {
            ApiClientStatus::Disabled => Err(Unauthorized::ClientDisabled(client.id)),
            ApiClientStatus::Enabled => Ok((Self(claims), Arc::clone(client))),
        }
    }

    pub(crate) fn client_id(&self) -> ClientId {
        self.0.client_id
    }

    /// Whether the caller has the right in any tenant.
    pub(crate) fn has(&self, right: Right) -> bool {
        self.grants(right).next().is_some()
    }

    /// Whether the caller has the right in a tenant, or in one above it.
    pub(crate) fn may(&self, right: Right, tenant: TenantId, directory: &Directory) -> bool {
        self.grants(right).any(|granted| directory.is_within(granted, tenant))
    }

    fn grants(&self, right: Right) -> impl Iterator<Item = TenantId> + '_ {
        self.0
            .scope
            .iter()
            .filter(move |policy| {
                policy.rs == right.resource_server && right.roles.contains(&policy.role.as_str())
            })
            .map(|policy| policy.tuid)
    }
}

#[cfg(test)]
mod tests {
    use gatepass_protocol::{AccessPolicy, EpochSeconds};
    use uuid::Uuid;

    use super::*;

    const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
    const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
    const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
    const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";

    fn directory() -> Directory {
        Directory::from_toml("platform.toml", include_str!("../../../fixtures/platform.toml"))
            .unwrap()
    }

    fn claims(directory: &Directory, roles: &[(&str, &str)]) -> AccessTokenClaims {
        let client = directory.default_client();
        let policy = |&(rs, role): &(&str, &str)| AccessPolicy {
            tid: None,
            tuid: CUSTOMER.parse().unwrap(),
            rs: rs.to_owned(),
            role: role.to_owned(),
        };
        AccessTokenClaims {
            aud: "localhost".to_owned(),
            exp: EpochSeconds::default(),
            iat: EpochSeconds::default(),
            iss: "http://localhost/bc".to_owned(),
            nbf: None,
            jti: Uuid::nil(),
            sub: client.id.uuid(),
            sub_type: "api_client".to_owned(),
            client_id: client.id,
            owner_tuid: client.tenant,
            uid: None,
            totp_time: None,
            login_totp_time: None,
            scope: roles.iter().map(policy).collect(),
            narrowing: Vec::new(),
            ver: 2,
        }
    }

    #[test]
    fn a_role_holds_in_its_tenant_and_below_and_nowhere_else() {
        let directory = directory();
        let claims = claims(&directory, &[("account-server", "tenant_viewer")]);
        let (caller, _) = Caller::of(claims, &directory).unwrap();

        for (tenant, may) in [(PARTNER, false), (CUSTOMER, true), (UNIT, true), (FOREIGN, false)] {
            let tenant = tenant.parse().unwrap();
            assert_eq!(caller.may(READ_CLIENTS, tenant, &directory), may, "tenant {tenant}");
        }
    }

    #[test]
    fn a_right_needs_one_of_its_roles_on_its_resource_server() {
        let directory = directory();
        for (role, clients, tasks) in [
            (("account-server", "tenant_viewer"), true, false),
            (("account-server", "tenant_admin"), true, false),
            (("account-server", "viewer"), false, false),
            (("task_manager", "viewer"), false, true),
            (("task_manager", "admin"), false, true),
            (("task_manager", "tenant_admin"), false, false),
        ] {
            let (caller, _) = Caller::of(claims(&directory, &[role]), &directory).unwrap();

            assert_eq!(
                (caller.has(READ_CLIENTS), caller.has(READ_TASKS)),
                (clients, tasks),
                "{role:?}"
            );
        }
    }

    #[test]
    fn a_token_dies_with_its_client() {
        let directory = directory();
        let gone: ClientId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        let disabled = directory
            .clients()
            .find(|client| client.status == ApiClientStatus::Disabled)
            .map(|client| client.id)
            .unwrap();

        for (client_id, reason) in [
            (gone, Unauthorized::ClientGone(gone)),
            (disabled, Unauthorized::ClientDisabled(disabled)),
        ] {
            let claims = AccessTokenClaims { client_id, ..claims(&directory, &[]) };
            assert_eq!(Caller::of(claims, &directory).unwrap_err(), reason);
        }
    }
}
