//! Telling all connections that the server stops.

use tokio::sync::watch;

/// Held by the server: dropping it tells all connections to end.
pub(super) struct Serving(watch::Sender<()>);

/// Held by each connection.
#[derive(Clone)]
pub(super) struct Stopping(watch::Receiver<()>);

impl Serving {
    pub(super) fn new() -> (Self, Stopping) {
        let (serving, stopping) = watch::channel(());
        (Self(serving), Stopping(stopping))
    }

    pub(super) fn stop(self) {
        drop(self.0);
    }
}

impl Stopping {
    /// Returns once the server stops.
    pub(super) async fn told(&self) {
        let mut told = self.0.clone();
        while told.changed().await.is_ok() {}
    }
}
