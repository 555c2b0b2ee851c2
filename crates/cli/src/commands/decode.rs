//! `gatepass decode`.

use std::io::{self, IsTerminal, Read};

use clap::Args;
use gatepass_client::{Clock, DataCenter, Discovery, KeySet, SystemClock};

use super::token;
use crate::{
    data_center,
    decoded::Decoded,
    environment,
    exit::Exit,
    failure::{Failure, chain, outer_and_root},
    output::Outcome,
    runtime,
};

/// No token is longer; what is, is another file.
const MAX_INPUT: u64 = 1024 * 1024;

/// Which token, and whose keys.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Show this token
    ///
    /// `-` reads the standard input, as does a pipe without it: others can read the argument list.
    token: Option<String>,
    /// Verify the signature with the keys of the data center at this URL
    ///
    /// Default: leave it unchecked.
    #[arg(long, value_name = "URL", env = environment::DATACENTER_URL)]
    url: Option<String>,
    /// Print JSON
    ///
    /// `header`, `claims`, `signature` (`valid`, `invalid` or `unchecked`) and `problems`.
    #[arg(long)]
    json: bool,
}

/// Shows a token in plain words.
pub(crate) fn execute(arguments: &Arguments) -> Result<Outcome, Failure> {
    let text = match arguments.token.as_deref() {
        None if io::stdin().is_terminal() => {
            return Err(Failure::usage("there is no token").hint(
                "give it as an argument, or pipe it in: `gatepass token | gatepass decode`",
            ));
        }
        None | Some("-") => read_stdin()?,
        Some(token) => token.to_owned(),
    };
    let Some(url) = &arguments.url else {
        return show(&text, None, arguments.json);
    };
    let data_center = data_center::without_secrets(url)?;
    let keys = fetch_keys(&data_center)?;
    show(&text, Some((&data_center, &keys)), arguments.json)
}

/// Shows `text`, which should be a token, verified with `keys` of the data center.
pub(super) fn show(
    text: &str,
    keys: Option<(&DataCenter, &KeySet)>,
    json: bool,
) -> Result<Outcome, Failure> {
    let now = SystemClock.now();
    let decoded = Decoded::read(bare(text), keys, now)
        .map_err(|error| Failure::failed(format!("this is no token: {}", chain(&error))))?;
    let exit = if decoded.is_good() { Exit::Good } else { Exit::Failed };
    Ok(Outcome { exit, data: if json { decoded.json() } else { decoded.text(now) } })
}

fn fetch_keys(data_center: &DataCenter) -> Result<KeySet, Failure> {
    let discovery = Discovery::new(data_center.clone())
        .map_err(|error| Failure::unreachable(outer_and_root(&error)))?;
    runtime::for_asking()?.block_on(discovery.keys()).map_err(|error| token::failure(&error))
}

fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .take(MAX_INPUT)
        .read_to_string(&mut text)
        .map(|_| text)
        .map_err(|error| Failure::failed(format!("this is no token: {}", chain(&error))))
}

/// A token as it is pasted: from a header, or with white space around.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim_start();
    text.strip_prefix("Bearer ").unwrap_or(text).trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_be_pasted_with_what_stands_around_it() {
        for given in ["a.b.c", " a.b.c\n", "Bearer a.b.c", "Authorization: Bearer a.b.c"] {
            assert_eq!(bare(given), "a.b.c", "given {given:?}");
        }
    }
}
