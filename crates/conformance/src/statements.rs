//! The contract, statement by statement: what the checks cite.
//!
//! A statement's number is the section of the contract that makes it and a count within it, so
//! that `3.2.1` is the first statement of section 3.2. Where a rule of HTTP itself is at stake,
//! the RFC's section is the number.

/// One normative statement of the wire contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The number, such as `3.2.1` or `RFC 9110 9.3.2`.
    pub number: &'static str,
    /// What must be so, in one sentence.
    pub text: &'static str,
    /// Why nobody can see from outside whether it is so, if nobody can.
    pub unseen: Option<&'static str>,
}

impl Statement {
    /// The section of the contract, or of the RFC, that makes the statement: `3.2` for `3.2.1`.
    pub fn section(&self) -> &'static str {
        section(self.number)
    }
}

/// The section that a statement's number belongs to.
pub(crate) fn section(number: &'static str) -> &'static str {
    if number.starts_with("RFC ") {
        return number;
    }
    number.rsplit_once('.').map_or(number, |(section, _)| section)
}

/// Every statement, in the order of the contract.
pub const fn statements() -> &'static [Statement] {
    STATEMENTS
}

const fn seen(number: &'static str, text: &'static str) -> Statement {
    Statement { number, text, unseen: None }
}

const fn unseen(number: &'static str, text: &'static str, why: &'static str) -> Statement {
    Statement { number, text, unseen: Some(why) }
}

