//! `POST …/idp/token`: the token endpoint (CONTRACT 2 and 3).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use gatepass_protocol::{ClientId, TokenResponse};
use http::StatusCode;

use crate::{
    exchange::Decision,
    http::{
        arrival::Arrival,
        body::FormBody,
        credentials::{QueryForm, TokenAuthorization},
        error::{TokenError, forbid_caching},
        json,
    },
    issuing::{TokenEndpoint, TokenRequest},
    platform::Platform,
};

/// The endpoint of the tutorial and of the connector guide.
pub(crate) async fn issue(
    State(platform): State<Platform>,
    arrival: Arrival,
    authorization: TokenAuthorization,
    query: QueryForm,
    body: FormBody,
) -> Result<TokenAnswer, TokenError> {
    answer(&platform, TokenEndpoint::Api, &arrival, &authorization, &query, &body)
}

/// The endpoint that discovery names.
pub(crate) async fn issue_as_discovered(
    State(platform): State<Platform>,
    arrival: Arrival,
    authorization: TokenAuthorization,
    query: QueryForm,
    body: FormBody,
) -> Result<TokenAnswer, TokenError> {
    answer(&platform, TokenEndpoint::Discovered, &arrival, &authorization, &query, &body)
}

fn answer(
    platform: &Platform,
    endpoint: TokenEndpoint,
    arrival: &Arrival,
    TokenAuthorization(authorization): &TokenAuthorization,
    QueryForm(query): &QueryForm,
    FormBody(body): &FormBody,
) -> Result<TokenAnswer, TokenError> {
    let request = TokenRequest { authorization, body, query };
    let (client, response) = platform.sign_in(&request, endpoint, &arrival.shape, arrival)?;
    Ok(TokenAnswer { client, response })
}

/// 200 with the tokens, not to be cached (CONTRACT 3.2).
pub(crate) struct TokenAnswer {
    client: ClientId,
    response: TokenResponse,
}

impl IntoResponse for TokenAnswer {
    fn into_response(self) -> Response {
        let reason = "tokens issued".to_owned();
        let decision = Decision { client_id: Some(self.client), reason };
        let mut response = json::decided(StatusCode::OK, &self.response, decision);
        forbid_caching(&mut response);
        response
    }
}
