//! Reading users (CONTRACT 7).

use gatepass_protocol::UserDocument;

use super::{
    AccountError,
    query::{Query, QueryProblem},
};
use crate::{
    access::{Caller, Subject},
    platform::Platform,
};

impl Platform {
    /// The user who calls. An API client is none, so that this is not its endpoint *(open)*.
    pub(crate) fn calling_user(&self, caller: &Caller) -> Result<UserDocument, AccountError> {
        let no_user = AccountError::NoUser(caller.client_id());
        match caller.subject() {
            Subject::Client(_) => Err(no_user),
            Subject::User(id) => {
                let directory = self.directory();
                Ok(directory.user_with_id(id).ok_or(no_user)?.document())
            }
        }
    }

    /// Whether the login that the query names is a user's here.
    pub(crate) fn find_login(&self, raw_query: &str) -> Result<(), AccountError> {
        let query = Query::parse(raw_query, &["login"])?;
        let login = query.text("login").ok_or(QueryProblem::Missing("login"))?;
        self.directory().user(login).map(|_| ()).ok_or(AccountError::UnknownLogin)
    }
}
