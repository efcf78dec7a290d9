use std::io::Write as _;

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(file.as_bytes()).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Config::load(Some(on_disk.path()), environment)
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "database_url = \"sqlite:a.db\"\nkakaopay_cid = \"C000000001\"";
    let config = load(
        file,
        &[("DANPAY_DATABASE_URL", "sqlite:b.db"), ("HOME", "/x")],
    )
    .unwrap();
    assert_eq!(config.database_url.expose_secret(), "sqlite:b.db");
    assert_eq!(config.kakaopay_cid, "C000000001");
    assert_eq!(config.listen.to_string(), "127.0.0.1:7701");
}

#[test]
fn the_door_of_whoever_watches_is_none_unless_it_is_set() {
    assert_eq!(load("", &[]).unwrap().health_listen, None);
    let (here, there) = ("127.0.0.1:7703", "[::]:7704");
    let file = format!("health_listen = \"{here}\"");
    let config = load(&file, &[]).unwrap();
    assert_eq!(config.health_listen, Some(here.parse().unwrap()));
    let config = load(&file, &[("DANPAY_HEALTH_LISTEN", there)]).unwrap();
    assert_eq!(config.health_listen, Some(there.parse().unwrap()));
    assert!(load("", &[("DANPAY_HEALTH_LISTEN", "7703")]).is_err());
}

#[test]
fn a_misspelt_name_is_an_error_that_names_it() {
    let error = load("databse_url = \"x\"", &[]).unwrap_err().to_string();
    assert!(error.contains("databse_url"), "{error}");
    let error = load("", &[("DANPAY_KAKAOPAY_KEY", "x")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("kakaopay_key"), "{error}");
}

#[test]
fn a_secret_may_come_from_a_file_and_is_never_printed() {
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    writeln!(secret, "DEVSECRET").unwrap();
    let path = secret.path().to_str().unwrap();
    let config = load("", &[("DANPAY_KAKAOPAY_SECRET_KEY_FILE", path)]).unwrap();
    let key = config.kakaopay_secret_key.as_ref().unwrap();
    assert_eq!(key.expose_secret(), "DEVSECRET");
    assert!(!format!("{config:?}").contains("DEVSECRET"));
    let environment = [
        ("DANPAY_KAKAOPAY_SECRET_KEY", "OTHER"),
        ("DANPAY_DATABASE_URL", "sqlite:x"),
    ];
    let config = load(
        &format!("kakaopay_secret_key_file = \"{path}\""),
        &environment,
    )
    .unwrap();
    assert_eq!(config.kakaopay_secret_key.unwrap().expose_secret(), "OTHER");
}

#[test]
fn how_postgresql_is_reached_is_set_by_name_and_its_passwords_are_not_printed() {
    let environment = [
        ("DANPAY_DATABASE_URL", "postgres://danpay:pa55@db/danpay"),
        (
            "DANPAY_DATABASE_REPLICA_URL",
            "postgres://danpay:pa55@copy/danpay",
        ),
        ("DANPAY_DATABASE_CONNECTIONS", "40"),
        ("DANPAY_DATABASE_POOLER", "transaction"),
    ];
    let config = load("", &environment).unwrap();
    assert_eq!(config.database_connections, 40);
    assert_eq!(config.database_pooler, Pooler::Transaction);
    assert!(config.database_replica_url.is_some());
    assert!(!format!("{config:?}").contains("pa55"));
    for (name, value) in [
        ("DANPAY_DATABASE_CONNECTIONS", "0"),
        ("DANPAY_DATABASE_POOLER", "session"),
    ] {
        assert!(load("", &[(name, value)]).is_err(), "{name}");
    }
    let error = load("database_connections = 0", &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("database_connections"), "{error}");
}

#[test]
fn a_missing_key_says_where_to_find_one() {
    let error = load("", &[]).unwrap().kakaopay().unwrap_err().to_string();
    assert!(
        error.starts_with("kakaopay_secret_key (DANPAY_KAKAOPAY_SECRET_KEY)"),
        "{error}"
    );
}

#[test]
fn secrets_do_not_leave_this_machine_in_the_clear() {
    let environment = [
        ("DANPAY_KAKAOPAY_SECRET_KEY", "K"),
        ("DANPAY_KAKAOPAY_BASE_URL", "http://192.0.2.1"),
    ];
    let error = load("", &environment)
        .unwrap()
        .kakaopay()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("DANPAY_KAKAOPAY_BASE_URL") && error.contains("https"),
        "{error}"
    );
}

#[test]
fn the_public_url_is_checked_and_trimmed() {
    let with = |url: &str| {
        load("", &[("DANPAY_PUBLIC_URL", url)])
            .unwrap()
            .public_url()
    };
    assert_eq!(
        with("https://pay.shop.example/").unwrap(),
        "https://pay.shop.example"
    );
    assert_eq!(
        with("https://shop.example/danpay/").unwrap(),
        "https://shop.example/danpay"
    );
    let long = format!("https://{}.example", "a".repeat(250));
    for bad in ["pay.shop.example", "ftp://x", "https://x/?a=1", &long] {
        assert!(with(bad).is_err(), "{bad}");
    }
    assert_eq!(
        Config::default().public_url().unwrap(),
        "http://127.0.0.1:7701"
    );
}

