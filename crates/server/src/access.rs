//! The rules of a call: who the caller is and what it may do where (CONTRACT 5.5, 8.5).

use std::sync::Arc;

use gatepass_protocol::{
    AccessPolicy, AccessTokenClaims, ApiClientStatus, AuthorizationError, BasicCredentials,
    ClientId, TenantId, UserId,
};
use uuid::Uuid;

use crate::{
    directory::{ApiClient, Directory, Role, Totp, User},
    tokens::Rejection,
};

/// Why a call is answered with 401. The journal sees the reason whole.
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
    #[error("the token's API client {0} is deleted")]
    ClientDeleted(ClientId),
    #[error("the token's API client {0} is disabled")]
    ClientDisabled(ClientId),
    #[error("the token's user {0} does not exist")]
    UserGone(UserId),
    #[error("no user has this login")]
    UnknownLogin,
    #[error("the password is not that of user {0}")]
    WrongPassword(UserId),
    #[error("user {0} has two-factor login, which HTTP Basic can't do")]
    TwoFactor(UserId),
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

/// Making, changing and deleting API clients (CONTRACT 5.5).
pub(crate) const CHANGE_CLIENTS: Right = Right {
    resource_server: "account-server",
    roles: &["tenant_admin", "managed_clients_admin", "replication_manager"],
};

/// Reading tenants.
pub(crate) const READ_TENANTS: Right =
    Right { resource_server: "account-server", roles: &["tenant_viewer", "tenant_admin"] };

/// Making tokens that register machines; the vendor's reference names the second role.
pub(crate) const REGISTER_MACHINES: Right =
    Right { resource_server: "account-server", roles: &["tenant_admin", "oauth2_client_admin"] };
/// Asking about tokens (CONTRACT 6.2).
pub(crate) const INTROSPECT: Right =
    Right { resource_server: "account-server", roles: &["token_introspector"] };

/// Reading tasks and activities (CONTRACT 8.5).
pub(crate) const READ_TASKS: Right =
    Right { resource_server: "task_manager", roles: &["viewer", "admin"] };

/// Who a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Client(ClientId),
    User(UserId),
}

impl Subject {
    pub(crate) fn uuid(self) -> Uuid {
        match self {
            Self::Client(id) => id.uuid(),
            Self::User(id) => id.uuid(),
        }
    }
}

/// Who calls, with a token that is good or with a login.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caller {
    subject: Subject,
    client_id: Option<ClientId>,
    policies: Vec<AccessPolicy>,
}

impl Caller {
    /// The caller of a verified token, if its client still may call (CONTRACT 4.4).
    pub(crate) fn of(
        claims: AccessTokenClaims,
        directory: &Directory,
    ) -> Result<(Self, Arc<ApiClient>), Unauthorized> {
        let id = claims.client_id;
        let client =
            directory.client(id).ok_or_else(|| match directory.client_register().deleted(id) {
                Some(_) => Unauthorized::ClientDeleted(id),
                None => Unauthorized::ClientGone(id),
            })?;
        match client.status {
            ApiClientStatus::Disabled => return Err(Unauthorized::ClientDisabled(id)),
            ApiClientStatus::Enabled => {}
        }
        let subject = match claims.sub_type.as_str() {
            "user" => {
                let user = UserId::from(claims.sub);
                directory.user_with_id(user).ok_or(Unauthorized::UserGone(user))?;
                Subject::User(user)
            }
            _ => Subject::Client(id),
        };
        let caller = Self { subject, client_id: Some(id), policies: claims.scope };
        Ok((caller, Arc::clone(client)))
    }

