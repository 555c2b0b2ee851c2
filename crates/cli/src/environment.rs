//! The names of all environment variables, and the secrets that are read only from there.

use gatepass_client::Secret;

use crate::failure::Failure;

// What `run` exports, and `token`, `check`, `health` and `decode` read.
pub(crate) const DATACENTER_URL: &str = "DATACENTER_URL";
pub(crate) const CLIENT_ID: &str = "CLIENT_ID";
pub(crate) const CLIENT_SECRET: &str = "CLIENT_SECRET";

// One for each option that has a value, and for the two switches that suit a container.
pub(crate) const ALLOW_CHANGES: &str = "GATEPASS_ALLOW_CHANGES";
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
pub(crate) const HTTP: &str = "GATEPASS_HTTP";
pub(crate) const LISTEN: &str = "GATEPASS_LISTEN";
pub(crate) const LOG: &str = "GATEPASS_LOG";
pub(crate) const MAX_WRONG_SECRETS: &str = "GATEPASS_MAX_WRONG_SECRETS";
pub(crate) const ONLY: &str = "GATEPASS_ONLY";
pub(crate) const OUTPUT: &str = "GATEPASS_OUTPUT";
pub(crate) const PORT: &str = "GATEPASS_PORT";
pub(crate) const PUBLIC_URL: &str = "GATEPASS_PUBLIC_URL";
pub(crate) const QUIET: &str = "GATEPASS_QUIET";
pub(crate) const RATE: &str = "GATEPASS_RATE";
pub(crate) const READY_FILE: &str = "GATEPASS_READY_FILE";
pub(crate) const SCOPE: &str = "GATEPASS_SCOPE";
pub(crate) const SEED: &str = "GATEPASS_SEED";
pub(crate) const TLS: &str = "GATEPASS_TLS";
pub(crate) const TLS_CA_FILE: &str = "GATEPASS_TLS_CA_FILE";
pub(crate) const TLS_CERT: &str = "GATEPASS_TLS_CERT";
pub(crate) const TLS_KEY: &str = "GATEPASS_TLS_KEY";
pub(crate) const WAIT: &str = "GATEPASS_WAIT";

// What `check` may be lent beside the caller's own client: two variables each, and both or none.
pub(crate) const DISABLED_CLIENT: Pair = ("DISABLED_CLIENT_ID", "DISABLED_CLIENT_SECRET");
pub(crate) const POST_CLIENT: Pair = ("POST_CLIENT_ID", "POST_CLIENT_SECRET");
pub(crate) const INTROSPECTOR_CLIENT: Pair =
    ("INTROSPECTOR_CLIENT_ID", "INTROSPECTOR_CLIENT_SECRET");
pub(crate) const READER_CLIENT: Pair = ("READER_CLIENT_ID", "READER_CLIENT_SECRET");
pub(crate) const USER: Pair = ("USER_LOGIN", "USER_PASSWORD");
pub(crate) const TWO_FACTOR_USER: Pair = ("TWO_FACTOR_USER_LOGIN", "TWO_FACTOR_USER_PASSWORD");

/// The names of the variables of an ID or a login, and of its secret.
pub(crate) type Pair = (&'static str, &'static str);

/// Both values of a pair, where it is set.
pub(crate) fn pair((name, secret_name): Pair) -> Result<Option<(String, String)>, Failure> {
    let of = |name| Ok::<_, Failure>(secret(name)?.map(|value| value.reveal().to_owned()));
    match (of(name)?, of(secret_name)?) {
        (Some(name), Some(secret)) => Ok(Some((name, secret))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::usage(format!("{name} is set, and {secret_name} is not"))),
        (None, Some(_)) => Err(Failure::usage(format!("{secret_name} is set, and {name} is not"))),
    }
}

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