#[test]
fn a_number_is_read_from_the_file_and_from_the_environment() {
    let name = "DANPAY_KAKAOPAY_LOOKUPS_PER_SECOND";
    let file = "kakaopay_lookups_per_second = 7";
    assert_eq!(load(file, &[]).unwrap().kakaopay_lookups_per_second, 7);
    let config = load(file, &[(name, " 9 ")]).unwrap();
    assert_eq!(config.kakaopay_lookups_per_second, 9);
    for bad in ["0", "-1", "many", ""] {
        let error = load("", &[(name, bad)]).unwrap_err().to_string();
        assert!(
            error.contains("kakaopay_lookups_per_second must"),
            "{error}"
        );
    }
}

#[test]
fn a_server_that_shares_its_database_drains_unless_told_otherwise() {
    let drain = |settings: &[(&str, &str)]| load("", settings).unwrap().drain().as_secs();
    let shared = ("DANPAY_DATABASE_URL", "postgres://db.example/danpay");
    assert_eq!(drain(&[]), 0);
    assert_eq!(drain(&[shared]), 5);
    assert_eq!(drain(&[shared, ("DANPAY_DRAIN_SECONDS", "0")]), 0);
    assert_eq!(drain(&[("DANPAY_DRAIN_SECONDS", "30")]), 30);
    for wrong in ["-1", "301", "soon"] {
        let error = load("", &[("DANPAY_DRAIN_SECONDS", wrong)]).unwrap_err();
        assert!(error.to_string().contains("drain_seconds"), "{error}");
    }
}

#[test]
fn a_list_is_one_text_in_the_environment() {
    let file = "app_agents = [\"A/\"]\ntrusted_proxies = [\"10.0.0.1\", \"loopback\"]";
    let config = load(file, &[]).unwrap();
    assert_eq!(config.app_agents, ["A/"]);
    assert_eq!(config.trusted_proxies, ["10.0.0.1", "loopback"]);
    let environment = [
        ("DANPAY_APP_AGENTS", "A/, ,B/"),
        ("DANPAY_TRUSTED_PROXIES", "private, 192.0.2.0/24"),
    ];
    let config = load(file, &environment).unwrap();
    assert_eq!(config.app_agents, ["A/", "B/"]);
    assert_eq!(config.trusted_proxies, ["private", "192.0.2.0/24"]);
    assert!(load("app_agents = [1]", &[]).is_err());
    let wrong = load("", &[("DANPAY_TRUSTED_PROXIES", "proxy.example")]).unwrap();
    let error = wrong.trusted_proxies().unwrap_err().to_string();
    assert!(error.contains("DANPAY_TRUSTED_PROXIES"), "{error}");
}

#[test]
fn a_rate_is_a_number_or_two_and_0_is_none() {
    let rate = |text| {
        load("", &[("DANPAY_RATE_PER_KEY", text)])
            .unwrap()
            .rate_per_key
    };
    let of = |per_second, burst| Some(Rate { per_second, burst });
    assert_eq!(rate("7"), of(7, 14));
    assert_eq!(rate("7, 3"), of(7, 3));
    assert_eq!(rate("0"), None);
    let config = load("rate_per_key = 0\nrate_per_address = 9", &[]).unwrap();
    assert_eq!(
        (config.rate_per_key, config.rate_per_address),
        (None, of(9, 18))
    );
    for bad in ["", "-1", "1,0", "1,2,3", "many", "1000001"] {
        let error = load("", &[("DANPAY_RATE_PER_ADDRESS", bad)]).unwrap_err();
        assert!(
            error.to_string().contains("rate_per_address must"),
            "{error}"
        );
    }
}

#[test]
fn a_limit_of_refunds_is_whole_krw_and_0_is_none() {
    let most = |text| load("", &[("DANPAY_REFUND_MAX", text)]).unwrap().refund_max;
    assert_eq!(most("300000"), Won::try_from(300_000_i64).ok());
    assert_eq!(most("0"), None);
    let config = load("refund_max_per_day = 7000", &[]).unwrap();
    assert_eq!(config.refund_max, None);
    assert_eq!(config.refund_max_per_day, Won::try_from(7_000_i64).ok());
    for bad in ["", "-1", "1.5", "1,000", "9007199254740992"] {
        let error = load("", &[("DANPAY_REFUND_MAX_PER_DAY", bad)]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("refund_max_per_day must"), "{error}");
    }
}

#[test]
fn the_master_keys_are_not_read_into_the_settings() {
    let path = "/nowhere/key";
    let config = load("", &[("DANPAY_MASTER_KEY_FILE", path)]).unwrap();
    assert_eq!(config.master_key_file.as_deref(), Some(Path::new(path)));
}

#[test]
fn the_way_to_the_shop_is_an_address_of_the_web() {
    let url = "https://shop.example/";
    let config = load("", &[("DANPAY_HOME_URL", url)]).unwrap();
    assert_eq!(config.home_url.as_deref(), Some(url));
}
