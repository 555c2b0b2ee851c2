//! What the Task Manager may be asked, and what it answers.

use gatepass_protocol::TaskErrorBody;
use http::Method;
use schemars::JsonSchema;

use crate::{
    http::openapi::platform_answers,
    openapi::{Answer, Operation, Security},
    task_manager::{Activity, PageOf, Task, filters_of_activities, filters_of_tasks},
};

/// The operations of the Task Manager.
pub(in crate::http) fn operations() -> [Operation; 4] {
    [
        list::<Task>("/api/task_manager/v2/tasks", "List tasks").query(filters_of_tasks()),
        one::<Task>("/api/task_manager/v2/tasks/{id}", "Show a task"),
        list::<Activity>("/api/task_manager/v2/activities", "List activities")
            .query(filters_of_activities()),
        one::<Activity>("/api/task_manager/v2/activities/{id}", "Show an activity"),
    ]
}

fn list<T: JsonSchema>(path: &'static str, summary: &'static str) -> Operation {
    new(path, summary)
        .query([
            ("limit", "1 to 1000"),
            ("after", "`cursors.after` of the page before; only beside `limit`"),
            ("order", "`asc(field)` or `desc(field)`"),
            ("lod", "`tiny`, `short`, `long`, `full`, `debug` or `count`: how much is shown"),
        ])
        .answers([Answer::json::<PageOf<T>>(200, "A page")])
}

fn one<T: JsonSchema>(path: &'static str, summary: &'static str) -> Operation {
    new(path, summary)
        .query([("lod", "`tiny`, `short`, `long`, `full` or `debug`: how much is shown")])
        .answers([
            Answer::json::<T>(200, "All that the level of detail shows of it"),
            Answer::json::<TaskErrorBody>(404, "There is no such item (CONTRACT 8.5)"),
        ])
}

fn new(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::GET, path, summary)
        .tag("task manager")
        .source("CONTRACT 8")
        .shared_parameter("case")
        .secured(&[Security::Bearer])
        .answers(platform_answers())
        .answers([
            Answer::json::<TaskErrorBody>(400, "A parameter is wrong or unknown (CONTRACT 8.5)"),
            Answer::json::<TaskErrorBody>(401, "The token is missing, expired or invalid"),
            Answer::json::<TaskErrorBody>(403, "The caller has no role of the Task Manager"),
        ])
}
