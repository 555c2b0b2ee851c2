//! Asking whether a mock is ready.

use gatepass_client::DataCenter;
use reqwest::{Client, StatusCode};
use serde::Deserialize;

use crate::{
    control::{self, http_client},
    failure::Failure,
};

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
    /// A probe that has asked nothing yet; it trusts the authority in a PEM text alone, or those of
    /// the system.
    pub(crate) fn new(data_center: &DataCenter, authority: Option<&[u8]>) -> Result<Self, Failure> {
        let url = data_center.url("/_gatepass/health");
        let http = http_client(data_center, &url, authority)?;
        Ok(Self { http, url })
    }

    /// `Ok` when a mock is ready, or what is there instead.
    pub(crate) async fn ask(&self) -> Result<(), String> {
        let answer = self.http.get(self.url.clone()).send().await;
        let answer = answer.map_err(|error| control::no_answer(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(format!("it answers {}", answer.status()));
        }
        match answer.bytes().await.map(|body| serde_json::from_slice::<Health>(&body)) {
            Ok(Ok(health)) if health.product == PRODUCT => Ok(()),
            _ => Err("it is something else that answers".to_owned()),
        }
    }
}
