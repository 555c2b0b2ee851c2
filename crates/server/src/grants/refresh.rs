//! `refresh_token`: a refresh token for a new pair (RFC 6749 section 6, CONTRACT 2.6).

use std::sync::Arc;

use gatepass_protocol::{Form, Scope, TenantId};

use super::{Approval, Refresh, policies, required};
use crate::{
    directory::{ApiClient, Directory},
    sign_in::Refusal,
    tokens::{RefreshRejection, RefreshToken, Subject},
};

/// What a refresh token stands for: who signed in, and for which tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renewal {
    pub(crate) subject: Subject,
    /// Never empty.
    pub(crate) tenants: Vec<TenantId>,
}

/// The refresh token in the body.
pub(crate) fn read(body: &Form) -> Result<RefreshToken, Refusal> {
    let text = required("refresh_token", body.get("refresh_token"))?;
    text.parse().map_err(|_| RefreshRejection::Unknown.into())
}

impl Renewal {
    /// What the one who signed in may have now; a scope may narrow it, for this once.
    pub(crate) fn approve(
        self,
        client: Arc<ApiClient>,
        scope: &Scope,
        presented: RefreshToken,
        directory: &Directory,
    ) -> Result<Approval, Refusal> {
        let roles = match &self.subject {
            Subject::Client { .. } => &client.roles,
            Subject::User { login, .. } => {
                &directory.user(login).ok_or(RefreshRejection::UserGone)?.roles
            }
        };
        let asked: Vec<_> = scope.tenants().collect();
        let tenants = policies::tenants(&self.tenants, &asked, directory)?;
        let policies = policies::policies(roles, &tenants, directory);
        let refresh = Refresh::After(presented);
        Ok(Approval { client, subject: self.subject, policies, narrowing: Vec::new(), refresh })
    }
}
