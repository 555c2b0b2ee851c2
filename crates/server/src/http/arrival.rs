//! When, whence and under which URL a request came.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::extract::FromRequestParts;
use gatepass_protocol::EpochSeconds;
use http::{request::Parts, uri::Scheme};

use crate::{base_url::BaseUrl, platform::Platform, tokens::TokenShape, transport::FaultSwitch};

/// The connection that a request came over.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    /// `https` where it is encrypted.
    pub(crate) scheme: Scheme,
    /// Makes it fail.
    pub(crate) faults: Arc<FaultSwitch>,
}

/// When a request came. The clock is asked once for each request, so that `exp`, `expires_on`,
/// `Date` and the log agree to the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArrivedAt(pub(crate) jiff::Timestamp);

/// What each request brings beside its own words.
pub(crate) struct Arrival {
    pub(crate) now: EpochSeconds,
    pub(crate) connection: Connection,
    pub(crate) base_url: BaseUrl,
    /// How a case has the access token differ from a good one.
    pub(crate) shape: TokenShape,
    /// How a case has the ID token differ from a good one.
    pub(crate) id_shape: Option<TokenShape>,
}

/// The shapes that cases give to the two tokens of an answer; they come with the request.
#[derive(Clone, Default)]
pub(crate) struct Shapes {
    pub(crate) access: TokenShape,
    pub(crate) id: Option<TokenShape>,
}

impl FromRequestParts<Platform> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        platform: &Platform,
    ) -> Result<Self, Infallible> {
        Ok(Self::of(parts, platform))
    }
}

impl Arrival {
    /// What a request brings, once the recording layer has seen it.
    pub(crate) fn of(parts: &Parts, platform: &Platform) -> Self {
        let connection = extension::<Connection>(parts).clone();
        let base_url = match &platform.config().public_url {
            Some(url) => BaseUrl::fixed(url),
            None => BaseUrl::of_request(
                &parts.headers,
                &parts.uri,
                &connection.scheme,
                connection.local,
            ),
        };
        let Shapes { access: shape, id: id_shape } =
            parts.extensions.get::<Shapes>().cloned().unwrap_or_default();
        let now = extension::<ArrivedAt>(parts).0.into();
        Self { now, connection, base_url, shape, id_shape }
    }
}

fn extension<T: Send + Sync + 'static>(parts: &Parts) -> &T {
    parts.extensions.get().expect("the connection and the recording layer put it on each request")
}
