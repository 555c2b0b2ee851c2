//! Defects of discovery, keys, the token endpoint and the tokens.

use base64::Engine as _;
use serde_json::{Value, json};

use super::Mutant;
use crate::support::tokens::{ACCESS_KID, ID_KID, invalid_client, is_disabled, pairs, token_error};
use crate::support::{Answered, Asked, CLIENT_ID, SECRET, Which, World, api_error};

/// Bends the answers of one kind.
fn of(kind: &str, answer: &mut Answered, bend: impl FnOnce(&mut Answered)) {
    if answer.kind == kind {
        bend(answer);
    }
}

/// Bends what is answered at one path.
fn at(path: &str, asked: &Asked, answer: &mut Answered, bend: impl FnOnce(&mut Answered)) {
    if asked.path == path {
        bend(answer);
    }
}

/// Issues a token where that is wrong.
fn issue_if(is_so: bool, world: &World, asked: &Asked, answer: &mut Answered) {
    if is_so {
        *answer = world.issue(&asked.path);
    }
}

/// Refuses a client that is in order.
fn refuse_if(is_so: bool, answer: &mut Answered) {
    if is_so {
        *answer = invalid_client();
    }
}

fn grants(asked: &Asked) -> Vec<String> {
    let form = pairs(&asked.body).into_iter().filter(|(name, _)| name == "grant_type");
    form.map(|(_, value)| value).collect()
}

fn unchanged(_: &mut Value) {}

