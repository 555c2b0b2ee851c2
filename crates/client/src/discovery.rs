//! What a data center tells about itself, without credentials.

use std::{fmt, sync::Arc};

use gatepass_protocol::{DiscoveryDocument, EpochSeconds};
use http::header;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    AnswerProblem, BuildError, DataCenter, Error, KeySet, Stage,
    builder::default_exchanger,
    exchange::{Deadline, Exchanger, Progress},
    kept::{Kept, Reading},
    question::Question,
    telemetry, text,
};

/// Reads the discovery document and the public keys of a data center, with the same retries as a
/// token request.
///
/// Both are kept for an hour. Then they are read anew in the background, while the old ones serve:
/// for a day at most. However many callers wait for the first reading, one does it, and all get its
/// outcome. Clones share them.
#[derive(Clone)]
pub struct Discovery(Arc<Inner>);

struct Inner {
    data_center: DataCenter,
    exchanger: Exchanger,
    document: Arc<Kept<DiscoveryDocument>>,
    keys: Arc<Kept<KeySet>>,
}

impl Discovery {
    /// Discovery with the defaults. [`TokenSource::discovery`](crate::TokenSource::discovery) is one
    /// with the HTTP client of the token source.
    ///
    /// # Errors
    /// [`BuildError`] when the HTTP client can't be made.
    pub fn new(data_center: DataCenter) -> Result<Self, BuildError> {
        let exchanger = default_exchanger(&data_center)?;
        Ok(Self::over(data_center, exchanger))
    }

    pub(crate) fn over(data_center: DataCenter, exchanger: Exchanger) -> Self {
        let (document, keys) = (Arc::default(), Arc::default());
        Self(Arc::new(Inner { data_center, exchanger, document, keys }))
    }

    /// The document at `/.well-known/openid-configuration` (CONTRACT 6.3).
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Discovery`].
    pub async fn document(&self) -> Result<DiscoveryDocument, Error> {
        self.0.document.get(self.now(), || self.document_to_come()).await
    }

    /// The keys at the `jwks_uri` of the document (CONTRACT 6.4).
    ///
    /// # Errors
    /// [`Error`] with [`Stage::Discovery`] or [`Stage::Keys`]; its text names the URL that failed,
    /// which may be one that discovery chose.
    pub async fn keys(&self) -> Result<KeySet, Error> {
        self.0.keys.get(self.now(), || self.keys_to_come()).await
    }

    /// Keys that are newer than those in which one was not found, if they may be asked for: at most
    /// once in half a minute, for anyone can make up a key ID.
    ///
    /// # Errors
    /// As [`Discovery::keys`].
    pub(crate) async fn newer_keys(&self, old: &KeySet) -> Result<KeySet, Error> {
        let same = |keys: &KeySet| keys.is_the_same_as(old);
        self.0.keys.renew(self.now(), same, || self.keys_to_come()).await
    }

    pub(crate) fn now(&self) -> EpochSeconds {
        self.0.exchanger.clock.now()
    }

    fn document_to_come(&self) -> Reading<DiscoveryDocument> {
        let discovery = self.clone();
        Box::pin(async move { discovery.ask_for_document().await })
    }

    fn keys_to_come(&self) -> Reading<KeySet> {
        let discovery = self.clone();
        Box::pin(async move { discovery.ask_for_keys().await })
    }

    async fn ask_for_document(&self) -> Result<DiscoveryDocument, Error> {
        // The keys' address is judged here, where the answer that named it is at hand.
        let read = |json| {
            let document = read_document(json)?;
            self.jwks_uri(&document)?;
            Ok(document)
        };
        let deadline = self.0.exchanger.deadline();
        self.fetch(deadline, Stage::Discovery, &self.url(), read).await
    }

    async fn ask_for_keys(&self) -> Result<KeySet, Error> {
        // Set before the document is asked for, so that the keys have what that leaves of it.
        let deadline = self.0.exchanger.deadline();
        let document = self.document().await?;
        let uri = Url::parse(&document.jwks_uri).expect("the document was read with a good one");
        self.fetch(deadline, Stage::Keys, &uri, read_keys).await
    }

    async fn fetch<T>(
        &self,
        deadline: Deadline,
        stage: Stage,
        url: &Url,
        read: impl FnOnce(Map<String, Value>) -> Result<T, AnswerProblem>,
    ) -> Result<T, Error> {
        let question = Question { stage, url, unspeakable: &[] };
        let request = |http: &reqwest::Client| {
            http.get(url.clone()).header(header::ACCEPT, "application/json")
        };
        let (exchanger, progress) = (&self.0.exchanger, Progress::default());
        let work = exchanger.ask_in(&progress, &question, request, |json, _| read(json));
        let work = telemetry::request(stage, url, work);
        exchanger.before_deadline(deadline, stage, url, &progress, work).await
    }

    fn url(&self) -> Url {
        self.0.data_center.url("/.well-known/openid-configuration")
    }

    fn jwks_uri(&self, document: &DiscoveryDocument) -> Result<Url, AnswerProblem> {
        let wrong =
            |reason| AnswerProblem::JwksUri { url: text::words(&document.jwks_uri, &[]), reason };
        let url = Url::parse(&document.jwks_uri).map_err(|_| wrong("which is no absolute URL"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if !self.0.data_center.is_encrypted() => Ok(url),
            "http" => Err(wrong("over which keys can't be trusted: it is plain HTTP")),
            _ => Err(wrong("which is neither `https` nor `http`")),
        }
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Discovery").field(&self.0.data_center).finish()
    }
}

fn read_document(json: Map<String, Value>) -> Result<DiscoveryDocument, AnswerProblem> {
    serde_json::from_value(Value::Object(json)).map_err(not("a discovery document"))
}

fn read_keys(json: Map<String, Value>) -> Result<KeySet, AnswerProblem> {
    KeySet::from_value(json).map_err(not("a key set"))
}

fn not(expected: &'static str) -> impl FnOnce(serde_json::Error) -> AnswerProblem {
    move |error| {
        let reason = text::words(&error.to_string(), &[]);
        AnswerProblem::Document { expected, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_an_encrypted_data_center_are_not_taken_over_plain_http() {
        for (data_center, jwks_uri, good) in [
            ("https://host", "https://keys.host/keys", true),
            ("https://host", "http://host/keys", false),
            ("http://localhost", "http://127.0.0.1/keys", true),
            ("http://localhost", "https://host/keys", true),
        ] {
            let discovery = Discovery::new(data_center.parse().unwrap()).unwrap();
            let document = DiscoveryDocument {
                issuer: String::new(),
                authorization_endpoint: String::new(),
                token_endpoint: String::new(),
                jwks_uri: jwks_uri.to_owned(),
                introspection_endpoint: None,
                revocation_endpoint: None,
                response_types_supported: Vec::new(),
                subject_types_supported: Vec::new(),
                id_token_signing_alg_values_supported: Vec::new(),
                grant_types_supported: Vec::new(),
                token_endpoint_auth_methods_supported: Vec::new(),
                revocation_endpoint_auth_methods_supported: Vec::new(),
                scopes_supported: Vec::new(),
                claims_supported: Vec::new(),
            };

            let read = discovery.jwks_uri(&document);
            assert_eq!(read.is_ok(), good, "given {data_center} and {jwks_uri}: {read:?}");
        }
    }
}
