//! The two tokens.

use serde_json::{Value, json};

use super::token_response::{LIFE_S, TOLERANCE_S};
use super::{CREDENTIALS, must, should};
use crate::answer::{Answer, brief, told_value};
use crate::check::{Check, Failure, TokenPaths, Verdict, require, unmet};
use crate::jwt::Jwt;
use crate::probe::{GRANT, Probe};
use crate::request::form;
use crate::schema::{self, Schema};
use crate::target::User;

/// How both tokens begin in the tutorial: `typ`, `alg`, then the `kid` (CONTRACT 3.4).
const PREFIX: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6I";

/// Which of the two tokens.
#[derive(Clone, Copy)]
enum Which {
    Access,
    Id,
}

pub(super) const CHECKS: &[Check] = &[
    must(
        "jwt.access.header",
        "the access token's header is typ JWT, alg RS256 and a UUID as kid, in this order",
        &["3.4.1", "3.4.2"],
        CREDENTIALS,
        |p| Box::pin(header(p, Which::Access)),
    ),
    should(
        "jwt.access.prefix",
        "the access token begins with the characters that the tutorial prints",
        &["3.4.2"],
        CREDENTIALS,
        |p| Box::pin(prefix(p, Which::Access)),
    ),
    must(
        "jwt.access.claims",
        "the access token has the documented claims, each of its type",
        &["3.5.1"],
        CREDENTIALS,
        |p| Box::pin(claims(p, Which::Access)),
    ),
    must(
        "jwt.access.client-id",
        "the access token's client_id and sub are the caller's",
        &["3.5.3"],
        CREDENTIALS,
        |p| Box::pin(client_id(p)),
    ),
    should(
        "jwt.access.policies",
        "the access token's scope is an array of access policies",
        &["3.5.5", "3.7.1"],
        CREDENTIALS,
        |p| Box::pin(policies(p)),
    ),
    must(
        "jwt.access.lifetime",
        "the access token lives for two hours: exp is iat + 7200",
        &["3.3.1"],
        CREDENTIALS,
        |p| Box::pin(lifetime(p)),
    ),
    must(
        "jwt.access.times",
        "the access token is issued when the answer is: iat is its Date, and nothing is in between",
        &["3.5.1", "3.3.1"],
        CREDENTIALS,
        |p| Box::pin(times(p, Which::Access)),
    ),
    should(
        "jwt.access.kind",
        "the access token says of whom it is, sub_type, and in which version, ver",
        &["3.5.1"],
        CREDENTIALS,
        |p| Box::pin(kind(p)),
    ),
    must("jwt.access.unique", "two access tokens differ in jti", &["3.5.2"], CREDENTIALS, |p| {
        Box::pin(unique(p))
    }),
    must(
        "jwt.access.nri",
        "not_required_introspection=true puts nri with 1 into the header, its absence or false does not",
        &["2.7.1"],
        CREDENTIALS,
        |p| Box::pin(nri(p)),
    )
    .at(TokenPaths::Each),
    must(
        "jwt.access.issuer",
        "the access token's iss is the issuer of the discovery document",
        &["3.5.6", "6.3.1"],
        CREDENTIALS,
        |p| Box::pin(issuer(p, Which::Access)),
    ),
    must(
        "jwt.access.signature",
        "the published key that the access token's kid names verifies it, and no other does",
        &["3.4.4", "6.4.1"],
        CREDENTIALS,
        |p| Box::pin(signature(p, Which::Access)),
    ),
    must(
        "jwt.id.header",
        "the ID token's header is typ JWT, alg RS256 and a UUID as kid, in this order",
        &["3.4.1", "3.4.2"],
        CREDENTIALS,
        |p| Box::pin(header(p, Which::Id)),
    ),
    should(
        "jwt.id.prefix",
        "the ID token begins with the characters that the tutorial prints",
        &["3.4.2"],
        CREDENTIALS,
        |p| Box::pin(prefix(p, Which::Id)),
    ),
    must(
        "jwt.id.other-key",
        "the two tokens of an answer name different keys",
        &["3.4.3", "3.1.1"],
        CREDENTIALS,
        |p| Box::pin(other_key(p)),
    ),
    must(
        "jwt.id.claims",
        "the ID token has the documented claims, each of its type",
        &["3.6.1"],
        CREDENTIALS,
        |p| Box::pin(claims(p, Which::Id)),
    ),
    must(
        "jwt.id.subject",
        "the ID token's sub is that of the access token",
        &["3.6.1"],
        CREDENTIALS,
        |p| Box::pin(id_subject(p)),
    ),
    must(
        "jwt.id.times",
        "the ID token is issued when the answer is, and expires later",
        &["3.6.1"],
        CREDENTIALS,
        |p| Box::pin(times(p, Which::Id)),
    ),
    must(
        "jwt.id.audience",
        "the ID token's audience is the caller's client_id",
        &["3.6.2"],
        CREDENTIALS,
        |p| Box::pin(audience(p)),
    ),
    must(
        "jwt.id.issuer",
        "the ID token's iss is the issuer of the discovery document",
        &["3.6.1", "6.3.1"],
        CREDENTIALS,
        |p| Box::pin(issuer(p, Which::Id)),
    ),
    must(
        "jwt.id.signature",
        "the published key that the ID token's kid names verifies it, and no other does",
        &["3.4.4", "6.4.1"],
        CREDENTIALS,
        |p| Box::pin(signature(p, Which::Id)),
    ),
];