pub(super) const MUTANTS: &[Mutant] = &[
    ("discovery.required", |_, _, r| of("discovery", r, |r| r.remove("subject_types_supported"))),
    ("discovery.content-type", |_, _, r| {
        of("discovery", r, |r| r.set("content-type", "text/plain"));
    }),
    ("discovery.absolute-urls", |_, _, r| {
        of("discovery", r, |r| r.json["authorization_endpoint"] = "/idp/authorize".into());
    }),
    ("discovery.own-host", |_, _, r| {
        of("discovery", r, |r| r.json["jwks_uri"] = "http://elsewhere.test/idp/keys".into());
    }),
    ("keys.members", |_, _, r| of("keys", r, |r| r.json["keys"][0]["alg"] = "RS512".into())),
    ("keys.public-only", |_, _, r| of("keys", r, |r| r.json["keys"][1]["d"] = "AQAB".into())),
    ("keys.two", |_, _, r| {
        of("keys", r, |r| {
            r.json["keys"].as_array_mut().unwrap().pop();
        });
    }),
    ("keys.aliases", |_, q, r| {
        at("/api/idp/v1/keys", q, r, |r| {
            r.json["keys"].as_array_mut().unwrap().pop();
        });
    }),
    ("token.request.api-2", |_, q, r| at("/api/2/idp/token", q, r, |r| *r = api_error(404))),
    ("token.request.bc", |_, q, r| at("/bc/idp/token", q, r, |r| *r = api_error(404))),
    ("token.request.discovered", |_, q, r| at("/idp/token", q, r, |r| *r = api_error(404))),
    ("token.request.scheme-case", |_, q, r| refuse_if(q.authorization().starts_with("bAsIc"), r)),
    ("token.request.scheme-spaces", |_, q, r| refuse_if(q.authorization().contains("  "), r)),
    ("token.request.content-type-parameter", |_, q, r| {
        if q.header("content-type").contains(';') {
            *r = api_error(415);
        }
    }),
    ("token.request.content-type-case", |_, q, r| {
        if q.header("content-type").starts_with('A') {
            *r = api_error(415);
        }
    }),
    ("token.request.escaped", |_, q, r| {
        if q.body.contains("%5F") {
            *r = token_error(400, "invalid_request");
        }
    }),
    ("token.request.grant-in-query", |_, q, r| {
        if grants(q).is_empty() {
            *r = token_error(400, "invalid_request");
        }
    }),
    ("token.request.post-client", |_, q, r| refuse_if(q.body.contains("client_secret"), r)),
    ("token.response.members", |_, _, r| of("token", r, |r| r.remove("id_token"))),
    ("token.response.expires-on", |_, _, r| {
        of("token", r, |r| r.json["expires_on"] = "1800007200".into());
    }),
    ("token.response.token-type", |_, _, r| {
        of("token", r, |r| r.json["token_type"] = "Bearer".into());
    }),
    ("token.response.exact-api-2", |_, q, r| {
        at("/api/2/idp/token", q, r, |r| r.json["expires_in"] = 7200.into());
    }),
    ("token.response.exact-bc", |_, q, r| {
        at("/bc/idp/token", q, r, |r| r.json["scope"] = "".into());
    }),
    ("token.response.expires-in", |_, q, r| at("/idp/token", q, r, |r| r.remove("expires_in"))),
    // Milliseconds: the classic.
    ("token.response.two-hours", |_, _, r| {
        of("token", r, |r| r.json["expires_on"] = 1_800_007_200_000_i64.into());
    }),
    ("token.response.expires-on-is-exp", |_, _, r| {
        of("token", r, |r| r.json["expires_on"] = 1_800_007_201_i64.into());
    }),
    ("token.response.content-type", |_, _, r| {
        of("token", r, |r| r.set("content-type", "application/json"));
    }),
    ("token.response.no-store", |_, _, r| of("token", r, |r| r.drop("pragma"))),
    ("token.response.no-store", |_, _, r| of("token", r, |r| r.set("cache-control", "no-cache"))),
    ("token.response.one-line", |_, _, r| of("token", r, Answered::end_line)),
    ("token.errors.no-authorization", |w, q, r| issue_if(q.authorization().is_empty(), w, q, r)),
    ("token.errors.other-scheme", |w, q, r| issue_if(q.authorization().starts_with('D'), w, q, r)),
    ("token.errors.basic-undecodable", |_, q, r| {
        if q.authorization().contains('!') {
            r.status = 500;
        }
    }),
    ("token.errors.basic-without-colon", |_, q, r| {
        if q.authorization().starts_with("Basic ") && q.basic().is_none() {
            r.status = 400;
        }
    }),
    ("token.errors.unknown-client", |_, q, r| {
        if !q.is_from(CLIENT_ID) {
            r.status = 404;
        }
    }),
    ("token.errors.wrong-secret", |w, q, r| issue_if(q.is_from(CLIENT_ID), w, q, r)),
    ("token.errors.disabled-client", |w, q, r| issue_if(is_disabled(q), w, q, r)),
    ("token.errors.same-answer", |_, q, r| {
        if q.is_from(CLIENT_ID) {
            of("token-error", r, |r| r.json["error_description"] = "Wrong secret".into());
        }
    }),
    ("token.errors.secret-in-body", |w, q, r| issue_if(q.body.contains(SECRET), w, q, r)),
    ("token.errors.invalid-client-members", |_, _, r| of("token-error", r, |r| r.remove("domain"))),
    ("token.errors.challenge", |_, _, r| of("token-error", r, |r| r.drop("www-authenticate"))),
    ("token.errors.content-type", |_, _, r| {
        of("token-error", r, |r| r.set("content-type", "text/plain"));
    }),
    ("token.errors.one-line", |_, _, r| of("token-error", r, Answered::end_line)),
    ("token.errors.description", |_, q, r| {
        let told = format!("no grant {}", grants(q).join(","));
        of("token-error", r, |r| r.json["error_description"] = told.into());
    }),
    ("token.errors.secret-not-echoed", |_, q, r| {
        let (_, secret) = q.basic().unwrap_or_default();
        of("api-error", r, |r| r.json["error"]["message"] = secret.into());
    }),
    ("token.errors.grant-missing", |w, q, r| issue_if(grants(q).is_empty(), w, q, r)),
    ("token.errors.grant-empty", |w, q, r| issue_if(grants(q) == [""], w, q, r)),
    ("token.errors.grant-repeated", |w, q, r| issue_if(grants(q).len() > 1, w, q, r)),
    ("token.errors.grant-unsupported", |_, _, r| {
        of("token-error", r, |r| r.json["error"] = "invalid_request".into());
    }),
    ("token.errors.grant-case", |w, q, r| issue_if(q.body.contains("=Client"), w, q, r)),
    ("token.errors.grant-conflict", |w, q, r| issue_if(!q.query.is_empty(), w, q, r)),
    ("token.errors.content-type-json", |_, _, r| of("api-error", r, |r| r.status = 400)),
    ("token.errors.content-type-missing", |w, q, r| {
        issue_if(q.header("content-type").is_empty(), w, q, r);
    }),
    ("token.errors.method", |_, q, r| {
        if q.method == "GET" && q.path.ends_with("/token") {
            *r = api_error(404);
        }
    }),
    ("token.errors.allow", |_, _, r| r.drop("allow")),
    ("jwt.access.header", |w, _, r| {
        let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{ACCESS_KID}"}}"#);
        w.resign(r, Which::Access, Which::Access, &header, unchanged);
    }),
    ("jwt.access.prefix", |w, _, r| {
        let header = Which::Access.header().replace(',', ", ");
        w.resign(r, Which::Access, Which::Access, &header, unchanged);
    }),
    ("jwt.access.claims", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims.as_object_mut().unwrap().remove("owner_tuid");
        });
    }),
    ("jwt.access.client-id", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims["client_id"] = ID_KID.into();
        });
    }),
    ("jwt.access.policies", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims["scope"] = "urn:acronis".into();
        });
    }),
    ("jwt.access.lifetime", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims["iat"] = 1_799_999_999_i64.into();
        });
    }),
    ("jwt.access.unique", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims["jti"] = ACCESS_KID.into();
        });
    }),
    ("jwt.access.issuer", |w, _, r| {
        w.resign(r, Which::Access, Which::Access, &Which::Access.header(), |claims| {
            claims["iss"] = "http://0.0.0.0:8484/bc".into();
        });
    }),
    ("jwt.access.signature", |w, _, r| {
        w.resign(r, Which::Access, Which::Id, &Which::Access.header(), unchanged);
    }),
    ("jwt.access.signature", |_, _, r| {
        // The same key under a second name: the named one verifies, and so does another.
        of("keys", r, |r| r.json["keys"][1]["n"] = r.json["keys"][0]["n"].clone());
    }),
    ("jwt.id.header", |w, _, r| {
        let header = Which::Id.header().replace(ID_KID, "1");
        w.resign(r, Which::Id, Which::Id, &header, unchanged);
    }),
    ("jwt.id.prefix", |w, _, r| {
        let header = Which::Id.header().replace(':', ": ");
        w.resign(r, Which::Id, Which::Id, &header, unchanged);
    }),
    ("jwt.id.other-key", |w, _, r| {
        w.resign(r, Which::Id, Which::Access, &Which::Access.header(), unchanged);
    }),
    ("jwt.id.claims", |w, _, r| {
        w.resign(r, Which::Id, Which::Id, &Which::Id.header(), |claims| claims["exp"] = json!(1.5));
    }),
    ("jwt.id.audience", |w, _, r| {
        w.resign(r, Which::Id, Which::Id, &Which::Id.header(), |claims| claims["aud"] = "x".into());
    }),
    ("jwt.id.issuer", |w, _, r| {
        w.resign(r, Which::Id, Which::Id, &Which::Id.header(), |claims| claims["iss"] = "x".into());
    }),
    ("jwt.id.signature", |_, _, r| {
        of("token", r, |r| {
            let token = r.json["id_token"].as_str().unwrap().to_owned();
            let (signed, _) = token.rsplit_once('.').unwrap();
            let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
            r.json["id_token"] = format!("{signed}.{}", engine.encode([0; 256])).into();
        });
    }),
];
