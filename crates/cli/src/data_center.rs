//! The data center that a command asks, and the API client that it asks as.

use std::io::{self, IsTerminal};

use gatepass_client::{Credentials, DataCenter, DataCenterError, Secret};

use crate::{
    environment::{self, CLIENT_SECRET},
    failure::{Failure, chain},
    output::Output,
};

/// Reads a URL to which a secret will be sent.
pub(crate) fn for_secrets(url: &str, allow_plain_http: bool) -> Result<DataCenter, Failure> {
    let read = if allow_plain_http { DataCenter::allowing_plain_http(url) } else { url.parse() };
    read.map_err(|error| refused(&error))
}

/// Reads a URL to which no secret will be sent.
pub(crate) fn without_secrets(url: &str) -> Result<DataCenter, Failure> {
    DataCenter::allowing_plain_http(url).map_err(|error| refused(&error))
}

/// `client_id` with the secret of the environment; a person before a terminal is asked for it.
pub(crate) fn credentials(client_id: &str, output: Output) -> Result<Credentials, Failure> {
    let secret = match environment::client_secret()? {
        Some(secret) => secret,
        None => ask_for_secret(client_id, output)?,
    };
    Credentials::new(client_id, secret).map_err(|error| Failure::usage(chain(&error)))
}

fn ask_for_secret(client_id: &str, output: Output) -> Result<Secret, Failure> {
    let missing = || {
        Failure::usage("there is no client secret").hint(format!(
            "set {CLIENT_SECRET}; the argument list, which others can read, takes none"
        ))
    };
    if output.is_quiet() || !io::stdin().is_terminal() {
        return Err(missing());
    }
    rpassword::prompt_password(format!("secret of API client {client_id}: "))
        .map(Secret::from)
        .map_err(|_| missing())
}

fn refused(error: &DataCenterError) -> Failure {
    let failure = Failure::usage(chain(error));
    match error {
        DataCenterError::PlainHttp { .. } => failure.hint("`--allow-plain-http` allows it"),
        _ => failure,
    }
}
