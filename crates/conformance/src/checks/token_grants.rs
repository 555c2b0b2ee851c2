//! Token requests whose form or method is wrong.

use super::{CREDENTIALS, must, should};
use crate::answer::brief;
use crate::check::{Check, TokenPaths, Verdict, noted, require};
use crate::need::Need;
use crate::probe::{GRANT, INTROSPECT_PATH, Probe, REVOKE_PATH, TOKEN_PATH};
use crate::request::form as encoded;
use crate::schema::{self, Schema};

pub(super) const CHECKS: &[Check] = &[
    must(
        "token.errors.grant-missing",
        "a request without grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "scope=x", "invalid_request")),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.grant-empty",
        "an empty grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "grant_type=", "invalid_request")),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.grant-repeated",
        "a repeated grant_type is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| {
            Box::pin(form(
                p,
                "grant_type=client_credentials&grant_type=client_credentials",
                "invalid_request",
            ))
        },
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.grant-unsupported",
        "a grant type that nobody knows is refused with 400 unsupported_grant_type",
        &["2.2.2", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(unsupported(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.grant-incomplete",
        "a known grant type without what it needs is refused with 400 and an error of RFC 6749 5.2",
        &["4.1.4", "2.2.2"],
        CREDENTIALS,
        |p| Box::pin(grant_incomplete(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.body-empty",
        "a request with an empty body is refused with 400 invalid_request",
        &["2.1.8", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "", "invalid_request")),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.parameter-repeated",
        "a parameter that comes twice, with the same value, too, is refused with 400 invalid_request",
        &["2.1.8", "4.1.4", "2.2.1", "2.3.2"],
        CREDENTIALS,
        |p| Box::pin(parameter_repeated(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.scope-malformed",
        "a scope with characters that RFC 6749 3.3 does not allow is refused with 400 invalid_scope",
        &["2.2.1", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(scope_malformed(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.bad-request-form",
        "a 400 is one line of application/json; charset=utf-8",
        &["3.2.1", "3.2.3", "4.1.1"],
        CREDENTIALS,
        |p| Box::pin(bad_request_form(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.grant-case",
        "the case of a grant type matters: Client_Credentials is unsupported_grant_type",
        &["2.2.3", "4.1.4"],
        CREDENTIALS,
        |p| Box::pin(form(p, "grant_type=Client_Credentials", "unsupported_grant_type")),
    )
    .at(TokenPaths::Each),
    should(
        "token.errors.grant-conflict",
        "different grant types in the query string and in the body are refused with 400 invalid_request",
        &["2.4.2"],
        CREDENTIALS,
        |p| Box::pin(grant_conflict(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.content-type-json",
        "a JSON body is refused with 415",
        &["2.1.6", "4.2.8"],
        CREDENTIALS,
        |p| Box::pin(content_type_json(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.content-type-missing",
        "a body without a Content-Type is refused with 415",
        &["2.1.6", "4.2.8"],
        CREDENTIALS,
        |p| Box::pin(content_type_missing(p)),
    )
    .at(TokenPaths::Each),
    must(
        "token.errors.content-type-other",
        "a form that calls itself plain text or multipart is refused with 415",
        &["2.1.6", "4.2.8"],
        CREDENTIALS,
        |p| Box::pin(content_type_other(p)),
    )
    .at(TokenPaths::Each),
    must("token.errors.method", "GET is refused with 405", &["4.2.6"], &[], |p| {
        Box::pin(method(p, &["GET"]))
    }).at(TokenPaths::Each),
    must(
        "token.errors.other-methods",
        "PUT, PATCH and DELETE are refused with 405",
        &["4.2.6"],
        &[],
        |p| Box::pin(method(p, &["PUT", "PATCH", "DELETE"])),
    )
    .at(TokenPaths::Each),
    should(
        "token.errors.allow",
        "the 405 of each endpoint for tokens says in Allow that POST is the method, and no other",
        &["RFC 9110 10.2.1", "4.2.6"],
        &[],
        |p| Box::pin(allow(p)),
    ),
];

async fn form(probe: &mut Probe, body: &str, error: &str) -> Verdict {
    let request = probe.authenticated()?.form(body);
    probe.send(request).await?.token_error(400, error)
}

async fn parameter_repeated(probe: &mut Probe) -> Verdict {
    let client_id = probe.credentials()?.client_id;
    for twice in [
        "scope=openid&scope=openid".to_owned(),
        "scope=openid&scope=profile".to_owned(),
        format!("client_id={client_id}&client_id={client_id}"),
    ] {
        let request = probe.authenticated()?.form(&format!("{GRANT}&{twice}"));
        let verdict = probe.send(request).await?.token_error(400, "invalid_request");
        verdict.map_err(|failure| failure.of(&twice))?;
    }
    let mut in_query = probe.authenticated()?.form("");
    in_query.url = probe.session().url(&format!("{TOKEN_PATH}?{GRANT}&{GRANT}"));
    let answer = probe.send(in_query).await?;
    // What is in the query string, and how it is read, is open.
    if probe.session().is_gatepass() {
        let verdict = answer.token_error(400, "invalid_request");
        verdict.map_err(|failure| failure.of("grant_type in the query"))?;
    }
    if Need::PostClient.missing(probe.session()).await.is_some() {
        return Ok(());
    }
    let client = probe.post_client().await?;
    let once = [("client_id", &*client.client_id), ("client_secret", &*client.client_secret)];
    for (name, value) in once {
        let twice = [&[("grant_type", "client_credentials")], &once[..], &[(name, value)]].concat();
        let request = probe.post(TOKEN_PATH).form(&encoded(&twice));
        let answer = probe.send(request).await?;
        answer.token_error(400, "invalid_request").map_err(|failure| failure.of(name))?;
    }
    Ok(())
}

async fn scope_malformed(probe: &mut Probe) -> Verdict {
    for scope in ["%22openid%22", "open%5Cid", "openid%0A", "%C3%A9"] {
        let request = probe.authenticated()?.form(&format!("{GRANT}&scope={scope}"));
        let answer = probe.send(request).await?;
        if answer.status == 200 && !probe.session().is_gatepass() {
            return noted("it is passed over, which RFC 6749 3.3 allows with any scope");
        }
        // RFC 6749 5.2 has a word for it, and another for whatever is malformed.
        if answer.token_error(400, "invalid_request").is_err() {
            let verdict = answer.token_error(400, "invalid_scope");
            verdict.map_err(|failure| failure.of(scope))?;
        }
    }
    Ok(())
}

async fn unsupported(probe: &mut Probe) -> Verdict {
    for grant in ["magic", "client_credential", "client_credentials2", "%20client_credentials"] {
        form(probe, &format!("grant_type={grant}"), "unsupported_grant_type").await?;
    }
    Ok(())
}

async fn grant_incomplete(probe: &mut Probe) -> Verdict {
    for grant in [
        "password",
        "md5_password",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let request = probe.authenticated()?.form(&format!("grant_type={grant}"));
        let answer = probe.send(request).await?;
        answer.status(400).map_err(|failure| failure.of(grant))?;
        let body = answer.json()?;
        schema::judge(Schema::TokenError, &body)?;
        let known =
            ["invalid_request", "unsupported_grant_type", "unauthorized_client", "invalid_grant"];
        let error = body["error"].as_str().unwrap_or_default();
        require(known.contains(&error), || format!("{grant}: got the error `{}`", brief(error)))?;
    }
    Ok(())
}

async fn bad_request_form(probe: &mut Probe) -> Verdict {
    for body in ["scope=x", "grant_type=magic"] {
        let request = probe.authenticated()?.form(body);
        let answer = probe.send(request).await?;
        answer.status(400)?;
        answer.json_content_type()?;
        answer.one_line()?;
    }
    Ok(())
}

async fn content_type_other(probe: &mut Probe) -> Verdict {
    for content_type in ["text/plain", "multipart/form-data; boundary=x", "application/xml"] {
        let request = probe.authenticated()?.header("content-type", content_type).body(GRANT);
        let answer = probe.send(request).await?;
        answer.is_unsupported_type().map_err(|failure| failure.of(content_type))?;
    }
    Ok(())
}

async fn grant_conflict(probe: &mut Probe) -> Verdict {
    let mut verdict = Ok(());
    for (query, body) in [("magic", "client_credentials"), ("client_credentials", "magic")] {
        let mut request = probe.authenticated()?.form(&format!("grant_type={body}"));
        request.url = format!("{}?grant_type={query}", request.url);
        let answer = probe.send(request).await?;
        let is_of_the_body = match body {
            "magic" => answer.token_error(400, "unsupported_grant_type").is_ok(),
            _ => answer.status == 200,
        };
        if is_of_the_body && !probe.session().is_gatepass() {
            verdict = noted("what stands in the query string is not read, as in RFC 6749 4.4.2");
        } else {
            answer.token_error(400, "invalid_request")?;
        }
    }
    verdict
}

async fn content_type_json(probe: &mut Probe) -> Verdict {
    let request = probe
        .authenticated()?
        .header("content-type", "application/json")
        .body(r#"{"grant_type":"client_credentials"}"#);
    probe.send(request).await?.is_unsupported_type()
}

async fn content_type_missing(probe: &mut Probe) -> Verdict {
    let request = probe.authenticated()?.body(GRANT);
    probe.send(request).await?.is_unsupported_type()
}

async fn method(probe: &mut Probe, methods: &[&str]) -> Verdict {
    for method in methods {
        let request = probe.request(method, TOKEN_PATH).form(GRANT);
        let request = if *method == "GET" { probe.get(TOKEN_PATH) } else { request };
        probe.send(request).await?.status(405).map_err(|failure| failure.of(method))?;
    }
    Ok(())
}

async fn allow(probe: &mut Probe) -> Verdict {
    for path in [TOKEN_PATH, REVOKE_PATH, INTROSPECT_PATH] {
        let answer = probe.send(probe.get(path)).await?;
        if answer.status == 404 && path != TOKEN_PATH {
            continue; // Not every target has it.
        }
        answer.status(405).map_err(|failure| failure.of(path))?;
        let given = answer.header("allow").unwrap_or_default();
        let mut methods = given.split(',').map(str::trim);
        require(methods.clone().any(|method| method == "POST"), || {
            format!("{path}: Allow is `{given}`")
        })?;
        let refused = methods.find(|method| matches!(*method, "GET" | "PUT" | "PATCH" | "DELETE"));
        if let Some(method) = refused {
            let answer = probe.send(probe.request(method, path).form(GRANT)).await?;
            require(answer.status != 405, || {
                format!("{path}: Allow is `{given}`, and {method} gets 405")
            })?;
        }
    }
    Ok(())
}
