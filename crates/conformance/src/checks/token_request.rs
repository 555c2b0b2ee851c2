//! Token requests that are in order.

use super::{CREDENTIALS, must, should};
use crate::check::{Check, Failure, TokenPaths, Verdict, noted, require, unmet};
use crate::need::Need;
use crate::probe::{BC_TOKEN_PATH, GRANT, Probe, TOKEN_PATH};
use crate::request::{FORM, Request, basic_value};
use crate::schema::{self, Schema};

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.request.api-2",
        "POST /api/2/idp/token with Basic and grant_type=client_credentials gets a token",
        &["1.2.1", "2.1.1", "2.3.1"],
        CREDENTIALS,
        |p| Box::pin(at_path(p, TOKEN_PATH)),
    ),
    must(
        "token.request.bc",
        "the same request to /bc/idp/token gets a token",
        &["1.2.2"],
        CREDENTIALS,
        |p| Box::pin(at_path(p, BC_TOKEN_PATH)),
    ),
    must(
        "token.request.discovered",
        "the same request to the discovered token endpoint gets a token",
        &["1.2.3"],
        CREDENTIALS,
        |p| Box::pin(discovered(p)),
    ),
    must(
        "token.request.scheme-case",
        "the case of the scheme's name `Basic` does not matter",
        &["2.1.2"],
        CREDENTIALS,
        |p| Box::pin(authorized_as(p, &["bAsIc ", "BASIC ", "basic "])),
    )
    .at(TokenPaths::Each),
    must(
        "token.request.scheme-spaces",
        "several spaces may follow the scheme's name",
        &["2.1.3"],
        CREDENTIALS,
        |p| Box::pin(authorized_as(p, &["Basic  ", "Basic     "])),
    )
    .at(TokenPaths::Each),
    must(
        "token.request.content-type-parameter",
        "the Content-Type may have a parameter",
        &["2.1.6"],
        CREDENTIALS,
        |p| {
            Box::pin(typed_as(
                p,
                &[
                    "application/x-www-form-urlencoded; charset=UTF-8",
                    "application/x-www-form-urlencoded;charset=utf-8",
                ],
            ))
        },
    )
    .at(TokenPaths::Each),
    must(
        "token.request.content-type-case",
        "the case of the Content-Type does not matter",
        &["2.1.6"],
        CREDENTIALS,
        |p| Box::pin(typed_as(p, &["Application/X-WWW-Form-URLEncoded"])),
    )
    .at(TokenPaths::Each),
    must(
        "token.request.escaped",
        "form encoding may escape what it need not: grant%5Ftype",
        &["2.1.7"],
        CREDENTIALS,
        |p| Box::pin(escaped(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.request.unknown-parameters",
        "parameters that nobody knows are ignored, and one without a value is as good as none",
        &["2.1.10", "2.2.1"],
        CREDENTIALS,
        |p| Box::pin(unknown_parameters(p)),
    )
    .at(TokenPaths::Each),
    should(
        "token.request.scope",
        "a scope may be asked for: openid is granted or passed over",
        &["2.2.1"],
        CREDENTIALS,
        |p| Box::pin(scope(p)),
    )
    .at(TokenPaths::Each),
    should(
        "token.request.grant-in-query",
        "grant_type in the query string counts where the body has none, and may be the same in both",
        &["2.4.1"],
        CREDENTIALS,
        |p| Box::pin(grant_in_query(p)),
    )
    .of_gatepass()
    .at(TokenPaths::Each),
    must(
        "token.request.post-client",
        "a client registered for client_secret_post authenticates in the body",
        &["2.3.2"],
        &[Need::PostClient],
        |p| Box::pin(post_client(p, str::to_owned)),
    )
    .at(TokenPaths::Each),
    must(
        "token.request.post-client-escaped",
        "a secret in the body may be percent-encoded, as form encoding allows",
        &["2.1.7", "2.3.2"],
        &[Need::PostClient],
        |p| Box::pin(post_client(p, percent_encoded)),
    )
    .at(TokenPaths::Each),
];

async fn at_path(probe: &mut Probe, path: &str) -> Verdict {
    let credentials = probe.credentials()?;
    let request =
        probe.token_request(path).basic(&credentials.client_id, &credentials.client_secret);
    let token = token_of(probe, request).await?;
    is_taken(probe, &token).await
}

/// Whatever the client may read, its token is a good one.
async fn is_taken(probe: &mut Probe, token: &str) -> Verdict {
    let answer = probe.call_with(token).await?;
    require(answer.status != 401, || "a call with the token got 401".to_owned())
}

async fn discovered(probe: &mut Probe) -> Verdict {
    let document = probe.discovery().await?;
    let url = probe.session().own_link("token_endpoint", &document["token_endpoint"])?;
    let mut request = probe.authenticated()?.form(GRANT);
    request.url = url;
    let token = token_of(probe, request).await?;
    is_taken(probe, &token).await
}

async fn authorized_as(probe: &mut Probe, schemes: &[&str]) -> Verdict {
    let credentials = probe.credentials()?;
    let value = basic_value(&credentials.client_id, &credentials.client_secret);
    for scheme in schemes {
        let request =
            probe.token_request(TOKEN_PATH).header("authorization", format!("{scheme}{value}"));
        is_token(probe, request).await?;
    }
    Ok(())
}

async fn typed_as(probe: &mut Probe, content_types: &[&str]) -> Verdict {
    for content_type in content_types {
        let request = probe.authenticated()?.header("content-type", *content_type).body(GRANT);
        is_token(probe, request).await?;
    }
    Ok(())
}

async fn unknown_parameters(probe: &mut Probe) -> Verdict {
    for more in ["audience=x&grant=password", "scope="] {
        let request = probe.authenticated()?.form(&format!("{GRANT}&{more}"));
        is_token(probe, request).await.map_err(|failure| failure.of(more))?;
    }
    Ok(())
}

async fn scope(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.form(&format!("{GRANT}&scope=openid"));
    let answer = probe.send(request).await?;
    let is_refused = matches!(answer.status, 400 | 403)
        && schema::judge(Schema::TokenError, &answer.json().unwrap_or_default()).is_ok();
    if is_refused && !probe.session().is_gatepass() {
        return noted("the target has no scope openid for API clients");
    }
    answer.status(200)
}

async fn escaped(probe: &mut Probe) -> Verdict {
    for body in ["grant%5Ftype=client%5Fcredentials", "grant%5ftype=client%5fcredential%73"] {
        let request = probe.authenticated()?.form(body);
        is_token(probe, request).await?;
    }
    Ok(())
}

async fn grant_in_query(probe: &mut Probe) -> Verdict {
    for body in ["", GRANT] {
        let mut request = probe.authenticated()?.header("content-type", FORM).body(body);
        request.url = format!("{}?{GRANT}", request.url);
        is_token(probe, request).await?;
    }
    Ok(())
}

async fn post_client(probe: &mut Probe, encode: fn(&str) -> String) -> Verdict {
    let client = probe.post_client().await?;
    let (id, secret) = (encode(&client.client_id), encode(&client.client_secret));
    let body = format!("{GRANT}&client_id={id}&client_secret={secret}");
    let request = probe.post(TOKEN_PATH).form(&body);
    is_token(probe, request).await
}

/// Each byte as `%XX`, though most need not be.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |coded, byte| format!("{coded}%{byte:02X}"))
}

async fn is_token(probe: &mut Probe, request: Request) -> Verdict {
    token_of(probe, request).await.map(drop)
}

async fn token_of(probe: &mut Probe, request: Request) -> Result<String, Failure> {
    let body = probe.send(request).await?.ok_json()?;
    match body["access_token"].as_str() {
        Some(token) if !token.is_empty() => Ok(token.to_owned()),
        _ => unmet("got 200 without an `access_token`"),
    }
}
