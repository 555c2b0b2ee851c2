//! One connection, from its first byte to its end.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
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
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::{
    ending::{Ending, Fate},
    fault::FaultSwitch,
    hearing::Hearing,
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
    hearing: Option<Hearing>,
    stopping: Stopping,
) {
    let Ok(local) = socket.local_addr() else {
        return; // The peer is gone already.
    };
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = socket.set_nodelay(true);
    let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
    let fate = Arc::new(Fate::new(stopping.clone()));
    let service = Service { router, peer, local, scheme, fate: Arc::clone(&fate) };
    match tls {
        None => converse(&mut socket, service, hearing).await,
        Some(tls) => {
            let handshake = timeout(HANDSHAKE_TIMEOUT, tls.accept(&mut socket));
            let stream = tokio::select! {
                () = stopping.told() => return,
                stream = handshake => stream,
            };
            let Ok(Ok(mut stream)) = stream else {
                return;
            };
            converse(&mut stream, service, hearing).await;
        }
    }
    if let Some(ending) = fate.ending() {
        ending.carry_out(socket, &stopping).await;
    }
}

/// What answers the requests of a connection.
#[derive(Clone)]
struct Service {
    router: Router,
    peer: SocketAddr,
    local: SocketAddr,
    scheme: Scheme,
    fate: Arc<Fate>,
}

impl Service {
    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let Self { router, peer, local, scheme, fate } = self;
        let version = request.version();
        let faults = Arc::new(FaultSwitch::new(fate));
        let mut request = request.map(Body::new);
        let connection = Connection { peer, local, scheme, faults: Arc::clone(&faults) };
        request.extensions_mut().insert(connection);
        let answer = router.oneshot(request).await?;
        Ok(faults.play(answer, version).await)
    }
}

/// Speaks HTTP, in the version that the peer begins with.
async fn converse<S>(stream: &mut S, service: Service, hearing: Option<Hearing>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let fate = Arc::clone(&service.fate);
    let opening = tokio::select! {
        () = fate.stopping().told() => return,
        opening = timeout(HEADER_TIMEOUT, Opening::read(stream)) => opening,
    };
    let Ok(Ok(Some(opening))) = opening else {
        return; // Nobody there.
    };
    let version = opening.version();
    let line = TokioIo::new(Line::new(&mut *stream, opening, &fate, hearing));
    let service = hyper::service::service_fn(move |request| service.clone().answer(request));
    match version {
        Version::One => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                // The `Date` header is that of the platform's clock.
                .auto_date_header(false)
                .serve_connection(line, service);
            wind_down(connection, http1::Connection::graceful_shutdown, &fate).await;
        }
        Version::Two => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(HEADER_TIMEOUT)
                .keep_alive_timeout(PONG_TIMEOUT)
                .auto_date_header(false)
                .serve_connection(line, service);
            wind_down(connection, http2::Connection::graceful_shutdown, &fate).await;
        }
    }
    if let Some(Ending::Silence { after, limit }) = fate.ending() {
        let last_words = async { stream.write_all(after).await.and(stream.flush().await) };
        let _ = timeout(*limit, last_words).await;
    }
}

/// Serves until the connection ends by itself or by a fault; a stop lets it answer what it was asked,
/// and no more.
async fn wind_down<C: Future>(connection: C, shut_down: fn(Pin<&mut C>), fate: &Fate) {
    let mut connection = pin!(connection);
    tokio::select! {
        () = fate.decided() => return,
        _ = connection.as_mut() => return,
        () = fate.stopping().told() => shut_down(connection.as_mut()),
    }
    tokio::select! {
        () = fate.decided() => {}
        _ = connection => {}
    }
}
