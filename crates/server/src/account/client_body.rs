//! The bodies of `POST clients` and `PUT clients/{client_id}` (CONTRACT 5.1, 5.3).

use gatepass_protocol::{ApiClientType, TenantId, TokenEndpointAuthMethod};
use schemars::JsonSchema;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{BodyProblem, ClientChange, Members, NewClient};
use crate::directory::{CLIENT_NAME, Role};

/// What the maker of an API client says of it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename = "NewApiClient", deny_unknown_fields)]
pub(crate) struct NewClientBody {
    #[schemars(rename = "tenant_id")]
    pub(crate) tenant: TenantId,
    #[schemars(rename = "type")]
    client_type: ApiClientType,
    #[schemars(rename = "token_endpoint_auth_method")]
    auth_method: TokenEndpointAuthMethod,
    #[schemars(default)]
    data: Map<String, Value>,
    #[schemars(default)]
    redirect_uris: Vec<String>,
    origin_id: Option<String>,
}

impl NewClientBody {
    pub(crate) fn read(mut members: Members) -> Result<Self, BodyProblem> {
        members.only(&[
            "type",
            "tenant_id",
            "token_endpoint_auth_method",
            "data",
            "redirect_uris",
            "origin_id",
        ])?;
        Ok(Self {
            client_type: members.required("type")?,
            tenant: members.required("tenant_id")?,
            auth_method: members.required("token_endpoint_auth_method")?,
            data: data(&mut members)?.unwrap_or_default(),
            redirect_uris: members.optional("redirect_uris")?.unwrap_or_default(),
            origin_id: members.optional("origin_id")?,
        })
    }

    /// The client that is to be made by `created_by`, who hands on these roles.
    pub(crate) fn with_roles(self, roles: Vec<Role>, created_by: Uuid) -> NewClient {
        NewClient {
            tenant: self.tenant,
            client_type: self.client_type,
            auth_method: self.auth_method,
            data: self.data,
            redirect_uris: self.redirect_uris,
            origin_id: self.origin_id,
            roles,
            created_by,
        }
    }
}

impl ClientChange {
    pub(crate) fn read(mut members: Members) -> Result<Self, BodyProblem> {
        members.only(&["data", "status", "redirect_uris", "origin_id"])?;
        Ok(Self {
            data: data(&mut members)?,
            status: members.optional("status")?,
            redirect_uris: members.optional("redirect_uris")?,
            origin_id: members.optional("origin_id")?,
        })
    }
}

fn data(members: &mut Members) -> Result<Option<Map<String, Value>>, BodyProblem> {
    let data: Option<Map<String, Value>> = members.optional("data")?;
    let name = data.as_ref().and_then(|data| data.get(CLIENT_NAME));
    match name {
        Some(name) if !name.is_string() => {
            Err(BodyProblem::Value { name: "data.client_name", expected: "a text" })
        }
        Some(_) | None => Ok(data),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn create(body: &str) -> Result<NewClientBody, BodyProblem> {
        NewClientBody::read(Members::parse(body.as_bytes())?)
    }

    fn change(body: &str) -> Result<ClientChange, BodyProblem> {
        ClientChange::read(Members::parse(body.as_bytes())?)
    }

    #[test]
    fn three_members_are_enough() {
        let body = create(
            r#"{"type":"managed_client","tenant_id":"7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001","token_endpoint_auth_method":"none"}"#,
        )
        .unwrap();

        assert_eq!(body.client_type, ApiClientType::ManagedClient);
        assert_eq!(body.auth_method, TokenEndpointAuthMethod::None);
        assert_eq!((body.data.len(), body.redirect_uris.len(), body.origin_id), (0, 0, None));
    }

    #[test]
    fn each_way_to_be_wrong_names_the_member() {
        let whole = r#""type":"api_client","tenant_id":"7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001","token_endpoint_auth_method":"none""#;
        for (given, complaint) in [
            (String::new(), "the body is no JSON: EOF while parsing a value at line 1 column 0"),
            ("[]".to_owned(), "the body is no JSON object"),
            ("{}".to_owned(), "the member `type` is missing"),
            (r#"{"type":"api_client"}"#.to_owned(), "the member `tenant_id` is missing"),
            (
                whole.replace("api_client", "agent"),
                "the member `type` is not `api_client` or `managed_client`",
            ),
            (
                whole.replace("7a1d9c52", "7A1D9C52"),
                "the member `tenant_id` is not a lower-case UUID of 36 characters",
            ),
            (
                whole.replace("none", "private_key_jwt"),
                "the member `token_endpoint_auth_method` is not `client_secret_basic`, \
                 `client_secret_post` or `none`",
            ),
            (
                format!(r#"{whole},"tenant":1"#),
                "the member `tenant` is unknown; known are type, tenant_id, \
                 token_endpoint_auth_method, data, redirect_uris, origin_id",
            ),
            (format!(r#"{whole},"data":"N""#), "the member `data` is not an object"),
            (
                format!(r#"{whole},"data":{{"client_name":5}}"#),
                "the member `data.client_name` is not a text",
            ),
            (
                format!(r#"{whole},"redirect_uris":["a",5]"#),
                "the member `redirect_uris` is not a list of texts",
            ),
            (format!(r#"{whole},"origin_id":null"#), "the member `origin_id` is not a text"),
        ] {
            let body = if given.starts_with('"') { format!("{{{given}}}") } else { given };

            let problem = create(&body).unwrap_err();

            assert_eq!(problem.to_string(), complaint, "given {body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_readers_panic(
            body in r#"\{("(type|tenant_id|data|status|origin_id)":("\PC*"|[0-9]|null|\{\}|\[\]),?)*\}?"#,
        ) {
            let _ = create(&body);
            let _ = change(&body);
        }
    }

    #[test]
    fn a_change_names_what_changes_and_nothing_else() {
        assert_eq!(change("{}"), Ok(ClientChange::default()));
        for (given, complaint) in [
            (
                r#"{"type":"api_client"}"#,
                "the member `type` is unknown; known are data, status, redirect_uris, origin_id",
            ),
            (r#"{"status":"deleted"}"#, "the member `status` is not `enabled` or `disabled`"),
            (r#"{"status":true}"#, "the member `status` is not `enabled` or `disabled`"),
        ] {
            let problem = change(given).unwrap_err();

            assert_eq!(problem.to_string(), complaint, "given {given}");
        }
    }
}
