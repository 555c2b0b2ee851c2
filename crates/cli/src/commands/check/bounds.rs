//! How far a run may go, and how it reaches the target.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use gatepass_conformance::{HttpVersion, Target};
use reqwest::Certificate;

use crate::{
    environment,
    failure::{Failure, chain},
};

/// What a run may do to a target.
#[derive(Debug, Args)]
pub(super) struct Bounds {
    /// Allow checks that make API clients, change and delete them, and revoke tokens
    ///
    /// What they make they delete at the end. A Gatepass mock is there to be changed and needs no
    /// leave. Default: nothing is made, changed, revoked or locked.
    #[arg(
        long,
        env = environment::ALLOW_CHANGES,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    allow_changes: bool,
    /// Send at most this many wrong secrets for the API client; default 3
    ///
    /// The checks that would send more are skipped. With leave for changes they use a client that
    /// is made for it.
    #[arg(long, value_name = "COUNT", env = environment::MAX_WRONG_SECRETS)]
    max_wrong_secrets: Option<u32>,
    /// Send at most this many requests per second; default: no bound
    #[arg(long, value_name = "RATE", env = environment::RATE)]
    rate: Option<f64>,
    /// Speak this version of HTTP; default: what TLS negotiates, HTTP/1.1 without TLS
    ///
    /// Checks of HTTP/1.1 itself speak that.
    #[arg(long, value_enum, value_name = "VERSION", env = environment::HTTP)]
    http: Option<Version>,
    /// Trust only the certificates of the authority in this PEM file
    ///
    /// Default: those that the system trusts.
    #[arg(long, value_name = "FILE", env = environment::TLS_CA_FILE)]
    tls_ca_file: Option<PathBuf>,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Version {
    /// HTTP/1.1
    #[value(name = "1.1")]
    One,
    /// HTTP/2, without TLS by prior knowledge
    #[value(name = "2")]
    Two,
}

impl Bounds {
    /// The text of the file of `--tls-ca-file`.
    pub(super) fn certificate_authority(&self) -> Result<Option<Vec<u8>>, Failure> {
        let read = |path: &PathBuf| {
            let pem = fs::read(path).map_err(|error| {
                Failure::usage(format!("could not read {}: {}", path.display(), chain(&error)))
            })?;
            if Certificate::from_pem_bundle(&pem).is_ok_and(|all| !all.is_empty()) {
                return Ok(pem);
            }
            Err(Failure::usage(format!("there is no PEM certificate in {}", path.display())))
        };
        self.tls_ca_file.as_ref().map(read).transpose()
    }

    pub(super) fn apply(&self, target: Target) -> Result<Target, Failure> {
        let mut target = target.with_changes_allowed(self.allow_changes);
        if let Some(max) = self.max_wrong_secrets {
            target = target.with_max_wrong_secrets(max);
        }
        if let Some(rate) = self.rate {
            target = target.with_rate(rate).map_err(|error| Failure::usage(error.to_string()))?;
        }
        match self.http {
            None => {}
            Some(Version::One) => target = target.with_http_version(HttpVersion::Http1),
            Some(Version::Two) => target = target.with_http_version(HttpVersion::Http2),
        }
        Ok(target)
    }
}
