//! A Python with the packages that a chore needs.

use std::path::{Path, PathBuf};

use crate::{Outcome, run, workspace};

/// An interpreter that has `requests`.
pub(crate) fn with_requests() -> Outcome<PathBuf> {
    with("tutorial-venv", "requests", &["--requirement", "tests/tutorial/requirements.txt"])
}

/// An interpreter that has `lxml`.
pub(crate) fn with_lxml() -> Outcome<PathBuf> {
    with("lxml-venv", "lxml", &["lxml>=6,<7"])
}

/// The interpreter of a virtual environment of our own, made the first time.
fn with(environment: &str, module: &str, wanted: &[&str]) -> Outcome<PathBuf> {
    let environment = workspace::target(environment);
    let python = environment.join("bin/python");
    if run::succeeds(run::program(&python).args(["-c", &format!("import {module}")])) {
        return Ok(python);
    }
    make(&environment)?;
    run::to_success(run::program(&python).args(["-m", "pip", "install", "--quiet"]).args(wanted))?;
    Ok(python)
}

fn make(environment: &Path) -> Outcome {
    if !run::succeeds(run::program("python3").args(["-c", "import venv, ensurepip"])) {
        return Err("there is no `python3` that can make virtual environments\n\
             hint: Debian's package `python3-venv` has it"
            .into());
    }
    run::to_success(run::program("python3").args(["-m", "venv", "--clear"]).arg(environment))
}
