//! The endpoints that an API client asks as itself.

use gatepass_protocol::{EpochSeconds, Form, GrantType, Introspection, Secret, TenantId};
use http::{HeaderValue, header};
use serde_json::Value;
use url::Url;

use crate::{
    AccessToken, AnswerProblem, Credentials, DataCenter, Discovery, Error, Stage, Token,
    exchange::{Exchanger, Progress},
    question::Question,
    telemetry, text,
};

/// An API client at its data center.
pub(crate) struct Endpoint {
    pub(crate) exchanger: Exchanger,
    pub(crate) data_center: DataCenter,
    pub(crate) credentials: Credentials,
    pub(crate) discovery: Discovery,
}

impl Endpoint {
    /// CONTRACT 2.1 and 2.2.
    pub(crate) async fn client_credentials(
        &self,
        progress: &Progress,
        scope: Option<&str>,
    ) -> Result<Token, Error> {
        let grant = [("grant_type", GrantType::ClientCredentials.as_str())];
        let form = grant.into_iter().chain(scope.map(|scope| ("scope", scope))).collect();
        self.token(progress, &form, self.credentials.header(), &[]).await
    }

    /// CONTRACT 2.6. It is sent once: a refresh token that comes twice has its whole family revoked.
    pub(crate) async fn refresh(
        &self,
        progress: &Progress,
        refresh_token: &Secret,
    ) -> Result<Token, Error> {
        let form: Form = [
            ("grant_type", GrantType::RefreshToken.as_str()),
            ("refresh_token", refresh_token.reveal()),
        ]
        .into_iter()
        .collect();
        let url = self.data_center.url(TOKEN_PATH);
        let unspeakable = self.unspeakable([refresh_token.clone()]);
        let question = Question { stage: Stage::Token, url: &url, unspeakable: &unspeakable };
        let request = post(&self.exchanger.http, &url, &form, self.credentials.header());
        self.exchanger
            .ask_once(progress, &question, request, Token::read)
            .await
            .inspect(telemetry::issued)
    }

    /// CONTRACT 2.5.
    pub(crate) async fn narrow(
        &self,
        progress: &Progress,
        token: &AccessToken,
        tenant: TenantId,
    ) -> Result<Token, Error> {
        let form = [
            ("grant_type", GrantType::JwtBearer.as_str().to_owned()),
            ("assertion", token.reveal().to_owned()),
            ("scope", format!("urn:acronis.com:tenant-id:{tenant}")),
        ]
        .into_iter()
        .collect();
        self.token(progress, &form, token.header(), &[Secret::from(token.reveal())]).await
    }

    /// CONTRACT 6.1. Each token that belongs to the same pair is revoked with it.
    pub(crate) async fn revoke(&self, token: &Token, now: EpochSeconds) -> Result<(), Error> {
        let (token, hint) = match token.refresh_token() {
            Some(refresh_token) if token.expires_on() <= now => {
                (refresh_token.clone(), "refresh_token")
            }
            _ => (Secret::from(token.access_token().reveal()), "access_token"),
        };
        let form = [("token", token.reveal()), ("token_type_hint", hint)].into_iter().collect();
        let url = self.data_center.url("/api/2/idp/revoke_token");
        let unspeakable = self.unspeakable([token.clone()]);
        let question = Question { stage: Stage::Revocation, url: &url, unspeakable: &unspeakable };
        let request = |http: &reqwest::Client| post(http, &url, &form, self.credentials.header());
        self.exchanger.answer(&question, request).await.map(drop)
    }

    /// CONTRACT 6.2.
    pub(crate) async fn introspect(
        &self,
        token: &str,
        bearer: &AccessToken,
    ) -> Result<Introspection, Error> {
        let form = [("token", token)].into_iter().collect();
        let url = self.data_center.url("/api/2/idp/introspect_token");
        let unspeakable = self.unspeakable([Secret::from(token), Secret::from(bearer.reveal())]);
        let question =
            Question { stage: Stage::Introspection, url: &url, unspeakable: &unspeakable };
        let request = |http: &reqwest::Client| post(http, &url, &form, bearer.header());
        let read = |json, _| {
            serde_json::from_value(Value::Object(json)).map_err(|error| AnswerProblem::Document {
                expected: "an introspection answer",
                reason: text::words(&error.to_string(), &unspeakable),
            })
        };
        self.exchanger.ask(&question, request, read).await
    }

    /// Whatever is done for a token, within the deadline.
    pub(crate) async fn before_deadline<T>(
        &self,
        progress: &Progress,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let url = self.data_center.url(TOKEN_PATH);
        let deadline = self.exchanger.deadline();
        self.exchanger.before_deadline(deadline, Stage::Token, &url, progress, work).await
    }

    /// Whatever is asked of the token endpoint for a token, told as one request.
    pub(crate) async fn as_a_request(
        &self,
        work: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Token, Error> {
        telemetry::request(Stage::Token, &self.data_center.url(TOKEN_PATH), work).await
    }

    async fn token(
        &self,
        progress: &Progress,
        form: &Form,
        authorization: HeaderValue,
        more: &[Secret],
    ) -> Result<Token, Error> {
        let url = self.data_center.url(TOKEN_PATH);
        let unspeakable = self.unspeakable(more.iter().cloned());
        let question = Question { stage: Stage::Token, url: &url, unspeakable: &unspeakable };
        let request = |http: &reqwest::Client| post(http, &url, form, authorization.clone());
        self.exchanger
            .ask_in(progress, &question, request, Token::read)
            .await
            .inspect(telemetry::issued)
    }

    fn unspeakable(&self, more: impl IntoIterator<Item = Secret>) -> Vec<Secret> {
        self.credentials.unspeakable().into_iter().chain(more).collect()
    }
}

fn post(
    http: &reqwest::Client,
    url: &Url,
    form: &Form,
    authorization: HeaderValue,
) -> reqwest::RequestBuilder {
    http.post(url.clone())
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(form.render())
}

/// CONTRACT 1.2.
const TOKEN_PATH: &str = "/api/2/idp/token";
