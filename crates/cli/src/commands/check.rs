//! `gatepass check`.

use std::{fmt::Write, io, path::PathBuf, pin::pin, time::Duration};

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use gatepass_client::DataCenter;
use gatepass_conformance::{Credentials, Report, RunError, Suite, Target, report};
use gatepass_server::{BuiltInClients, FixtureClient};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    atomic_file::Draft,
    data_center, environment,
    exit::Exit,
    failure::{Failure, chain, outer_and_root},
    mock_health::HealthProbe,
    output::{Outcome, Output, takes_colour},
    runtime,
};

/// After this time a person wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// What to check, as whom, and how to report it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Check the data center at this URL
    #[arg(env = environment::DATACENTER_URL, required_unless_present = "list")]
    url: Option<String>,
    /// Check as the API client with this ID
    ///
    /// Default: none, or the mock's own.
    #[arg(long, value_name = "ID", env = environment::CLIENT_ID)]
    client_id: Option<String>,
    /// Expect no access to the API client with this ID, which lies outside the caller's tenants
    ///
    /// Default: none, or the mock's own.
    #[arg(long, value_name = "ID", env = environment::FOREIGN_CLIENT_ID)]
    foreign_client_id: Option<String>,
    /// Run only this check or group; may be repeated
    ///
    /// `--list` names them. Default: all.
    #[arg(long, value_name = "ID", env = environment::ONLY, value_delimiter = ',')]
    only: Vec<String>,
    /// List the checks instead of running them
    #[arg(long)]
    list: bool,
    /// Report in this format
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = environment::FORMAT,
        default_value_t = Format::Human
    )]
    format: Format,
    /// Write the report to this file, whole or not at all, and one for people to the standard output
    ///
    /// Default: the standard output.
    #[arg(long, value_name = "FILE", env = environment::OUTPUT)]
    output: Option<PathBuf>,
    /// Allow plain HTTP to another machine, which shows the secret to the network between
    #[arg(
        long,
        env = environment::ALLOW_PLAIN_HTTP,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    allow_plain_http: bool,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// The documented JSON
    Json,
    /// `JUnit` XML, for continuous integration
    Junit,
}

/// Checks a data center, or lists what would be checked.
pub(crate) fn execute(arguments: &Arguments, output: Output) -> Result<Outcome, Failure> {
    let suite = Suite::default().only(&arguments.only).map_err(|error| {
        Failure::usage(format!("no check or group `{}`", error.name))
            .hint(format!("did you mean `{}`? `gatepass check --list` names all", error.nearest))
    })?;
    if arguments.list {
        return list(&suite, arguments.format).map(Outcome::good);
    }
    let url = arguments.url.as_deref().expect("clap requires it without --list");
    // What can't be written in the end is known before anything is asked.
    let draft = arguments.output.as_deref().map(Draft::of_report).transpose()?;
    let (report, note) = runtime::for_asking()?.block_on(async {
        let (target, note) = target(url, arguments, output).await?;
        run(&suite, &target, output).await.map(|report| (report, note))
    })?;
    if let Some(note) = note {
        output.talk(&note);
    }
    let for_people = if output.is_quiet() {
        String::new()
    } else {
        report::human(&report, takes_colour(&io::stdout()))
    };
    let data = match (draft, arguments.format) {
        (None, Format::Human) => for_people,
        (None, format) => written(&report, format)?,
        (Some(draft), format) => {
            let text = written(&report, format)?;
            // Where the disk is full, the terminal still has the report.
            draft.finish(&text).map_err(|failure| failure.with_data(text))?;
            for_people
        }
    };
    let exit = if report.is_good() { Exit::Good } else { Exit::Failed };
    Ok(Outcome { exit, data })
}

fn written(report: &Report, format: Format) -> Result<String, Failure> {
    match format {
        Format::Human => Ok(report::human(report, false)),
        Format::Json => Ok(report::json(report)),
        Format::Junit => report::junit(report).map_err(|error| Failure::unreachable(chain(&error))),
    }
}

