//! Requests to the Account Management API.

use gatepass_protocol::{BasicCredentials, Secret};
use gatepass_server::{FixtureClient, RunningPlatform};
use reqwest::header;
use serde_json::Value;

use crate::{Answer, TestPlatform, TestRequest};

/// The administrator of the built-in fixtures' partner.
pub const ADMINISTRATOR: (&str, &str) = ("administrator@example.com", "example-password");

/// The client of the built-in fixtures' customer that may read and nothing else.
pub fn read_only_client() -> FixtureClient {
    FixtureClient {
        client_id: "c4b0ca91-19a9-4f61-873e-5f1f753b41e2".parse().unwrap(),
        client_secret: Secret::from("ed89552cc46c4311790920f5cb6bd440"),
        tenant_id: "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002".parse().unwrap(),
    }
}

/// The client of the built-in fixtures' customer that has no role.
pub fn client_without_roles() -> FixtureClient {
    FixtureClient {
        client_id: "bf36110b-8152-4819-ac12-4e83a3ba51eb".parse().unwrap(),
        client_secret: Secret::from("dbe1a47e1824e2d7d4df49e0b6236fbf"),
        tenant_id: "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002".parse().unwrap(),
    }
}

impl TestRequest {
    /// Sets JSON as the body, with its type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.with(|request| request.header(header::CONTENT_TYPE, "application/json"))
            .body(&body.to_string())
    }

    /// Adds HTTP Basic of a user.
    #[must_use]
    pub fn login(self, (login, password): (&str, &str)) -> Self {
        let credentials = BasicCredentials::new(login, Secret::from(password)).unwrap();
        self.authorization(&credentials.render())
    }
}

impl TestPlatform {
    /// The platform, as those who embed it have it.
    pub fn running(&self) -> &RunningPlatform {
        &self.running
    }
}

impl Answer {
    /// A member of each item of a batch, in order.
    #[track_caller]
    pub fn each_item(&self, member: &str) -> Vec<String> {
        let items = self.assert_status(200).at("/items");
        let items = items.as_array().unwrap_or_else(|| panic!("no items\n{self}"));
        items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
    }

    /// The API client that a `POST clients` was answered with.
    pub fn created_client(&self) -> FixtureClient {
        self.assert_status(201);
        FixtureClient {
            client_id: self.text_at("/client_id").parse().unwrap(),
            client_secret: Secret::from(self.text_at("/client_secret")),
            tenant_id: self.text_at("/tenant_id").parse().unwrap(),
        }
    }
}
