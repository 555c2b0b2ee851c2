//! One connection, from its first byte to its end.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    time::Duration,
};

use axum::{Router, body::Body, response::Response};
use http::{Request, uri::Scheme};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::{
    line::Line,
    opening::{Opening, Version},
    stopping::Stopping,
};
use crate::http::Connection;

/// The TLS handshake must be over within this time.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A request's headers must be there within this time, so that no silent peer holds a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// An HTTP/2 connection has no headers to wait for: its peer is asked for a sign of life instead,
/// and must give it within this time.
const PONG_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves a connection until its peer or the server ends it. What ends it early is the peer's
/// doing, and ours to outlive.
pub(super) async fn connection(
    mut socket: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    stopping: Stopping,
) {
    let Ok(local) = socket.local_addr() else {
        return; // The peer is gone already.
    };
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = socket.set_nodelay(true);
    let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
    let service = Service { router, connection: Connection { peer, local, scheme } };
    let Some(tls) = tls else {
        return converse(&mut socket, service, &stopping).await;
    };
    let handshake = timeout(HANDSHAKE_TIMEOUT, tls.accept(&mut socket));
    let stream = tokio::select! {
        () = stopping.told() => return,
        stream = handshake => stream,
    };
    if let Ok(Ok(mut stream)) = stream {
        converse(&mut stream, service, &stopping).await;
    }
}

/// What answers the requests of a connection.
#[derive(Clone)]
struct Service {
    router: Router,
    connection: Connection,
}

impl Service {
    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.connection);
        self.router.oneshot(request).await
    }
}

/// Speaks HTTP, in the version that the peer begins with.
async fn converse<S>(stream: &mut S, service: Service, stopping: &Stopping)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let opening = tokio::select! {
        () = stopping.told() => return,
        opening = timeout(HEADER_TIMEOUT, Opening::read(stream)) => opening,
    };
    let Ok(Ok(Some(opening))) = opening else {
        return; // Nobody there.
    };
    let version = opening.version();
    let line = TokioIo::new(Line::new(stream, opening));
    let service = hyper::service::service_fn(move |request| service.clone().answer(request));
    match version {
        Version::One => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                // The `Date` header is that of the platform's clock.
                .auto_date_header(false)
                .serve_connection(line, service);
            wind_down(connection, http1::Connection::graceful_shutdown, stopping).await;
        }
        Version::Two => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(HEADER_TIMEOUT)
                .keep_alive_timeout(PONG_TIMEOUT)
                .auto_date_header(false)
                .serve_connection(line, service);
            wind_down(connection, http2::Connection::graceful_shutdown, stopping).await;
        }
    }
}

/// Serves until the connection ends; a stop lets it answer what it was asked, and no more.
async fn wind_down<C: Future>(connection: C, shut_down: fn(Pin<&mut C>), stopping: &Stopping) {
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopping.told() => {
            shut_down(connection.as_mut());
            connection.await;
        }
    }
}
