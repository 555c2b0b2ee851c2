//! Tokens of the data center, verified with its current keys.

use std::{sync::Arc, time::Duration};

use gatepass_protocol::EpochSeconds;
use serde_json::{Map, Value};
use url::Url;

use crate::{Discovery, Error, KeySet, VerifyError, text};

/// Verifies access tokens and ID tokens of a data center: signature, issuer, audience, expiry.
///
/// The keys and the issuer come from discovery and are kept there. When a token names a key that is
/// not among them, the keys are read once more, at most every half minute: the platform changes them
/// every 24 hours (CONTRACT 6.4). Revocation is not seen here; [`TokenSource::introspect`] asks.
///
/// [`TokenSource::introspect`]: crate::TokenSource::introspect
#[derive(Debug, Clone)]
#[must_use = "a verifier does nothing until it is given a token"]
pub struct TokenVerifier {
    discovery: Discovery,
    leeway_s: i64,
    audience: Option<String>,
}

/// What a verified token says (CONTRACT 3.5, 3.6).
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl TokenVerifier {
    /// A verifier over the keys that discovery finds.
    pub fn new(discovery: Discovery) -> Self {
        Self { discovery, leeway_s: 0, audience: None }
    }

    /// For so long, in whole seconds, a token is good after its expiry, and before its `nbf`: for
    /// clocks that differ. Default: not at all.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway_s = i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX);
        self
    }

    /// The `aud` that access tokens must have. Default: host and port of the issuer.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// The claims of an access token that the data center issued and that is good now.
    ///
    /// # Errors
    /// [`Error::Unverified`] says what is wrong with it; other errors, that the keys can't be read.
    pub async fn verify_access_token(&self, token: &str) -> Result<Claims, Error> {
        let audience = |issuer: &str| self.audience.clone().unwrap_or_else(|| authority(issuer));
        self.verify(token, audience).await
    }

    /// The claims of an ID token that the data center issued for an API client and that is good now.
    ///
    /// # Errors
    /// As [`TokenVerifier::verify_access_token`].
    pub async fn verify_id_token(&self, token: &str, client_id: &str) -> Result<Claims, Error> {
        self.verify(token, |_| client_id.to_owned()).await
    }

    async fn verify(
        &self,
        token: &str,
        audience: impl FnOnce(&str) -> String,
    ) -> Result<Claims, Error> {
        // The keys first: they bring the document with them, within one deadline.
        let keys = self.discovery.keys().await?;
        let issuer = self.discovery.document().await?.issuer;
        let audience = audience(&issuer);
        let outcome = match self.judge(&keys, token, &issuer, &audience) {
            Err(VerifyError::UnknownKey { .. }) => {
                let newer = self.discovery.newer_keys(&keys).await?;
                self.judge(&newer, token, &issuer, &audience)
            }
            outcome => outcome,
        };
        outcome.map_err(|error| Error::Unverified { source: Arc::new(error) })
    }

    /// The signature first: who forged it is told nothing of the rest.
    fn judge(
        &self,
        keys: &KeySet,
        token: &str,
        issuer: &str,
        audience: &str,
    ) -> Result<Claims, VerifyError> {
        let claims = Claims(keys.verify_with_leeway(token, self.discovery.now(), self.leeway_s)?);
        if claims.issuer() != Some(issuer) {
            return Err(VerifyError::Issuer {
                found: shown(claims.get("iss")),
                expected: issuer.to_owned(),
            });
        }
        if !claims.is_for(audience) {
            return Err(VerifyError::Audience {
                found: shown(claims.get("aud")),
                expected: audience.to_owned(),
            });
        }
        Ok(claims)
    }
}

impl Claims {
    /// All of them, in their order.
    pub fn json(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// `iss`: the data center URL with `/bc`.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`: the UUID of the API client or user that the token stands for.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `client_id`: the API client that asked for an access token.
    pub fn client_id(&self) -> Option<&str> {
        self.text("client_id")
    }

    /// `owner_tuid`: the UUID of the tenant that owns that API client.
    pub fn owner_tenant(&self) -> Option<&str> {
        self.text("owner_tuid")
    }

    /// `exp`: when the token expires.
    pub fn expires_on(&self) -> Option<EpochSeconds> {
        EpochSeconds::try_from(self.0.get("exp")?.as_i64()?).ok()
    }

    /// Whether `aud` is, or has in it, this audience (RFC 7519 section 4.1.3).
    pub fn is_for(&self, audience: &str) -> bool {
        match self.get("aud") {
            Some(Value::String(found)) => found == audience,
            Some(Value::Array(found)) => found.iter().any(|found| found == audience),
            _ => false,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// Host and port of an issuer, as they stand in a `Host` header.
fn authority(issuer: &str) -> String {
    let Ok(url) = Url::parse(issuer) else {
        return issuer.to_owned();
    };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => issuer.to_owned(),
    }
}

fn shown(claim: Option<&Value>) -> String {
    match claim {
        Some(Value::String(text)) => text::words(text, &[]),
        Some(other) => text::words(&other.to_string(), &[]),
        None => "missing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_of_an_access_token_is_the_issuers_host() {
        for (issuer, expected) in [
            ("https://eu2-cloud.acronis.com/bc", "eu2-cloud.acronis.com"),
            ("https://host:8443/eu/bc", "host:8443"),
            ("http://127.0.0.1:80/bc", "127.0.0.1"),
            ("none", "none"),
        ] {
            assert_eq!(authority(issuer), expected, "given {issuer}");
        }
    }
}
