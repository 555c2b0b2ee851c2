//! `password`: a user's login and password, and a code of a second factor (RFC 6749 section 4.3,
//! CONTRACT 2.8).

use std::sync::Arc;

use gatepass_protocol::{EpochSeconds, Form, Scope, ScopeToken, Secret};

use super::{Approval, Refresh, Renewal, policies, required};
use crate::{
    directory::{ApiClient, Directory, Totp, User},
    sign_in::Refusal,
    tokens::Subject,
};

/// What a user signs in with.
pub(crate) struct Login {
    username: String,
    password: Secret,
    totp_code: Option<Secret>,
}

impl Login {
    /// Reads the body; a password has no place in the query string.
    pub(crate) fn read(body: &Form) -> Result<Self, Refusal> {
        Ok(Self {
            username: required("username", body.get("username"))?.to_owned(),
            password: required("password", body.get("password"))?.into(),
            totp_code: body.get("totp_code").map(Secret::from),
        })
    }

    /// What the user may have through an API client.
    pub(crate) fn approve(
        &self,
        client: Arc<ApiClient>,
        scope: &Scope,
        directory: &Directory,
        now: EpochSeconds,
    ) -> Result<Approval, Refusal> {
        let user = directory.user(&self.username).ok_or(Refusal::UnknownUser)?;
        if user.password != self.password {
            return Err(Refusal::WrongPassword(user.id));
        }
        let totp_at = self.second_factor(user, now)?;
        let asked: Vec<_> = scope.tenants().collect();
        let tenants = policies::tenants(&[user.tenant], &asked, directory)?;
        let policies = policies::policies(&user.roles, &tenants, directory);
        let subject = Subject::User { id: user.id, login: user.login.clone(), totp_at };
        let refresh = if scope.tokens().contains(&ScopeToken::OfflineAccess) {
            Refresh::First(Renewal { subject: subject.clone(), tenants })
        } else {
            Refresh::No
        };
        Ok(Approval { client, subject, policies, narrowing: Vec::new(), refresh })
    }

    /// When a code was given; never for a user who needs none.
    ///
    /// A code is taken as often as it comes while its time lasts, for parallel tests sign in as
    /// one user within one of its half minutes.
    fn second_factor(
        &self,
        user: &User,
        now: EpochSeconds,
    ) -> Result<Option<EpochSeconds>, Refusal> {
        match (&user.totp, &self.totp_code) {
            (Totp::Off, _) => Ok(None),
            (Totp::SetupRequired, _) => Err(Refusal::TotpSetupRequired(user.id)),
            (Totp::Secret(_), None) => Err(Refusal::TotpRequired(user.id)),
            (Totp::Secret(secret), Some(code)) if secret.accepts(code, now) => Ok(Some(now)),
            (Totp::Secret(_), Some(_)) => Err(Refusal::InvalidTotp(user.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{CUSTOMER, FOREIGN, PARTNER, directory, tenant_ids},
        *,
    };

    /// RFC 6238 appendix B: the code of this second is `94287082`, or `287082` with six digits.
    const SECOND: i64 = 59;

    fn sign_in(body: &str, scope: &str) -> Result<Approval, Refusal> {
        let directory = directory();
        let client = Arc::clone(directory.default_client());
        let now = EpochSeconds::try_from(SECOND).unwrap();
        Login::read(&Form::parse(body.as_bytes()).unwrap())?.approve(
            client,
            &scope.parse().unwrap(),
            &directory,
            now,
        )
    }

    fn body(login: &str, rest: &str) -> String {
        format!("username={login}%40example.com&password=example-password{rest}")
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let directory = directory();
        let id = |login: &str| directory.user(&format!("{login}@example.com")).unwrap().id;
        for (body, refusal) in [
            (String::new(), Some(Refusal::MissingParameter("username"))),
            ("username=a".to_owned(), Some(Refusal::MissingParameter("password"))),
            ("username=a&password=b".to_owned(), Some(Refusal::UnknownUser)),
            (body("administrator", "x"), Some(Refusal::WrongPassword(id("administrator")))),
            (body("administrator", ""), None),
            (body("administrator", "&totp_code=1"), None),
            (body("two-factor", ""), Some(Refusal::TotpRequired(id("two-factor")))),
            (body("two-factor", "x"), Some(Refusal::WrongPassword(id("two-factor")))),
            (body("two-factor", "&totp_code=000000"), Some(Refusal::InvalidTotp(id("two-factor")))),
            (body("two-factor", "&totp_code=287082"), None),
            (
                body("two-factor-setup", "&totp_code=287082"),
                Some(Refusal::TotpSetupRequired(id("two-factor-setup"))),
            ),
        ] {
            assert_eq!(sign_in(&body, "").err(), refusal, "given {body}");
        }
    }

    #[test]
    fn the_token_has_the_users_roles_and_tenant_and_the_time_of_the_code() {
        let plain = sign_in(&body("administrator", ""), "").unwrap();
        let two_factor = sign_in(&body("two-factor", "&totp_code=287082"), "").unwrap();
        let scope = |tenant: &str| format!("urn:acronis.com:tenant-id:{tenant}");

        assert_eq!(tenant_ids(&plain.policies), [PARTNER, PARTNER]);
        assert!(matches!(plain.subject, Subject::User { totp_at: None, .. }));
        let at = EpochSeconds::try_from(SECOND).unwrap();
        let Subject::User { totp_at, .. } = two_factor.subject else { panic!("no user") };
        assert_eq!(totp_at, Some(at));
        let narrowed = sign_in(&body("administrator", ""), &scope(CUSTOMER)).unwrap();
        assert_eq!(tenant_ids(&narrowed.policies), [CUSTOMER, CUSTOMER]);
        assert_eq!(
            sign_in(&body("administrator", ""), &scope(FOREIGN)).err(),
            Some(Refusal::TenantNotAllowed(FOREIGN.parse().unwrap()))
        );
    }
}
