//! The public API is a snapshot: it changes on purpose, or not at all.
#![cfg(unix)]

use std::{env, fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use public_api::Builder;

#[test]
fn the_public_api_is_what_it_was() {
    let target_tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Only rustdoc may write its JSON on a stable toolchain: were the whole build allowed to, every
    // dependency would be built anew.
    let rustdoc = target_tmp.join("rustdoc-with-json");
    let real = env::var("RUSTDOC").unwrap_or_else(|_| "rustdoc".to_owned());
    fs::write(&rustdoc, format!("#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec '{real}' \"$@\"\n")).unwrap();
    fs::set_permissions(&rustdoc, fs::Permissions::from_mode(0o755)).unwrap();

    let built = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--package", "gatepass-client", "--lib", "--all-features"])
        .args(["--target-dir".as_ref(), target_tmp.parent().unwrap().as_os_str()])
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        .env("RUSTDOC", &rustdoc)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let json = target_tmp.parent().unwrap().join("doc/gatepass_client.json");
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap();
    insta::assert_snapshot!(api);
}
