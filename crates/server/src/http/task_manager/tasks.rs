//! `GET /api/task_manager/v2/tasks` and `/tasks/{id}`.

use axum::extract::Path;
use serde_json::Value;

use super::collection::TaskRequest;
use crate::{
    http::{error::TaskError, json::Json},
    task_manager::Page,
};

/// A page of the tasks that the caller may see.
pub(crate) async fn list(request: TaskRequest) -> Result<Json<Page>, TaskError> {
    request.page(request.platform().task_manager().tasks())
}

/// One task.
pub(crate) async fn show(
    request: TaskRequest,
    Path(id): Path<String>,
) -> Result<Json<Value>, TaskError> {
    request.item(request.platform().task_manager().tasks(), &id)
}
