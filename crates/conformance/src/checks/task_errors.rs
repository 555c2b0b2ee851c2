//! What the Task Manager refuses.

use super::tasks::{ACTIVITIES_API, Api, TASKS_API};
use super::{must, should};
use crate::check::{Check, Verdict};
use crate::need::Need;
use crate::probe::Probe;

macro_rules! rows {
    ($group:literal, $api:expr, $needs:expr) => {
        &[
            must(
                concat!($group, ".no-token"),
                "a call without a token is refused with 401",
                &["8.5.1", "4.2.3"],
                $needs,
                |p| Box::pin(no_token(p, $api)),
            ),
            must(
                concat!($group, ".bad-limit"),
                "a limit that is no number is refused with 400 and a Task Manager error",
                &["8.5.2", "4.1.8"],
                $needs,
                |p| Box::pin(refused(p, $api, "?limit=many", 400)),
            ),
            must(
                concat!($group, ".unknown-state"),
                "a state that nobody knows is refused with 400 and a Task Manager error",
                &["8.3.1", "8.5.2"],
                $needs,
                |p| Box::pin(refused(p, $api, "?state=asleep", 400)),
            ),
            should(
                concat!($group, ".bad-cursor"),
                "a cursor that the service did not make is refused with 400 and a Task Manager error",
                &["8.5.2"],
                $needs,
                |p| Box::pin(refused(p, $api, "?limit=1&after=nonsense", 400)),
            ),
            must(
                concat!($group, ".unknown-id"),
                "an unknown id is answered with 404 and a Task Manager error",
                &["8.5.3", "4.1.8"],
                $needs,
                |p| Box::pin(refused(p, $api, "/999999999999999999", 404)),
            ),
        ]
    };
}

pub(super) const TASKS: &[Check] = rows!("tasks", TASKS_API, &[Need::Credentials, Need::Tasks]);
pub(super) const ACTIVITIES: &[Check] =
    rows!("activities", ACTIVITIES_API, &[Need::Credentials, Need::Activities]);

async fn no_token(probe: &mut Probe, api: &Api) -> Verdict {
    probe.send(probe.get(api.path)).await?.status(401)
}

async fn refused(probe: &mut Probe, api: &Api, rest: &str, status: u16) -> Verdict {
    let request = probe.get(&format!("{}{rest}", api.path));
    probe.send_with_token(request).await?.task_error(status)
}
