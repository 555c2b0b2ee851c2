//! The ring.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{Answered, Asked, Filter, Outcome, Record, tally::Tally, texts::Texts};
use crate::config::JournalConfig;

/// The last exchanges, oldest first. The oldest go when there are too many or they are too large.
pub(crate) struct Journal {
    capacity: usize,
    max_bytes: usize,
    state: Mutex<State>,
    grown: Notify,
}

#[derive(Default)]
struct State {
    records: VecDeque<Arc<Record>>,
    texts: Texts,
    tally: Tally,
    bytes: usize,
    last_number: u64,
    dropped: u64,
}

/// Which part of the matching exchanges is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// All of them.
    All,
    /// The newest so many.
    Newest(usize),
    /// The oldest so many, so that a reader who follows the cursor misses none.
    Oldest(usize),
}

/// Exchanges of the journal, newest last.
#[derive(Debug)]
pub(crate) struct Listing {
    /// How many older exchanges the journal had no room for.
    pub(crate) dropped: u64,
    /// How many match, the ones outside the window among them.
    pub(crate) matching: usize,
    /// What comes later is listed with `after` this.
    pub(crate) cursor: u64,
    pub(crate) records: Vec<Arc<Record>>,
}

impl Journal {
    pub(crate) fn new(config: &JournalConfig) -> Self {
        Self {
            capacity: config.capacity,
            max_bytes: config.max_bytes,
            state: Mutex::default(),
            grown: Notify::new(),
        }
    }

    /// Keeps an exchange, and forgets the oldest where there is no room for it.
    pub(crate) fn record(&self, asked: Asked, outcome: Outcome, answered: Answered) -> Arc<Record> {
        let mut state = self.state();
        state.last_number += 1;
        let number = state.last_number;
        let record = Record::new(number, asked, outcome, answered, &mut state.texts);
        let record = Arc::new(record);
        state.tally.count(&record);
        state.bytes += record.size();
        state.records.push_back(Arc::clone(&record));
        let mut gone = Vec::new();
        while state.records.len() > self.capacity || state.bytes > self.max_bytes {
            let Some(oldest) = state.records.pop_front() else { break };
            state.bytes -= oldest.size();
            state.dropped += 1;
            gone.push(oldest);
        }
        drop(state);
        self.grown.notify_waiters();
        record
    }

    /// The exchanges that match.
    pub(crate) fn list(&self, filter: &Filter, window: Window) -> Listing {
        let state = self.state();
        let matching = || state.records.iter().filter(|record| filter.takes(record)).cloned();
        let mut records: Vec<_> = matching().collect();
        let count = records.len();
        let mut cursor = state.last_number;
        match window {
            Window::All => {}
            Window::Newest(limit) => drop(records.drain(..count.saturating_sub(limit))),
            Window::Oldest(limit) => {
                records.truncate(limit);
                if let Some(last) = records.last().filter(|_| count > limit) {
                    cursor = last.number;
                }
            }
        }
        Listing { dropped: state.dropped, matching: count, cursor, records }
    }

    /// How many exchanges match.
    pub(crate) fn count(&self, filter: &Filter) -> usize {
        self.state().records.iter().filter(|record| filter.takes(record)).count()
    }

    /// Forgets the exchanges that match; how many those were.
    pub(crate) fn delete(&self, filter: &Filter) -> usize {
        let mut state = self.state();
        let before = state.records.len();
        state.records.retain(|record| !filter.takes(record));
        state.bytes = state.records.iter().map(|record| record.size()).sum();
        before - state.records.len()
    }

    /// How many older exchanges it had no room for.
    pub(crate) fn dropped(&self) -> u64 {
        self.state().dropped
    }

    /// The number of the newest exchange so far.
    pub(crate) fn cursor(&self) -> u64 {
        self.state().last_number
    }

    /// Waits until so many exchanges match.
    pub(crate) async fn until(&self, count: usize, filter: &Filter) {
        loop {
            let grown = self.grown.notified();
            tokio::pin!(grown);
            grown.as_mut().enable(); // Before the count, so that none comes between unnoticed.
            if self.count(filter) >= count {
                return;
            }
            grown.await;
        }
    }

    /// Forgets everything, and begins to count anew. What was counted for the metrics stays.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        let tally = std::mem::take(&mut state.tally);
        *state = State { tally, ..State::default() };
    }

    /// What was counted since the start, in the text format of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let state = self.state();
        state.tally.text(state.records.len(), state.dropped)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
