//! What is wrong with the settings is told by its name and place, and never by its value.

use super::*;

#[test]
fn a_misspelt_name_is_an_error_that_names_it() {
    let error = load("databse_url = \"x\"", &[]).unwrap_err().to_string();
    assert!(error.contains("databse_url"), "{error}");
    assert!(
        error.contains("line 1") && error.contains("did you mean database_url"),
        "{error}"
    );
    let error = load("", &[("DANPAY_KAKAOPAY_KEY", "x")])
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("DANPAY_KAKAOPAY_KEY: "), "{error}");
    assert!(error.contains("DANPAY_KAKAOPAY_SECRET_KEY"), "{error}");
    let error = load("", &[("DANPAY_PORTAL_COLOUR", "x")])
        .unwrap_err()
        .to_string();
    assert!(!error.contains("did you mean"), "{error}");
}

#[test]
fn what_a_shops_own_programs_are_told_is_no_setting() {
    let environment = [
        ("DANPAY_API_KEY", "danpay_sk_x"),
        ("DANPAY_URL", "http://127.0.0.1:7701"),
        ("DANPAY_CONFIG", "danpay.toml"),
    ];
    assert!(load("", &environment).is_ok());
}

/// A file whose mistake is at a secret, what is said of its place, and of its kind.
const MISTAKES: [(&str, &str, &str); 13] = [
    (
        "kakaopay_secret_key = S3CRET",
        "line 1: kakaopay_secret_key: ",
        "double quotes",
    ),
    (
        "\n\nkakaopay_secret_key = \"S3CRET",
        "line 3: kakaopay_secret_key: ",
        "double quotes",
    ),
    (
        "kakaopay_secret_key = 'S3CRET' S3CRET",
        "line 1: kakaopay_secret_key: ",
        "TOML",
    ),
    (
        "kakaopay_secret_key = \"S3CRET\"\nlog = \"info\"\nkakaopay_secret_key = \"S3CRET\"",
        "line 3: kakaopay_secret_key: ",
        "a second time",
    ),
    (
        "kakaopay_secret_key: S3CRET",
        "line 1: kakaopay_secret_key: ",
        "TOML",
    ),
    (
        "kakaopay_secret_key S3CRET",
        "line 1: kakaopay_secret_key: ",
        "TOML",
    ),
    (
        "log = \"info\"\nkakaopay_secret_key = 53243746",
        "kakaopay_secret_key (",
        "line 2): must be a text",
    ),
    (
        "kakaopay_secret_key = 99999999999999999999",
        "line 1: kakaopay_secret_key: ",
        "TOML",
    ),
    (
        "kakaopay_secret_key = [\"S3CRET\"]",
        "kakaopay_secret_key (",
        "line 1): must be a text",
    ),
    (
        "kakaopay_secret_key.S3CRET = 1",
        "kakaopay_secret_key (",
        "line 1): must be a text",
    ),
    ("[S3CRET]\nlog = \"info\"", "line 1", "there is no setting"),
    (
        "database_url = \"postgres://danpay:pa@S3CRET@db/danpay\"",
        "database_url (",
        "percent-encode",
    ),
    (
        "database_url = \"postgres://danpay:S3CRET/danpay\"",
        "database_url (",
        "percent-encode",
    ),
];

#[test]
fn a_broken_file_is_told_by_its_line_and_setting_and_never_by_what_stands_there() {
    for (file, place, kind) in MISTAKES {
        let error = load(file, &[]).unwrap_err();
        let shown = format!("{error} {error:?}");
        for said in [place, kind] {
            assert!(error.to_string().contains(said), "{said}: {error}");
        }
        for secret in ["S3CRET", "53243746", "99999", "pa@"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn every_error_names_its_setting_and_where_it_stands() {
    for (name, value) in [
        ("DANPAY_LISTEN", "localhost"),
        ("DANPAY_HEALTH_LISTEN", "7703"),
        ("DANPAY_LOG_FORMAT", "xml"),
        ("DANPAY_DATABASE_URL", "mysql://x"),
        ("DANPAY_DATABASE_REPLICA_URL", "x"),
        ("DANPAY_KAKAOPAY_CID", "C0"),
        ("DANPAY_KAKAOPAY_CID_SECRET", "키"),
        ("DANPAY_KAKAOPAY_SECRET_KEY", "two words"),
        ("DANPAY_KAKAOPAY_ALLOW_HTTP", "yes"),
        ("DANPAY_KAKAOPAY_BASE_URL", "s3cret"),
        ("DANPAY_TEST_CLOCK_URL", "s3cret"),
        ("DANPAY_ORDERS_REPEAT", "1"),
        ("DANPAY_FIRST_API_KEY", "danpay_sk_x"),
        ("DANPAY_WEBHOOK_NETWORKS", "10.0.0.0/33"),
        ("DANPAY_PUBLIC_URL_FILE", "/nowhere/public-url"),
        ("DANPAY_KAKAOPAY_SECRET_KEY_FILE", "/nowhere/key"),
    ] {
        let error = load("", &[(name, value)]).unwrap_err().to_string();
        let setting = name.trim_start_matches("DANPAY_").to_lowercase();
        assert!(
            error.starts_with(&format!("{setting} ({name}): ")),
            "{error}"
        );
        let is_path = name.ends_with("_FILE");
        assert_eq!(error.contains(value), is_path, "{error}");
        let both = [(name, value), (&*format!("{name}_FILE"), "/x")];
        if !is_path {
            let error = load("", &both).unwrap_err().to_string();
            assert!(error.contains("as well"), "{error}");
        }
    }
    let missing = Config::load(Some(Path::new("/nowhere/danpay.toml")), none());
    let error = missing.unwrap_err().to_string();
    assert!(
        error.contains("/nowhere/danpay.toml") && error.contains("--config"),
        "{error}"
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "shop.example").unwrap();
    let path = file.path().to_str().unwrap();
    let error = load("", &[("DANPAY_PUBLIC_URL_FILE", path)])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("public_url ({path}): ")),
        "{error}"
    );
}

fn none() -> [(OsString, OsString); 0] {
    []
}

#[test]
fn a_variable_that_is_not_utf_8_is_named_if_it_is_ours() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = || OsString::from_vec(vec![0xff]);
    let others = [(OsString::from("HOME"), odd()), (odd(), odd())];
    assert!(Config::load(None, others).is_ok());
    let error = Config::load(None, [("DANPAY_PUBLIC_URL".into(), odd())]).unwrap_err();
    assert!(error.to_string().contains("DANPAY_PUBLIC_URL"), "{error}");
}