const STATEMENTS: &[Statement] = &[
    seen("1.1.1", "The Account Management API lies under /api/2."),
    seen("1.1.2", "The Task Manager lies under /api/task_manager/v2."),
    seen("1.2.1", "POST /api/2/idp/token is the token endpoint."),
    seen("1.2.2", "/bc/idp/token is a token endpoint as well."),
    seen("1.2.3", "The discovery document names a token endpoint, which works."),
    seen("1.3.1", "POST /api/2/idp/revoke_token revokes tokens."),
    seen("1.3.2", "POST /api/2/idp/introspect_token introspects tokens."),
    seen("1.3.3", "Gatepass serves both under /idp and /bc/idp as well."),
    seen("1.4.1", "The discovery document is at the root, and not under /api/2."),
    seen("1.4.2", "The keys are where the discovery document says."),
    seen("1.4.3", "Gatepass publishes the keys at /idp/keys and at /api/idp/v1/keys."),
    seen("1.5.1", "API clients are at /api/2/clients and /api/2/clients/{client_id}."),
    seen("1.5.2", "The caller's user is at /api/2/users/me."),
    seen("1.5.3", "Tenants are at /api/2/tenants, /tenants/{id} and /tenants/{id}/children."),
    seen("1.5.4", "POST /api/2/tenants/{id}/registration_tokens makes a registration token."),
    seen("1.5.5", "GET /api/1/accounts?login= tells the server_url of an account."),
    seen("1.6.1", "Tasks are at /tasks and /tasks/{task-id} of the Task Manager."),
    seen("1.6.2", "Activities are at /activities and /activities/{activity-id}."),
    seen("2.1.1", "HTTP Basic and a form with grant_type=client_credentials get a token."),
    seen("2.1.2", "The case of a scheme's name does not matter."),
    seen("2.1.3", "One or more spaces follow the scheme's name."),
    seen("2.1.4", "The client ID ends at the first colon; the rest is the secret."),
    seen("2.1.5", "Credentials that are missing or can't be read are a failed authentication."),
    seen("2.1.6", "The body is application/x-www-form-urlencoded, and says so."),
    seen("2.1.7", "Names and values of the form are percent-encoded, with + for a space."),
    seen("2.1.8", "grant_type is required, and no parameter comes twice."),
    seen("2.1.9", "The secret is compared whole, to the letter, with that of the very client."),
    seen(
        "2.1.10",
        "Unknown parameters are ignored, empty ones are as good as none (RFC 6749 3.2).",
    ),
    seen("2.2.1", "A scope may be asked for."),
    seen("2.2.2", "A grant type that the platform does not know is unsupported."),
    seen("2.2.3", "The case of a grant type matters."),
    seen("2.3.1", "A client registered for client_secret_basic authenticates by HTTP Basic."),
    seen("2.3.2", "A client registered for client_secret_post authenticates in the body."),
    seen("2.3.3", "A client registered for none has no secret to show."),
    seen("2.3.4", "The wrong method for a client is a failed authentication."),
    seen("2.4.1", "grant_type counts in the query string where the body has none."),
    seen("2.4.2", "Different grant types in the two are an invalid request."),
    seen("2.5.1", "The jwt-bearer grant narrows a token to a sub-tenant."),
    seen("2.5.2", "A narrowed token opens its tenant, and nothing beside it."),
    seen("2.5.3", "A tenant outside the caller's is a scope that is not allowed: 403."),
    seen("2.5.4", "The assertion must be a valid access token, the one of the Bearer header."),
    seen("2.5.5", "Narrowing works at /bc/idp/token and at /api/2/idp/token."),
    seen("2.6.1", "scope=offline_access asks for a refresh token too; without it there is none."),
    seen("2.6.2", "A refresh_token grant takes it, and gives tokens for the same client."),
    seen("2.6.3", "A refresh token that is unknown, used or another client's is an invalid grant."),
    seen("2.7.1", "not_required_introspection=true gives the header member nri with 1."),
    seen("2.8.1", "The password grant takes username and password, and gives the user's tokens."),
    seen("2.8.2", "A wrong password is an invalid grant or a denied access."),
    seen("2.8.3", "Two-factor login asks for totp_code, and tells what is missing or wrong."),
    seen("3.1.1", "The answer is a JSON object with the texts access_token and id_token."),
    seen("3.1.2", "expires_on is an integer that counts seconds since the epoch."),
    seen("3.1.3", "token_type is `bearer`, in lower case."),
    seen("3.1.4", "Gatepass answers with exactly the documented members."),
    seen("3.1.5", "Where discovery says, the answer has expires_in, for the Go library."),
    seen("3.2.1", "Content-Type is application/json; charset=utf-8."),
    seen("3.2.2", "Answers with tokens have Cache-Control: no-store and Pragma: no-cache."),
    seen("3.2.3", "A JSON body is one line, with no line feed at its end."),
    seen("3.3.1", "A token lives for two hours."),
    seen("3.3.2", "After that the APIs answer 401."),
    seen("3.3.3", "expires_on is the exp of the access token."),
    seen("3.4.1", "Both tokens are JWTs with typ JWT, alg RS256 and a UUID as kid."),
    seen("3.4.2", "The header's members are in the order typ, alg, kid."),
    seen("3.4.3", "The two tokens of an answer have different kids."),
    seen("3.4.4", "The signature is RS256, by the key that kid names."),
    seen("3.5.1", "The access token has the documented claims, each of its type."),
    seen("3.5.2", "jti is a UUID, and no two tokens share one."),
    seen("3.5.3", "client_id and sub of the access token are the caller's."),
    seen("3.5.4", "owner_tuid is the tenant that owns the API client."),
    seen("3.5.5", "scope is an array of access policies, with the documented members."),
    seen("3.5.6", "iss is the issuer of the discovery document."),
    seen("3.6.1", "The ID token has aud, exp, iat, iss and sub, each of its type."),
    seen("3.6.2", "The ID token's aud is the client_id."),
    seen("3.7.1", "A scope in the newer form is URNs with a resource server, tenant and role."),
    seen("4.1.1", "A token error has error and error_description, both texts."),
    seen("4.1.2", "A failed client authentication is 401 invalid_client of the domain Access."),
    seen("4.1.3", "A 401 to a request that tried Basic has WWW-Authenticate: Basic."),
    seen("4.1.4", "The other errors of the token endpoint are those of RFC 6749 5.2, with 400."),
    seen(
        "4.1.5",
        "error_description keeps to the characters of RFC 6749 5.2, and tells no secret.",
    ),
    seen("4.1.6", "Revocation errors have the form of token errors."),
    seen("4.1.7", "An API error has code, domain, message and details under error."),
    seen("4.1.8", "A Task Manager error has domain and code."),
    seen("4.2.1", "Success is 20x."),
    seen("4.2.2", "400 says that a request failed, and the body holds the details."),
    seen("4.2.3", "401 says that the token is missing, expired or invalid."),
    seen("4.2.4", "403 says that the account has no right to it."),
    seen("4.2.5", "404 says that there is no such endpoint, or no such data."),
    seen("4.2.6", "405 says that the endpoint does not support the method."),
    unseen(
        "4.2.7",
        "409 says that another object of the same type exists.",
        "nothing that the contract lists can be made twice",
    ),
    seen("4.2.8", "415 says that a Content-Type is wrong, or that an Accept can't be served."),
    seen("4.2.9", "50x is an issue of the service: no request causes one."),
    unseen(
        "4.2.10",
        "429 and 503 come with Retry-After.",
        "a service answers so under load or when it is down, which no check brings about",
    ),
    seen("4.3.1", "error.code is the HTTP status, or one of the platform's codes from 1000 on."),
    seen("4.4.1", "A disabled client gets no tokens."),
    seen("4.4.2", "The calls of a disabled client are answered with 401."),
    seen("4.4.3", "Nothing tells a stranger an unknown client from a wrong secret."),
    seen("5.1.1", "Creating a client needs type, tenant_id and token_endpoint_auth_method."),
    seen("5.1.2", "data, redirect_uris and origin_id may come too, and nothing else."),
    seen("5.1.3", "The answer is 201 with the documented members; the secrets have 32 hex digits."),
    seen("5.1.4", "The client that was made gets tokens by its own method."),
    seen("5.1.5", "Each documented type and authentication method may be ordered."),
    seen("5.1.6", "The secret is in the answer to the order only."),
    seen("5.2.1", "A client reads with the documented members."),
    seen("5.2.2", "A client that is read never shows its secret."),
    seen("5.2.3", "Several clients are read as items, by uuids, origin_id and allow_deleted."),
    seen("5.3.1", "PUT changes data, status, redirect_uris and origin_id, and answers the client."),
    seen("5.3.2", "PUT takes nothing else."),
    seen("5.3.3", "DELETE answers 204, and the client is gone."),
    seen("5.4.1", "UUIDs are in lower case and have 36 characters."),
    seen("5.4.2", "Times are RFC 3339 in 19 to 32 characters."),
    seen("5.4.3", "Gatepass writes +00:00 in the times of clients."),
    seen("5.5.1", "Clients are read with a Bearer token of the right role."),
    seen("5.5.2", "An administrator's HTTP Basic login opens the same."),
    seen("5.5.3", "A caller reaches the tenant of its own and those below, and no other."),
    seen("5.5.4", "Who may only read may change nothing."),
    seen("5.5.5", "A secret does not expire."),
    seen("5.5.6", "A client has the roles of its maker, in the tenant that it was made for."),
    unseen("5.5.7", "A secret can be reset.", "the contract names no path for it"),
    seen("5.6.1", "A body that breaks the rules is answered with 400 and an API error."),
    seen("5.6.2", "What else is refused is refused with 401, 403, 404 or 415 and an API error."),
    seen("6.1.1", "Revocation answers 200 with an empty body, also for an unknown token."),
    seen("6.1.2", "A revoked token opens nothing any more."),
    seen("6.1.3", "Revoking either token of a pair revokes both."),
    seen("6.1.4", "Revocation authenticates the client as the token endpoint does."),
    seen("6.1.5", "Revocation needs token; the hint is optional."),
    seen("6.1.6", "A client revokes its own tokens only (RFC 7009 2.1)."),
    seen("6.2.1", "Introspection needs a Bearer token, with the role of an introspector."),
    seen("6.2.2", "Introspection of anything invalid is 200 with active false, and no more."),
    seen(
        "6.2.3",
        "Introspection of a good token tells the documented members, as the token has them.",
    ),
    seen("6.2.4", "Introspection refuses with API errors."),
    seen("6.3.1", "The discovery document has the required members."),
    seen("6.3.2", "It promises code, public subjects and RS256."),
    seen("6.3.3", "Its optional members are of the documented types."),
    seen("6.3.4", "It names the introspection endpoint, for the Go library."),
    seen("6.4.1", "A key is use sig, kty RSA, alg RS256, with a UUID as kid, n and e."),
    seen("6.4.2", "No private part of a key is published."),
    unseen("6.4.3", "Keys change every 24 hours.", "a run does not last a day"),
    seen("7.1", "users/me has the documented members."),
    seen("7.2", "tenants needs uuids, parent_id, subtree_root_id or after."),
    seen("7.3", "tenants answers items, with a cursor under paging where there are more."),
    seen("7.4", "A tenant has the documented members."),
    seen("7.5", "The children of a tenant are items, too: those right below it."),
    seen("8.1.1", "Lists answer items, an empty array where there is none."),
    seen(
        "8.1.2",
        "A page that is not the last has a cursor to the next, in both places; the last has none.",
    ),
    seen("8.1.3", "size is the number of items in the page."),
    seen("8.1.4", "A cursor has only unreserved characters."),
    seen("8.2.1", "limit bounds a page."),
    seen("8.2.2", "after is taken only together with limit."),
    seen("8.2.3", "A cursor carries the first page's filters and order."),
    seen("8.2.4", "order is asc(field) or desc(field)."),
    seen("8.2.5", "lod is tiny, short, long, full, debug or count."),
    seen("8.2.6", "Filters give the items that have the value, and no other."),
    seen("8.2.7", "Many entries of one filter are alternatives; different filters all hold."),
    seen("8.2.8", "Time filters take gt, ge, lt and le."),
    seen("8.2.9", "like(…) matches a part of a name."),
    seen("8.2.10", "Activities are filtered by taskId and parentActivityId as well."),
    seen("8.3.1", "state is one of the documented words."),
    seen("8.3.2", "A result is one of the documented words."),
    seen("8.3.3", "A priority is one of the documented words."),
    seen("8.3.4", "IDs are integers of up to 18 digits, with the same digits in idString."),
    seen("8.4.1", "A task in a list has the required members."),
    seen("8.4.2", "A single task has tenant, queue, type and priority too."),
    seen("8.4.3", "An activity has the required members."),
    seen("8.4.4", "A tenant of a task has id (a text), uuid, name and locator."),
    seen("8.5.1", "A role of the Task Manager opens its lists; without a token they are closed."),
    seen("8.5.2", "Bad input is 400 with a Task Manager error."),
    seen("8.5.3", "An unknown id is 404 with a Task Manager error."),
    seen("RFC 6749 2.3", "A request authenticates its client by one method, and no more."),
    seen("RFC 9110 5.1", "The case of a header's name does not matter."),
    seen("RFC 9110 6.6.1", "An answer has a Date, and the clock behind it is right."),
    seen("RFC 9110 9.3.2", "HEAD answers as GET does, without a body."),
    seen("RFC 9110 9.3.7", "OPTIONS breaks nothing, and names methods in Allow if it succeeds."),
    seen("RFC 9110 10.1.1", "Expect: 100-continue is heeded, or refused with 417."),
    seen("RFC 9110 10.2.1", "A 405 names the supported methods in Allow."),
    seen("RFC 9110 11.6.1", "A 401 has WWW-Authenticate."),
    seen("RFC 9112 6.3", "A body is as long as its Content-Length, however it is cut on the way."),
    seen("RFC 9112 7.1", "A body may come in chunks."),
    seen("RFC 9112 9.3", "A connection stays open for the next request."),
    seen("RFC 9112 9.3.2", "Requests may be sent before the answers to earlier ones, in order."),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::checks;

    fn cited() -> HashSet<&'static str> {
        checks::all().flat_map(|check| check.statements().iter().copied()).collect()
    }

    #[test]
    fn every_statement_has_a_check_or_says_why_nobody_can_see_it() {
        let cited = cited();
        let wrong =
            |statement: &&Statement| cited.contains(statement.number) == statement.unseen.is_some();
        let wrong: Vec<_> = statements().iter().filter(wrong).map(|it| it.number).collect();
        assert!(wrong.is_empty(), "without a check, or with one that can't be: {wrong:?}");
    }

    #[test]
    fn every_check_cites_statements_that_exist() {
        let numbers: HashSet<_> = statements().iter().map(|statement| statement.number).collect();
        for check in checks::all() {
            assert!(!check.statements().is_empty(), "{} has no source", check.id());
            for cited in check.statements() {
                assert!(numbers.contains(cited), "{} cites {cited}", check.id());
            }
        }
    }

    #[test]
    fn numbers_are_unique_and_name_their_section() {
        let mut seen = HashSet::new();
        for statement in statements() {
            assert!(seen.insert(statement.number), "{} is there twice", statement.number);
        }
        for (number, section) in [("3.2.1", "3.2"), ("7.4", "7"), ("8.2.10", "8.2")] {
            let statement = statements().iter().find(|it| it.number == number).unwrap();
            assert_eq!(statement.section(), section);
        }
    }
}
