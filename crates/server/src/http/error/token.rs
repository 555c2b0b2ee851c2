//! Errors of the token endpoint: RFC 6749 section 5.2, as the platform words it (CONTRACT 4.1).

use axum::response::{IntoResponse, Response};
use gatepass_protocol::{TokenErrorBody, TokenErrorCode};
use http::StatusCode;

use super::{AUTHENTICATION_FAILED, LOGIN_FAILED, challenge_basic, forbid_caching};
use crate::{exchange::Decision, http::json, sign_in::Refusal};

/// A refusal of the token endpoint.
pub(crate) struct TokenError(Refusal);

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        use TokenErrorCode as Code;

        let reason = self.0.to_string();
        let (status, code, client_id) = match &self.0 {
            Refusal::NoCredentials
            | Refusal::Authorization(_)
            | Refusal::AuthorizationHeader
            | Refusal::BearerNotTaken
            | Refusal::UnknownClient(_) => (StatusCode::UNAUTHORIZED, Code::InvalidClient, None),
            Refusal::WrongSecret(id)
            | Refusal::WrongMethod(id, _)
            | Refusal::ClientDisabled(id) => {
                (StatusCode::UNAUTHORIZED, Code::InvalidClient, Some(*id))
            }
            Refusal::TwoMethods
            | Refusal::ClientIdsDiffer
            | Refusal::Repeated(_)
            | Refusal::Contradiction(_)
            | Refusal::NoGrantType
            | Refusal::MissingParameter(_)
            | Refusal::Flag(_)
            | Refusal::AssertionIsNotBearer => {
                (StatusCode::BAD_REQUEST, Code::InvalidRequest, None)
            }
            Refusal::UnknownGrantType(_) | Refusal::GrantNotOffered(_) => {
                (StatusCode::BAD_REQUEST, Code::UnsupportedGrantType, None)
            }
            Refusal::PublicClient(id) => {
                (StatusCode::BAD_REQUEST, Code::UnauthorizedClient, Some(*id))
            }
            Refusal::Scope(_) | Refusal::NoTenant => {
                (StatusCode::BAD_REQUEST, Code::InvalidScope, None)
            }
            Refusal::Assertion(_)
            | Refusal::AssertionOfAnother(_)
            | Refusal::UnknownUser
            | Refusal::WrongPassword(_)
            | Refusal::RefreshToken(_) => (StatusCode::BAD_REQUEST, Code::InvalidGrant, None),
            Refusal::TotpRequired(_) => (StatusCode::UNAUTHORIZED, Code::TotpRequired, None),
            Refusal::InvalidTotp(_) => (StatusCode::UNAUTHORIZED, Code::InvalidTotp, None),
            Refusal::TotpSetupRequired(_) => (StatusCode::FORBIDDEN, Code::TotpSetupRequired, None),
            Refusal::IdTokenRevoked => (StatusCode::BAD_REQUEST, Code::UnsupportedTokenType, None),
            Refusal::TenantNotAllowed(_) => (StatusCode::FORBIDDEN, Code::AccessDenied, None),
        };
        let told = match &self.0 {
            Refusal::UnknownClient(_)
            | Refusal::WrongSecret(_)
            | Refusal::WrongMethod(..)
            | Refusal::ClientDisabled(_) => AUTHENTICATION_FAILED,
            Refusal::UnknownUser | Refusal::WrongPassword(_) => LOGIN_FAILED,
            _ => &reason,
        };
        let body = TokenErrorBody::new(code, told);
        let mut response = json::decided(status, &body, Decision { client_id, reason });
        if status == StatusCode::UNAUTHORIZED {
            challenge_basic(&mut response);
        }
        forbid_caching(&mut response);
        response
    }
}
