//! `gatepass clock`.

use std::{fmt::Write, time::Duration};

use clap::{Args, builder::FalseyValueParser};
use gatepass_client::{Clock, EpochSeconds, SystemClock};
use gatepass_protocol::ClientId;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{
    control::ControlApi,
    data_center, environment,
    failure::Failure,
    output::{Outcome, printable},
    plain_time, runtime,
};

/// Whose clock, and what is to happen to it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Ask the mock at this URL
    #[arg(env = environment::DATACENTER_URL, default_value = "http://127.0.0.1:8484")]
    url: String,
    #[command(flatten)]
    change: Change,
    /// Show or change the time of the API client with this ID alone
    ///
    /// Default: the time of the whole platform.
    #[arg(long, value_name = "ID")]
    client_id: Option<ClientId>,
    /// Print the answer as it came: `now`, `epoch_s` and `frozen`
    #[arg(long)]
    json: bool,
    /// Allow plain HTTP to another machine, which shows the control key to the network between
    #[arg(
        long,
        env = environment::ALLOW_PLAIN_HTTP,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    allow_plain_http: bool,
}

/// At most one of them.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Change {
    /// Advance it by this time
    ///
    /// A number of whole seconds or more with a unit, such as `90s`, `2h` or `1day`.
    #[arg(long, value_name = "TIME", value_parser = whole_seconds)]
    advance: Option<Duration>,
    /// Set it to this time; a frozen clock stays there, another runs on from there
    ///
    /// RFC 3339, such as `2026-11-24T12:00:00Z`.
    #[arg(long, value_name = "RFC3339")]
    set: Option<Timestamp>,
    /// Stop it
    #[arg(long)]
    freeze: bool,
    /// Let it run on from where it stands
    #[arg(long)]
    thaw: bool,
    /// Have it show this machine's time again, or that of an API client the platform's
    #[arg(long)]
    reset: bool,
}

impl Change {
    /// The body of the request; none where nothing is to happen.
    fn body(&self) -> Option<Value> {
        match *self {
            Self { advance: Some(by), .. } => Some(json!({"advance_s": by.as_secs()})),
            Self { set: Some(time), .. } => Some(json!({"set": time.to_string()})),
            Self { freeze: true, .. } => Some(json!({"freeze": true})),
            Self { thaw: true, .. } => Some(json!({"freeze": false})),
            Self { reset: true, .. } => Some(json!({"reset": true})),
            Self { advance: None, set: None, freeze: false, thaw: false, reset: false } => None,
        }
    }
}

/// Changes the clock, if it is to, and shows it.
pub(crate) fn execute(arguments: &Arguments) -> Result<Outcome, Failure> {
    let key = environment::control_key()?;
    let data_center = match key {
        Some(_) => data_center::for_secrets(&arguments.url, arguments.allow_plain_http)?,
        None => data_center::without_secrets(&arguments.url)?,
    };
    let path = match arguments.client_id {
        Some(client_id) => format!("clients/{client_id}/clock"),
        None => "clock".to_owned(),
    };
    let body = arguments.change.body();
    let method = if body.is_some() { Method::PUT } else { Method::GET };
    let api = ControlApi::new(data_center, key);
    let answer = runtime::for_asking()?.block_on(api.ask(method, &path, body.as_ref()))?;
    Ok(Outcome::good(if arguments.json {
        format!("{:#}\n", Value::Object(answer))
    } else {
        in_words(&answer, SystemClock.now())
    }))
}

/// `2026-11-24T12:00:00Z, 2 h ahead of this machine, frozen`.
fn in_words(answer: &Map<String, Value>, here: EpochSeconds) -> String {
    let mut words = printable(answer.get("now").and_then(Value::as_str).unwrap_or("unknown"));
    let there = answer.get("epoch_s").and_then(Value::as_i64);
    let ahead = there
        .and_then(|seconds| EpochSeconds::try_from(seconds).ok())
        .map_or(0, |there| there.since(here));
    if ahead.abs() > 1 {
        // Less than that is the time that the answer took.
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        let _ = write!(words, ", {} {side} this machine", plain_time::span(ahead));
    }
    if answer.get("frozen") == Some(&Value::Bool(true)) {
        words.push_str(", frozen");
    }
    words.push('\n');
    words
}

fn whole_seconds(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.subsec_nanos() != 0 || i64::try_from(time.as_secs()).is_err() {
        return Err("it is no number of whole seconds".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_told_with_how_far_it_is_off() {
        let here = EpochSeconds::try_from(1_700_000_000).unwrap();
        for (epoch_s, frozen, words) in [
            (1_700_000_001, false, "T\n"),
            (1_700_007_200, false, "T, 2 h ahead of this machine\n"),
            (1_699_999_940, true, "T, 1 min behind this machine, frozen\n"),
        ] {
            let answer = json!({"now": "T", "epoch_s": epoch_s, "frozen": frozen});
            assert_eq!(in_words(answer.as_object().unwrap(), here), words);
        }
    }

    #[test]
    fn a_part_of_a_second_is_too_little() {
        assert_eq!(whole_seconds("2h"), Ok(Duration::from_hours(2)));
        assert!(whole_seconds("1500ms").is_err());
        assert!(whole_seconds("2").is_err());
    }
}
