//! `/_gatepass/clients…`: API clients for tests, each its own.

use axum::extract::{Path, State};
use gatepass_protocol::{ApiClientDocument, ApiClientStatus, ClientId, Secret, TenantId};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    answer::{Created, NoContent},
    problem::{JsonBody, Problem},
};
use crate::{
    account::{AccountError, NewClient},
    directory::{ApiClient, Role},
    http::{arrival::Arrival, json::Json},
    platform::Platform,
};

/// An API client to be made; what is left out is as the default client has it.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewControlClient")]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    name: String,
    tenant_id: Option<TenantId>,
    /// Each `resource-server::role`.
    roles: Option<Vec<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ControlClientChange")]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    status: ApiClientStatus,
}

/// What an integration is configured with; the secret is told this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct Credentials {
    datacenter_url: String,
    client_id: ClientId,
    client_secret: Secret,
    tenant_id: TenantId,
    name: Value,
    status: ApiClientStatus,
}

impl Credentials {
    fn of(client: &ApiClient, arrival: &Arrival) -> Self {
        let mut document = client.document();
        Self {
            datacenter_url: arrival.base_url.join(""),
            client_id: client.id,
            client_secret: client.secret.clone(),
            tenant_id: client.tenant,
            name: document.data.remove("client_name").unwrap_or_default(),
            status: client.status,
        }
    }
}

/// Makes an API client; it can sign in at once.
pub(super) async fn create(
    State(platform): State<Platform>,
    arrival: Arrival,
    JsonBody(order): JsonBody<Order>,
) -> Result<Created<Credentials>, Problem> {
    let roles = order.roles.map(|roles| roles.iter().map(|text| role(text)).collect());
    let new = {
        let directory = platform.directory();
        let model = directory.default_client();
        let tenant = order.tenant_id.unwrap_or(model.tenant);
        let roles = roles.unwrap_or_else(|| Ok(model.roles.clone()))?;
        NewClient::named(&order.name, tenant, roles, model.created_by)
    };
    let client = platform.create_client(new, arrival.now)?.client;
    Ok(Created(Credentials::of(&client, &arrival)))
}

/// All API clients, by their IDs, without their secrets.
pub(super) async fn list(State(platform): State<Platform>) -> Json<Vec<ApiClientDocument>> {
    let directory = platform.directory();
    let mut clients: Vec<_> = directory.clients().map(|client| client.document()).collect();
    clients.sort_by_key(|client| client.client_id);
    Json(clients)
}

/// One API client, without its secret.
pub(super) async fn show(
    State(platform): State<Platform>,
    Path(id): Path<String>,
) -> Result<Json<ApiClientDocument>, Problem> {
    let id = known(&platform, &id)?;
    let directory = platform.directory();
    Ok(Json(directory.client(id).ok_or_else(|| unknown(&id.to_string()))?.document()))
}

/// Enables or disables an API client.
pub(super) async fn change(
    State(platform): State<Platform>,
    Path(id): Path<String>,
    JsonBody(Change { status }): JsonBody<Change>,
) -> Result<Json<ApiClientDocument>, Problem> {
    let client = platform.set_client_status(known(&platform, &id)?, status)?;
    Ok(Json(client.document()))
}

/// Deletes an API client, and the clock of its own with it.
pub(super) async fn delete(
    State(platform): State<Platform>,
    Path(id): Path<String>,
) -> Result<NoContent, Problem> {
    let client = platform.delete_client(known(&platform, &id)?)?;
    platform.clocks().forget(client.id);
    Ok(NoContent)
}

/// Gives an API client another secret. Tokens that were issued stay good.
pub(super) async fn reset_secret(
    State(platform): State<Platform>,
    arrival: Arrival,
    Path(id): Path<String>,
) -> Result<Json<Credentials>, Problem> {
    let id = known(&platform, &id)?;
    platform.reset_client_secret(id)?;
    let directory = platform.directory();
    let client = directory.client(id).ok_or_else(|| unknown(&id.to_string()))?;
    Ok(Json(Credentials::of(client, &arrival)))
}

/// The ID of an API client that is there.
pub(super) fn known(platform: &Platform, id: &str) -> Result<ClientId, Problem> {
    let client = id.parse().ok().filter(|&id| platform.directory().client(id).is_some());
    client.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem {
        status: StatusCode::NOT_FOUND,
        message: format!("there is no API client {id}"),
        hint: "GET /_gatepass/clients lists them",
    }
}

fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| Problem {
        status: StatusCode::BAD_REQUEST,
        message: format!("`{text}` is no role"),
        hint: "write `resource-server::role`, e.g. `account-server::tenant_viewer`",
    })
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let (status, hint) = match &error {
            AccountError::UnknownClient(_) => {
                (StatusCode::NOT_FOUND, "GET /_gatepass/clients lists them")
            }
            AccountError::UnknownTenant(_) => {
                (StatusCode::BAD_REQUEST, "the fixtures' platform.toml lists the tenants")
            }
            AccountError::OriginTaken(_) => (StatusCode::CONFLICT, "name another `origin_id`"),
            AccountError::Forbidden { .. }
            | AccountError::UnknownLogin
            | AccountError::NoUser(_)
            | AccountError::Body(_)
            | AccountError::Query(_) => {
                (StatusCode::BAD_REQUEST, "send what the documentation says")
            }
        };
        Self { status, message: error.to_string(), hint }
    }
}
