//! `gatepass token`.

use std::{pin::Pin, sync::Arc, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};
use gatepass_client::{
    BuildError, Clock, Credentials, DataCenter, DiskCache, Error, KeySet, SystemClock, Timer,
    Token, TokenSource, TokioTimer,
};
use serde_json::Value;

use super::decode;
use crate::{
    data_center, environment,
    failure::{Failure, chain, outer_and_root},
    output::{Outcome, Output},
    runtime,
};

/// Whose token, and how to show it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Arguments {
    /// Ask the data center at this URL
    #[arg(long, value_name = "URL", env = environment::DATACENTER_URL)]
    url: String,
    /// Ask as the API client with this ID
    #[arg(long, value_name = "ID", env = environment::CLIENT_ID)]
    client_id: String,
    /// Ask for this scope
    ///
    /// Words with spaces between. Default: none.
    #[arg(long, value_name = "SCOPE", env = environment::SCOPE)]
    scope: Option<String>,
    /// Show the access token in plain words and verify it
    #[arg(long)]
    decode: bool,
    /// Print the answer as it came and `expires_in_s`; with `--decode` as `decode --json`
    #[arg(long)]
    json: bool,
    /// Keep the token for the next run, and use that of the last while it is good
    ///
    /// It is kept in the user's cache folder, for this URL, client ID, secret and scope alone, in a
    /// file that only its owner can read; encrypted where the system has a keyring.
    #[arg(long)]
    cache: bool,
    /// Allow plain HTTP to another machine, which shows the secret to the network between
    #[arg(
        long,
        env = environment::ALLOW_PLAIN_HTTP,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    allow_plain_http: bool,
}

/// Gets a token.
pub(crate) fn execute(arguments: &Arguments, output: Output) -> Result<Outcome, Failure> {
    let data_center = data_center::for_secrets(&arguments.url, arguments.allow_plain_http)?;
    let credentials = data_center::credentials(&arguments.client_id, output)?;
    let source = source(&data_center, credentials, arguments, output)?;
    let (token, keys) = runtime::for_asking()?.block_on(async {
        let token = source.token().await.map_err(|error| no_token(&error))?;
        let keys = if arguments.decode { Some(keys(&source).await?) } else { None };
        Ok::<_, Failure>((token, keys))
    })?;
    match keys {
        Some(keys) => {
            // The person asked to see what is in it.
            let text = token.access_token().reveal();
            decode::show(text, Some((&data_center, &keys)), arguments.json)
        }
        None if arguments.json => Ok(Outcome::good(json(&token))),
        // The access token is what was asked for.
        None => Ok(Outcome::good(format!("{}\n", token.access_token().reveal()))),
    }
}

/// What failed, and the exit code for it.
pub(super) fn failure(error: &Error) -> Failure {
    match error {
        Error::Unreachable { .. } => Failure::unreachable(outer_and_root(error)),
        Error::Interrupted | Error::OutOfTime { .. } => Failure::unreachable(chain(error)),
        Error::Unbuildable { .. } => Failure::usage(outer_and_root(error)),
        Error::CutShort { .. } => Failure::failed(outer_and_root(error)),
        _ => Failure::failed(chain(error)),
    }
}

fn source(
    data_center: &DataCenter,
    credentials: Credentials,
    arguments: &Arguments,
    output: Output,
) -> Result<TokenSource, Failure> {
    let mut builder = TokenSource::builder(data_center.clone(), credentials)
        .timer(Arc::new(ToldTimer { output }));
    if let Some(scope) = &arguments.scope {
        builder = builder.scope(scope);
    }
    if arguments.cache {
        builder = builder.disk_cache(cache(output)?);
    }
    builder.build().map_err(|error| match error {
        BuildError::Scope(_) => Failure::usage(chain(&error)),
        _ => Failure::unreachable(outer_and_root(&error)),
    })
}

/// The folder `gatepass` among the user's caches.
fn cache(output: Output) -> Result<DiskCache, Failure> {
    let strategy = choose_native_strategy().map_err(|error| {
        Failure::usage(format!("could not keep the token: {}", chain(&error)))
            .hint("set HOME, or leave `--cache` away")
    })?;
    let folder = strategy.cache_dir().join("gatepass");
    let cache = DiskCache::open(&folder).map_err(|error| {
        let folder = folder.display();
        Failure::usage(format!("could not keep the token in {folder}: {}", chain(&error)))
    })?;
    if !cache.is_encrypted() {
        output.progress("there is no keyring: the token is kept in a file that only you can read");
    }
    Ok(cache)
}

async fn keys(source: &TokenSource) -> Result<KeySet, Failure> {
    source.discovery().keys().await.map_err(|error| failure(&error))
}

fn no_token(error: &Error) -> Failure {
    let failure = failure(error);
    if error.refusal().is_some_and(|refusal| refusal.code.as_deref() == Some("invalid_client")) {
        return failure.hint(format!(
            "see whether {}, {} and {} belong together",
            environment::DATACENTER_URL,
            environment::CLIENT_ID,
            environment::CLIENT_SECRET
        ));
    }
    failure
}

fn json(token: &Token) -> String {
    let mut answer = token.json().clone();
    let left = token.expires_on().since(SystemClock.now());
    answer.insert("expires_in_s".to_owned(), left.into());
    format!("{:#}\n", Value::Object(answer))
}

/// Waits between attempts, and says so to a person who waits with it.
struct ToldTimer {
    output: Output,
}

impl Timer for ToldTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let seconds = duration.as_secs_f64();
        self.output.progress(&format!("no token yet; trying again in {seconds:.1} s"));
        TokioTimer.sleep(duration)
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        TokioTimer.deadline(duration)
    }
}
