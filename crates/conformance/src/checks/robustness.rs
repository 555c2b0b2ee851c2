//! Requests that nobody should send, and that must not break anything.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};

use super::{CREDENTIALS, must, should};
use crate::check::{Check, Failure, Verdict, require, unmet};
use crate::malformed::Malformed;
use crate::probe::{Probe, TOKEN_PATH, UNKNOWN_ID, own_tenant};
use crate::request::{FORM, Request};
use crate::wire::Turn;

/// Where the sequence of malformed requests starts: the same in every run.
const SEED: u64 = 0x6761_7465_7061_7373;

/// How many malformed requests are sent to the token endpoint, and to all others.
const TOKEN_REQUESTS: usize = 600;
const OTHER_REQUESTS: usize = 400;

/// Malformed requests under way at one time.
const AT_ONCE: usize = 16;

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

/// What a token opens, and what takes a query.
const ROUTES: [&str; 9] = [
    "/api/2/clients",
    "/api/2/clients/{client}",
    "/api/2/users/me",
    "/api/2/tenants",
    "/api/2/tenants/{tenant}",
    "/api/2/tenants/{tenant}/children",
    "/api/1/accounts",
    "/api/task_manager/v2/tasks",
    "/api/task_manager/v2/activities",
];

const QUERIES: [&str; 16] = [
    "%",
    "%zz=%zz",
    "a=%ff%fe",
    "limit=%",
    "limit=-1",
    "limit=99999999999999999999999999",
    "limit=1.5&limit=1e9&limit=",
    "limit=1&after=%00",
    "limit=1&after=AAAA%3D%3D.~",
    "uuids=nonsense",
    "uuids=%2C%2C&uuids=%zz",
    "parent_id=nonsense&subtree_root_id=-",
    "allow_deleted=perhaps&origin_id=%F0%9F%92%A5&login=%00",
    "order=asc(&lod=%00",
    "id=nonsense&completedAt=gt(%zz)&startedAt=ge()",
    "name=like(%25)&type=like(%zz&resourceName=like(((",
];

const NO_ISSUE: &str = "no service issue (50x)";

/// Bytes that are hardly HTTP. An answer that is no service issue is good, and so is none.
const BROKEN: [&[u8]; 12] = [
    b"\r\n\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nBroken header\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\n: no name\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nX: \x00\x01\r\n\r\n",
    b"POST /api/2/idp/token HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n",
    b"POST /api/2/idp/token HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/2/idp/token HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST /api/2/idp/token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\xff\xfe\xfd\xfc\r\n\r\n",
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "robustness.malformed-tokens",
        "600 malformed token requests are refused, and none breaks the service or is left waiting",
        &["4.2.9", "2.1.5"],
        &[],
        |p| Box::pin(malformed_tokens(p)),
    ),
    must(
        "robustness.malformed-calls",
        "400 malformed calls of the other endpoints never break the service or are left waiting",
        &["4.2.9"],
        &[],
        |p| Box::pin(malformed_calls(p)),
    ),
    must(
        "robustness.paths",
        "odd paths and queries never break the service",
        &["4.2.9"],
        &[],
        |p| Box::pin(paths(p)),
    ),
    must(
        "robustness.queries",
        "malformed queries of whatever a token opens never break the service",
        &["4.2.9", "8.5.2"],
        CREDENTIALS,
        |p| Box::pin(queries(p)),
    ),
    must(
        "robustness.broken-http",
        "what is hardly HTTP is refused or cut off, and the next request is served",
        &["4.2.9"],
        &[],
        |p| Box::pin(broken_http(p)),
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
    )
    .of_gatepass(),
];

/// Sends what the sequence makes, many at a time; the first that is judged wrong is evidence.
async fn send_all(
    probe: &mut Probe,
    requests: Vec<Request>,
    told: &str,
    is_right: fn(u16) -> bool,
    due: &str,
) -> Verdict {
    let session = probe.shared_session();
    let mut answers = stream::iter(requests.into_iter().enumerate())
        .map(|(index, request)| {
            let session = Arc::clone(&session);
            async move { (index, session.exchange(&request).await) }
        })
        .buffered(AT_ONCE);
    let mut wrong = None;
    while let Some((index, (evidence, answer))) = answers.next().await {
        let failure = match answer {
            Ok(answer) if is_right(answer.status) => continue,
            Ok(answer) => Failure::Unmet(format!("got {} where {due} was due", answer.status)),
            Err(failure) => failure,
        };
        wrong = Some((evidence, failure.of(&format!("request {} of {told}", index + 1))));
        break;
    }
    drop(answers);
    match wrong {
        None => Ok(()),
        Some((evidence, failure)) => {
            probe.keep(evidence);
            Err(failure)
        }
    }
}

