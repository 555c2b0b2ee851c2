//! Asking whether a mock is ready.

use std::time::Duration;

use gatepass_client::DataCenter;
use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;

use crate::failure::{self, Failure};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The `product` that a mock names itself.
const PRODUCT: &str = "gatepass";

/// Asks one data center.
pub(crate) struct HealthProbe {
    http: Client,
    url: reqwest::Url,
}

#[derive(Deserialize)]
struct Health {
    product: String,
}

impl HealthProbe {
    /// A probe that has asked nothing yet.
    pub(crate) fn new(data_center: &DataCenter) -> Result<Self, Failure> {
        let url = data_center.url("/_gatepass/health");
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("gatepass/", env!("CARGO_PKG_VERSION")));
        if data_center.is_loopback() {
            builder = builder.no_proxy();
        }
        if url.scheme() == "http" {
            // Without this a container that has no certificates could not check its own health.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| {
            Failure::unreachable(format!(
                "could not make an HTTP client: {}",
                failure::outer_and_root(&error)
            ))
        })?;
        Ok(Self { http, url })
    }

    /// `Ok` when a mock is ready, or what is there instead.
    pub(crate) async fn ask(&self) -> Result<(), String> {
        let answer = self.http.get(self.url.clone()).send().await.map_err(|error| {
            if error.is_timeout() { "no answer in time".to_owned() } else { failure::root(&error) }
        })?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answers {}", answer.status()));
        }
        match answer.bytes().await.map(|body| serde_json::from_slice::<Health>(&body)) {
            Ok(Ok(health)) if health.product == PRODUCT => Ok(()),
            _ => Err("it is something else that answers".to_owned()),
        }
    }
}
