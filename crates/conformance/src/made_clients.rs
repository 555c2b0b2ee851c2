//! API clients that a run makes for itself (CONTRACT 5.1), and deletes at its end.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Failure, cannot_tell};
use crate::evidence::Evidence;
use crate::probe::own_tenant;
use crate::request::Request;
use crate::session::Session;
use crate::target::Credentials;

/// The IDs of clients that are to be deleted.
#[derive(Default)]
pub(crate) struct MadeClients(Mutex<Vec<String>>);

impl MadeClients {
    pub(crate) fn remember(&self, client_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(client_id.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The order for a client of the caller's own tenant.
pub(crate) fn order(tenant_id: &str, auth_method: &str) -> Value {
    json!({
        "type": "api_client",
        "tenant_id": tenant_id,
        "token_endpoint_auth_method": auth_method,
        "data": {"client_name": "Gatepass conformance check"},
    })
}

impl Session {
    /// Makes an API client of the caller's tenant. Whether the answer is as documented has checks
    /// of its own; here an ID and a secret are enough.
    pub(crate) async fn make_client(&self, auth_method: &str) -> Result<Credentials, Failure> {
        let Some(token) = self.access_token().await else {
            return cannot_tell("no token to make an API client with");
        };
        let Some(tenant_id) = own_tenant(&token) else {
            return cannot_tell("the token names no tenant to make an API client in");
        };
        self.make_client_in(&tenant_id, auth_method).await
    }

    /// The same of a tenant that the caller may reach.
    pub(crate) async fn make_client_in(
        &self,
        tenant_id: &str,
        auth_method: &str,
    ) -> Result<Credentials, Failure> {
        let Some(token) = self.access_token().await else {
            return cannot_tell("no token to make an API client with");
        };
        let (.., answer) = self.order_client(&token, &order(tenant_id, auth_method)).await;
        let answer = answer?;
        let body: Value = answer.json().unwrap_or_default();
        match (body["client_id"].as_str(), body["client_secret"].as_str()) {
            (Some(id), Some(secret)) if (200..300).contains(&answer.status) => {
                Ok(Credentials::new(id, secret))
            }
            _ => cannot_tell(format!("could not make an API client: got {}", answer.status)),
        }
    }

    /// Orders an API client, and remembers what comes of it so that it is deleted.
    pub(crate) async fn order_client(
        &self,
        token: &str,
        order: &Value,
    ) -> (Request, Evidence, Result<Answer, Failure>) {
        let request = Request::new("POST", self.url("/api/2/clients")).bearer(token).json(order);
        let (evidence, answer) = self.order_by(&request).await;
        (request, evidence, answer)
    }

    /// Sends what may be an order, and remembers what comes of it so that it is deleted.
    pub(crate) async fn order_by(&self, request: &Request) -> (Evidence, Result<Answer, Failure>) {
        let (evidence, answer) = self.exchange(request).await;
        let body = answer.as_ref().ok().and_then(|answer| answer.json().ok()).unwrap_or_default();
        if let Some(id) = body["client_id"].as_str() {
            let secret = body["client_secret"].as_str().unwrap_or_default();
            self.secrets.add_made_client(&Credentials::new(id, secret));
            self.made_clients.remember(id);
        }
        (evidence, answer)
    }

    /// Deletes what the run made; gives the IDs of the clients that are still there.
    pub(crate) async fn delete_made_clients(&self) -> Vec<String> {
        let made = self.made_clients.take();
        // A token of its own: a target may have revoked the others on the way.
        let token = if made.is_empty() { None } else { self.fresh_token().await };
        let mut left = Vec::new();
        for client_id in made {
            let request = Request::new("DELETE", self.url(&format!("/api/2/clients/{client_id}")))
                .bearer(token.as_deref().unwrap_or_default());
            let (_, answer) = self.exchange(&request).await;
            let status = answer.map(|answer| answer.status).unwrap_or_default();
            if !matches!(status, 200..300 | 404 | 410) {
                left.push(client_id);
            }
        }
        left
    }
}