async fn malformed_tokens(probe: &mut Probe) -> Verdict {
    let mut malformed = Malformed::new(SEED);
    let requests: Vec<_> = (0..TOKEN_REQUESTS).map(|_| malformed.token_request(probe)).collect();
    let is_refusal = |status| (400..500).contains(&status);
    send_all(probe, requests, &sequence(), is_refusal, "a refusal (4xx)").await
}

async fn malformed_calls(probe: &mut Probe) -> Verdict {
    let mut malformed = Malformed::new(SEED);
    let requests: Vec<_> = (0..OTHER_REQUESTS).map(|_| malformed.call(probe)).collect();
    send_all(probe, requests, &sequence(), |status| status < 500, NO_ISSUE).await
}

fn sequence() -> String {
    format!("seed {SEED:#x}")
}

async fn paths(probe: &mut Probe) -> Verdict {
    let token = probe.session().access_token().await;
    for path in PATHS {
        let request = probe.get(path);
        let with_token = token.as_deref().map(|token| request.clone().bearer(token));
        for request in [request].into_iter().chain(with_token) {
            let answer = probe.send(request).await?;
            require(answer.status < 500, || format!("got {} for {path}", answer.status))?;
        }
    }
    Ok(())
}

async fn queries(probe: &mut Probe) -> Verdict {
    let token = probe.tokens().await?.access;
    let own = probe.credentials()?.client_id;
    let tenant = own_tenant(&token).unwrap_or_else(|| UNKNOWN_ID.to_owned());
    let requests = ROUTES.iter().flat_map(|route| {
        let path = route.replace("{client}", &own).replace("{tenant}", &tenant);
        QUERIES.iter().map(move |query| format!("{path}?{query}"))
    });
    let requests = requests.map(|path| probe.get(&path).bearer(&token)).collect();
    send_all(probe, requests, "the queries", |status| status < 500, NO_ISSUE).await
}

async fn broken_http(probe: &mut Probe) -> Verdict {
    for bytes in BROKEN {
        // A server that waits for more than it was told of is closed on: half is sent, no more.
        let answers = probe.converse(vec![Turn::Say(bytes.to_vec()), Turn::End, Turn::Hear]).await;
        let status = answers.ok().and_then(|answers| answers.first().map(|it| it.status));
        // 501 and 505 say that HTTP itself went too far (RFC 9110 15.6).
        let is_service_issue = status.is_some_and(|it| it >= 500 && !matches!(it, 501 | 505));
        require(!is_service_issue, || format!("got {}", status.unwrap_or_default()))?;
    }
    let answer = probe.send(probe.token_request(TOKEN_PATH)).await?;
    require((400..500).contains(&answer.status), || {
        format!("afterwards a request without credentials got {}", answer.status)
    })
}

async fn long_header(probe: &mut Probe) -> Verdict {
    let request = probe.token_request(TOKEN_PATH).basic(UNKNOWN_ID, &"x".repeat(4_400));
    let answer = probe.send(request).await?;
    require((400..500).contains(&answer.status), || {
        format!("got {} where a refusal (4xx) was due", answer.status)
    })
}

async fn large_body(probe: &mut Probe) -> Verdict {
    let request = probe
        .post(TOKEN_PATH)
        .basic(UNKNOWN_ID, "x")
        .header("content-type", FORM)
        .filler("grant_type=client_credentials&padding=", LARGE);
    match probe.send(request).await {
        // One who reads all of it and refuses the client is right as well.
        Ok(answer) if !probe.session().is_gatepass() => {
            require((400..500).contains(&answer.status), || {
                format!("got {} where a refusal (4xx) was due", answer.status)
            })
        }
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
