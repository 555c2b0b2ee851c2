//! Where things lie in the workspace.

use std::env;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// The directory of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a directory of the workspace")
}

/// A path from the workspace's root.
pub(crate) fn path(relative: &str) -> PathBuf {
    root().join(relative)
}

/// A path in the directory that Cargo builds into.
pub(crate) fn target(relative: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target).join(relative)
}

/// The release build of the `gatepass` binary, which must have been built.
pub(crate) fn gatepass() -> Outcome<PathBuf> {
    let binary = target("release/gatepass");
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(format!("{} is not there\nhint: `cargo build --release` makes it", binary.display())
            .into())
    }
}
