//! `urn:ietf:params:oauth:grant-type:jwt-bearer`: an access token for one that is narrowed to a
//! sub-tenant (RFC 7523, CONTRACT 2.5).

use std::sync::Arc;

use gatepass_protocol::{AccessPolicy, AccessTokenClaims, ClientId, Form, Scope, Secret, TenantId};

use super::{Approval, Refresh, policies, required};
use crate::{
    directory::{ApiClient, Directory},
    sign_in::Refusal,
    tokens::Subject,
};

const TENANT_URN: &str = "urn:acronis.com:tenant-id:";

/// A good access token that is to be narrowed.
pub(crate) struct Assertion {
    pub(crate) claims: AccessTokenClaims,
    pub(crate) client: Arc<ApiClient>,
}

/// The token in the body. A Bearer token beside it has to be the same one (CONTRACT 2.5).
pub(crate) fn read(body: &Form, bearer: Option<&Secret>) -> Result<Secret, Refusal> {
    let assertion = Secret::from(required("assertion", body.get("assertion"))?);
    if bearer.is_some_and(|bearer| *bearer != assertion) {
        return Err(Refusal::AssertionIsNotBearer);
    }
    Ok(assertion)
}

impl Assertion {
    /// What is left of the assertion within the tenants that the scope names.
    ///
    /// With HTTP Basic or a secret in the body, `authenticated` is who the request comes from:
    /// a client narrows its own tokens and nobody else's.
    pub(crate) fn approve(
        self,
        authenticated: Option<ClientId>,
        scope: &Scope,
        directory: &Directory,
    ) -> Result<Approval, Refusal> {
        let Self { claims, client } = self;
        if authenticated.is_some_and(|authenticated| authenticated != client.id) {
            return Err(Refusal::AssertionOfAnother(client.id));
        }
        let asked: Vec<_> = scope.tenants().collect();
        if asked.is_empty() {
            return Err(Refusal::NoTenant);
        }
        let narrowing = policies::tenants(&reach(&claims), &asked, directory)?;
        let policies = narrowed(&claims.scope, &narrowing, directory);
        let subject = subject(&claims, &client, directory);
        Ok(Approval { client, subject, policies, narrowing, refresh: Refresh::No })
    }
}

/// The tenants that a token is for.
fn reach(claims: &AccessTokenClaims) -> Vec<TenantId> {
    let narrowed_to: Vec<_> = claims
        .narrowing
        .iter()
        .flatten()
        .filter_map(|urn| urn.strip_prefix(TENANT_URN)?.parse().ok())
        .collect();
    match (narrowed_to.is_empty(), claims.scope.is_empty()) {
        (false, _) => narrowed_to,
        (true, false) => claims.scope.iter().map(|policy| policy.tuid).collect(),
        (true, true) => vec![claims.owner_tuid], // No rights, and so none to narrow.
    }
}

/// Of each tenant the policies that hold there, with that tenant as theirs.
fn narrowed(
    scope: &[AccessPolicy],
    tenants: &[TenantId],
    directory: &Directory,
) -> Vec<AccessPolicy> {
    let mut narrowed = Vec::new();
    for tenant in tenants.iter().filter_map(|&tenant| directory.tenant(tenant)) {
        for policy in scope.iter().filter(|policy| directory.is_within(policy.tuid, tenant.id)) {
            let policy = AccessPolicy {
                tid: Some(tenant.number.to_string()),
                tuid: tenant.id,
                ..policy.clone()
            };
            if !narrowed.contains(&policy) {
                narrowed.push(policy);
            }
        }
    }
    narrowed
}

