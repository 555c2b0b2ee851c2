//! A run, and how far it has come for who waits before a terminal.

use std::{pin::pin, sync::Mutex, time::Duration};

use gatepass_conformance::{Progress, Report, RunError, Suite, Target};
use tokio::time::timeout;

use crate::{
    failure::{Failure, outer_and_root},
    output::{Output, printable},
};

/// After this time a person wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at how far it is.
const REDRAW: Duration = Duration::from_millis(100);

/// Runs the suite; after a second its progress is shown, on a terminal only.
pub(super) async fn run(suite: &Suite, target: &Target, output: Output) -> Result<Report, Failure> {
    let latest = Mutex::new((0, ""));
    let mut observe = |progress: Progress| {
        *latest.lock().expect("nobody panics with it") = (progress.done, progress.check.group());
    };
    let mut running = pin!(suite.run_observed(target, &mut observe));
    let total = suite.checks().len();
    let ended = if let Ok(ended) = timeout(PATIENCE, &mut running).await {
        ended
    } else {
        let mut line = output.progress_line();
        loop {
            let (done, group) = *latest.lock().expect("nobody panics with it");
            line.draw(&told(target.url(), done, total, group));
            if let Ok(ended) = timeout(REDRAW, &mut running).await {
                break ended;
            }
        }
    };
    ended.map_err(|error| match error {
        // Its words have the cause in them.
        RunError::Unreachable { .. } => Failure::unreachable(error.to_string()),
        _ => Failure::unreachable(outer_and_root(&error)),
    })
}

/// Cells of the bar.
const CELLS: usize = 24;

fn told(url: &str, done: usize, total: usize, group: &str) -> String {
    let full = (done * CELLS).checked_div(total).unwrap_or(CELLS);
    let bar: String = (0..CELLS).map(|cell| if cell < full { '#' } else { '.' }).collect();
    let line = if done == 0 {
        format!("[{bar}] {done}/{total} checks of {url}")
    } else {
        format!("[{bar}] {done}/{total} checks, {group}")
    };
    printable(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_the_run_has_come() {
        for (done, total, line) in [
            (0, 143, "[........................] 0/143 checks of http://h"),
            (72, 143, "[############............] 72/143 checks, token.errors"),
            (143, 143, "[########################] 143/143 checks, token.errors"),
        ] {
            assert_eq!(told("http://h", done, total, "token.errors"), line);
        }
    }
}
