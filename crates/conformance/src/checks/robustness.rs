//! Requests that nobody should send, and that must not break anything.

use super::{must, should};
use crate::check::{Check, Failure, Verdict, require, unmet};
use crate::probe::{Probe, TOKEN_PATH, UNKNOWN_ID};
use crate::request::{FORM, Request, basic_value};

/// Where the sequence of malformed requests starts: the same in every run.
const SEED: u64 = 0x6761_7465_7061_7373;

/// How many malformed token requests are sent.
const REQUESTS: u32 = 64;

/// More than any form that a client sends.
const LARGE: usize = 2 * 1024 * 1024;

const PATHS: [&str; 12] = [
    "/api/2/..%2f..%2f..%2fetc%2fpasswd",
    "/api/2/clients/%2e%2e%2f%2e%2e%2fusers%2fme",
    "/api/2/clients/%00",
    "/api/2/clients/%ff%fe",
    "/api/2/clients/%F0%9F%92%A5",
    "/api/2/clients/'%20or%201=1--",
    "/api/2//clients//",
    "/api/2/idp/token/",
    "/api/task_manager/v2/tasks/99999999999999999999999999",
    "/api/task_manager/v2/tasks/-1",
    "/api/task_manager/v2/tasks?limit=-1&after=%00&order=((&state=%",
    "/.well-known/openid-configuration?%&=&=%zz",
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "robustness.malformed-tokens",
        "64 malformed token requests are refused, and none of them breaks the service",
        &["4.2.9"],
        &[],
        |p| Box::pin(malformed_tokens(p)),
    ),
    must(
        "robustness.paths",
        "odd paths and queries never break the service",
        &["4.2.9"],
        &[],
        |p| Box::pin(paths(p)),
    ),
    must(
        "robustness.long-header",
        "an Authorization of 6,000 characters is refused, and does not break the service",
        &["4.2.9"],
        &[],
        |p| Box::pin(long_header(p)),
    ),
    should(
        "robustness.large-body",
        "a form of 2 MiB is refused with 413, or cut off",
        &["4.2.9"],
        &[],
        |p| Box::pin(large_body(p)),
    ),
];

/// Refused, and not with a service issue.
async fn is_refused(probe: &mut Probe, request: Request) -> Verdict {
    let answer = probe.send(request).await?;
    require((400..500).contains(&answer.status), || {
        format!("got {} where a refusal (4xx) was due", answer.status)
    })
}

async fn malformed_tokens(probe: &mut Probe) -> Verdict {
    let mut random = SplitMix(SEED);
    for number in 1..=REQUESTS {
        let request = malformed(probe, &mut random);
        is_refused(probe, request)
            .await
            .map_err(|failure| failure.of(&format!("request {number}")))?;
    }
    Ok(())
}

/// A token request with something wrong in every part that the sequence picks. Its client is
/// unknown, so that none is locked out.
fn malformed(probe: &Probe, random: &mut SplitMix) -> Request {
    let path = *random.pick(&[TOKEN_PATH, "/bc/idp/token", "/idp/token"]);
    let mut request = probe.post(path);
    let basic = basic_value(UNKNOWN_ID, "x");
    let authorization: &[u8] = random.pick::<&[u8]>(&[
        b"",
        b"Basic",
        b"Basic ====",
        b"Basic \xff\xfe\xfd",
        b"Basic Og==",
        b"Basic //79/A==",
        b"Bearer a.b.c",
        b"Basic\tOg==",
        basic.as_bytes(),
    ]);
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    let content_type =
        *random.pick(&["", FORM, "application/json", "multipart/form-data", ";;;", "a/b;=\""]);
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    let mut body = random
        .pick::<&[u8]>(&[
            b"grant_type=client_credentials",
            b"grant_type",
            b"=&=&&==%",
            b"grant_type=%ff%fe&grant_type=%",
            b"{\"grant_type\":",
            b"grant_type=client_credentials&scope=%00%00%00",
            b"\x00\x01\x02\xff",
        ])
        .to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(body.len());
        body[at] = random.next().to_le_bytes()[0];
    }
    request.body(body)
}

async fn paths(probe: &mut Probe) -> Verdict {
    for path in PATHS {
        let answer = probe.send(probe.get(path)).await?;
        require(answer.status < 500, || format!("got {} for {path}", answer.status))?;
    }
    Ok(())
}

async fn long_header(probe: &mut Probe) -> Verdict {
    let request = probe.token_request(TOKEN_PATH).basic(UNKNOWN_ID, &"x".repeat(4_400));
    is_refused(probe, request).await
}

async fn large_body(probe: &mut Probe) -> Verdict {
    let request = probe
        .post(TOKEN_PATH)
        .basic(UNKNOWN_ID, "x")
        .header("content-type", FORM)
        .filler("grant_type=client_credentials&padding=", LARGE);
    match probe.send(request).await {
        Ok(answer) => answer.status(413),
        // A server may answer early and close while we still send; then the answer is often
        // lost on the way. What counts is that the next request is served.
        Err(Failure::Unmet(reason)) => match probe.send(probe.token_request(TOKEN_PATH)).await {
            Ok(answer) if answer.status < 500 => Ok(()),
            _ => unmet(format!("{reason}, and no good answer after it")),
        },
        Err(other) => Err(other),
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
