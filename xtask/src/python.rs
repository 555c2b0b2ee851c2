//! A Python that has `requests`.

use std::path::PathBuf;

use crate::{Outcome, run, workspace};

/// The interpreter of a virtual environment of our own, made the first time.
pub(crate) fn with_requests() -> Outcome<PathBuf> {
    let environment = workspace::target("tutorial-venv");
    let python = environment.join("bin/python");
    if run::succeeds(run::program(&python).args(["-c", "import requests"])) {
        return Ok(python);
    }
    if !run::succeeds(run::program("python3").args(["-c", "import venv, ensurepip"])) {
        return Err("there is no `python3` that can make virtual environments\n\
             hint: Debian's package `python3-venv` has it"
            .into());
    }
    run::to_success(run::program("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run::to_success(
        run::program(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg("tests/tutorial/requirements.txt"),
    )?;
    Ok(python)
}
