//! What those who embed a platform ask of it and do to it: all that the control API does.

use std::time::Duration;

use gatepass_protocol::ClientId;

use crate::{
    clock::Clock,
    journal::{Filter, JournalEntry, StatusFilter, TooFew, Window, har},
    platform::Platform,
    running::RunningPlatform,
};

impl RunningPlatform {
    /// What was asked and answered so far, calls of the control API aside.
    pub fn requests(&self) -> Requests {
        Requests { platform: self.platform().clone(), filter: Filter::default() }
    }

    /// An API client's own time. It follows the platform's until it is moved.
    pub fn clock_of(&self, client: ClientId) -> Clock {
        self.platform().clocks().own(client)
    }

    /// Back to the fixtures: API clients, clocks, journal, and the random numbers of the seed.
    pub fn reset(&self) {
        self.platform().reset();
    }

    /// Counts since the start, in the text format of Prometheus.
    pub fn metrics(&self) -> String {
        self.platform().metrics()
    }
}

/// A question to the journal: each of its narrowings leaves fewer exchanges.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let platform = gatepass_server::Platform::start().await?;
/// let client = platform.register_client("one test");
/// // … the integration under test gets a token and calls …
/// let refused = platform.requests().of(client.client_id).route("token").status(401);
/// assert_eq!(refused.count(), 0, "{:#?}", refused.list());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Requests {
    platform: Platform,
    filter: Filter,
}

impl Requests {
    /// Only those of one API client.
    pub fn of(mut self, client: ClientId) -> Self {
        self.filter.client_id = Some(client);
        self
    }

    /// Only those to a route: its pattern, a path, or a segment of either such as `token`.
    pub fn route(mut self, route: impl Into<String>) -> Self {
        self.filter.route = Some(route.into());
        self
    }

    /// Only those that were answered with a status, or one of a class.
    pub fn status(mut self, status: impl Into<StatusFilter>) -> Self {
        self.filter.status = Some(status.into());
        self
    }

    /// Only those with a higher number.
    pub fn after(mut self, number: u64) -> Self {
        self.filter.after = Some(number);
        self
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.platform.journal().count(&self.filter)
    }

    /// The exchanges, newest last.
    pub fn list(&self) -> Vec<JournalEntry> {
        let listing = self.platform.journal().list(&self.filter, Window::All);
        listing.records.iter().map(|record| JournalEntry::of(record)).collect()
    }

    /// Forgets them; how many those were.
    #[expect(clippy::must_use_candidate, reason = "it does something")]
    pub fn clear(&self) -> usize {
        self.platform.journal().delete(&self.filter)
    }

    /// How many older exchanges the journal had no room for, of all API clients.
    pub fn dropped(&self) -> u64 {
        self.platform.journal().dropped()
    }

    /// The exchanges, once there are so many.
    ///
    /// # Errors
    /// [`TooFew`] when the time is over, or the platform stops, before that.
    pub async fn wait(
        &self,
        count: usize,
        patience: Duration,
    ) -> Result<Vec<JournalEntry>, TooFew> {
        let listing = self.platform.wait_for(count, &self.filter, patience).await?;
        Ok(listing.records.iter().map(|record| JournalEntry::of(record)).collect())
    }

    /// The exchanges as an HTTP Archive 1.2, in JSON.
    pub fn har(&self) -> String {
        let listing = self.platform.journal().list(&self.filter, Window::All);
        har(listing.records.iter().map(|record| &**record)).to_string()
    }
}
