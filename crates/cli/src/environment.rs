//! The names of all environment variables, and the secrets that are read only from there.

use gatepass_client::Secret;

use crate::failure::Failure;

// What `run` exports, and `token`, `check`, `health` and `decode` read.
pub(crate) const DATACENTER_URL: &str = "DATACENTER_URL";
pub(crate) const CLIENT_ID: &str = "CLIENT_ID";
pub(crate) const CLIENT_SECRET: &str = "CLIENT_SECRET";

// One for each option that has a value, and for the two switches that suit a container.
pub(crate) const ALLOW_PLAIN_HTTP: &str = "GATEPASS_ALLOW_PLAIN_HTTP";
pub(crate) const ALLOW_REMOTE: &str = "GATEPASS_ALLOW_REMOTE";
pub(crate) const ALSO: &str = "GATEPASS_ALSO";
pub(crate) const BASELINE: &str = "GATEPASS_BASELINE";
pub(crate) const CASE: &str = "GATEPASS_CASE";
pub(crate) const CONFIG: &str = "GATEPASS_CONFIG";
pub(crate) const CONTROL_LISTEN: &str = "GATEPASS_CONTROL_LISTEN";
pub(crate) const CONTROL_KEY: &str = "GATEPASS_CONTROL_KEY";
pub(crate) const FIXTURES: &str = "GATEPASS_FIXTURES";
pub(crate) const FOREIGN_CLIENT_ID: &str = "GATEPASS_FOREIGN_CLIENT_ID";
pub(crate) const FORMAT: &str = "GATEPASS_FORMAT";
pub(crate) const LISTEN: &str = "GATEPASS_LISTEN";
pub(crate) const LOG: &str = "GATEPASS_LOG";
pub(crate) const ONLY: &str = "GATEPASS_ONLY";
pub(crate) const OUTPUT: &str = "GATEPASS_OUTPUT";
pub(crate) const PORT: &str = "GATEPASS_PORT";
pub(crate) const PUBLIC_URL: &str = "GATEPASS_PUBLIC_URL";
pub(crate) const QUIET: &str = "GATEPASS_QUIET";
pub(crate) const READY_FILE: &str = "GATEPASS_READY_FILE";
pub(crate) const SCOPE: &str = "GATEPASS_SCOPE";
pub(crate) const SEED: &str = "GATEPASS_SEED";
pub(crate) const TLS: &str = "GATEPASS_TLS";
pub(crate) const TLS_CA_FILE: &str = "GATEPASS_TLS_CA_FILE";
pub(crate) const TLS_CERT: &str = "GATEPASS_TLS_CERT";
pub(crate) const TLS_KEY: &str = "GATEPASS_TLS_KEY";
pub(crate) const WAIT: &str = "GATEPASS_WAIT";

/// The value of `CLIENT_SECRET`, where there is one.
pub(crate) fn client_secret() -> Result<Option<Secret>, Failure> {
    secret(CLIENT_SECRET)
}

/// The value of `GATEPASS_CONTROL_KEY`, where there is one.
pub(crate) fn control_key() -> Result<Option<Secret>, Failure> {
    secret(CONTROL_KEY)
}

fn secret(name: &str) -> Result<Option<Secret>, Failure> {
    match std::env::var_os(name).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => match value.into_string() {
            Ok(secret) => Ok(Some(Secret::from(secret))),
            Err(_) => Err(Failure::usage(format!("{name} is not valid UTF-8"))),
        },
    }
}
