//! Malformed requests from a seeded generator: the same seed makes the same requests.

use crate::probe::{BC_TOKEN_PATH, Probe, TOKEN_PATH, UNKNOWN_ID};
use crate::request::{FORM, Request, basic_value};

const TOKEN_PATHS: [&str; 3] = [TOKEN_PATH, BC_TOKEN_PATH, "/idp/token"];

/// Endpoints other than the token endpoint; `*` takes something odd.
const CALLS: [(&str, &str); 10] = [
    ("POST", "/api/2/idp/revoke_token"),
    ("POST", "/api/2/idp/introspect_token"),
    ("GET", "/api/2/clients/*"),
    ("POST", "/api/2/clients"),
    ("PUT", "/api/2/clients/*"),
    ("GET", "/api/2/tenants?uuids=*"),
    ("GET", "/api/task_manager/v2/tasks?*"),
    ("GET", "/api/task_manager/v2/activities/*"),
    ("GET", "/.well-known/openid-configuration?*"),
    ("GET", "/idp/keys?*"),
];

const AUTHORIZATIONS: [&[u8]; 12] = [
    b"",
    b"Basic",
    b"Basic ====",
    b"Basic \xff\xfe\xfd",
    b"Basic Og==",
    b"Basic //79/A==",
    b"Bearer a.b.c",
    b"Bearer e30.e30.e30",
    b"Bearer \xc3\xa9",
    b"Basic\tOg==",
    b"Negotiate",
    b"basic Zm9vOmJhcg==, Bearer x",
];

const CONTENT_TYPES: [&str; 7] = [
    "",
    FORM,
    "application/json",
    "multipart/form-data",
    ";;;",
    "a/b;=\"",
    "text/plain; charset=x",
];

const BODIES: [&[u8]; 12] = [
    b"grant_type=client_credentials",
    b"grant_type",
    b"=&=&&==%",
    b"grant_type=%ff%fe&grant_type=%",
    b"{\"grant_type\":",
    b"grant_type=client_credentials&scope=%00%00%00",
    b"grant_type=refresh_token&refresh_token=%00",
    b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e30.e30.&scope=urn:",
    b"token=%ff&token_type_hint=%00",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"type\":1e999,\"tenant_id\":{},\"data\":[]}",
    b"\x00\x01\x02\xff",
];

const ODD: [&str; 10] = [
    "%00",
    "%ff%fe",
    "-1",
    "99999999999999999999",
    "limit=0&after=x",
    "order=asc(",
    "state=&state=&lod=x",
    "completedAt=gt(x)",
    "..%2f..",
    "%F0%9F%92%A5",
];

/// An endless sequence of malformed requests. Their client is unknown, so that none is locked.
pub(crate) struct Malformed(SplitMix);

impl Malformed {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SplitMix(seed))
    }

    /// A token request with something wrong in every part that the sequence picks.
    pub(crate) fn token_request(&mut self, probe: &Probe) -> Request {
        let path = *self.0.pick(&TOKEN_PATHS);
        self.rest(probe.post(path))
    }

    /// A call of another endpoint, the same way.
    pub(crate) fn call(&mut self, probe: &Probe) -> Request {
        let (method, path) = *self.0.pick(&CALLS);
        let odd: &str = self.0.pick::<&str>(&ODD);
        let path = path.replace('*', odd);
        self.rest(probe.request(method, &path))
    }

    fn rest(&mut self, mut request: Request) -> Request {
        let known = format!("Basic {}", basic_value(UNKNOWN_ID, "x"));
        let authorization = match self.0.below(AUTHORIZATIONS.len() + 1) {
            index if index < AUTHORIZATIONS.len() => AUTHORIZATIONS[index],
            _ => known.as_bytes(),
        };
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let content_type = *self.0.pick(&CONTENT_TYPES);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        if request.method == "GET" {
            return request;
        }
        let mut body = self.0.pick(&BODIES).to_vec();
        for _ in 0..self.0.below(4) {
            let at = self.0.below(body.len());
            body[at] = self.0.next().to_le_bytes()[0];
        }
        request.body(body)
    }
}

/// The `SplitMix64` sequence: small, and the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
