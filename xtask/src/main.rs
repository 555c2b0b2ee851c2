//! The project's own chores.

mod bench;
mod ci;
mod conformance;
mod control;
mod features;
mod interop;
mod junit_schema;
mod keys;
mod mock;
mod python;
mod run;
mod say;
mod semver;
mod stopwatch;
mod workspace;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a chore comes to: done, or a sentence that says why not.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The project's own chores
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check everything that must hold before a change lands, and stop at the first failure
    Ci(ci::Arguments),
    /// Run plain curl, Python and Node integrations through cases, by their credentials alone
    Interop(interop::Arguments),
    /// Measure what the project promises to be quick at
    #[command(subcommand)]
    Bench(bench::Subject),
    /// Write anew what is generated from the table of checks, `docs/conformance.md` among it
    Conformance,
    /// Have each defect of the catalogue meet the whole conformance suite, and print the matrix
    Mutants,
    /// Hold `JUnit` reports against the schema of Jenkins, which a package on `PyPI` brings along
    JunitSchema,
    /// Hold the client's API against that of an earlier revision, with `cargo-semver-checks`
    Semver(semver::Arguments),
    /// Make the public test signing keys in `fixtures/keys`
    Keys(keys::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Ci(arguments) => ci::check(&arguments),
        Chore::Interop(arguments) => interop::build_and_check(&arguments),
        Chore::Bench(subject) => bench::measure(&subject),
        Chore::Conformance => conformance::generate(),
        Chore::Mutants => conformance::mutants(),
        Chore::JunitSchema => junit_schema::build_and_check(),
        Chore::Semver(arguments) => semver::check_client(&arguments),
        Chore::Keys(arguments) => keys::make(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&*error);
            ExitCode::FAILURE
        }
    }
}
