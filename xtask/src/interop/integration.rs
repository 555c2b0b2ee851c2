//! The integrations in `tests/interop`.

use std::process::Command;

use clap::ValueEnum;

use crate::{Outcome, python, run};

/// By what an integration makes its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Integration {
    /// curl, from bash
    Curl,
    /// Python's `requests`
    Python,
    /// The `fetch` of Node
    Node,
}

impl Integration {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "python",
            Self::Node => "node",
        }
    }

    /// Runs it; an error where what it runs on is missing.
    pub(super) fn command(self) -> Outcome<Command> {
        let mut command = match self {
            Self::Curl => {
                if !run::succeeds(run::program("curl").arg("--version")) {
                    return Err("there is no `curl`\nhint: Debian's package `curl` has it".into());
                }
                run::program("bash")
            }
            Self::Python => run::program(python::with_requests()?),
            Self::Node => {
                if !run::succeeds(run::program("node").args(["--eval", "fetch"])) {
                    return Err("there is no `node` that has `fetch`, as from 18 on\n\
                         hint: Debian's package `nodejs` has it"
                        .into());
                }
                run::program("node")
            }
        };
        command.arg(self.file());
        Ok(command)
    }

    fn file(self) -> &'static str {
        match self {
            Self::Curl => "tests/interop/integration.sh",
            Self::Python => "tests/interop/integration.py",
            Self::Node => "tests/interop/integration.mjs",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::interop::case::Case;
    use crate::workspace;

    #[test]
    fn no_integration_knows_of_gatepass_or_of_a_case() {
        for integration in Integration::value_variants() {
            let text = fs::read_to_string(workspace::path(integration.file())).unwrap();
            let text = text.to_lowercase();

            for word in Case::ALL.iter().filter_map(|case| case.name()).chain(["gatepass", "mock"])
            {
                assert!(!text.contains(word), "{} says {word}", integration.file());
            }
        }
    }
}
