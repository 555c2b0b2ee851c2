//! What a check needs beyond a URL, and whether a target has it.

use serde::Serialize;
use serde_json::{Value, json};

use crate::probe::{
    ACTIVITIES_PATH, BC_TOKEN_PATH, INTROSPECT_PATH, REVOKE_PATH, TASKS_PATH, TOKEN_PATH,
    is_of_task_manager, own_tenant, roles,
};
use crate::request::Request;
use crate::session::Session;

/// What a check needs of the target and of its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// An API client of the caller's, registered for `client_secret_basic`.
    Credentials,
    /// The ID of an API client outside the caller's tenants.
    ForeignClient,
    /// A disabled API client, lent or made.
    DisabledClient,
    /// An API client that is registered for `client_secret_post`, lent or made.
    PostClient,
    /// An API client that may read API clients and tenants, and change none.
    ReaderClient,
    /// A user without two-factor login.
    User,
    /// A user with two-factor login.
    TwoFactorUser,
    /// A target that mints tokens on request, such as one already expired.
    MintedToken,
    /// Leave to make API clients, to change and delete them, and to revoke tokens.
    Changes,
    /// A target that refreshes tokens.
    RefreshTokens,
    /// A target that narrows tokens to a sub-tenant, and a tenant below the caller's.
    Narrowing,
    /// A target that revokes tokens.
    Revocation,
    /// A target that introspects tokens, and a caller with the role for it.
    Introspection,
    /// A target with the batch of API clients.
    ClientBatch,
    /// A target where API clients are made, changed and deleted.
    ClientCreation,
    /// A target that shows users.
    Users,
    /// A target that shows tenants.
    Tenants,
    /// A target with the Task Manager's tasks, and a caller with a role for them.
    Tasks,
    /// The same with activities.
    Activities,
}

/// What a target can't do for a caller.
pub(crate) enum Lack {
    /// There is no such thing. A Gatepass has everything, so there it is a failure.
    NotThere(String),
    /// The caller may not have it.
    NotForCaller(String),
}

/// Requests by which a target tells whether it knows a grant: nobody's tokens.
const REFRESH: &str = "grant_type=refresh_token&refresh_token=none";
const NARROWING: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer\
    &assertion=none&scope=urn%3Aacronis.com%3Atenant-id%3Anone";

/// Every need that takes a request to find out about.
pub(crate) const ASKED: [Need; 10] = [
    Need::RefreshTokens,
    Need::Narrowing,
    Need::Revocation,
    Need::Introspection,
    Need::ClientBatch,
    Need::ClientCreation,
    Need::Users,
    Need::Tenants,
    Need::Tasks,
    Need::Activities,
];

impl Need {
    /// Why checks with this need can't be run, if so.
    pub(crate) async fn missing(self, session: &Session) -> Option<String> {
        let target = &session.target;
        let lent = |is_lent: bool, reason: &str| (!is_lent).then(|| reason.to_owned());
        let lent_or_made = |is_lent: bool, what: &str| {
            (!is_lent && session.changes_are_forbidden())
                .then(|| format!("needs {what}, or leave to make one (--allow-changes)"))
        };
        match self {
            Self::Credentials => {
                lent(target.credentials.is_some(), "needs the ID and the secret of an API client")
            }
            Self::ForeignClient => lent(
                target.foreign_client_id.is_some(),
                "needs the ID of an API client outside the caller's tenants",
            ),
            Self::DisabledClient => {
                lent_or_made(target.disabled_client.is_some(), "a disabled API client")
            }
            Self::PostClient => lent_or_made(
                target.post_client.is_some(),
                "an API client registered for client_secret_post",
            ),
            Self::ReaderClient => {
                lent(target.reader.is_some(), "needs an API client that may only read")
            }
            Self::User => lent(target.user.is_some(), "needs the login of a user"),
            Self::TwoFactorUser => lent(
                target.two_factor_user.is_some(),
                "needs the login of a user with two-factor login",
            ),
            Self::MintedToken => lent(
                session.is_gatepass(),
                "needs a target that mints expired tokens, and this one does not",
            ),
            Self::Changes => session
                .changes_are_forbidden()
                .then(|| "changes the target, which takes --allow-changes".to_owned()),
            Self::RefreshTokens
            | Self::Narrowing
            | Self::Revocation
            | Self::Introspection
            | Self::ClientBatch
            | Self::ClientCreation
            | Self::Users
            | Self::Tenants
            | Self::Tasks
            | Self::Activities => session.found_missing(self).await,
        }
    }

