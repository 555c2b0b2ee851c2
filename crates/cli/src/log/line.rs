//! One exchange as a line.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use gatepass_server::{Exchange, Level};

use crate::output::printable;

const WARN: Style = AnsiColor::Yellow.on_default();

/// A line for machines: the documented shape, only ever added to.
pub(super) fn json(exchange: &Exchange) -> String {
    serde_json::to_string(exchange).expect("text and numbers serialize to a String")
}

/// A line for people: time, method, route, status, duration, API client, the cases that played and
/// the decision.
pub(super) fn text(exchange: &Exchange, colour: bool) -> String {
    let style = match exchange.level {
        Level::Warn if colour => WARN,
        Level::Warn | Level::Info => Style::new(),
    };
    let client =
        exchange.client_id.map_or_else(|| "-".to_owned(), |client_id| client_id.to_string());
    let line = format!(
        "{}  {:<6}  {:<36}  {style}{}{style:#}  {:>8.2} ms  {client:<36}  {}",
        exchange.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        printable(&exchange.method),
        printable(&exchange.route),
        exchange.status,
        exchange.duration.as_secs_f64() * 1000.0,
        printable(&told(exchange)),
    );
    line.trim_end().to_owned()
}

/// What was decided; where cases played, which. An answer of a case's own names it already.
fn told(exchange: &Exchange) -> Cow<'_, str> {
    let decision = exchange.decision.as_deref().unwrap_or_default();
    match exchange.case.as_deref() {
        Some(case) if decision.is_empty() => format!("case {case}").into(),
        Some(case) if !decision.starts_with("case ") => format!("case {case}: {decision}").into(),
        Some(_) | None => decision.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refusal() -> Exchange {
        Exchange {
            time: "2026-07-30T12:34:56.789012Z".parse().unwrap(),
            level: Level::Warn,
            method: "POST".to_owned(),
            route: "/api/2/idp/token".to_owned(),
            status: 401,
            duration: Duration::from_micros(310),
            client_id: Some("1ea8372e-eefa-4df2-9088-9a1234f08f3c".parse().unwrap()),
            case: None,
            decision: Some("grant type `a\x1b[2J\nb` is unknown".to_owned()),
        }
    }

    #[test]
    fn people_get_an_aligned_line_that_can_not_steer_their_terminal() {
        assert_eq!(
            text(&refusal(), false),
            "2026-07-30T12:34:56.789Z  POST    /api/2/idp/token                      401      \
             0.31 ms  1ea8372e-eefa-4df2-9088-9a1234f08f3c  grant type `a\\u{1b}[2J\\nb` is unknown"
        );
    }

    #[test]
    fn only_an_error_has_colour() {
        assert!(text(&refusal(), true).contains("\x1b[33m401\x1b[0m"));
        assert!(!text(&Exchange { level: Level::Info, ..refusal() }, true).contains('\x1b'));
    }

    #[test]
    fn nothing_decided_leaves_nothing_at_the_end() {
        let line = text(&Exchange { client_id: None, decision: None, ..refusal() }, false);

        assert!(line.ends_with("0.31 ms  -"), "{line}");
    }

    #[test]
    fn the_cases_that_played_are_named_once() {
        for (case, decision, end) in [
            (Some("slow"), Some("tokens issued"), "  case slow: tokens issued"),
            (Some("down"), Some("case down: It answers 503"), "  case down: It answers 503"),
            (Some("down"), None, "  case down"),
            (None, Some("tokens issued"), "  tokens issued"),
        ] {
            let (case, decision) = (case.map(str::to_owned), decision.map(str::to_owned));
            let line = text(&Exchange { client_id: None, case, decision, ..refusal() }, false);
            assert!(line.ends_with(&format!(" ms  {:<36}{end}", "-")), "{line}");
        }
    }

    #[test]
    fn machines_get_the_documented_members() {
        assert_eq!(
            json(&refusal()),
            r#"{"time":"2026-07-30T12:34:56.789012Z","level":"warn","method":"POST","#.to_owned()
                + r#""route":"/api/2/idp/token","status":401,"duration_us":310,"#
                + r#""client_id":"1ea8372e-eefa-4df2-9088-9a1234f08f3c","#
                + r#""case":null,"decision":"grant type `a\u001b[2J\nb` is unknown"}"#
        );
    }
}
