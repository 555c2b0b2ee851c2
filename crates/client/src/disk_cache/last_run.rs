//! The token of the last run of the program.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use gatepass_protocol::EpochSeconds;

use super::Slot;
use crate::{Token, telemetry};

/// What the last run kept, and what this one keeps for the next.
pub(crate) struct LastRun {
    slot: Arc<Slot>,
    /// What is there is used once: if it is refused, there has to be another.
    used: AtomicBool,
}

impl LastRun {
    pub(crate) fn in_slot(slot: Slot) -> Self {
        Self { slot: Arc::new(slot), used: AtomicBool::new(false) }
    }

    /// The token that was kept, the first time.
    pub(crate) async fn read_once(&self, now: EpochSeconds) -> Option<Token> {
        if self.used.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.with_slot(move |slot| slot.read(now)).await.flatten()
    }

    /// Keeps a token for the next run.
    pub(crate) async fn write(&self, token: &Token) {
        let token = token.clone();
        if let Some(Err(error)) = self.with_slot(move |slot| slot.write(&token)).await {
            telemetry::not_kept(&error);
        }
    }

    /// Keeps nothing any more; gives what was kept and not yet used.
    pub(crate) async fn take(&self, now: EpochSeconds) -> Option<Token> {
        let unused = !self.used.swap(true, Ordering::Relaxed);
        let take = move |slot: &Slot| {
            let token = if unused { slot.read(now) } else { None };
            slot.clear();
            token
        };
        self.with_slot(take).await.flatten()
    }

    /// Files and keyrings may keep a thread waiting.
    async fn with_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Slot) -> T + Send + 'static,
    ) -> Option<T> {
        let slot = Arc::clone(&self.slot);
        tokio::task::spawn_blocking(move || work(&slot)).await.ok()
    }
}
