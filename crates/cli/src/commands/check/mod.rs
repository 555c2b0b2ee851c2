//! `gatepass check`.

mod bounds;
mod format;
mod known;
mod list;
mod target;
mod watching;

use std::{io, path::PathBuf};

use clap::{Args, builder::FalseyValueParser};
use gatepass_conformance::{Report, Suite, report};

use self::{
    bounds::Bounds,
    format::{Copy, Format},
    known::Known,
};
use crate::{
    atomic_file::Draft,
    environment,
    exit::Exit,
    failure::Failure,
    output::{Outcome, Output, takes_colour},
    runtime,
};

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
    /// Write the report of the same run to a file, too: junit=report.xml; may be repeated
    ///
    /// Takes the formats of `--format`. Each file is written whole or not at all. Default: none.
    #[arg(long, value_name = "FORMAT=FILE", env = environment::ALSO, value_delimiter = ',')]
    also: Vec<Copy>,
    /// Take the failures named in this file as known: only others fail the run
    ///
    /// A text file with the ID of a check a line; from a `#` on a line is a comment. A known failure
    /// that no longer fails fails the run, too, until its line is removed; one that is skipped does
    /// not. Default: no failure is known.
    #[arg(long, value_name = "FILE", env = environment::BASELINE)]
    baseline: Option<PathBuf>,
    /// Write the failures of this run to the file of `--baseline`, and take them as known
    ///
    /// Lines of checks that pass go; all others stay, with their comments. The file is made if it is
    /// not there.
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
    #[command(flatten)]
    bounds: Bounds,
    /// Allow plain HTTP to another machine, which shows the secret to the network between
    #[arg(
        long,
        env = environment::ALLOW_PLAIN_HTTP,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    allow_plain_http: bool,
}

/// Checks a data center, or lists what would be checked.
pub(crate) fn execute(arguments: &Arguments, output: Output) -> Result<Outcome, Failure> {
    let suite = Suite::default().only(&arguments.only).map_err(|error| {
        Failure::usage(format!("no check or group `{}`", error.name))
            .hint(format!("did you mean `{}`? `gatepass check --list` names all", error.nearest))
    })?;
    if arguments.list {
        return list::list(&suite, arguments.format).map(Outcome::good);
    }
    let url = arguments.url.as_deref().expect("clap requires it without --list");
    // What can't be read, or written in the end, is known before anything is asked.
    let known = arguments
        .baseline
        .as_deref()
        .map(|path| Known::read(path, arguments.update_baseline))
        .transpose()?;
    let draft = arguments.output.as_deref().map(Draft::of_report).transpose()?;
    let copies = copies(arguments)?;
    let (report, note) = runtime::for_asking()?.block_on(async {
        let (target, note) = target::find(url, arguments, output).await?;
        watching::run(&suite, &target, output).await.map(|report| (report, note))
    })?;
    if let Some(note) = note {
        output.talk(&note);
    }
    let report = match known {
        Some(known) => known.judge(report)?,
        None => report,
    };
    let data = shown(&report, arguments.format, draft, output)?;
    for (format, draft) in copies {
        let written = format.write(&report).and_then(|text| draft.finish(&text));
        written.map_err(|failure| failure.with_data(data.clone()))?;
    }
    let exit = if report.is_good() { Exit::Good } else { Exit::Failed };
    Ok(Outcome { exit, data })
}

/// The files of `--also`, each begun.
fn copies(arguments: &Arguments) -> Result<Vec<(Format, Draft)>, Failure> {
    let mut paths: Vec<_> = arguments.output.iter().collect();
    for copy in &arguments.also {
        if paths.contains(&&copy.path) {
            let path = copy.path.display();
            return Err(Failure::usage(format!("two reports are to be written to {path}")));
        }
        paths.push(&copy.path);
    }
    let begin = |copy: &Copy| Ok((copy.format, Draft::of_report(&copy.path)?));
    arguments.also.iter().map(begin).collect()
}

/// What goes to the standard output; the file of `--output` is written.
fn shown(
    report: &Report,
    format: Format,
    draft: Option<Draft>,
    output: Output,
) -> Result<String, Failure> {
    let for_people = if output.is_quiet() {
        String::new()
    } else {
        report::human(report, takes_colour(&io::stdout()))
    };
    match (draft, format) {
        (None, Format::Human) => Ok(for_people),
        (None, format) => format.write(report),
        (Some(draft), format) => {
            let text = format.write(report)?;
            // Where the disk is full, the terminal still has the report.
            draft.finish(&text).map_err(|failure| failure.with_data(text))?;
            Ok(for_people)
        }
    }
}
