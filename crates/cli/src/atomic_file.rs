//! Files that are written whole or not at all.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::failure::{Failure, root};

/// A file that takes its place when it is finished. Until then, what is there stays there.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    file: NamedTempFile,
}

impl Draft {
    /// A report: others may read it, as far as the system's mask lets them.
    pub(crate) fn of_report(path: &Path) -> Result<Self, Failure> {
        Self::begin(path, 0o666)
    }

    /// A file with a secret: only its owner reads it.
    pub(crate) fn of_secret(path: &Path) -> Result<Self, Failure> {
        Self::begin(path, 0o600)
    }

    fn begin(path: &Path, mode: u32) -> Result<Self, Failure> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if path.is_dir() {
            return Err(Failure::usage(format!("{} is a folder", path.display())));
        }
        let file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)
            .map_err(|error| Failure::usage(complaint(path, &error)))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Puts `text` in place.
    pub(crate) fn finish(self, text: &str) -> Result<(), Failure> {
        let Self { path, mut file } = self;
        let put = |file: &mut NamedTempFile| {
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()
        };
        put(&mut file)
            .and_then(|()| file.persist(&path).map(drop).map_err(|error| error.error))
            .map_err(|error| Failure::unreachable(complaint(&path, &error)))
    }
}

fn complaint(path: &Path, error: &io::Error) -> String {
    // Only the root: the levels above name the temporary file, which says nothing to anyone.
    format!("could not write {}: {}", path.display(), root(error))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_draft_that_is_not_finished_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        fs::write(&path, "old").unwrap();

        drop(Draft::of_report(&path).unwrap());

        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_finished_one_takes_the_place_of_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        fs::write(&path, "old").unwrap();

        Draft::of_report(&path).unwrap().finish("new").unwrap();

        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn where_nothing_can_be_written_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();

        let nowhere = folder.path().join("nowhere/report");
        let failure = Draft::of_report(&nowhere).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("nowhere/report"), "{failure:?}");

        let failure = Draft::of_report(folder.path()).unwrap_err();
        assert!(failure.message.ends_with("is a folder"), "{failure:?}");
    }
}
