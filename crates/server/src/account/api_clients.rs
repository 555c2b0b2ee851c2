//! The life of API clients: made, changed, disabled, deleted (CONTRACT 5).

use std::sync::Arc;

use gatepass_protocol::{
    ApiClientStatus, ApiClientType, ClientId, EpochSeconds, Secret, TenantId,
    TokenEndpointAuthMethod,
};
use schemars::JsonSchema;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::AccountError;
use crate::{
    directory::{ApiClient, ClientRegister, Directory, Role},
    entropy::Entropy,
    live::{ClientFate, Event},
    platform::Platform,
};

/// An API client that is to be made (CONTRACT 5.1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewClient {
    pub(crate) tenant: TenantId,
    pub(crate) client_type: ApiClientType,
    pub(crate) auth_method: TokenEndpointAuthMethod,
    pub(crate) data: Map<String, Value>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) origin_id: Option<String>,
    pub(crate) roles: Vec<Role>,
    /// The user or API client that makes it.
    pub(crate) created_by: Uuid,
}

/// What is to be changed of an API client; what is `None` stays (CONTRACT 5.3).
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(rename = "ApiClientChange", deny_unknown_fields)]
pub(crate) struct ClientChange {
    pub(crate) data: Option<Map<String, Value>>,
    pub(crate) status: Option<ApiClientStatus>,
    pub(crate) redirect_uris: Option<Vec<String>>,
    pub(crate) origin_id: Option<String>,
}

/// A new API client with what is shown this once.
#[derive(Debug)]
pub(crate) struct CreatedClient {
    pub(crate) client: Arc<ApiClient>,
    pub(crate) registration_access_token: Secret,
}

impl NewClient {
    /// A client as an administrator makes it in the management console.
    pub(crate) fn named(name: &str, tenant: TenantId, roles: Vec<Role>, created_by: Uuid) -> Self {
        Self {
            tenant,
            client_type: ApiClientType::default(),
            auth_method: TokenEndpointAuthMethod::default(),
            data: ApiClient::data_of(name),
            redirect_uris: Vec::new(),
            origin_id: None,
            roles,
            created_by,
        }
    }

    fn create(self, now: EpochSeconds, entropy: &Entropy) -> ApiClient {
        ApiClient {
            id: entropy.uuid().into(),
            secret: entropy.secret(),
            data: self.data,
            tenant: self.tenant,
            client_type: self.client_type,
            auth_method: self.auth_method,
            status: ApiClientStatus::Enabled,
            created_at: now,
            created_by: self.created_by,
            redirect_uris: self.redirect_uris,
            origin_id: self.origin_id,
            roles: self.roles,
            last_access: Arc::default(),
        }
    }
}

impl ClientChange {
    fn apply(self, client: &ApiClient) -> ApiClient {
        let kept = client.clone();
        ApiClient {
            data: self.data.unwrap_or(kept.data),
            status: self.status.unwrap_or(kept.status),
            redirect_uris: self.redirect_uris.unwrap_or(kept.redirect_uris),
            origin_id: self.origin_id.or(kept.origin_id),
            ..kept
        }
    }
}

impl Directory {
    /// Whether such a client may stand beside those that are there.
    fn admit(&self, new: &NewClient) -> Result<(), AccountError> {
        if self.tenant(new.tenant).is_none() {
            return Err(AccountError::UnknownTenant(new.tenant.to_string()));
        }
        origin_is_free(self.client_register(), new.tenant, new.origin_id.as_deref(), None)
    }

    fn change_client(
        &mut self,
        id: ClientId,
        change: impl FnOnce(&ApiClient) -> ApiClient,
    ) -> Result<Arc<ApiClient>, AccountError> {
        let changed = change(self.client(id).ok_or(AccountError::UnknownClient(id.to_string()))?);
        let origin_id = changed.origin_id.as_deref();
        origin_is_free(self.client_register(), changed.tenant, origin_id, Some(id))?;
        Ok(self.put_client(changed))
    }
}

fn origin_is_free(
    register: &ClientRegister,
    tenant: TenantId,
    origin_id: Option<&str>,
    for_client: Option<ClientId>,
) -> Result<(), AccountError> {
    let holder = origin_id.and_then(|origin_id| register.at_origin(tenant, origin_id));
    match holder {
        Some(holder) if Some(holder.id) != for_client => Err(AccountError::OriginTaken(holder.id)),
        Some(_) | None => Ok(()),
    }
}

impl Platform {
    /// Makes an API client; it can sign in at once.
    pub(crate) fn create_client(
        &self,
        new: NewClient,
        now: EpochSeconds,
    ) -> Result<CreatedClient, AccountError> {
        let client = {
            let mut directory = self.directory_mut();
            directory.admit(&new)?;
            directory.put_client(new.create(now, self.entropy()))
        };
        self.tell_of_client(client.id, ClientFate::Created);
        Ok(CreatedClient { client, registration_access_token: self.entropy().secret() })
    }

    /// Makes an API client of this name beside the default one, with its rights.
    pub(crate) fn create_client_like_default(
        &self,
        name: &str,
        now: EpochSeconds,
    ) -> Arc<ApiClient> {
        let client = {
            let mut directory = self.directory_mut();
            let model = Arc::clone(directory.default_client());
            let new = NewClient::named(name, model.tenant, model.roles.clone(), model.created_by);
            directory.put_client(new.create(now, self.entropy()))
        };
        self.tell_of_client(client.id, ClientFate::Created);
        client
    }

