//! Serving a platform over HTTP, and stopping it.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use ::http::Request;
use axum::{Router, body::Body};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tower::ServiceExt;

use crate::{
    clock::Clock,
    config::Config,
    exchange::{Exchange, Observer},
    fixtures::{FixtureClient, FixtureError},
    http::{self, Connection},
    platform::Platform,
};

/// A request's headers must be there within this time, so that no silent peer holds a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a stop waits for requests that are being answered.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failed accept (too many open files, say): the next one would fail at once, too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Why a platform does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address can't be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address can be reached from other machines, and that was not asked for.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The control API would be open to other machines.
    #[error("{0} is not a loopback address, and there is no control key")]
    NoControlKey(SocketAddr),
    /// The fixtures are wrong.
    #[error(transparent)]
    Fixtures(#[from] FixtureError),
}

/// Configures a platform before it starts.
#[derive(Default)]
#[must_use]
pub struct PlatformBuilder {
    config: Config,
    clock: Clock,
    observer: Option<Observer>,
}

/// A platform that is serving. It stops when this is dropped; [`stop`](Self::stop) lets running
/// requests end first.
pub struct RunningPlatform {
    platform: Platform,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Platform {
    /// Starts a platform with the built-in fixtures on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`StartError::Listen`] when there is no port to be had.
    pub async fn start() -> Result<RunningPlatform, StartError> {
        Self::builder().start().await
    }

    /// A platform of your making, by default like that of [`Platform::start`].
    pub fn builder() -> PlatformBuilder {
        let mut builder = PlatformBuilder::default();
        builder.config.listen.set_port(0);
        builder
    }
}

impl PlatformBuilder {
    /// Replaces the whole configuration, the address to listen on with it.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Takes the time from this clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Has `observer` told of each exchange, once it is over. It must not block.
    pub fn observer(mut self, observer: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Starts to serve; when it returns, connections are accepted.
    ///
    /// # Errors
    /// [`StartError`] says what stands in the way.
    pub async fn start(self) -> Result<RunningPlatform, StartError> {
        let address = self.config.listen;
        if !address.ip().is_loopback() {
            if !self.config.allow_remote {
                return Err(StartError::NotLoopback(address));
            }
            if self.config.control_key.is_none() {
                return Err(StartError::NoControlKey(address));
            }
        }
        let platform = Platform::new(self.config, self.clock, self.observer)?;
        let listen_error = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let (stop, stopped) = oneshot::channel();
        let router = http::router(platform.clone());
        let serving = tokio::spawn(serve(listener, router, stopped));
        Ok(RunningPlatform { platform, address, stop: Some(stop), serving })
    }
}

impl RunningPlatform {
    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The data center URL, without a trailing slash: the public one where it is configured.
    pub fn url(&self) -> String {
        match &self.platform.config().public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.address),
        }
    }

    /// The address that is listened on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first API client of the fixtures.
    pub fn default_client(&self) -> FixtureClient {
        FixtureClient::of(self.platform.directory().default_client())
    }

    /// The platform's time, to be moved at will.
    pub fn clock(&self) -> &Clock {
        self.platform.clocks().platform()
    }

    /// Accepts no more connections and waits until running requests are answered, at most five
    /// seconds.
    pub async fn stop(mut self) {
        self.platform.live().stop();
        if let Some(stop) = self.stop.take() {
            // An error means that the serving task is gone: then there is nothing to stop.
            let _ = stop.send(());
        }
        let _ = (&mut self.serving).await;
    }
}

impl Drop for RunningPlatform {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Accepts connections until told to stop. Ending early, it ends its connections with it.
async fn serve(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, router.clone(), graceful.watcher()));
                }
                Err(_) => pause().await,
            },
        }
    }
    drop(listener);
    // Past the time the connections are cut off, as the set that holds them is dropped.
    let _ = timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    let Ok(local) = stream.local_addr() else {
        return; // The peer is gone already.
    };
    // Answers are small and whole: waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
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
        .serve_connection(TokioIo::new(stream), service);
    // What ends a connection early is the peer's doing, and ours to outlive.
    let _ = watcher.watch(connection).await;
}

#[expect(clippy::disallowed_methods, reason = "waits for the system, which no clock of ours moves")]
async fn pause() {
    tokio::time::sleep(ACCEPT_PAUSE).await;
}
