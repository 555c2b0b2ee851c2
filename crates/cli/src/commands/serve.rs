//! `gatepass serve`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use gatepass_protocol::{Secret, bearer_token};
use gatepass_server::Config;
use url::Url;

use crate::{
    banner::Banner,
    environment,
    exit::Exit,
    failure::Failure,
    log::{Log, LogFormat, Stream},
    mock::{self, MockArguments},
    output::{Outcome, Output},
    ready_file::ReadyFile,
    runtime,
    signals::StopSignals,
    tls::{TlsArguments, Trust},
};

/// Where and what to serve.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Listen on this address and port
    ///
    /// Default: 127.0.0.1:8484.
    #[arg(long, value_name = "ADDR", env = environment::LISTEN)]
    listen: Option<SocketAddr>,
    /// Listen on this port, whatever the address
    ///
    /// 0 takes a free port. Default: that of `--listen`.
    #[arg(long, value_name = "N", env = environment::PORT)]
    port: Option<u16>,
    #[command(flatten)]
    mock: MockArguments,
    /// Name this data center URL in tokens and discovery
    ///
    /// Default: the one that the caller used.
    #[arg(long, value_name = "URL", env = environment::PUBLIC_URL, value_parser = public_url)]
    public_url: Option<Url>,
    /// Allow an address that other machines can reach
    ///
    /// The control API then needs a key. Default: loopback only.
    #[arg(
        long,
        env = environment::ALLOW_REMOTE,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_name = "BOOL",
        hide_possible_values = true
    )]
    allow_remote: Option<bool>,
    /// Serve the control API on this address instead, over plain HTTP
    ///
    /// Its health alone stays beside the platform. Default: beside the platform.
    #[arg(long, value_name = "ADDR", env = environment::CONTROL_LISTEN)]
    control_listen: Option<SocketAddr>,
    /// Let only callers with this key use the control API
    ///
    /// Better set by the environment: others can read the argument list. Default: no key.
    #[arg(
        long,
        value_name = "KEY",
        env = environment::CONTROL_KEY,
        hide_env_values = true,
        value_parser = |key: &str| Ok::<_, std::convert::Infallible>(Secret::from(key))
    )]
    control_key: Option<Secret>,
    #[command(flatten)]
    tls: TlsArguments,
    /// Write the URL and the credentials to this file once connections are accepted
    ///
    /// JSON, readable by its owner; removed on exit. Default: none.
    #[arg(long, value_name = "FILE", env = environment::READY_FILE)]
    ready_file: Option<PathBuf>,
    /// Log requests to the standard output in this format
    ///
    /// Default: text, or off with `--quiet`.
    #[arg(long, value_enum, value_name = "FORMAT", env = environment::LOG)]
    log: Option<LogFormat>,
}

impl Arguments {
    /// The configuration: an option goes before the environment, that before the file.
    fn config(&self) -> Result<Config, Failure> {
        let mut config = self.mock.config()?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(port) = self.port {
            config.listen.set_port(port);
        }
        if let Some(control_listen) = self.control_listen {
            config.control_listen = Some(control_listen);
        }
        if let Some(public_url) = &self.public_url {
            config.public_url = Some(public_url.clone());
        }
        if let Some(allow_remote) = self.allow_remote {
            config.allow_remote = allow_remote;
        }
        self.tls.apply(&mut config);
        if let Some(key) = &self.control_key {
            config.control_key = Some(key.clone());
        }
        if let Some(key) = &config.control_key {
            check_key(key)?;
        }
        Ok(config)
    }
}

/// Serves until it is told to stop.
pub(crate) fn execute(arguments: Arguments, output: Output) -> Result<Outcome, Failure> {
    let config = arguments.config()?;
    let usual = if output.is_quiet() { LogFormat::Off } else { LogFormat::Text };
    let log = Log::start(arguments.log.unwrap_or(usual), Stream::Stdout)?;
    let runtime = runtime::for_serving()?;
    let served = runtime.block_on(serve(config, arguments.ready_file, log.as_ref(), output));
    drop(runtime); // Ends what is left of connections; what they asked is in the log now.
    if let Some(log) = log {
        log.finish();
    }
    served.map(|()| Outcome::silent(Exit::Good))
}

async fn serve(
    config: Config,
    ready_file: Option<PathBuf>,
    log: Option<&Log>,
    output: Output,
) -> Result<(), Failure> {
    let mut signals = StopSignals::catch()?; // Before anyone can know that there is one to stop.
    let lifetime_s = config.token.lifetime_s;
    let has_public_url = config.public_url.is_some();
    let own_control = config.control_listen.is_some();
    let has_control_key = config.control_key.is_some();
    let cases = config.cases.play.clone();
    let trust = Trust::of(&config);
    let platform = mock::start(config, log).await?;
    let local_url = mock::local_url(platform.address(), &trust);
    let control_url = if own_control { platform.control_url() } else { local_url.clone() };
    let url = if has_public_url { platform.url() } else { local_url };
    let client = platform.default_client();
    let ready_file =
        ready_file.map(|path| ReadyFile::write(path, &url, &control_url, &client)).transpose()?;
    let banner = Banner { url, control_url, client, lifetime_s, has_control_key, cases, trust };
    output.talk(&banner.text());

    signals.next().await;
    drop(ready_file); // From now on no connection is accepted.
    tokio::select! {
        () = platform.stop() => {}
        _ = signals.next() => output.talk("stopped without waiting for running requests"),
    }
    Ok(())
}

/// A key that no header can carry would keep everyone out.
fn check_key(key: &Secret) -> Result<(), Failure> {
    let key = key.reveal(); // Looked at, and not passed on.
    if key.is_empty() {
        return Err(Failure::usage("the control key is empty")
            .hint(format!("unset {} for none", environment::CONTROL_KEY)));
    }
    if bearer_token(&format!("Bearer {key}")) != Ok(key) {
        return Err(Failure::usage("the control key can't be sent as a Bearer token")
            .hint("use letters, digits and `-._~+/` alone"));
    }
    Ok(())
}

fn public_url(text: &str) -> Result<Url, &'static str> {
    let url: Url = text.parse().map_err(|_| "it is no URL, such as `http://gatepass:8484`")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins with neither `http://` nor `https://`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it has a query or a fragment; give the data center URL alone");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has credentials; give the data center URL alone");
    }
    Ok(url)
}
