//! The file of known failures.

use std::{fs, io, path::Path};

use gatepass_conformance::{Baseline, BaselineError, Report};

use crate::{
    atomic_file::Draft,
    failure::{Failure, root},
};

/// The known failures, and the file that they are to be written to.
#[derive(Debug)]
pub(super) struct Known {
    baseline: Baseline,
    draft: Option<Draft>,
}

impl Known {
    /// Reads the file. To be `updated`, it need not be there.
    pub(super) fn read(path: &Path, updated: bool) -> Result<Self, Failure> {
        let baseline = match fs::read_to_string(path) {
            Ok(text) => Baseline::parse(&text).map_err(|error| complaint(path, &error))?,
            Err(error) if updated && error.kind() == io::ErrorKind::NotFound => Baseline::default(),
            Err(error) => {
                let failure =
                    Failure::usage(format!("could not read {}: {}", path.display(), root(&error)));
                return Err(if error.kind() == io::ErrorKind::NotFound {
                    failure.hint("`--update-baseline` makes it")
                } else {
                    failure
                });
            }
        };
        // What can't be written in the end is known before anything is asked.
        let draft = updated.then(|| Draft::of_report(path)).transpose()?;
        Ok(Self { baseline, draft })
    }

    /// The report, held against what is known, or against what is known from now on.
    pub(super) fn judge(self, report: Report) -> Result<Report, Failure> {
        let Self { mut baseline, draft } = self;
        if let Some(draft) = draft {
            baseline = baseline.updated_by(&report);
            draft.finish(&baseline.render())?;
        }
        Ok(report.judged_by(&baseline))
    }
}

fn complaint(path: &Path, error: &BaselineError) -> Failure {
    let place = path.display();
    match error {
        BaselineError::Unknown { line, name, nearest } => {
            Failure::usage(format!("{place}:{line}: there is no check `{name}`"))
                .hint(format!("did you mean `{nearest}`? `gatepass check --list` names all"))
        }
        BaselineError::Repeated { line, id, first } => {
            Failure::usage(format!("{place}:{line}: `{id}` stands in line {first} already"))
        }
        error => Failure::usage(format!("{place}: {error}")),
    }
}
