//! How a connection is made to end before its time.

use std::{sync::OnceLock, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};

use super::stopping::Stopping;

/// How long a peer that was left alone may stay.
const FINISHED_LIMIT: Duration = Duration::from_mins(1);

/// What becomes of the socket. TLS ends without its `close_notify` each time, as it does when a
/// process dies.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// TCP RST. What the system has not sent by then is lost.
    Reset,
    /// TCP FIN. What the peer still sends is read and ignored, so that no RST follows.
    Finish,
    /// These bytes, then nothing. The connection stays open until the peer closes it or the limit
    /// is over.
    Silence { after: Bytes, limit: Duration },
}

impl Ending {
    /// Does it to the socket, which HTTP and TLS have let go of. A stop of the server cuts it short.
    pub(super) async fn carry_out(&self, mut socket: TcpStream, stopping: &Stopping) {
        match self {
            Self::Reset => {
                // Closing then resets; an error means that the peer was faster.
                let _ = socket.set_zero_linger();
            }
            Self::Finish => {
                let _ = socket.shutdown().await;
                ignore(&mut socket, FINISHED_LIMIT, stopping).await;
            }
            Self::Silence { limit, .. } => ignore(&mut socket, *limit, stopping).await,
        }
    }
}

/// Reads what the peer sends, and does nothing with it, until it closes.
async fn ignore(socket: &mut TcpStream, limit: Duration, stopping: &Stopping) {
    let mut space = [0; 1024];
    let gone = async { while socket.read(&mut space).await.is_ok_and(|read| read > 0) {} };
    tokio::select! {
        () = stopping.told() => {}
        _ = timeout(limit, gone) => {}
    }
}

/// What has been decided on the end of a connection. All requests on it share that: whoever decides
/// first decides for all, which matters with HTTP/2.
pub(super) struct Fate {
    decided: OnceLock<Ending>,
    once_sent: OnceLock<Ending>,
    told: Notify,
    stopping: Stopping,
}

impl Fate {
    pub(super) fn new(stopping: Stopping) -> Self {
        let [decided, once_sent] = [OnceLock::new(), OnceLock::new()];
        Self { decided, once_sent, told: Notify::new(), stopping }
    }

    /// Ends the connection now.
    pub(super) fn decide(&self, ending: Ending) {
        if self.decided.set(ending).is_ok() {
            self.told.notify_one();
        }
    }

    /// Ends the connection as soon as all that was written to it so far is on its way.
    pub(super) fn decide_once_sent(&self, ending: Ending) {
        let _ = self.once_sent.set(ending); // An error: it has been decided already.
    }

    /// Is told by the connection each time that all it had is on its way.
    pub(super) fn sent(&self) {
        if let Some(ending) = self.once_sent.get() {
            self.decide(ending.clone());
        }
    }

    /// How the connection is to end, if that has been decided.
    pub(super) fn ending(&self) -> Option<&Ending> {
        self.decided.get()
    }

    /// Returns once the end has been decided. One task waits for it.
    pub(super) async fn decided(&self) {
        while self.decided.get().is_none() {
            self.told.notified().await;
        }
    }

    pub(super) fn stopping(&self) -> &Stopping {
        &self.stopping
    }
}
