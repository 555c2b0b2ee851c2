//! `gatepass health`.

use std::time::Duration;

use clap::Args;
use gatepass_client::{Timer, TokioTimer};
use tokio::time::timeout;

use crate::{
    data_center, environment,
    exit::Exit,
    failure::Failure,
    mock_health::HealthProbe,
    output::{Outcome, Output},
    runtime,
};

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// Whom to ask, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Ask the mock at this URL
    #[arg(env = environment::DATACENTER_URL, default_value = "http://127.0.0.1:8484")]
    url: String,
    /// Wait until it is ready, at most this long
    ///
    /// A number with a unit, such as `500ms`, `10s` or `2min`. Default: ask once.
    #[arg(long, value_name = "TIME", env = environment::WAIT, value_parser = humantime::parse_duration)]
    wait: Option<Duration>,
}

/// Good when `GET /_gatepass/health` answers 200.
pub(crate) fn execute(arguments: &Arguments, output: Output) -> Result<Outcome, Failure> {
    let data_center = data_center::without_secrets(&arguments.url)?;
    let probe = HealthProbe::new(&data_center, None)?;
    let answer = runtime::for_asking()?.block_on(ask(&probe, arguments.wait));
    let waited = arguments.wait.map(humantime::format_duration);
    match (answer, waited) {
        (Ok(()), _) => {
            output.talk(&format!("{data_center} is ready"));
            Ok(Outcome::silent(Exit::Good))
        }
        (Err(reason), Some(waited)) => Err(Failure::unreachable(format!(
            "no mock is ready at {data_center} after {waited}: {reason}"
        ))),
        (Err(reason), None) => {
            Err(Failure::unreachable(format!("no mock is ready at {data_center}: {reason}"))
                .hint("`--wait 10s` waits for one"))
        }
    }
}

/// Asks until the answer is good or the time is over; then tells why the last one was not.
async fn ask(probe: &HealthProbe, wait: Option<Duration>) -> Result<(), String> {
    let Some(wait) = wait else {
        return probe.ask().await;
    };
    let mut last = "no answer in time".to_owned();
    let until_ready = async {
        while let Err(reason) = probe.ask().await {
            last = reason;
            TokioTimer.sleep(PAUSE).await;
        }
    };
    let ready = timeout(wait, until_ready).await;
    ready.map_err(|_| last)
}
