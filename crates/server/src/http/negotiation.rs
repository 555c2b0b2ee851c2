//! `Accept`: the platform serves JSON and nothing else.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header::ACCEPT};

use super::error::ApiError;

/// Refuses a request that accepts no JSON: 415 (CONTRACT 4.2).
pub(super) async fn require_json(request: Request, next: Next) -> Response {
    if accepts_json(request.headers()) {
        next.run(request).await
    } else {
        ApiError::NotAcceptable.into_response()
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("*/*").split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .filter(|range| !range.is_empty())
        .peekable();
    let is_json = |range: &str| {
        ["*/*", "application/*", "application/json"]
            .iter()
            .any(|accepted| range.eq_ignore_ascii_case(accepted))
    };
    ranges.peek().is_none() || ranges.any(is_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_without_json_is_refused() {
        for (accept, accepted) in [
            (None, true),
            (Some(""), true),
            (Some("*/*"), true),
            (Some("text/html, application/xhtml+xml, */*;q=0.8"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/*"), true),
            (Some("text/html"), false),
            (Some("text/html, image/png;q=0.5"), false),
        ] {
            let headers =
                accept.map(|value| (ACCEPT, value.parse().unwrap())).into_iter().collect();

            assert_eq!(accepts_json(&headers), accepted, "given {accept:?}");
        }
    }
}
