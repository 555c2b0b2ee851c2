//! What the cases that play make of an exchange.

mod bend;
mod change_request;
mod own_answer;

use axum::response::Response;
use http::StatusCode;

use self::own_answer::own_answer;
pub(super) use self::{
    bend::{Bending, Repeats},
    change_request::said,
};
use super::arrival::Shapes;
use crate::{
    cases::{Play, Route},
    transport::ConnectionFault,
};

impl Play {
    /// Names of the cases, for the log.
    pub(super) fn names(&self) -> Option<String> {
        let names: Vec<_> = self.parts.iter().map(|part| &*part.case).collect();
        (!names.is_empty()).then(|| names.join(","))
    }

    /// Seconds that the platform's clock is ahead for this request.
    pub(super) fn clock_ahead_s(&self) -> i64 {
        self.parts.iter().map(|part| part.effect.clock_ahead_s).sum()
    }

    /// What is wrong with the tokens, if some are issued.
    pub(super) fn token_shapes(&self) -> Option<Shapes> {
        let mut effects = self.parts.iter().map(|part| &part.effect);
        let access = effects.clone().find_map(|effect| effect.token.clone());
        let id = effects.find_map(|effect| effect.id_token.clone());
        (access.is_some() || id.is_some())
            .then(|| Shapes { access: access.unwrap_or_default(), id: id.map(Into::into) })
    }

    /// The answer of the first case that has one: the platform is not asked.
    pub(super) fn answer(&self, route: Route) -> Option<Response> {
        if self.parts.iter().any(|part| part.effect.connection == Some(ConnectionFault::Refuse)) {
            return Some(Response::default()); // Nobody gets it.
        }
        let part = self.parts.iter().find(|part| part.effect.status.is_some())?;
        let status = StatusCode::from_u16(part.effect.status?).ok()?;
        Some(own_answer(part, status, route))
    }
}
