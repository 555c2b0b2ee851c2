//! API clients for those who embed a platform in their tests.

use gatepass_protocol::{ApiClientStatus, ClientId, Secret};

use super::AccountError;
use crate::{fixtures::FixtureClient, running::RunningPlatform};

/// There is no such API client, or it is deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no API client {0}")]
pub struct UnknownClient(ClientId);

impl RunningPlatform {
    /// A new API client beside the default one, with its rights: each test its own, so that none
    /// sees another's.
    pub fn register_client(&self, name: &str) -> FixtureClient {
        let now = self.clock().now();
        FixtureClient::of(&self.platform().create_client_like_default(name, now))
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
        known(id, self.platform().delete_client(id)).map(|_| ())
    }

    /// Gives an API client another secret, and returns it. Tokens that were issued stay good.
    ///
    /// # Errors
    /// [`UnknownClient`] when there is none with this ID.
    pub fn reset_client_secret(&self, id: ClientId) -> Result<Secret, UnknownClient> {
        known(id, self.platform().reset_client_secret(id))
    }

    fn set_status(&self, id: ClientId, status: ApiClientStatus) -> Result<(), UnknownClient> {
        known(id, self.platform().set_client_status(id, status)).map(|_| ())
    }
}

/// Status and secret break no rule but that the client must be there.
fn known<T>(id: ClientId, outcome: Result<T, AccountError>) -> Result<T, UnknownClient> {
    outcome.map_err(|_| UnknownClient(id))
}
