//! `gatepass run`.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::unix::process::ExitStatusExt,
    process::ExitStatus,
};

use clap::Args;
use gatepass_server::{Config, RunningPlatform};
use rustix::process::{Pid, Signal, getpgrp, kill_process};
use tokio::process::{Child, Command};

use crate::{
    environment,
    exit::Exit,
    failure::{Failure, chain},
    log::{Log, LogFormat, Stream},
    mock::{self, MockArguments},
    output::Outcome,
    runtime,
    signals::StopSignals,
};

/// What to run, and with which mock.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mock: MockArguments,
    /// Log requests to the standard error in this format
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = environment::LOG,
        default_value_t = LogFormat::Off
    )]
    log: LogFormat,
    /// Run this command; a command that can't be started is exit code 3
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Arguments {
    /// Where the file says to listen, and under which name, is for `serve`.
    fn config(&self) -> Result<Config, Failure> {
        let mut config = self.mock.config()?;
        config.listen = ([127, 0, 0, 1], 0).into();
        config.control_listen = None;
        config.public_url = None;
        Ok(config)
    }
}

/// Runs the command with a mock of its own, and ends as it does.
pub(crate) fn execute(arguments: &Arguments) -> Result<Outcome, Failure> {
    let config = arguments.config()?;
    let log = Log::start(arguments.log, Stream::Stderr)?;
    let runtime = runtime::for_serving()?;
    let ended = runtime.block_on(run(config, &arguments.command, log.as_ref()));
    drop(runtime);
    if let Some(log) = log {
        log.finish();
    }
    ended.map(|status| Outcome::silent(exit_of(status)))
}

async fn run(
    config: Config,
    command: &[OsString],
    log: Option<&Log>,
) -> Result<ExitStatus, Failure> {
    let mut signals = StopSignals::catch()?;
    let platform = mock::start(config, log).await?;
    let mut child = start(command, &platform)?;
    let ended = loop {
        tokio::select! {
            ended = child.wait() => break ended,
            signal = signals.next() => pass_on(signal, &child),
        }
    };
    ended.map_err(|error| {
        Failure::unreachable(format!("lost sight of the command: {}", chain(&error)))
    })
}

fn start(command: &[OsString], platform: &RunningPlatform) -> Result<Child, Failure> {
    let (program, arguments) = command.split_first().expect("clap requires at least one word");
    let client = platform.default_client();
    Command::new(program)
        .args(arguments)
        .env(environment::DATACENTER_URL, platform.url())
        .env(environment::CLIENT_ID, client.client_id.to_string())
        // The command signs in with it.
        .env(environment::CLIENT_SECRET, client.client_secret.reveal())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| not_started(program, &error))
}

fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let program = program.to_string_lossy();
    let failure = Failure::unreachable(format!("could not start `{program}`: {}", chain(error)));
    if error.kind() == io::ErrorKind::NotFound && program.contains(' ') {
        return failure.hint("give the command and its arguments as words of their own");
    }
    failure
}

/// A terminal sends Ctrl-C to the command itself, too: a second SIGINT would make many programs
/// stop without cleaning up.
fn pass_on(signal: Signal, child: &Child) {
    if signal == Signal::INT && is_before_a_terminal() {
        return;
    }
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // An error means that it has just ended.
        let _ = kill_process(pid, signal);
    }
}

/// Whether this process is in the foreground of a terminal.
fn is_before_a_terminal() -> bool {
    File::open("/dev/tty")
        .is_ok_and(|tty| rustix::termios::tcgetpgrp(tty).is_ok_and(|group| group == getpgrp()))
}

/// As shells do it: 128 + n for a command that signal n killed.
fn exit_of(status: ExitStatus) -> Exit {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    Exit::OfCommand(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}
