//! The command line.

use clap::{Parser, Subcommand, builder::FalseyValueParser};

use crate::{
    commands::{cases, check, clock, completions, decode, health, run, serve, token},
    environment,
    exit::HELP,
};

/// A stand-in for the platform's sign-in: build, test and break integrations without the platform
#[derive(Debug, Parser)]
#[command(name = "gatepass", version, after_help = HELP, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print only errors and what was asked for
    #[arg(
        short,
        long,
        global = true,
        display_order = 100,
        env = environment::QUIET,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a data center on this machine
    ///
    /// SIGINT and SIGTERM stop it once running requests are answered, a second one at once.
    Serve(Box<serve::Arguments>),
    /// Run a command with a mock of its own and credentials in its environment
    ///
    /// The mock listens on a free port of 127.0.0.1 and ends with the command, however that ends.
    /// The command finds `DATACENTER_URL`, `CLIENT_ID` and `CLIENT_SECRET` in its environment;
    /// SIGINT and SIGTERM are passed on to it, and its exit code is the program's.
    Run(run::Arguments),
    /// Get a token and print it
    ///
    /// The secret comes from `CLIENT_SECRET`, or is asked for on a terminal; the argument list,
    /// which others can read, takes none. Where there is no answer, 50x or 429, it tries twice more.
    Token(token::Arguments),
    /// Check any data center against the platform's contract
    ///
    /// The secret comes from `CLIENT_SECRET`, or is asked for on a terminal. Checks that need more
    /// than is given are skipped; a mock of this program is checked as its own public test clients.
    Check(check::Arguments),
    /// List the ways to fail that can be played, or tell all of one
    Cases(cases::Arguments),
    /// Show a mock's clock, or move it
    ///
    /// Tokens, their expiry, limits and all else that takes time follow it. The control key, where
    /// the mock has one, comes from `GATEPASS_CONTROL_KEY`.
    Clock(clock::Arguments),
    /// Say whether a mock is ready
    ///
    /// The exit code is 0 when it is, and 3 when it is not. For scripts and containers.
    Health(health::Arguments),
    /// Show a token in plain words
    ///
    /// The exit code is 1 when it is no token, when its signature is not that of the data center's
    /// keys, and when it is not valid now.
    Decode(decode::Arguments),
    /// Print the completions of a shell
    Completions(completions::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_with_a_value_has_its_environment_variable() {
        // What is to be done now, to whom, is said by who says it: `clock` leaves it to nobody else.
        let commands = Cli::command();
        for command in commands.get_subcommands().filter(|it| it.get_name() != "clock") {
            for argument in command.get_opts().filter(|it| it.get_action().takes_values()) {
                let given = argument.get_env().map(|name| name.to_string_lossy().into_owned());
                let name = argument.get_long().unwrap().to_uppercase().replace('-', "_");
                let expected = match &*name {
                    "URL" => environment::DATACENTER_URL.to_owned(),
                    "CLIENT_ID" => environment::CLIENT_ID.to_owned(),
                    name => format!("GATEPASS_{name}"),
                };
                assert_eq!(given, Some(expected), "{} --{name}", command.get_name());
            }
        }
    }
}
