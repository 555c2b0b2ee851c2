//! Accepting connections until the server stops.

use std::time::Duration;

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet, time::timeout};
use tokio_rustls::TlsAcceptor;

use super::{connection::connection, hearing::Ear, pause, stopping::Serving};

/// How long a stop waits for requests that are being answered.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failed accept (too many open files, say): the next one would fail at once, too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Accepts connections until told to stop. Ending early, it ends its connections with it.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    ear: Ear,
    mut stopped: oneshot::Receiver<()>,
) {
    let (serving, stopping) = Serving::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    let (tls, router) = (tls.clone(), router.clone());
                    let stopping = stopping.clone();
                    connections.spawn(connection(socket, peer, tls, router, ear(), stopping));
                }
                Err(_) => pause(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    serving.stop();
    let drained = async { while connections.join_next().await.is_some() {} };
    // Past the time the connections are cut off, as the set that holds them is dropped.
    let _ = timeout(DRAIN_TIMEOUT, drained).await;
}
