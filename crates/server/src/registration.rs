//! API clients that a test makes, changes and deletes.

use std::sync::Arc;

use gatepass_protocol::{
    ApiClientStatus, ApiClientType, ClientId, EpochSeconds, Secret, TenantId,
    TokenEndpointAuthMethod,
};
use uuid::Uuid;

use crate::{
    directory::{ApiClient, Role},
    fixtures::FixtureClient,
    platform::Platform,
    running::RunningPlatform,
};

/// An API client that is to be made (CONTRACT 5.1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewClient {
    name: String,
    tenant: TenantId,
    roles: Vec<Role>,
    created_by: Uuid,
}

/// A new API client.
#[derive(Debug)]
pub(crate) struct CreatedClient {
    pub(crate) client: Arc<ApiClient>,
}

/// Why an API client is not made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("there is no API client {0}")]
    UnknownClient(String),
    #[error("there is no tenant {0}")]
    UnknownTenant(TenantId),
}

/// There is no such API client, or it is deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no API client {0}")]
pub struct UnknownClient(ClientId);

impl NewClient {
    /// A client as an administrator makes it in the management console.
    pub(crate) fn named(name: &str, tenant: TenantId, roles: Vec<Role>, created_by: Uuid) -> Self {
        Self { name: name.to_owned(), tenant, roles, created_by }
    }
}

impl Platform {
    /// Makes an API client; it can sign in at once.
    pub(crate) fn create_client(
        &self,
        new: NewClient,
        now: EpochSeconds,
    ) -> Result<CreatedClient, AccountError> {
        let mut directory = self.directory_mut();
        directory.tenant(new.tenant).ok_or(AccountError::UnknownTenant(new.tenant))?;
        let client = ApiClient {
            id: self.entropy().uuid().into(),
            secret: self.entropy().uuid().simple().to_string().into(),
            name: new.name,
            tenant: new.tenant,
            client_type: ApiClientType::default(),
            auth_method: TokenEndpointAuthMethod::default(),
            status: ApiClientStatus::Enabled,
            created_at: now,
            created_by: new.created_by.into(),
            roles: new.roles,
            last_access: Arc::default(),
        };
        directory.put_client(client.clone());
        Ok(CreatedClient { client: Arc::new(client) })
    }

    /// Enables or disables an API client. While it is disabled it gets no token, and those that it
    /// has are refused (CONTRACT 4.4).
    pub(crate) fn set_client_status(
        &self,
        id: ClientId,
        status: ApiClientStatus,
    ) -> Result<Arc<ApiClient>, AccountError> {
        self.change_client(id, |client| ApiClient { status, ..client })
    }

    /// Deletes an API client: it gets no token, and those that it has are refused.
    pub(crate) fn delete_client(&self, id: ClientId) -> Result<Arc<ApiClient>, AccountError> {
        let deleted = self.directory_mut().remove_client(id);
        deleted.ok_or(AccountError::UnknownClient(id.to_string()))
    }

    /// Gives an API client another secret, and returns it.
    pub(crate) fn reset_client_secret(&self, id: ClientId) -> Result<Secret, AccountError> {
        let secret = Secret::from(self.entropy().uuid().simple().to_string());
        self.change_client(id, |client| ApiClient { secret: secret.clone(), ..client })?;
        Ok(secret)
    }

    fn change_client(
        &self,
        id: ClientId,
        change: impl FnOnce(ApiClient) -> ApiClient,
    ) -> Result<Arc<ApiClient>, AccountError> {
        let mut directory = self.directory_mut();
        let client = directory.client(id).ok_or(AccountError::UnknownClient(id.to_string()))?;
        let changed = change(ApiClient::clone(client));
        directory.put_client(changed.clone());
        Ok(Arc::new(changed))
    }
}

impl RunningPlatform {
    /// A new API client beside the default one, with its rights: each test its own, so that none
    /// sees another's.
    ///
    /// # Panics
    /// Never: the default client's tenant is there.
    pub fn register_client(&self, name: &str) -> FixtureClient {
        let model = Arc::clone(self.platform().directory().default_client());
        let (tenant, maker) = (model.tenant, model.created_by.uuid());
        let new = NewClient::named(name, tenant, model.roles.clone(), maker);
        let created = self.platform().create_client(new, self.clock().now());
        FixtureClient::of(&created.expect("the default client's tenant is there").client)
    }

    /// Disables an API client: it gets no token, and those that it has are refused.
    ///
    /// # Errors
    /// [`UnknownClient`] when there is none with this ID.
    pub fn disable_client(&self, id: ClientId) -> Result<(), UnknownClient> {
        self.set_status(id, ApiClientStatus::Disabled)
    }

    /// Enables an API client again, and with it the tokens that it has.
    ///
    /// # Errors
    /// [`UnknownClient`] when there is none with this ID.
    pub fn enable_client(&self, id: ClientId) -> Result<(), UnknownClient> {
        self.set_status(id, ApiClientStatus::Enabled)
    }

    /// Deletes an API client: it gets no token, and those that it has are refused.
    ///
    /// # Errors
    /// [`UnknownClient`] when there is none with this ID.
    pub fn delete_client(&self, id: ClientId) -> Result<(), UnknownClient> {
        self.platform().delete_client(id).map(|_| ()).map_err(|_| UnknownClient(id))
    }

    /// Gives an API client another secret, and returns it. Tokens that were issued stay good.
    ///
    /// # Errors
    /// [`UnknownClient`] when there is none with this ID.
    pub fn reset_client_secret(&self, id: ClientId) -> Result<Secret, UnknownClient> {
        self.platform().reset_client_secret(id).map_err(|_| UnknownClient(id))
    }

    fn set_status(&self, id: ClientId, status: ApiClientStatus) -> Result<(), UnknownClient> {
        self.platform().set_client_status(id, status).map(|_| ()).map_err(|_| UnknownClient(id))
    }
}