    /// Changes what may be changed of an API client.
    pub(crate) fn update_client(
        &self,
        id: ClientId,
        change: ClientChange,
    ) -> Result<Arc<ApiClient>, AccountError> {
        let fate = match change.status {
            Some(ApiClientStatus::Enabled) => ClientFate::Enabled,
            Some(ApiClientStatus::Disabled) => ClientFate::Disabled,
            None => ClientFate::Changed,
        };
        let client = self.directory_mut().change_client(id, |client| change.apply(client))?;
        self.tell_of_client(id, fate);
        Ok(client)
    }

    /// Enables or disables an API client. While it is disabled it gets no token, and those that it
    /// has are refused (CONTRACT 4.4).
    pub(crate) fn set_client_status(
        &self,
        id: ClientId,
        status: ApiClientStatus,
    ) -> Result<Arc<ApiClient>, AccountError> {
        self.update_client(id, ClientChange { status: Some(status), ..ClientChange::default() })
    }

    /// Deletes an API client: it gets no token, and those that it has are refused.
    pub(crate) fn delete_client(&self, id: ClientId) -> Result<Arc<ApiClient>, AccountError> {
        let deleted = self.directory_mut().client_register_mut().delete(id);
        let deleted = deleted.ok_or(AccountError::UnknownClient(id.to_string()))?;
        self.tell_of_client(id, ClientFate::Deleted);
        Ok(deleted)
    }

    /// Gives an API client another secret, and returns it. The old one gets no more tokens; those
    /// that were issued stay good.
    pub(crate) fn reset_client_secret(&self, id: ClientId) -> Result<Secret, AccountError> {
        let secret = self.entropy().secret();
        let with_secret =
            |client: &ApiClient| ApiClient { secret: secret.clone(), ..client.clone() };
        self.directory_mut().change_client(id, with_secret)?;
        self.tell_of_client(id, ClientFate::SecretReset);
        Ok(secret)
    }

    fn tell_of_client(&self, client_id: ClientId, change: ClientFate) {
        self.live().tell(Event::Client { client_id, change });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
    const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";

    fn platform() -> Platform {
        Platform::new(crate::Config::default(), crate::Clock::default(), None).unwrap()
    }

    fn new_client(tenant: &str, origin_id: Option<&str>) -> NewClient {
        let tenant = tenant.parse().unwrap();
        let origin_id = origin_id.map(ToOwned::to_owned);
        NewClient { origin_id, ..NewClient::named("N", tenant, Vec::new(), Uuid::nil()) }
    }

    fn create(platform: &Platform, new: NewClient) -> Result<ClientId, AccountError> {
        platform.create_client(new, EpochSeconds::default()).map(|created| created.client.id)
    }

    #[test]
    fn an_origin_id_is_unique_within_a_tenant() {
        let platform = platform();
        let first = create(&platform, new_client(CUSTOMER, Some("a"))).unwrap();
        let other = create(&platform, new_client(CUSTOMER, None)).unwrap();

        let taken = Err(AccountError::OriginTaken(first));
        assert_eq!(create(&platform, new_client(CUSTOMER, Some("a"))), taken);
        assert!(create(&platform, new_client(PARTNER, Some("a"))).is_ok());
        assert!(create(&platform, new_client(CUSTOMER, None)).is_ok());
        let change = ClientChange { origin_id: Some("a".to_owned()), ..ClientChange::default() };
        assert_eq!(platform.update_client(other, change.clone()).map(|client| client.id), taken);
        assert!(platform.update_client(first, change).is_ok());

        platform.delete_client(first).unwrap();
        assert!(create(&platform, new_client(CUSTOMER, Some("a"))).is_ok());
    }

    #[test]
    fn a_client_belongs_to_a_tenant_that_is_there() {
        let nowhere = "00000000-0000-4000-8000-000000000000";

        let problem = create(&platform(), new_client(nowhere, None)).unwrap_err();

        assert_eq!(problem, AccountError::UnknownTenant(nowhere.to_owned()));
    }

    #[test]
    fn what_a_change_does_not_name_stays() {
        let platform = platform();
        let id = create(&platform, new_client(CUSTOMER, Some("a"))).unwrap();
        let uris = vec!["https://example.com/".to_owned()];

        let change = ClientChange { redirect_uris: Some(uris.clone()), ..ClientChange::default() };
        platform.update_client(id, change).unwrap();
        let client = platform.set_client_status(id, ApiClientStatus::Disabled).unwrap();

        assert_eq!(client.name(), "N");
        assert_eq!(client.origin_id.as_deref(), Some("a"));
        assert_eq!(client.redirect_uris, uris);
        assert_eq!(client.status, ApiClientStatus::Disabled);
    }

    #[test]
    fn what_is_deleted_can_not_be_changed() {
        let platform = platform();
        let id = create(&platform, new_client(CUSTOMER, None)).unwrap();
        platform.delete_client(id).unwrap();

        let gone = AccountError::UnknownClient(id.to_string());
        assert_eq!(platform.set_client_status(id, ApiClientStatus::Enabled).unwrap_err(), gone);
        assert_eq!(platform.reset_client_secret(id).unwrap_err(), gone);
        assert_eq!(platform.delete_client(id).unwrap_err(), gone);
    }

    #[test]
    fn a_new_secret_replaces_the_old_one() {
        let platform = platform();
        let created =
            platform.create_client(new_client(CUSTOMER, None), EpochSeconds::default()).unwrap();
        let id = created.client.id;

        let secret = platform.reset_client_secret(id).unwrap();

        assert_ne!(secret, created.client.secret);
        assert_eq!(platform.directory().client(id).unwrap().secret, secret);
        assert_eq!(secret.reveal().len(), 32);
    }
}
