//! What happens, told while it happens.

use std::sync::Arc;

use gatepass_protocol::{ClientId, EpochSeconds};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{broadcast, watch};

use crate::{clock::Clock, journal::Record};

/// A reader that is so many events behind misses the older ones, and is told how many.
pub(crate) const BACKLOG: usize = 256;

/// Tells all who listen.
pub(crate) struct Live {
    events: broadcast::Sender<Event>,
    stopping: watch::Sender<bool>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Request(Arc<Record>),
    Client { client_id: ClientId, change: ClientFate },
    Clock(ClockMoved),
    Reset,
}

/// What became of an API client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientFate {
    Created,
    Changed,
    Enabled,
    Disabled,
    SecretReset,
    Deleted,
}

/// A clock's time after it was moved.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClockMoved {
    /// Whose clock; `None` for the platform's.
    pub(crate) client_id: Option<ClientId>,
    now: Timestamp,
    epoch_s: EpochSeconds,
    frozen: bool,
}

impl ClockMoved {
    pub(crate) fn of(clock: &Clock, client_id: Option<ClientId>) -> Self {
        let now = clock.timestamp();
        Self { client_id, now, epoch_s: now.into(), frozen: clock.is_frozen() }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self { events: broadcast::Sender::new(BACKLOG), stopping: watch::Sender::new(false) }
    }
}

impl Live {
    /// Tells those who listen.
    pub(crate) fn tell(&self, event: Event) {
        // An error means that nobody does.
        let _ = self.events.send(event);
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Ends what would otherwise go on for as long as the server runs.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Waits until the server stops.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            // An error means that the platform is gone.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }
}