/// Whom the assertion stands for.
fn subject(claims: &AccessTokenClaims, client: &ApiClient, directory: &Directory) -> Subject {
    match claims.uid {
        Some(id) => {
            let login = directory.user_with_id(id).map(|user| user.login.clone());
            Subject::User { id, login: login.unwrap_or_default(), totp_at: claims.totp_time }
        }
        None => Subject::Client { name: client.name().to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use gatepass_protocol::EpochSeconds;
    use uuid::Uuid;

    use super::{
        super::tests::{CUSTOMER, FOREIGN, PARTNER, UNIT, directory, tenant_ids},
        *,
    };

    fn assertion(directory: &Directory, tenants: &[&str]) -> Assertion {
        let client = Arc::clone(directory.default_client());
        let policy = |tenant: &&str| AccessPolicy {
            tid: None,
            tuid: tenant.parse().unwrap(),
            rs: "task_manager".to_owned(),
            role: "viewer".to_owned(),
        };
        let claims = AccessTokenClaims {
            aud: "localhost".to_owned(),
            exp: EpochSeconds::default(),
            iat: EpochSeconds::default(),
            iss: "http://localhost/bc".to_owned(),
            nbf: None,
            jti: Uuid::nil(),
            sub: client.id.uuid(),
            sub_type: "api_client".to_owned(),
            client_id: client.id,
            owner_tuid: client.tenant,
            uid: None,
            totp_time: None,
            login_totp_time: None,
            scope: tenants.iter().map(policy).collect(),
            narrowing: Vec::new(),
            ver: 2,
        };
        Assertion { claims, client }
    }

    fn urn(tenant: &str) -> String {
        format!("{TENANT_URN}{tenant}")
    }

    fn narrow(held: &[&str], asked: &[&str]) -> Result<Vec<String>, Refusal> {
        let directory = directory();
        let scope = asked.iter().map(|tenant| urn(tenant)).collect::<Vec<_>>().join(" ");
        let approval =
            assertion(&directory, held).approve(None, &scope.parse().unwrap(), &directory)?;
        Ok(tenant_ids(&approval.policies))
    }

    #[test]
    fn a_token_is_narrowed_within_its_own_tenants() {
        let outside = |tenant: &str| Err(Refusal::TenantNotAllowed(tenant.parse().unwrap()));
        for (held, asked, expected) in [
            (vec![PARTNER], vec![CUSTOMER], Ok(vec![CUSTOMER.to_owned()])),
            (vec![PARTNER], vec![PARTNER], Ok(vec![PARTNER.to_owned()])),
            (vec![PARTNER], vec![CUSTOMER, UNIT], Ok(vec![CUSTOMER.to_owned(), UNIT.to_owned()])),
            (vec![PARTNER, CUSTOMER], vec![UNIT], Ok(vec![UNIT.to_owned()])),
            (vec![], vec![CUSTOMER], Ok(vec![])),
            (vec![PARTNER], vec![], Err(Refusal::NoTenant)),
            (vec![PARTNER], vec![FOREIGN], outside(FOREIGN)),
            (vec![PARTNER], vec![CUSTOMER, FOREIGN], outside(FOREIGN)),
            (vec![CUSTOMER], vec![PARTNER], outside(PARTNER)),
            (vec![], vec![FOREIGN], outside(FOREIGN)),
        ] {
            assert_eq!(narrow(&held, &asked), expected, "{asked:?} of {held:?}");
        }
    }

    #[test]
    fn what_was_narrowed_is_not_widened_again() {
        let directory = directory();
        let mut held = assertion(&directory, &[]);
        held.claims.narrowing = vec![vec![urn(CUSTOMER)]];

        let approval = held.approve(None, &urn(PARTNER).parse().unwrap(), &directory);

        assert_eq!(approval.err(), Some(Refusal::TenantNotAllowed(PARTNER.parse().unwrap())));
    }

    #[test]
    fn a_client_narrows_no_other_clients_token() {
        let directory = directory();
        let default = directory.default_client().id;
        let other = directory.clients().map(|client| client.id).find(|&id| id != default);
        let scope = urn(CUSTOMER).parse().unwrap();
        let ask = |who| assertion(&directory, &[PARTNER]).approve(who, &scope, &directory).err();

        assert_eq!(ask(None), None);
        assert_eq!(ask(Some(default)), None);
        assert_eq!(ask(other), Some(Refusal::AssertionOfAnother(default)));
    }

    #[test]
    fn the_bearer_is_the_assertion() {
        let body = Form::parse(b"assertion=a").unwrap();
        let read =
            |bearer: Option<&str>| read(&body, bearer.map(Secret::from).as_ref()).map(|_| ());

        assert_eq!(read(None), Ok(()));
        assert_eq!(read(Some("a")), Ok(()));
        assert_eq!(read(Some("b")), Err(Refusal::AssertionIsNotBearer));
        let none = super::read(&Form::default(), None).err();
        assert_eq!(none, Some(Refusal::MissingParameter("assertion")));
    }
}
