//! The platform's clock, and those of the API clients that have one of their own.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use gatepass_protocol::ClientId;

use crate::clock::Clock;

/// Which clock an exchange follows: that of the API client it comes from, or the platform's.
///
/// A client's clock follows the platform's, so that tests on one server shift their own time and
/// nobody else's.
pub(crate) struct Clocks {
    platform: Clock,
    clients: RwLock<HashMap<ClientId, Clock>>,
}

impl Clocks {
    pub(crate) fn new(platform: Clock) -> Self {
        Self { platform, clients: RwLock::default() }
    }

    pub(crate) fn platform(&self) -> &Clock {
        &self.platform
    }

    /// The clock that a client's exchanges follow; the platform's where nobody is named.
    pub(crate) fn of(&self, client: Option<ClientId>) -> Clock {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        client.and_then(|client| clients.get(&client)).unwrap_or(&self.platform).clone()
    }

    /// A client's own clock, made when it is first asked for.
    pub(crate) fn own(&self, client: ClientId) -> Clock {
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        clients.entry(client).or_insert_with(|| self.platform.following()).clone()
    }

    /// Lets a client follow the platform's clock again.
    pub(crate) fn forget(&self, client: ClientId) {
        self.clients.write().unwrap_or_else(PoisonError::into_inner).remove(&client);
    }

    /// All clocks back to the system's time.
    pub(crate) fn reset(&self) {
        self.clients.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.platform.reset();
    }
}
