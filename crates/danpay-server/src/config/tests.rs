mod kakaopay;
mod mistakes;

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
fn the_public_url_is_checked_and_trimmed() {
    let with = |url: &str| load("", &[("DANPAY_PUBLIC_URL", url)])?.public_url();
    assert_eq!(
        with("https://pay.shop.example/").unwrap(),
        "https://pay.shop.example"
    );
    assert_eq!(
        with("https://shop.example/danpay/").unwrap(),
        "https://shop.example/danpay"
    );
    let long = format!("https://{}.example", "a".repeat(250));
    let user = "https://us3r:pa55@pay.shop.example";
    for bad in ["pay.shop.example", "ftp://x", "https://x/?a=1", user, &long] {
        let error = with(bad).unwrap_err().to_string();
        assert!(
            error.starts_with("public_url (DANPAY_PUBLIC_URL): "),
            "{error}"
        );
        assert!(!error.contains("pa55"), "{error}");
    }
    for listen in ["0.0.0.0:7701", "[::]:7701"] {
        let listen = ("DANPAY_LISTEN", listen);
        let error = load("", &[listen]).unwrap_err().to_string();
        assert!(
            error.contains("DANPAY_PUBLIC_URL") && error.contains("https://"),
            "{error}"
        );
        let public = ("DANPAY_PUBLIC_URL", "https://pay.shop.example");
        assert!(load("", &[listen, public]).is_ok());
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
        assert_eq!(
            error,
            format!("kakaopay_lookups_per_second ({name}): must be a whole number above 0")
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
    let wrong = load("", &[("DANPAY_TRUSTED_PROXIES", "proxy.example")]);
    let error = wrong.unwrap_err().to_string();
    assert!(error.contains("DANPAY_TRUSTED_PROXIES"), "{error}");
}

#[test]
fn where_webhooks_may_go_is_a_list_whose_mistakes_are_told_by_number() {
    let name = "DANPAY_WEBHOOK_NETWORKS";
    assert!(load("", &[]).unwrap().webhook_networks.is_empty());
    let file = "webhook_networks = [\"10.0.0.0/8\", \"shop\"]";
    let config = load(file, &[]).unwrap();
    assert_eq!(config.webhook_networks, ["10.0.0.0/8", "shop"]);
    let config = load(file, &[(name, "127.0.0.0/8, ::1,localhost")]).unwrap();
    assert_eq!(config.webhook_networks, ["127.0.0.0/8", "::1", "localhost"]);
    assert!(config.webhook_networks().is_ok());
    let error = load(file, &[(name, "shop, http://s3cret:3000")]);
    let error = error.unwrap_err().to_string();
    let start = "webhook_networks (DANPAY_WEBHOOK_NETWORKS): number 2 is not an address, a network";
    assert!(error.starts_with(start), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    assert!(load("webhook_networks = [1]", &[]).is_err());
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
        let error = error.to_string();
        assert!(
            error.starts_with("rate_per_address (DANPAY_RATE_PER_ADDRESS): must"),
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
        assert!(
            error.starts_with("refund_max_per_day (DANPAY_REFUND_MAX_PER_DAY): must"),
            "{error}"
        );
    }
}

#[test]
fn the_master_keys_are_not_read_into_the_settings() {
    let path = "/nowhere/key";
    let config = load("", &[("DANPAY_MASTER_KEY_FILE", path)]).unwrap();
    assert_eq!(config.master_key_file.as_deref(), Some(Path::new(path)));
}

#[test]
fn where_payers_are_sent_back_and_who_is_alerted_come_from_the_file_or_the_environment() {
    let config = load("", &[]).unwrap();
    assert!(config.return_origins.is_empty() && config.alert_url.is_none());
    let file = "return_origins = [\"https://a.example\"]\nalert_url = \"https://ops.example/T0P\"";
    let config = load(file, &[("DANPAY_ALERT_SECRET", "whsec_x")]).unwrap();
    assert_eq!(config.return_origins, ["https://a.example"]);
    let told = config.alert_url.as_ref().zip(config.alert_secret.as_ref());
    let told = told.map(|(url, secret)| [url, secret].map(ExposeSecret::expose_secret));
    assert_eq!(told, Some(["https://ops.example/T0P", "whsec_x"]));
    assert!(!format!("{config:?}").contains("T0P"));
    let origins = [("DANPAY_RETURN_ORIGINS", "https://b.example, chocoshop://")];
    let config = load(file, &origins).unwrap();
    assert_eq!(config.return_origins, ["https://b.example", "chocoshop://"]);
    let error = load("return_origins = 1", &[]).unwrap_err().to_string();
    assert!(error.contains("return_origins"), "{error}");
}

#[test]
fn the_way_to_the_shop_is_an_address_of_the_web() {
    let url = "https://shop.example/";
    let config = load("", &[("DANPAY_HOME_URL", url)]).unwrap();
    assert_eq!(config.home_url.as_deref(), Some(url));
}
