//! The platform's error codes (CONTRACT 4.3).

use serde_json::Value;

/// Whether `error.code` may stand in an answer with `status`: it is the status itself, or one of
/// the platform's own codes, with which the status agrees. Words are nobody's code, and pass.
pub(crate) fn fits(code: &Value, status: u16) -> bool {
    let number = code.as_i64().or_else(|| code.as_str()?.parse().ok());
    match number {
        None => code.is_string(),
        Some(number) if number == i64::from(status) => true,
        Some(number) => own_code_fits(number, status),
    }
}

fn own_code_fits(code: i64, status: u16) -> bool {
    match code {
        // Internal; version mismatch; access denied.
        1000 => status >= 500,
        1001 => matches!(status, 400 | 409 | 412),
        1002 => matches!(status, 401 | 403),
        // Tenant name conflict; tenant not found; delete of a non-disabled tenant.
        1004 => matches!(status, 400 | 409),
        1005 => matches!(status, 400 | 404),
        1006 => matches!(status, 400 | 409),
        // User disabled; invalid login.
        1018 | 1033 => matches!(status, 400 | 401 | 403 | 409),
        // A tenant disabled, deprovisioned or locked; an item unavailable; a quota exceeded.
        1003 | 1011 | 1012 | 1021 | 1022 => matches!(status, 400 | 403 | 409 | 423),
        // Moving, storage and licensing.
        1007..=1035 => !matches!(status, 401 | 405 | 415),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_agrees_with_its_status() {
        for (code, status, agrees) in [
            (json!(404), 404, true),
            (json!("404"), 404, true),
            (json!("NotFound"), 404, true),
            (json!(1005), 404, true),
            (json!(1006), 400, true),
            (json!(1024), 409, true),
            (json!(0), 404, false),
            (json!(409), 404, false),
            (json!(1004), 404, false),
            (json!(1006), 403, false),
            (json!(1005), 403, false),
            (json!(1036), 400, false),
            (json!(4.5), 400, false),
        ] {
            assert_eq!(fits(&code, status), agrees, "{code} with {status}");
        }
    }
}
