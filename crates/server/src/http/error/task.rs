//! Errors of the Task Manager (CONTRACT 4.1, 8.5).

use axum::response::{IntoResponse, Response};
use gatepass_protocol::{ClientId, TaskErrorBody};
use http::StatusCode;

use super::challenge_caller;
use crate::{
    access::Unauthorized,
    exchange::Decision,
    http::json,
    task_manager::{GetError, QueryError},
};

/// An error of the Task Manager.
#[derive(Debug)]
pub(crate) enum TaskError {
    Unauthorized(Unauthorized),
    Forbidden { caller: Option<ClientId> },
    BadRequest(QueryError),
    NotFound(String),
    NoEndpoint(String),
    MethodNotAllowed(String),
}

impl From<Unauthorized> for TaskError {
    fn from(reason: Unauthorized) -> Self {
        Self::Unauthorized(reason)
    }
}

impl From<QueryError> for TaskError {
    fn from(error: QueryError) -> Self {
        Self::BadRequest(error)
    }
}

impl From<GetError> for TaskError {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Query(error) => Self::BadRequest(error),
            GetError::Absent { .. } => Self::NotFound(error.to_string()),
        }
    }
}

impl IntoResponse for TaskError {
    fn into_response(self) -> Response {
        let (status, domain, code) = match &self {
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "Access", "Unauthorized"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "Access", "Forbidden"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "TaskManager", "BadRequest"),
            Self::NotFound(_) | Self::NoEndpoint(_) => {
                (StatusCode::NOT_FOUND, "TaskManager", "NotFound")
            }
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "TaskManager", "MethodNotAllowed")
            }
        };
        let (client_id, reason) = match &self {
            Self::Unauthorized(reason) => (None, reason.to_string()),
            Self::Forbidden { caller } => {
                (*caller, "the caller has no role of the Task Manager".to_owned())
            }
            Self::BadRequest(error) => (None, error.to_string()),
            Self::NotFound(what) => (None, what.clone()),
            Self::NoEndpoint(path) => (None, format!("there is no endpoint {path}")),
            Self::MethodNotAllowed(method) => {
                (None, format!("the endpoint has no method {method}"))
            }
        };
        let body = TaskErrorBody::new(domain, code, reason.clone());
        let mut response = json::decided(status, &body, Decision { client_id, reason });
        if let Self::Unauthorized(reason) = &self {
            challenge_caller(&mut response, reason);
        }
        response
    }
}