    /// Asks the target for a thing that it may not have. Only a plain no counts: whatever else is
    /// wrong with an answer is for the checks to say.
    pub(crate) async fn ask(self, session: &Session) -> Option<Lack> {
        match self {
            Self::RefreshTokens => {
                // Who gives refresh tokens has to take them, and so has who knows the grant beside.
                let is_due = knows_grant(session, REFRESH).await
                    || gives_refresh_tokens(session).await
                    || knows_grant(session, NARROWING).await;
                (!is_due).then(|| Lack::NotThere("the target refreshes no tokens".to_owned()))
            }
            Self::Narrowing => {
                // Who makes tokens of refresh tokens knows the grants beside the first.
                let is_due =
                    knows_grant(session, NARROWING).await || knows_grant(session, REFRESH).await;
                if !is_due {
                    return Some(Lack::NotThere("the target narrows no tokens".to_owned()));
                }
                let subtenant = session.subtenant().await;
                subtenant.err().map(|failure| Lack::NotForCaller(failure.text().to_owned()))
            }
            Self::Revocation => {
                let request = session.post_as_client(REVOKE_PATH, "token=none");
                let lack = lacks_endpoint(session, request, "the target revokes no tokens").await?;
                let is_alone = !session.discovery_names("revocation_endpoint").await
                    && lacks_introspection_endpoint(session).await.is_some();
                is_alone.then_some(lack)
            }
            Self::Introspection => lacks_introspection(session).await,
            Self::ClientBatch => {
                let lack = lacks_list(session, "/api/2/clients", "batch of clients").await?;
                let own = session.credentials().ok()?;
                let one = format!("/api/2/clients/{}", own.client_id);
                unless_beside(session, lack, &one).await
            }
            Self::ClientCreation => {
                let request = Request::new("POST", session.url("/api/2/clients"));
                // Nobody's order, and no order.
                let request = request.json(&json!({}));
                lacks_endpoint(session, request, "the target makes no API clients").await
            }
            Self::Users => {
                let request = Request::new("GET", session.url("/api/2/users/me"));
                lacks_endpoint(session, request, "the target shows no users").await
            }
            Self::Tenants => match session.access_token().await.as_deref().and_then(own_tenant) {
                Some(own) => {
                    let lack =
                        lacks_list(session, &format!("/api/2/tenants/{own}"), "tenants").await?;
                    let list = format!("/api/2/tenants?uuids={own}");
                    unless_beside(session, lack, &list).await
                }
                None => None,
            },
            Self::Tasks => {
                let lack = lacks_list(session, TASKS_PATH, "tasks").await?;
                unless_beside(session, unless_entitled(session, lack).await?, ACTIVITIES_PATH).await
            }
            Self::Activities => {
                let lack = lacks_list(session, ACTIVITIES_PATH, "activities").await?;
                unless_beside(session, unless_entitled(session, lack).await?, TASKS_PATH).await
            }
            _ => None,
        }
    }
}

/// Whether a grant is known at a path: who knows it at one has to know it at the other.
async fn knows_grant(session: &Session, form: &str) -> bool {
    for path in [TOKEN_PATH, BC_TOKEN_PATH] {
        let (_, answer) = session.exchange(&session.post_as_client(path, form)).await;
        // Who does not answer has not said no.
        let Ok(answer) = answer else { return true };
        let body: Value = answer.json().unwrap_or_default();
        let is_unknown = body["error"] == "unsupported_grant_type";
        let is_absent = path != TOKEN_PATH && matches!(answer.status, 404 | 405);
        if !is_unknown && !is_absent {
            return true;
        }
    }
    false
}

