//! Where all API clients stand, the deleted ones too.

use std::{collections::HashMap, sync::Arc};

use gatepass_protocol::{ApiClientStatus, ClientId, TenantId};

use super::ApiClient;

/// The API clients by ID and by `origin_id`: no look-up gets slower with their number.
///
/// A deleted client stays, but is found only by those who ask for deleted ones (CONTRACT 5.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientRegister {
    live: HashMap<ClientId, Arc<ApiClient>>,
    deleted: HashMap<ClientId, Arc<ApiClient>>,
    /// The live clients with an `origin_id`: one for each tenant at most, unless fixtures say else.
    origins: HashMap<String, Vec<ClientId>>,
}

impl ClientRegister {
    pub(crate) fn get(&self, id: ClientId) -> Option<&Arc<ApiClient>> {
        self.live.get(&id)
    }

    pub(crate) fn deleted(&self, id: ClientId) -> Option<&Arc<ApiClient>> {
        self.deleted.get(&id)
    }

    /// Whether there is a client with this ID, or was one.
    pub(crate) fn knows(&self, id: ClientId) -> bool {
        self.live.contains_key(&id) || self.deleted.contains_key(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ApiClient>> {
        self.live.values()
    }

    pub(crate) fn iter_deleted(&self) -> impl Iterator<Item = &Arc<ApiClient>> {
        self.deleted.values()
    }

    /// The live clients with this `origin_id`, whatever their tenant.
    pub(crate) fn with_origin(&self, origin_id: &str) -> impl Iterator<Item = &Arc<ApiClient>> {
        self.origins.get(origin_id).into_iter().flatten().filter_map(|id| self.get(*id))
    }

    /// The live client that has this `origin_id` in this tenant.
    pub(crate) fn at_origin(&self, tenant: TenantId, origin_id: &str) -> Option<&Arc<ApiClient>> {
        self.with_origin(origin_id).find(|client| client.tenant == tenant)
    }

    /// Adds a client, or puts it in the place of the one with its ID.
    pub(crate) fn put(&mut self, client: ApiClient) -> Arc<ApiClient> {
        let client = Arc::new(client);
        self.deleted.remove(&client.id);
        if let Some(replaced) = self.live.insert(client.id, Arc::clone(&client)) {
            self.forget_origin(&replaced);
        }
        if let Some(origin_id) = &client.origin_id {
            self.origins.entry(origin_id.clone()).or_default().push(client.id);
        }
        client
    }

    /// Moves a client to the deleted ones, where it counts as disabled.
    pub(crate) fn delete(&mut self, id: ClientId) -> Option<Arc<ApiClient>> {
        let client = self.live.remove(&id)?;
        self.forget_origin(&client);
        let deleted =
            Arc::new(ApiClient { status: ApiClientStatus::Disabled, ..ApiClient::clone(&client) });
        self.deleted.insert(id, Arc::clone(&deleted));
        Some(deleted)
    }

    fn forget_origin(&mut self, client: &ApiClient) {
        let Some(origin_id) = &client.origin_id else {
            return;
        };
        if let Some(ids) = self.origins.get_mut(origin_id) {
            ids.retain(|id| *id != client.id);
            if ids.is_empty() {
                self.origins.remove(origin_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Directory;

    fn client() -> ApiClient {
        let text = include_str!("../../../../fixtures/platform.toml");
        let directory = Directory::from_toml("platform.toml", text).unwrap();
        ApiClient::clone(directory.default_client())
    }

    fn found(register: &ClientRegister, origin_id: &str) -> Vec<ClientId> {
        register.with_origin(origin_id).map(|client| client.id).collect()
    }

    #[test]
    fn an_origin_id_finds_the_client_that_has_it_now() {
        let client = client();
        let id = client.id;
        let mut register = ClientRegister::default();

        register.put(ApiClient { origin_id: Some("a".to_owned()), ..client.clone() });
        assert_eq!((found(&register, "a"), found(&register, "b")), (vec![id], vec![]));

        register.put(ApiClient { origin_id: Some("b".to_owned()), ..client.clone() });
        assert_eq!((found(&register, "a"), found(&register, "b")), (vec![], vec![id]));

        register.put(ApiClient { origin_id: None, ..client });
        assert_eq!((found(&register, "a"), found(&register, "b")), (vec![], vec![]));
        assert!(register.origins.is_empty());
    }

    #[test]
    fn a_deleted_client_stands_apart_and_frees_its_origin_id() {
        let client = ApiClient { origin_id: Some("a".to_owned()), ..client() };
        let (id, tenant) = (client.id, client.tenant);
        let mut register = ClientRegister::default();
        register.put(client);
        assert!(register.at_origin(tenant, "a").is_some());

        let deleted = register.delete(id).unwrap();

        assert_eq!(deleted.status, ApiClientStatus::Disabled);
        assert!(register.get(id).is_none() && register.deleted(id).is_some());
        assert_eq!((register.iter().count(), register.iter_deleted().count()), (0, 1));
        assert!(register.at_origin(tenant, "a").is_none());
        assert!(register.delete(id).is_none());
    }
}
