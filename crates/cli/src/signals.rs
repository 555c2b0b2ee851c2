//! The signals that ask this program to stop.

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind};

use crate::failure::{Failure, chain};

/// SIGINT and SIGTERM, caught from the moment this is made.
pub(crate) struct StopSignals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl StopSignals {
    /// Catches them from now on.
    pub(crate) fn catch() -> Result<Self, Failure> {
        let catch = |kind| {
            unix::signal(kind).map_err(|error| {
                Failure::unreachable(format!("could not catch signals: {}", chain(&error)))
            })
        };
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
        })
    }

    /// The next of them.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}
