//! What watches over a platform: its journal, its events, and what it was at the start.

use std::time::Instant;

use crate::{
    config::Config,
    directory::Directory,
    journal::Journal,
    live::{Event, Live},
    platform::Platform,
    stopwatch,
};

/// See the module.
pub(crate) struct Oversight {
    pub(crate) journal: Journal,
    pub(crate) live: Live,
    begun: Instant,
    /// Who existed at the start.
    fixtures: Directory,
}

impl Oversight {
    pub(crate) fn new(config: &Config, fixtures: &Directory) -> Self {
        Self {
            journal: Journal::new(&config.journal),
            live: Live::default(),
            begun: stopwatch::start(),
            fixtures: fixtures.clone(),
        }
    }
}

impl Platform {
    pub(crate) fn journal(&self) -> &Journal {
        &self.oversight().journal
    }

    pub(crate) fn live(&self) -> &Live {
        &self.oversight().live
    }

    /// Whole seconds since the start, as the system measures them.
    pub(crate) fn uptime_s(&self) -> u64 {
        self.oversight().begun.elapsed().as_secs()
    }

    /// Counts since the start, in the text format of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let uptime = "gatepass_uptime_seconds";
        format!(
            "{}# HELP {uptime} Seconds since the start.\n# TYPE {uptime} gauge\n{uptime} {}\n",
            self.journal().metrics(),
            self.uptime_s()
        )
    }

    /// Back to the fixtures: API clients, clocks, cases, tokens, keys, journal, and the random numbers of the seed.
    pub(crate) fn reset(&self) {
        let fixtures = self.oversight().fixtures.clone();
        for client in fixtures.clients() {
            client.forget_access();
        }
        *self.directory_mut() = fixtures;
        self.clocks().reset();
        self.cases().stop();
        self.reset_tokens();
        self.entropy().restart(self.config().seed);
        self.journal().reset();
        self.live().tell(Event::Reset);
    }
}
