//! The token endpoint of the right server, at a moment that never passes.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    Answered, Asked, CLIENT_ID, DISABLED_ID, POST_ID, POST_SECRET, SECRET, TENANT_ID, World,
    api_error,
};

/// 1,800,000,000 seconds since the epoch.
pub(crate) const DATE: &str = "Fri, 15 Jan 2027 08:00:00 GMT";
const NOW: i64 = 1_800_000_000;

pub(crate) const ACCESS_KID: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
pub(crate) const ID_KID: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

static KEYS: LazyLock<[KeyPair; 2]> = LazyLock::new(|| {
    [
        key_of(include_str!("../../../../../fixtures/keys/access-token.pem")),
        key_of(include_str!("../../../../../fixtures/keys/id-token.pem")),
    ]
});

fn key_of(pem: &str) -> KeyPair {
    let lines = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    let coded: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    KeyPair::from_pkcs8(&STANDARD.decode(coded).unwrap()).unwrap()
}

/// Which token, and the key for it.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Access,
    Id,
}

impl Which {
    fn kid(self) -> &'static str {
        match self {
            Self::Access => ACCESS_KID,
            Self::Id => ID_KID,
        }
    }

    pub(crate) fn header(self) -> String {
        format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{}"}}"#, self.kid())
    }

    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Id => "id_token",
        }
    }
}

pub(crate) fn key_set() -> Value {
    let key = |which: Which| {
        let public = KEYS[which as usize].public_key();
        let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
        let n = text(public.modulus().big_endian_without_leading_zero());
        let e = text(public.exponent().big_endian_without_leading_zero());
        json!({"use": "sig", "kty": "RSA", "kid": which.kid(), "alg": "RS256", "n": n, "e": e})
    };
    json!({"keys": [key(Which::Access), key(Which::Id)]})
}

pub(crate) fn sign(by: Which, header: &str, claims: &Value) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let key = &KEYS[by as usize];
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn token_error(status: u16, error: &str) -> Answered {
    let body = json!({"error": error, "error_description": "No."});
    Answered::new("token-error", status, body)
}

pub(crate) fn invalid_client() -> Answered {
    let mut answer = token_error(401, "invalid_client");
    answer.json["domain"] = "Access".into();
    answer.json["reason"] = "InvalidClient".into();
    answer.with("www-authenticate", "Basic realm=\"x\"")
}

impl World {
    pub(crate) fn claims(&self, which: Which) -> Value {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let issuer = format!("{}/bc", self.url);
        let mut claims = json!({"aud": CLIENT_ID, "exp": NOW + 7200, "iat": NOW, "iss": issuer,
            "sub": CLIENT_ID});
        if let Which::Access = which {
            claims["jti"] = format!("{number:08x}-0000-4000-8000-000000000000").into();
            claims["client_id"] = CLIENT_ID.into();
            claims["owner_tuid"] = TENANT_ID.into();
            claims["sub_type"] = "api_client".into();
            claims["ver"] = 2.into();
            claims["scope"] = json!([{"tid": "1", "tuid": TENANT_ID, "rs": "account-server",
                "rn": "", "rp": "", "role": "tenant_viewer"}]);
        }
        claims
    }

    /// A good answer, whoever asks.
    pub(crate) fn issue(&self, path: &str) -> Answered {
        let token = |which: Which| sign(which, &which.header(), &self.claims(which));
        let access = token(Which::Access);
        self.issued.lock().unwrap().insert(access.clone());
        let mut body = json!({"access_token": access, "expires_on": NOW + 7200,
            "id_token": token(Which::Id), "token_type": "bearer"});
        if path == "/idp/token" {
            body["expires_in"] = 7200.into();
        }
        Answered::new("token", 200, body)
            .with("cache-control", "no-store")
            .with("pragma", "no-cache")
    }

    /// A token that was good ten seconds ago.
    pub(crate) fn minted(&self) -> Answered {
        let token = sign(Which::Access, &Which::Access.header(), &self.claims(Which::Access));
        Answered::new("minted", 200, json!({"access_token": token}))
    }

    /// Signs one token of `answer` anew, by `by`, with another header or other claims.
    pub(crate) fn resign(
        &self,
        answer: &mut Answered,
        which: Which,
        by: Which,
        header: &str,
        change: fn(&mut Value),
    ) {
        if answer.kind != "token" {
            return;
        }
        let mut claims = self.claims(which);
        change(&mut claims);
        answer.json[which.member()] = sign(by, header, &claims).into();
    }

    pub(crate) fn token(&self, asked: &Asked) -> Answered {
        if asked.method != "POST" {
            return api_error(405).with("allow", "POST");
        }
        if asked.body.len() > 65_536 {
            return api_error(413);
        }
        let media = asked.header("content-type").split(';').next().unwrap_or_default();
        if !media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return api_error(415);
        }
        let form = pairs(&asked.body);
        let find = |pairs: &[(String, String)], wanted: &str| -> Vec<String> {
            let named = pairs.iter().filter(|(name, _)| name == wanted);
            named.map(|(_, value)| value.clone()).collect()
        };
        let is_basic = asked.basic() == Some((CLIENT_ID.to_owned(), SECRET.to_owned()));
        let is_post =
            find(&form, "client_id") == [POST_ID] && find(&form, "client_secret") == [POST_SECRET];
        if !(is_basic || is_post) {
            return invalid_client();
        }
        let in_query = find(&pairs(&asked.query), "grant_type");
        let mut grants = find(&form, "grant_type");
        match (in_query.as_slice(), grants.as_slice()) {
            ([_], []) => grants = in_query,
            ([one], [other]) if one != other => return token_error(400, "invalid_request"),
            _ => {}
        }
        match grants.as_slice() {
            [grant] if grant == "client_credentials" => self.issue(&asked.path),
            [grant] if !grant.is_empty() => token_error(400, "unsupported_grant_type"),
            _ => token_error(400, "invalid_request"),
        }
    }
}

pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Whether the caller is the disabled client, with its secret.
pub(crate) fn is_disabled(asked: &Asked) -> bool {
    asked.is_from(DISABLED_ID)
}