async fn token(probe: &mut Probe, which: Which) -> Result<String, Failure> {
    let tokens = probe.tokens().await?;
    match which {
        Which::Access => Ok(tokens.access),
        Which::Id => match tokens.body["id_token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => unmet("the answer has no `id_token`"),
        },
    }
}

async fn header(probe: &mut Probe, which: Which) -> Verdict {
    let token = token(probe, which).await?;
    has_members_in_order(&Jwt::read(&token)?)
}

/// The header of each token (CONTRACT 3.4).
pub(super) fn has_members_in_order(token: &Jwt<'_>) -> Verdict {
    schema::judge(Schema::TokenHeader, &token.header)?;
    let names = token.header_names();
    require(names.starts_with(&["typ".into(), "alg".into(), "kid".into()]), || {
        format!("the header's members are {}", brief(&names.join(", ")))
    })
}

async fn prefix(probe: &mut Probe, which: Which) -> Verdict {
    let token = token(probe, which).await?;
    let jwt = Jwt::read(&token)?;
    require(token.starts_with(PREFIX), || {
        format!("the header is spelt `{}`", brief(&jwt.header_text))
    })
}

async fn claims(probe: &mut Probe, which: Which) -> Verdict {
    let token = token(probe, which).await?;
    let schema = match which {
        Which::Access => Schema::AccessClaims,
        Which::Id => Schema::IdClaims,
    };
    let claims = Jwt::read(&token)?.claims;
    schema::judge(schema, &claims)?;
    let secret = probe.credentials()?.client_secret;
    // Whole, for a short secret may be part of a name.
    let tells = claims.to_string().contains(&json!(secret).to_string());
    require(!tells, || "the client's secret is among the claims".to_owned())
}

async fn client_id(probe: &mut Probe) -> Verdict {
    let wanted = probe.credentials()?.client_id;
    let token = token(probe, Which::Access).await?;
    let claims = Jwt::read(&token)?.claims;
    for name in ["client_id", "sub"] {
        let given = &claims[name];
        require(*given == *wanted, || format!("`{name}` is {}", told_value(given)))?;
    }
    Ok(())
}

async fn kind(probe: &mut Probe) -> Verdict {
    let token = token(probe, Which::Access).await?;
    let claims = Jwt::read(&token)?.claims;
    require(claims["sub_type"].is_string(), || "`sub_type` is missing".to_owned())?;
    require(!claims["ver"].is_null(), || "`ver` is missing".to_owned())
}

async fn id_subject(probe: &mut Probe) -> Verdict {
    let (access, id) = (token(probe, Which::Access).await?, token(probe, Which::Id).await?);
    let (access, id) = (Jwt::read(&access)?.claims, Jwt::read(&id)?.claims);
    require(id["sub"] == access["sub"], || {
        format!(
            "`sub` is {}, in the access token {}",
            told_value(&id["sub"]),
            told_value(&access["sub"])
        )
    })
}

async fn times(probe: &mut Probe, which: Which) -> Verdict {
    let answer = probe.tokens().await?.answer;
    let token = token(probe, which).await?;
    is_issued_with(&Jwt::read(&token)?, &answer)
}

/// Issued when the answer was, and good from then on.
pub(super) fn is_issued_with(token: &Jwt<'_>, answer: &Answer) -> Verdict {
    let date = answer.date_or_now();
    let (issued, expires) = (token.seconds("iat")?, token.seconds("exp")?);
    require((issued - date).abs() <= TOLERANCE_S, || {
        format!("`iat` is {issued}, the answer's Date {date}")
    })?;
    require(expires > issued, || format!("`exp` is {expires}, `iat` {issued}"))?;
    match token.claims.get("nbf") {
        Some(_) => require(token.seconds("nbf")? <= date + TOLERANCE_S, || {
            "`nbf` is later than the answer's Date".to_owned()
        }),
        None => Ok(()),
    }
}

