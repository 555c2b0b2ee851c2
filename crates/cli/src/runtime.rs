//! The Tokio runtime, built once.

use tokio::runtime::{Builder, Runtime};

use crate::failure::{Failure, chain};

/// For a mock: signing keeps all processors busy.
pub(crate) fn for_serving() -> Result<Runtime, Failure> {
    build(&mut Builder::new_multi_thread())
}

/// For one caller, who waits most of the time.
pub(crate) fn for_asking() -> Result<Runtime, Failure> {
    build(&mut Builder::new_current_thread())
}

fn build(builder: &mut Builder) -> Result<Runtime, Failure> {
    builder.enable_all().build().map_err(|error| {
        Failure::unreachable(format!("could not start the runtime: {}", chain(&error)))
    })
}
