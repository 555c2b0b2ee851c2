//! What the Account Management API may be asked, and what it answers.

use gatepass_protocol::{
    ApiClientDocument, ApiErrorBody, CreatedApiClientDocument, RegistrationTokenDocument,
    TenantDocument, TenantId, UserDocument,
};
use http::Method;

use super::{answer::Items, users::Account};
use crate::{
    account::{ClientChange, NewClientBody, RegistrationTokenBody, TenantPage},
    http::openapi::{body_answers, platform_answers},
    openapi::{Answer, Operation, Security},
};

/// The operations of the Account Management API.
pub(in crate::http) fn operations() -> Vec<Operation> {
    let mut operations = Vec::from(clients());
    operations.extend(users());
    operations.extend(tenants());
    operations
}

fn clients() -> [Operation; 5] {
    let (list, one) = ("/api/2/clients", "/api/2/clients/{client_id}");
    [
        guarded(Method::GET, list, "List API clients")
            .source("CONTRACT 5.2")
            .query([
                ("uuids", "IDs with commas between them"),
                ("origin_id", "The ID that the client's maker gave it"),
                ("allow_deleted", "`true`: deleted ones too"),
            ])
            .answers([
                Answer::json::<Items<ApiClientDocument>>(200, "The clients, never their secrets"),
                bad_query(),
            ]),
        guarded(Method::POST, list, "Make an API client")
            .source("CONTRACT 5.1")
            .json::<NewClientBody>()
            .answers(body_answers())
            .answers([
                Answer::json::<CreatedApiClientDocument>(201, "The client and, once, its secret"),
                bad_body(),
                absent("There is no such tenant"),
                taken(),
            ]),
        guarded(Method::GET, one, "Show an API client").source("CONTRACT 5.2").answers([
            Answer::json::<ApiClientDocument>(200, "The client, never its secret"),
            absent("There is no such client"),
        ]),
        guarded(Method::PUT, one, "Change an API client")
            .source("CONTRACT 5.3")
            .json::<ClientChange>()
            .answers(body_answers())
            .answers([
                Answer::json::<ApiClientDocument>(200, "What became of the client"),
                bad_body(),
                absent("There is no such client"),
                taken(),
            ]),
        guarded(Method::DELETE, one, "Delete an API client")
            .source("CONTRACT 5.3")
            .answers([Answer::empty(204, "It is deleted"), absent("There is no such client")]),
    ]
}

fn users() -> [Operation; 3] {
    let look_up = |path| {
        open(Method::GET, path, "Look up the data center of a login")
            .source("CONTRACT 1.5")
            .query([("login", "The login")])
            .answers([
                Answer::json::<Account>(200, "Where the user's data is"),
                bad_query(),
                absent("No user has this login"),
            ])
    };
    [
        guarded(Method::GET, "/api/2/users/me", "Show the user who calls")
            .source("CONTRACT 7")
            .answers([Answer::json::<UserDocument>(200, "The user")]),
        look_up("/api/1/accounts"),
        look_up("/api/2/accounts"),
    ]
}

fn tenants() -> [Operation; 4] {
    let one = |path, summary| {
        guarded(Method::GET, path, summary)
            .source("CONTRACT 7")
            .answers([absent("There is no such tenant")])
    };
    [
        guarded(Method::GET, "/api/2/tenants", "List tenants")
            .source("CONTRACT 7")
            .query([
                ("uuids", "IDs with commas between them"),
                ("parent_id", "The tenant right above them"),
                ("subtree_root_id", "A tenant; it and all below it"),
                ("after", "`paging.cursors.after` of the page before"),
                ("limit", "1 to 5000"),
                ("lod", "`stamps`, `basic` or `full`: how much is shown"),
                ("allow_deleted", "Changes nothing: no tenant is deleted"),
            ])
            .answers([
                Answer::json::<TenantPage>(200, "A page of tenants"),
                bad_query(),
                absent("There is no such tenant to start from"),
            ]),
        one("/api/2/tenants/{tenant_id}", "Show a tenant")
            .answers([Answer::json::<TenantDocument>(200, "The tenant")]),
        one("/api/2/tenants/{tenant_id}/children", "List the tenants right below one")
            .answers([Answer::json::<Items<TenantId>>(200, "Their IDs")]),
        guarded(
            Method::POST,
            "/api/2/tenants/{tenant_id}/registration_tokens",
            "Issue a token to register a machine with",
        )
        .source("CONTRACT 1.5")
        .json::<RegistrationTokenBody>()
        .answers(body_answers())
        .answers([
            Answer::json::<RegistrationTokenDocument>(200, "The token"),
            bad_body(),
            absent("There is no such tenant"),
        ]),
    ]
}

fn open(method: Method, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(method, path, summary)
        .tag("account management")
        .shared_parameter("case")
        .answers(platform_answers())
}

/// Bearer or a user's HTTP Basic login (CONTRACT 5.5).
fn guarded(method: Method, path: &'static str, summary: &'static str) -> Operation {
    open(method, path, summary).secured(&[Security::Bearer, Security::UserBasic]).answers([
        Answer::json::<ApiErrorBody>(401, "The caller is unknown (CONTRACT 4.2)"),
        Answer::json::<ApiErrorBody>(403, "The caller has no right to this (CONTRACT 4.2)"),
    ])
}

fn bad_query() -> Answer {
    Answer::json::<ApiErrorBody>(400, "A parameter is wrong, unknown or missing")
}

fn bad_body() -> Answer {
    Answer::json::<ApiErrorBody>(400, "A member is wrong, unknown or missing (CONTRACT 5.6)")
}

fn absent(description: &'static str) -> Answer {
    Answer::json::<ApiErrorBody>(404, description)
}

fn taken() -> Answer {
    Answer::json::<ApiErrorBody>(409, "Another client of the tenant has this `origin_id`")
}