    /// The user who signs in with HTTP Basic (CONTRACT 5.5).
    pub(crate) fn sign_in(
        login: &BasicCredentials,
        directory: &Directory,
    ) -> Result<Self, Unauthorized> {
        let user = directory.user(login.id()).ok_or(Unauthorized::UnknownLogin)?;
        if user.password != *login.secret() {
            return Err(Unauthorized::WrongPassword(user.id));
        }
        match user.totp {
            Totp::Secret(_) | Totp::SetupRequired => Err(Unauthorized::TwoFactor(user.id)),
            Totp::Off => Ok(Self {
                subject: Subject::User(user.id),
                client_id: None,
                policies: policies(user, directory),
            }),
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        self.subject
    }

    /// The API client that the call comes through; none where a user signed in with HTTP Basic.
    pub(crate) fn client_id(&self) -> Option<ClientId> {
        self.client_id
    }

    /// Whether the caller has the right in any tenant.
    pub(crate) fn has(&self, right: Right) -> bool {
        self.grants(right).next().is_some()
    }

    /// Whether the caller has the right in a tenant, or in one above it.
    pub(crate) fn may(&self, right: Right, tenant: TenantId, directory: &Directory) -> bool {
        self.grants(right).any(|granted| directory.is_within(granted, tenant))
    }

    /// The roles that the caller has in a tenant, its own or through one above it.
    pub(crate) fn roles_in(&self, tenant: TenantId, directory: &Directory) -> Vec<Role> {
        let mut roles = Vec::new();
        for policy in &self.policies {
            let role = Role { resource_server: policy.rs.clone(), name: policy.role.clone() };
            if directory.is_within(policy.tuid, tenant) && !roles.contains(&role) {
                roles.push(role);
            }
        }
        roles
    }

    fn grants(&self, right: Right) -> impl Iterator<Item = TenantId> + '_ {
        self.policies
            .iter()
            .filter(move |policy| {
                policy.rs == right.resource_server && right.roles.contains(&policy.role.as_str())
            })
            .map(|policy| policy.tuid)
    }
}

fn policies(user: &User, directory: &Directory) -> Vec<AccessPolicy> {
    let in_tenant = |tenant| user.roles.iter().map(move |role| role.policy(tenant));
    directory.tenant(user.tenant).into_iter().flat_map(in_tenant).collect()
}

#[cfg(test)]
mod tests {
    use gatepass_protocol::{EpochSeconds, Secret};

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

    #[test]
    fn a_deleted_client_is_told_from_one_that_never_was() {
        let mut directory = directory();
        let claims = claims(&directory, &[]);
        let id = claims.client_id;
        directory.client_register_mut().delete(id);

        let refused = Caller::of(claims, &directory).unwrap_err();

        assert_eq!(refused, Unauthorized::ClientDeleted(id));
    }

    #[test]
    fn a_users_token_stands_for_the_user() {
        let directory = directory();
        let user = directory.user("administrator@example.com").unwrap().id;
        let nobody = Uuid::nil();
        let as_user =
            |sub| AccessTokenClaims { sub, sub_type: "user".to_owned(), ..claims(&directory, &[]) };

        let (caller, client) = Caller::of(as_user(user.uuid()), &directory).unwrap();
        assert_eq!(caller.subject(), Subject::User(user));
        assert_eq!(caller.client_id(), Some(client.id));

        let refused = Caller::of(as_user(nobody), &directory).unwrap_err();
        assert_eq!(refused, Unauthorized::UserGone(nobody.into()));
    }

    #[test]
    fn a_user_signs_in_with_the_password_alone_where_that_is_enough() {
        let directory = directory();
        let id = |login: &str| directory.user(login).unwrap().id;
        for (login, password, verdict) in [
            (
                "administrator@example.com",
                "example-password",
                Ok(Subject::User(id("administrator@example.com"))),
            ),
            (
                "administrator@example.com",
                "example-passwor",
                Err(Unauthorized::WrongPassword(id("administrator@example.com"))),
            ),
            (
                "two-factor@example.com",
                "example-password",
                Err(Unauthorized::TwoFactor(id("two-factor@example.com"))),
            ),
            (
                "two-factor-setup@example.com",
                "example-password",
                Err(Unauthorized::TwoFactor(id("two-factor-setup@example.com"))),
            ),
            ("nobody@example.com", "example-password", Err(Unauthorized::UnknownLogin)),
        ] {
            let basic = BasicCredentials::new(login, Secret::from(password)).unwrap();

            let caller = Caller::sign_in(&basic, &directory).map(|caller| caller.subject());

            assert_eq!(caller, verdict, "{login} with {password}");
        }
    }

    #[test]
    fn a_caller_hands_on_the_roles_that_it_has_in_the_tenant() {
        let directory = directory();
        let roles = [("account-server", "tenant_admin"), ("task_manager", "admin")];
        let mut claims = claims(&directory, &roles);
        claims.scope.push(claims.scope[0].clone());
        let (caller, _) = Caller::of(claims, &directory).unwrap();
        let names = |tenant: &str| {
            let roles = caller.roles_in(tenant.parse().unwrap(), &directory);
            roles.into_iter().map(|role| role.name).collect::<Vec<_>>()
        };

        assert_eq!(names(UNIT), ["tenant_admin", "admin"]);
        assert_eq!(names(PARTNER), [""; 0]);
        assert_eq!(names(FOREIGN), [""; 0]);
    }
}
