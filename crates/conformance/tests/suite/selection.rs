//! The choice of checks.

use std::fmt::Write as _;

use gatepass_conformance::{Check, Need, Suite};

fn only(names: &[&str]) -> Result<Vec<&'static str>, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let suite = Suite::default().only(&names).map_err(|unknown| unknown.to_string())?;
    Ok(suite.checks().map(Check::id).collect())
}

#[test]
fn an_id_or_a_group_keeps_its_checks_in_the_order_of_the_table() {
    assert_eq!(
        only(&["keys.two", "discovery.required"]).unwrap(),
        ["discovery.required", "keys.two"]
    );
    assert!(only(&["token"]).unwrap().iter().all(|id| id.starts_with("token.")));
    assert!(only(&["token.errors"]).unwrap().contains(&"token.errors.method"));
    assert_eq!(only(&[]).unwrap().len(), Suite::default().checks().len());
}

#[test]
fn an_unknown_name_proposes_the_nearest() {
    for (name, nearest) in [
        ("token.errors.grant-mising", "token.errors.grant-missing"),
        ("task", "tasks"),
        ("token.error", "token.errors"),
        ("descovery", "discovery"),
    ] {
        let told = only(&[name]).unwrap_err();
        assert_eq!(told, format!("no check or group `{name}`; the nearest is `{nearest}`"));
    }
}

#[test]
fn the_table_of_checks() {
    let mut table = String::new();
    for check in Suite::default().checks() {
        let needs: Vec<_> = check.needs().iter().map(|need: &Need| format!("{need:?}")).collect();
        let _ = writeln!(
            table,
            "{:38} {:6} {:12} {:24} {}",
            check.id(),
            check.level(),
            check.sources().join(" "),
            needs.join(" "),
            check.requirement()
        );
    }
    insta::assert_snapshot!(table);
}
