//! `client_credentials`: an API client for itself (RFC 6749 section 4.4, CONTRACT 2.1, 2.6).

use std::sync::Arc;

use gatepass_protocol::{Scope, ScopeToken, TenantId, TokenEndpointAuthMethod};

use super::{Approval, Refresh, Renewal, policies};
use crate::{
    directory::{ApiClient, Directory},
    sign_in::Refusal,
    tokens::Subject,
};

/// What an authenticated client may have for itself. Words of the scope that the platform gives
/// no meaning to are ignored (RFC 6749 section 3.3).
pub(crate) fn for_itself(
    client: Arc<ApiClient>,
    scope: &Scope,
    directory: &Directory,
) -> Result<Approval, Refusal> {
    if client.auth_method == TokenEndpointAuthMethod::None {
        return Err(Refusal::PublicClient(client.id));
    }
    let asked: Vec<_> = scope.tenants().collect();
    let tenants = policies::tenants(&[client.tenant], &asked, directory)?;
    let mut approval = in_tenants(client, &tenants, directory);
    if scope.tokens().contains(&ScopeToken::OfflineAccess) {
        approval.refresh = Refresh::First(Renewal { subject: approval.subject.clone(), tenants });
    }
    Ok(approval)
}

/// What a client may have in its own tenant, whatever its way to authenticate.
pub(crate) fn in_own_tenant(client: Arc<ApiClient>, directory: &Directory) -> Approval {
    let tenants = [client.tenant];
    in_tenants(client, &tenants, directory)
}

fn in_tenants(client: Arc<ApiClient>, tenants: &[TenantId], directory: &Directory) -> Approval {
    Approval {
        subject: Subject::Client { name: client.name().to_owned() },
        policies: policies::policies(&client.roles, tenants, directory),
        narrowing: Vec::new(),
        refresh: Refresh::No,
        client,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{CUSTOMER, FOREIGN, PARTNER, directory, tenant_ids},
        *,
    };

    #[test]
    fn only_a_confidential_client_gets_a_token_for_itself() {
        let directory = directory();
        let is_public =
            |client: &&Arc<ApiClient>| client.auth_method == TokenEndpointAuthMethod::None;
        let public = directory.clients().find(is_public).unwrap();
        let default = directory.default_client();
        let ask = |client: &Arc<ApiClient>| {
            for_itself(Arc::clone(client), &Scope::default(), &directory).map(|_| ())
        };

        assert_eq!(ask(default), Ok(()));
        assert_eq!(ask(public), Err(Refusal::PublicClient(public.id)));
    }

    #[test]
    fn a_scope_narrows_the_token_to_a_tenant_within_the_clients_own() {
        let directory = directory();
        let tenants = |scope: &str| {
            let client = Arc::clone(directory.default_client());
            let approval = for_itself(client, &scope.parse().unwrap(), &directory)?;
            Ok(tenant_ids(&approval.policies))
        };
        let customer = format!("urn:acronis.com:tenant-id:{CUSTOMER}");
        let foreign = format!("urn:acronis.com:tenant-id:{FOREIGN}");

        assert_eq!(tenants(""), Ok(vec![PARTNER.to_owned(); 2]));
        assert_eq!(tenants("openid anything"), Ok(vec![PARTNER.to_owned(); 2]));
        assert_eq!(tenants(&customer), Ok(vec![CUSTOMER.to_owned(); 2]));
        let refused = Err(Refusal::TenantNotAllowed(FOREIGN.parse().unwrap()));
        assert_eq!(tenants(&foreign), refused);
        assert_eq!(tenants(&format!("{customer} {foreign}")), refused);
    }

    #[test]
    fn a_refresh_token_comes_to_those_who_ask_for_it() {
        let directory = directory();
        let refresh = |scope: &str| {
            let client = Arc::clone(directory.default_client());
            for_itself(client, &scope.parse().unwrap(), &directory).unwrap().refresh
        };

        assert!(matches!(refresh("openid"), Refresh::No));
        assert!(matches!(refresh("openid offline_access"), Refresh::First(_)));
    }
}
