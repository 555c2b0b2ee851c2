//! Who exists: tenants, users and API clients.

mod api_client;
mod client_register;
mod platform_file;
mod tenant;
mod user;

use std::{collections::HashMap, iter, sync::Arc};

use gatepass_protocol::{ClientId, TenantId, UserId};

pub use self::platform_file::{DirectoryError, EntryProblem};
pub(crate) use self::{
    api_client::{ApiClient, CLIENT_NAME, Role},
    client_register::ClientRegister,
    tenant::Tenant,
    user::{Totp, User},
};

/// The tree of tenants and who belongs to them.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    tenants: HashMap<TenantId, Tenant>,
    users: HashMap<String, Arc<User>>,
    clients: ClientRegister,
    default_client: ClientId,
}

impl Directory {
    /// Reads `platform.toml`; `name` is what errors call it.
    pub(crate) fn from_toml(name: &str, text: &str) -> Result<Self, DirectoryError> {
        platform_file::read(name, text)
    }

    /// The user with this login.
    pub(crate) fn user(&self, login: &str) -> Option<&Arc<User>> {
        self.users.get(login)
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    pub(crate) fn user_with_id(&self, id: UserId) -> Option<&Arc<User>> {
        self.users.values().find(|user| user.id == id)
    }

    /// The API client with this ID, unless it is deleted.
    pub(crate) fn client(&self, id: ClientId) -> Option<&Arc<ApiClient>> {
        self.clients.get(id)
    }

    /// Adds an API client, or puts it in the place of the one with its ID.
    pub(crate) fn put_client(&mut self, client: ApiClient) -> Arc<ApiClient> {
        self.clients.put(client)
    }

    /// The API clients that are not deleted.
    pub(crate) fn clients(&self) -> impl Iterator<Item = &Arc<ApiClient>> {
        self.clients.iter()
    }

    /// All API clients, the deleted ones with them.
    pub(crate) fn client_register(&self) -> &ClientRegister {
        &self.clients
    }

    pub(crate) fn client_register_mut(&mut self) -> &mut ClientRegister {
        &mut self.clients
    }

    /// The first API client of the fixtures, even if it is deleted.
    pub(crate) fn default_client(&self) -> &Arc<ApiClient> {
        self.client(self.default_client)
            .or_else(|| self.clients.deleted(self.default_client))
            .expect("the file's reader took the ID from the register, which forgets no client")
    }

    pub(crate) fn tenant(&self, id: TenantId) -> Option<&Tenant> {
        self.tenants.get(&id)
    }

    pub(crate) fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values()
    }

    /// The tenants right below one.
    pub(crate) fn children(&self, parent: TenantId) -> impl Iterator<Item = &Tenant> {
        self.tenants().filter(move |tenant| tenant.parent == Some(parent))
    }

    /// How many tenants stand above one.
    pub(crate) fn depth(&self, tenant: &Tenant) -> usize {
        let above = |tenant: &&Tenant| tenant.parent.and_then(|parent| self.tenants.get(&parent));
        iter::successors(Some(tenant), above).count() - 1
    }

    /// Whether `tenant` is `ancestor` or below it. A tenant that does not exist is below none.
    pub(crate) fn is_within(&self, ancestor: TenantId, tenant: TenantId) -> bool {
        let mut next = self.tenants.get(&tenant);
        while let Some(tenant) = next {
            if tenant.id == ancestor {
                return true;
            }
            next = tenant.parent.and_then(|parent| self.tenants.get(&parent));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(last_digits: &str) -> TenantId {
        format!("7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a{last_digits}").parse().unwrap()
    }

    #[test]
    fn a_subtree_is_a_tenant_and_all_below_it() {
        let directory = Directory::from_toml(
            "platform.toml",
            include_str!("../../../../fixtures/platform.toml"),
        )
        .unwrap();

        for (ancestor, below, within) in [
            ("1001", "1001", true),
            ("1001", "1003", true),
            ("1002", "1003", true),
            ("1003", "1002", false),
            ("1001", "2001", false),
            ("2001", "1001", false),
            ("1001", "9999", false),
            ("9999", "9999", false),
        ] {
            assert_eq!(
                directory.is_within(tenant(ancestor), tenant(below)),
                within,
                "{below} within {ancestor}"
            );
        }
    }
}