/// The target with what can be lent to the suite for it, and what a person should know of that.
async fn target(
    url: &str,
    arguments: &Arguments,
    output: Output,
) -> Result<(Target, Option<String>), Failure> {
    let (data_center, own) = match &arguments.client_id {
        Some(client_id) => (
            data_center::for_secrets(url, arguments.allow_plain_http)?,
            Some(data_center::credentials(client_id, output)?),
        ),
        None if environment::client_secret()?.is_some() => {
            return Err(Failure::usage("there is a client secret, but no client ID").hint(
                format!("set {}, or unset {}", environment::CLIENT_ID, environment::CLIENT_SECRET),
            ));
        }
        None => (data_center::without_secrets(url)?, None),
    };
    let own = own.map(|own| Credentials::new(own.client_id(), own.secret().reveal()));
    let mut target =
        Target::new(&data_center.to_string()).map_err(|error| Failure::usage(chain(&error)))?;
    let mut note = None;
    if let Some(clients) = built_in_clients(arguments.client_id.as_deref(), &data_center).await? {
        note = Some("note: a Gatepass mock answers; its public test clients are used".to_owned());
        target = target
            .with_credentials(own.unwrap_or_else(|| lent(&clients.default)))
            .with_foreign_client_id(clients.foreign.client_id.to_string())
            .with_disabled_client(lent(&clients.disabled))
            .with_post_client(lent(&clients.post));
    } else if let Some(own) = own {
        target = target.with_credentials(own);
    } else {
        note = Some(format!(
            "note: checks that need credentials were skipped; {} and {} give some",
            environment::CLIENT_ID,
            environment::CLIENT_SECRET
        ));
    }
    if let Some(foreign) = &arguments.foreign_client_id {
        target = target.with_foreign_client_id(foreign.clone());
    }
    Ok((target, note))
}

/// The public test clients, where a mock answers and the caller has no other client.
async fn built_in_clients(
    client_id: Option<&str>,
    data_center: &DataCenter,
) -> Result<Option<BuiltInClients>, Failure> {
    let clients = BuiltInClients::load().map_err(|error| Failure::unreachable(chain(&error)))?;
    let default = clients.default.client_id.to_string();
    if client_id.is_some_and(|client_id| client_id != default) {
        return Ok(None);
    }
    // Where nobody answers, the suite says so.
    let is_mock = HealthProbe::new(data_center)?.ask().await.is_ok();
    Ok(is_mock.then_some(clients))
}

fn lent(client: &FixtureClient) -> Credentials {
    // Public test data.
    Credentials::new(client.client_id.to_string(), client.client_secret.reveal())
}

async fn run(suite: &Suite, target: &Target, output: Output) -> Result<Report, Failure> {
    let mut running = pin!(suite.run(target));
    let ended = if let Ok(ended) = timeout(PATIENCE, &mut running).await {
        ended
    } else {
        let count = suite.checks().len();
        output.progress(&format!("running {count} checks against {}", target.url()));
        running.await
    };
    ended.map_err(|error| match error {
        // Its words have the cause in them.
        RunError::Unreachable { .. } => Failure::unreachable(error.to_string()),
        _ => Failure::unreachable(outer_and_root(&error)),
    })
}

fn list(suite: &Suite, format: Format) -> Result<String, Failure> {
    match format {
        Format::Human => Ok(list_for_people(suite)),
        Format::Json => {
            let rows: Vec<Value> = suite
                .checks()
                .map(|check| {
                    json!({
                        "id": check.id(),
                        "level": check.level(),
                        "requirement": check.requirement(),
                        "source": check.sources(),
                        "needs": check.needs(),
                        "changes": check.changes(),
                    })
                })
                .collect();
            Ok(format!("{:#}\n", Value::Array(rows)))
        }
        Format::Junit => Err(Failure::usage("a list has no JUnit format")
            .hint("`--format json` is for machines, too")),
    }
}

fn list_for_people(suite: &Suite) -> String {
    let width = suite.checks().map(|check| check.id().len()).max().unwrap_or_default();
    let mut out = String::new();
    for check in suite.checks() {
        let _ = writeln!(
            out,
            "{:width$}  {:6}  {} (CONTRACT {})",
            check.id(),
            check.level(),
            check.requirement(),
            check.sources().join(", ")
        );
    }
    out
}
