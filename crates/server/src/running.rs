//! Starting a platform, and stopping it.

use std::{io, net::SocketAddr, sync::Arc};

use ::http::uri::Scheme;
use axum::Router;
use gatepass_protocol::ClientId;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::{
    cases::{CaseSummary, UnknownCase},
    clock::Clock,
    config::Config,
    exchange::{Exchange, Observer},
    fixtures::{FixtureClient, FixtureError},
    http,
    platform::Platform,
    tokens::KeyError,
    transport::{self, Ear, Tls, TlsError},
};

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
    /// HTTPS can't be served as it is configured.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    scheme: Scheme,
    ca_pem: Option<String>,
    main: Listening,
    /// Where the control API has a listener of its own.
    control: Option<Listening>,
}

/// A listener at work. It stops when this is dropped.
struct Listening {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Listening {
    fn on(
        listener: TcpListener,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        router: Router,
        platform: Platform,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let ear: Ear = Arc::new(move || platform.cases().hearing());
        let serving = tokio::spawn(transport::serve(listener, tls, router, ear, stopped));
        Self { address, stop: Some(stop), serving }
    }

    async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that the serving task is gone: then there is nothing to stop.
            let _ = stop.send(());
        }
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.serving.abort();
    }
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
        check_reach(&self.config)?;
        let platform = Platform::new(self.config, self.clock, self.observer)?;
        let config = platform.config();
        let (listener, address) = bind(config.listen).await?;
        let control = match config.control_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let tls = match &config.tls {
            Some(tls) => Some(Tls::new(tls, address.ip(), config.public_url.as_ref())?),
            None => None,
        };
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let scheme = if acceptor.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        let router = http::router(platform.clone());
        let main = Listening::on(listener, address, acceptor, router, platform.clone());
        let control = control.map(|(listener, address)| {
            let router = http::control_router(platform.clone());
            Listening::on(listener, address, None, router, platform.clone())
        });
        Ok(RunningPlatform { platform, scheme, ca_pem: ca_pem.flatten(), main, control })
    }
}

/// Whether the addresses may be reached by those who can reach them.
fn check_reach(config: &Config) -> Result<(), StartError> {
    let control = config.control_listen.unwrap_or(config.listen);
    let mut remote = [config.listen, control].into_iter().filter(|it| !it.ip().is_loopback());
    if let Some(address) = remote.next().filter(|_| !config.allow_remote) {
        return Err(StartError::NotLoopback(address));
    }
    if !control.ip().is_loopback() && config.control_key.is_none() {
        return Err(StartError::NoControlKey(control));
    }
    Ok(())
}

/// Listens, and says where: the port may have been left to the system.
async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

impl RunningPlatform {
    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The data center URL, without a trailing slash: the public one where it is configured.
    pub fn url(&self) -> String {
        match &self.platform.config().public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("{}://{}", self.scheme, self.main.address),
        }
    }

    /// The address that is listened on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.main.address
    }

    /// Where the control API is, without a trailing slash and without its `/_gatepass`.
    pub fn control_url(&self) -> String {
        match &self.control {
            Some(control) => format!("http://{}", control.address),
            None => format!("{}://{}", self.scheme, self.main.address),
        }
    }

    /// The certificate, in PEM, of the CA that vouches for the server: where HTTPS is served with a
    /// certificate that was made at start. A client has to trust it.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The first API client of the fixtures.
    pub fn default_client(&self) -> FixtureClient {
        FixtureClient::of(self.platform.directory().default_client())
    }

    /// All cases, by name.
    pub fn cases(&self) -> Vec<CaseSummary> {
        self.platform.cases().catalogue().summaries().collect()
    }

    /// Plays these cases for all API clients, and no others. Counting starts anew.
    ///
    /// # Errors
    /// [`UnknownCase`] names the nearest that exists.
    pub fn play(&self, names: &[&str]) -> Result<(), UnknownCase> {
        self.platform.cases().play_for_all(&owned(names))
    }

    /// Plays these cases for one API client, and no others. Counting starts anew.
    ///
    /// # Errors
    /// [`UnknownCase`] names the nearest that exists.
    pub fn play_for(&self, client: ClientId, names: &[&str]) -> Result<(), UnknownCase> {
        self.platform.cases().play_for(client, &owned(names))
    }

    /// The platform's time, to be moved at will.
    pub fn clock(&self) -> &Clock {
        self.platform.clocks().platform()
    }

    /// Has new keys sign from now on. The old ones stay in the JWKS, and verify, for `grace_s`
    /// seconds of the platform's clock.
    ///
    /// # Errors
    /// [`KeyError`] when a folder of fixtures holds next keys that can't be used.
    pub fn rotate_keys(&self, grace_s: u32) -> Result<(), KeyError> {
        self.platform.rotate_keys(self.clock().now(), grace_s)
    }

    /// Accepts no more connections and waits until running requests are answered, at most five
    /// seconds.
    pub async fn stop(self) {
        self.platform.live().stop();
        self.main.stop().await;
        if let Some(control) = self.control {
            control.stop().await;
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