async fn gives_refresh_tokens(session: &Session) -> bool {
    let form = "grant_type=client_credentials&scope=offline_access";
    let (_, answer) = session.exchange(&session.post_as_client(TOKEN_PATH, form)).await;
    let body: Value = answer.and_then(|answer| answer.json()).unwrap_or_default();
    body["refresh_token"].is_string()
}

/// Whether there is no such endpoint. With 404 or 405 nobody is there; 501 says so.
async fn lacks_endpoint(session: &Session, request: Request, reason: &str) -> Option<Lack> {
    let (_, answer) = session.exchange(&request).await;
    let status = answer.map(|answer| answer.status).unwrap_or_default();
    if !matches!(status, 404 | 405 | 501) {
        return None;
    }
    // Whoever refuses a stranger is there, and says 404 of something else.
    let (_, to_stranger) = session.exchange(&request.anonymous()).await;
    let is_there = to_stranger.is_ok_and(|answer| answer.status == 401);
    (!is_there).then(|| Lack::NotThere(format!("{reason}: got {status}")))
}

async fn lacks_introspection(session: &Session) -> Option<Lack> {
    let request = introspection(session).await;
    let (_, answer) = session.exchange(&request).await;
    if answer.is_ok_and(|answer| answer.status == 403) {
        let reason = "needs an API client with the role token_introspector";
        return Some(Lack::NotForCaller(reason.to_owned()));
    }
    let lack = lacks_introspection_endpoint(session).await?;
    let revocation = session.post_as_client(REVOKE_PATH, "token=none");
    let is_alone = !session.discovery_names("introspection_endpoint").await
        && lacks_endpoint(session, revocation, "").await.is_some();
    is_alone.then_some(lack)
}

async fn introspection(session: &Session) -> Request {
    let request = Request::new("POST", session.url(INTROSPECT_PATH));
    let request = match session.introspector_token().await {
        Some(token) => request.bearer(&token),
        None => request,
    };
    request.form("token=none")
}

async fn lacks_introspection_endpoint(session: &Session) -> Option<Lack> {
    let request = introspection(session).await;
    lacks_endpoint(session, request, "the target introspects no tokens").await
}

/// A part of an API is no lack of a target that has the part beside it: there it is missing.
async fn unless_beside(session: &Session, lack: Lack, beside: &str) -> Option<Lack> {
    let is_alone = matches!(lack, Lack::NotForCaller(_))
        || lacks_list(session, beside, "part beside it").await.is_some();
    is_alone.then_some(lack)
}

/// Who has a role of the Task Manager has a right to it, whatever it says.
async fn unless_entitled(session: &Session, lack: Lack) -> Option<Lack> {
    let roles = session.access_token().await.map(|token| roles(&token)).unwrap_or_default();
    let is_entitled = roles.iter().any(|role| is_of_task_manager(role));
    (!is_entitled || matches!(lack, Lack::NotThere(_))).then_some(lack)
}

/// Whether a caller with a token is told that there is no such thing, or none for it.
async fn lacks_list(session: &Session, path: &str, what: &str) -> Option<Lack> {
    let request = Request::new("GET", session.url(path));
    let request = match session.access_token().await {
        Some(token) => request.bearer(&token),
        None => request,
    };
    let (_, answer) = session.exchange(&request).await;
    match answer.map(|answer| answer.status) {
        Ok(status @ (404 | 405 | 501)) => {
            Some(Lack::NotThere(format!("the target has no {what}: got {status}")))
        }
        Ok(403) => Some(Lack::NotForCaller(format!("the caller has no right to {what}: got 403"))),
        _ => None,
    }
}