async fn policies(probe: &mut Probe) -> Verdict {
    let token = token(probe, Which::Access).await?;
    let scope = &Jwt::read(&token)?.claims["scope"];
    let urns: Option<Vec<&str>> = match scope {
        Value::String(text) => Some(text.split_whitespace().collect()),
        Value::Array(list) if list.is_empty() => return unmet("`scope` has no access policy"),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    match urns {
        None => {
            schema::judge(Schema::Policies, scope)?;
            // A role may belong to no tenant, but not all that a client of a tenant has.
            let policies = scope.as_array().map(Vec::as_slice).unwrap_or_default();
            let named = policies.iter().any(|policy| policy["tuid"].is_string());
            require(named, || "no access policy has a `tuid`".to_owned())
        }
        Some(urns) => {
            let odd = urns.into_iter().find(|urn| !is_policy_urn(urn));
            require(odd.is_none(), || format!("`scope` has `{}`", brief(odd.unwrap_or_default())))
        }
    }
}

/// `urn:acronis:<resource server>:<namespace>:<tenant>[|<path>]:<role>` (CONTRACT 3.7).
fn is_policy_urn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts.as_slice(), ["urn", "acronis", server, _, _, role] if !server.is_empty() && !role.is_empty())
}

async fn lifetime(probe: &mut Probe) -> Verdict {
    let token = token(probe, Which::Access).await?;
    let jwt = Jwt::read(&token)?;
    let life = jwt.seconds("exp")?.saturating_sub(jwt.seconds("iat")?);
    require(life == LIFE_S, || format!("it lives for {life} s"))
}

async fn unique(probe: &mut Probe) -> Verdict {
    let first = token(probe, Which::Access).await?;
    let request = probe.authenticated()?.form(GRANT);
    let body = probe.send(request).await?.ok_json()?;
    let second = body["access_token"].as_str().unwrap_or_default();
    let (first, second) = (Jwt::read(&first)?, Jwt::read(second)?);
    let (one, other) = (&first.claims["jti"], &second.claims["jti"]);
    require(first.header == second.header || first.kid()? != second.kid()?, || {
        "two tokens of one key differ in their headers".to_owned()
    })?;
    require(one != other && *one != Value::Null, || format!("`jti` is {} in both", told_value(one)))
}

async fn nri(probe: &mut Probe) -> Verdict {
    let mut grants = vec![GRANT.to_owned()];
    if let Ok(User { login, password }) = probe.user() {
        let pairs = [("grant_type", "password"), ("username", &login), ("password", &password)];
        grants.push(form(&pairs));
    }
    for grant in grants {
        let asking = format!("{grant}&not_required_introspection=true");
        let body = probe.send(probe.authenticated()?.form(&asking)).await?.ok_json()?;
        let given = &Jwt::read(body["access_token"].as_str().unwrap_or_default())?.header["nri"];
        require(*given == 1, || format!("`nri` is {}", told_value(given)))?;
    }
    let token = token(probe, Which::Access).await?;
    let usual = &Jwt::read(&token)?.header["nri"];
    require(*usual != 1, || "`nri` is 1 where nobody asked for it".to_owned())?;
    let request = probe.authenticated()?.form(&format!("{GRANT}&not_required_introspection=false"));
    let body = probe.send(request).await?.ok_json()?;
    let refused = &Jwt::read(body["access_token"].as_str().unwrap_or_default())?.header["nri"];
    require(*refused != 1, || "`nri` is 1 for not_required_introspection=false".to_owned())
}

async fn issuer(probe: &mut Probe, which: Which) -> Verdict {
    let token = token(probe, which).await?;
    let document = probe.discovery().await?;
    let (given, wanted) = (&Jwt::read(&token)?.claims["iss"], &document["issuer"]);
    require(given == wanted && given.is_string(), || {
        format!("`iss` is {}, the issuer is {}", told_value(given), told_value(wanted))
    })
}

async fn signature(probe: &mut Probe, which: Which) -> Verdict {
    let token = token(probe, which).await?;
    let keys = probe.keys().await?;
    is_verified_by_its_key_alone(&Jwt::read(&token)?, &keys)
}

/// The published key that `kid` names made the signature, and no other did (CONTRACT 3.4).
pub(super) fn is_verified_by_its_key_alone(token: &Jwt<'_>, keys: &[Value]) -> Verdict {
    let kid = token.kid()?;
    let (named, others): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key["kid"] == *kid);
    require(named.len() == 1, || format!("{} published keys are `{}`", named.len(), brief(kid)))?;
    require(named.iter().all(|key| token.is_signed_by(key)), || {
        "the key that `kid` names does not verify the signature".to_owned()
    })?;
    require(!others.iter().any(|key| token.is_signed_by(key)), || {
        "a key of another name verifies the signature too".to_owned()
    })
}

async fn other_key(probe: &mut Probe) -> Verdict {
    let (access, id) = (token(probe, Which::Access).await?, token(probe, Which::Id).await?);
    let (access, id) = (Jwt::read(&access)?, Jwt::read(&id)?);
    let (one, other) = (access.kid()?, id.kid()?);
    require(one != other, || format!("both name the key `{}`", brief(one)))
}

async fn audience(probe: &mut Probe) -> Verdict {
    let wanted = Value::from(probe.credentials()?.client_id);
    let token = token(probe, Which::Id).await?;
    let given = &Jwt::read(&token)?.claims["aud"];
    let is_named = given.as_array().is_some_and(|list| list.contains(&wanted));
    require(*given == wanted || is_named, || format!("`aud` is {}", told_value(given)))
}
