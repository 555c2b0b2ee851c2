//! One exchange as a line.

use anstyle::{AnsiColor, Style};
use gatepass_server::{Exchange, Level};
use serde::Serialize;

use crate::output::printable;

const WARN: Style = AnsiColor::Yellow.on_default();

/// The documented shape; only ever added to.
#[derive(Serialize)]
struct JsonLine<'a> {
    #[serde(flatten)]
    exchange: &'a Exchange,
    /// No cases yet.
    case: Option<&'a str>,
}

/// A line for machines.
pub(super) fn json(exchange: &Exchange) -> String {
    serde_json::to_string(&JsonLine { exchange, case: None })
        .expect("text and numbers serialize to a String")
}

/// A line for people: time, method, route, status, duration, API client, decision.
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
        printable(exchange.decision.as_deref().unwrap_or_default()),
    );
    line.trim_end().to_owned()
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
    fn machines_get_the_documented_members() {
        assert_eq!(
            json(&refusal()),
            r#"{"time":"2026-07-30T12:34:56.789012Z","level":"warn","method":"POST","#.to_owned()
                + r#""route":"/api/2/idp/token","status":401,"duration_us":310,"#
                + r#""client_id":"1ea8372e-eefa-4df2-9088-9a1234f08f3c","#
                + r#""decision":"grant type `a\u001b[2J\nb` is unknown","case":null}"#
        );
    }
}
