//! The mock that `serve` and `run` start.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;
use gatepass_server::{
    Config, ConfigError, DirectoryError, FixtureError, Platform, RunningPlatform, StartError,
    TomlError,
};

use crate::{
    environment,
    failure::{Failure, chain},
    log::Log,
};

/// What both can be told.
#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// Read the configuration from this TOML file
    ///
    /// Options and the environment go before it.
    #[arg(long, value_name = "FILE", env = environment::CONFIG)]
    config: Option<PathBuf>,
    /// Take tenants, API clients, keys and tasks from this folder
    ///
    /// `platform.toml`, `keys/` and `tasks/`; what it lacks is built in. Default: all built in.
    #[arg(long, value_name = "DIR", env = environment::FIXTURES)]
    fixtures: Option<PathBuf>,
    /// Seed all random numbers
    ///
    /// Default: they differ every time.
    #[arg(long, value_name = "N", env = environment::SEED)]
    seed: Option<u64>,
}

impl MockArguments {
    /// The file, with these over it.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(file) => Config::from_file(file).map_err(|error| unusable(&error))?,
            None => Config::default(),
        };
        if let Some(fixtures) = &self.fixtures {
            config.fixtures = Some(fixtures.clone());
        }
        if let Some(seed) = self.seed {
            config.seed = Some(seed);
        }
        Ok(config)
    }
}

/// Starts a mock that tells `log` of its exchanges.
pub(crate) async fn start(config: Config, log: Option<&Log>) -> Result<RunningPlatform, Failure> {
    let mut builder = Platform::builder().config(config);
    if let Some(log) = log {
        builder = builder.observer(log.observer());
    }
    builder.start().await.map_err(|error| did_not_start(&error))
}

/// The URL at which this machine reaches `address`: one that stands for all addresses is no goal.
pub(crate) fn local_url(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    format!("http://{address}")
}

fn unusable(error: &ConfigError) -> Failure {
    let failure = Failure::usage(chain(error));
    match error {
        ConfigError::Toml(toml) => with_suggestion(failure, toml),
        ConfigError::Unreadable { .. } => failure,
    }
}

fn did_not_start(error: &StartError) -> Failure {
    let message = chain(error);
    match error {
        StartError::Listen { source, .. } => {
            let failure = Failure::unreachable(message);
            match source.kind() {
                std::io::ErrorKind::AddrInUse => failure.hint("`--port 0` takes a free port"),
                std::io::ErrorKind::PermissionDenied => {
                    failure.hint("ports below 1024 are for the administrator; `--port 8484` is not")
                }
                _ => failure,
            }
        }
        StartError::NotLoopback(_) => Failure::usage(message).hint(
            "other machines could sign in; `--allow-remote` allows it, and needs a control key",
        ),
        StartError::NoControlKey(_) => Failure::usage(message).hint(format!(
            "set {} to a secret of your choice; the control API then asks for it",
            environment::CONTROL_KEY
        )),
        StartError::Fixtures(FixtureError::Directory(DirectoryError::Toml(toml))) => {
            with_suggestion(Failure::usage(message), toml)
        }
        _ => Failure::usage(message),
    }
}

fn with_suggestion(failure: Failure, toml: &TomlError) -> Failure {
    match toml.suggestion() {
        Some(suggestion) => failure.hint(format!("did you mean `{suggestion}`?")),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_reached_at_loopback() {
        for (address, url) in [
            ("127.0.0.1:8484", "http://127.0.0.1:8484"),
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("192.0.2.1:80", "http://192.0.2.1:80"),
        ] {
            assert_eq!(local_url(address.parse().unwrap()), url);
        }
    }
}
