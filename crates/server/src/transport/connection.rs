//! One connection, from its first byte to its end.

use std::{convert::Infallible, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body};
use http::Request;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::stopping::Stopping;
use crate::http::Connection;

/// A request's headers must be there within this time, so that no silent peer holds a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves a connection until its peer or the server ends it.
pub(super) async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    stopping: Stopping,
) {
    let Ok(local) = socket.local_addr() else {
        return; // The peer is gone already.
    };
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = socket.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Connection { peer, local });
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router.oneshot(request).await.unwrap_or_else(|never| match never {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        // The `Date` header is that of the platform's clock.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    // What ends a connection early is the peer's doing, and ours to outlive.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopping.told() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
