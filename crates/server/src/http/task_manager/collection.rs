//! What tasks and activities have in common.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{Caller, READ_TASKS},
    http::{credentials::Bearer, error::TaskError, json::Json},
    platform::Platform,
    task_manager::{Collection, Page},
};

/// A caller that may read tasks somewhere, and its query.
pub(crate) struct TaskRequest {
    platform: Platform,
    caller: Caller,
    query: String,
}

impl FromRequestParts<Platform> for TaskRequest {
    type Rejection = TaskError;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, TaskError> {
        let Bearer { caller, .. } =
            Bearer::<TaskError>::from_request_parts(parts, platform).await?;
        if !caller.has(READ_TASKS) {
            return Err(TaskError::Forbidden { caller: caller.client_id() });
        }
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self { platform: platform.clone(), caller, query })
    }
}

impl TaskRequest {
    pub(super) fn platform(&self) -> &Platform {
        &self.platform
    }

    pub(super) fn page(&self, collection: &Collection) -> Result<Json<Page>, TaskError> {
        Ok(Json(collection.page(&self.query, |tenant| self.sees(tenant))?))
    }

    pub(super) fn item(&self, collection: &Collection, id: &str) -> Result<Json<Value>, TaskError> {
        Ok(Json(collection.get(id, &self.query, |tenant| self.sees(tenant))?))
    }

    fn sees(&self, tenant: Uuid) -> bool {
        self.caller.may(READ_TASKS, tenant.into(), &self.platform.directory())
    }
}
