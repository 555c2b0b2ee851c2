//! The mock that `serve` and `run` start.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;
use gatepass_server::{
    CaseError, CaseSummary, Config, ConfigError, DirectoryError, FixtureError, Platform,
    RunningPlatform, StartError, TomlError,
};

use crate::{
    environment,
    failure::{Failure, chain},
    log::Log,
    tls::Trust,
};

/// Where a mock comes from.
#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    /// Read the configuration from this TOML file
    ///
    /// Options and the environment go before it.
    #[arg(long, value_name = "FILE", env = environment::CONFIG, global = true)]
    config: Option<PathBuf>,
    /// Take tenants, API clients, keys, tasks and cases from this folder
    ///
    /// `platform.toml`, `keys/` and `tasks/`; what it lacks is built in. Those of `cases/` come on
    /// top of the built-in ones. Default: all built in.
    #[arg(long, value_name = "DIR", env = environment::FIXTURES, global = true)]
    fixtures: Option<PathBuf>,
}

/// What `serve` and `run` can be told.
#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Play this case for all API clients; may be repeated
    ///
    /// `gatepass cases` names them. Default: those of the configuration, or none.
    #[arg(long = "case", value_name = "NAME", env = environment::CASE, value_delimiter = ',')]
    cases: Vec<String>,
    /// Seed all random numbers
    ///
    /// Default: they differ every time.
    #[arg(long, value_name = "N", env = environment::SEED)]
    seed: Option<u64>,
}

impl SourceArguments {
    /// The file, with these over it.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(file) => Config::from_file(file).map_err(|error| unusable(&error))?,
            None => Config::default(),
        };
        if let Some(fixtures) = &self.fixtures {
            config.fixtures = Some(fixtures.clone());
        }
        Ok(config)
    }
}

impl MockArguments {
    /// The file, with these over it.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let mut config = self.source.config()?;
        if !self.cases.is_empty() {
            config.cases.play.clone_from(&self.cases);
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
pub(crate) fn local_url(mut address: SocketAddr, trust: &Trust) -> String {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    format!("{}://{address}", trust.scheme())
}

/// The cases that a mock with this configuration would have, by name.
pub(crate) fn cases(config: &Config) -> Result<Vec<CaseSummary>, Failure> {
    gatepass_server::cases(config).map_err(|error| wrong(&error))
}

/// There is no such case.
pub(crate) fn unknown_case(name: &str, nearest: &str) -> Failure {
    let failure = Failure::usage(format!("there is no case `{name}`"));
    if nearest.is_empty() {
        return failure.hint("`gatepass cases` lists them");
    }
    failure.hint(format!("did you mean `{nearest}`? `gatepass cases` lists them all"))
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
        StartError::Fixtures(error) => wrong(error),
        _ => Failure::usage(message),
    }
}

fn wrong(error: &FixtureError) -> Failure {
    let failure = Failure::usage(chain(error));
    match error {
        FixtureError::Directory(DirectoryError::Toml(toml))
        | FixtureError::Case(CaseError::Toml(toml)) => with_suggestion(failure, toml),
        FixtureError::UnknownCase(unknown) => unknown_case(&unknown.name, &unknown.nearest),
        _ => failure,
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
            assert_eq!(local_url(address.parse().unwrap(), &Trust::Plain), url);
        }
        let encrypted = local_url("0.0.0.0:1".parse().unwrap(), &Trust::Unknown);
        assert_eq!(encrypted, "https://127.0.0.1:1");
    }
}
