use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const SECRET: &str = "DEV5ECRETKEY가";
const ONE: &str =
    "danpay-master-key-1:1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str =
    "danpay-master-key-1:ABCDEFabcdef2222222222222222222222222222222222222222222222222222";
const PLACE: Place<'_> = Place {
    table: "shops",
    row: "shop_1",
    column: "secret_key",
};

fn vault(config: &Config) -> Result<Vault, MasterKeyError> {
    Vault::load(config, Entropy::system())
}

/// A vault whose master keys the setting names.
fn set(folder: &TempDir, lines: &[&str]) -> Vault {
    let path = folder.path().join("key");
    fs::write(&path, lines.join("\n")).unwrap();
    vault(&postgres(Some(path))).unwrap()
}

fn postgres(master_key_file: Option<PathBuf>) -> Config {
    Config {
        database_url: "postgres://db.example/danpay".into(),
        master_key_file,
        ..Config::default()
    }
}

fn sqlite(folder: &TempDir) -> (Config, PathBuf) {
    let database = folder.path().join("danpay.db");
    let config = Config {
        database_url: format!("sqlite:{}", database.display()).into(),
        ..Config::default()
    };
    (config, folder.path().join("danpay.db.master-key"))
}

fn seal(vault: &Vault) -> Vec<u8> {
    vault.seal(PLACE, &SECRET.into()).unwrap()
}

fn opened(vault: &Vault, place: Place<'_>, sealed: &[u8]) -> Result<String, String> {
    let secret = vault.open(place, sealed);
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    secret.map_err(|error| error.to_string())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_sealed_can_be_opened_and_looks_different_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let vault = set(&folder, &["# of 2026", "", ONE]);
    let (sealed, again) = (seal(&vault), seal(&vault));
    assert_eq!(opened(&vault, PLACE, &sealed).unwrap(), SECRET);
    assert_ne!(sealed, again);
    assert!(vault.is_current(&sealed));
    // The version, the key's id, the nonce, the secret's bytes and the tag.
    assert_eq!(sealed.len(), 1 + 4 + 24 + SECRET.len() + 16);
    let text = format!("{vault:?} {PLACE:?}");
    assert!(
        text.contains(&vault.key_id().unwrap().to_string()),
        "{text}"
    );
    assert!(!text.contains("1111"), "{text}");
}

#[test]
fn the_key_has_the_id_that_sha256sum_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = set(&folder, &[ONE]);
    // printf 11...11 | xxd -r -p | sha256sum
    assert_eq!(vault.key_id().unwrap().to_string(), "02d449a3");
}

#[test]
fn moved_to_another_place_it_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    let vault = set(&folder, &[ONE]);
    let sealed = seal(&vault);
    let place = |table, row, column| Place { table, row, column };
    for elsewhere in [
        place("shops", "shop_2", "secret_key"),
        place("shops", "shop_1", "cid_secret"),
        place("endpoints", "shop_1", "secret_key"),
        // The same characters, divided otherwise.
        place("shopsshop_1", "", "secret_key"),
        place("shops", "shop_1secret", "_key"),
    ] {
        let error = opened(&vault, elsewhere, &sealed).unwrap_err();
        assert!(error.contains(&elsewhere.to_string()), "{error}");
        assert!(error.contains("does not open"), "{error}");
    }
}

#[test]
fn old_keys_open_and_only_the_first_one_seals() {
    let folder = tempfile::tempdir().unwrap();
    let before = set(&folder, &[ONE]);
    let old = seal(&before);
    let after = set(&folder, &[TWO, ONE]);
    assert_eq!(opened(&after, PLACE, &old).unwrap(), SECRET);
    assert!(!after.is_current(&old));
    assert!(after.is_current(&seal(&after)));
    // A server that has not been started again reads the file for the key that it does not have.
    assert_eq!(opened(&before, PLACE, &seal(&after)).unwrap(), SECRET);
}

#[test]
fn a_key_that_is_not_here_is_named_with_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let one = set(&folder, &[ONE]);
    let needed = one.key_id().unwrap().to_string();
    let sealed = seal(&one);
    let other = set(&folder, &[TWO]);
    let unset = vault(&postgres(None)).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let none_yet = vault(&sqlite(&elsewhere).0).unwrap();
    for vault in [&other, &unset, &none_yet] {
        let error = opened(vault, PLACE, &sealed).unwrap_err();
        assert!(error.contains(&needed), "{error}");
        assert!(error.contains("DANPAY_MASTER_KEY_FILE"), "{error}");
    }
    fs::remove_file(folder.path().join("key")).unwrap();
    assert_eq!(opened(&other, PLACE, &seal(&other)).unwrap(), SECRET);
    let error = opened(&other, PLACE, &sealed).unwrap_err();
    assert!(error.contains(&needed), "{error}");
}

#[test]
fn a_file_that_cannot_be_used_is_told_by_its_line_and_never_by_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let short = ONE.get(..ONE.len() - 2).unwrap();
    let long = format!("{ONE}11");
    let cases = [
        (String::new(), "no key"),
        ("# nothing".to_owned(), "no key"),
        (format!("{TWO}\n{short}"), "line 2"),
        (long, "line 1"),
        (short.replace("key-1:1", "key-1:g"), "line 1"),
        (ONE.replace("danpay", "danpau"), "line 1"),
        (format!("{TWO}\n").repeat(100), "bytes"),
    ];
    for (text, said) in cases {
        fs::write(&path, text).unwrap();
        let error = vault(&postgres(Some(path.clone())))
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
        assert!(
            !error.contains("1111") && !error.contains("2222"),
            "{error}"
        );
    }
    fs::write(&path, b"\xff").unwrap();
    assert!(vault(&postgres(Some(path.clone()))).is_err());
    fs::remove_file(&path).unwrap();
    let error = vault(&postgres(Some(path))).unwrap_err().to_string();
    assert!(error.contains("DANPAY_MASTER_KEY_FILE"), "{error}");
}

#[test]
fn on_postgresql_nothing_is_sealed_without_the_setting() {
    let unset = vault(&postgres(None)).unwrap();
    let error = unset.seal(PLACE, &SECRET.into()).unwrap_err().to_string();
    assert!(error.contains("DANPAY_MASTER_KEY_FILE"), "{error}");
    assert_eq!(unset.key_id(), None);
}

#[test]
fn beside_sqlite_a_key_is_made_at_the_first_need_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = sqlite(&folder);
    let first = vault(&config).unwrap();
    assert!(!path.exists());
    let sealed = seal(&first);
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    let second = vault(&config).unwrap();
    assert_eq!(opened(&second, PLACE, &sealed).unwrap(), SECRET);
    seal(&second);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_key_of_ours_that_others_may_read_or_have_put_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (config, path) = sqlite(&folder);
    let refused = |said: &str| {
        let error = vault(&config).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    fs::write(&path, ONE).unwrap();
    for loose in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(loose)).unwrap();
        refused(&format!("chmod 600 {}", path.display()));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    vault(&config).unwrap();
    let target = folder.path().join("target");
    fs::rename(&path, &target).unwrap();
    symlink(&target, &path).unwrap();
    refused("master_key_file");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("not a file");
    fs::remove_dir(&path).unwrap();
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    refused("not a file");
}

#[test]
fn of_many_that_make_the_key_at_once_all_have_the_same() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let (config, path) = sqlite(&folder);
        let start = Barrier::new(8);
        let sealed: Vec<_> = thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let vault = vault(&config).unwrap();
                        start.wait();
                        seal(&vault)
                    })
                })
                .collect();
            makers
                .into_iter()
                .map(|maker| maker.join().unwrap())
                .collect()
        });
        let vault = vault(&config).unwrap();
        for sealed in sealed {
            assert!(vault.is_current(&sealed));
            assert_eq!(opened(&vault, PLACE, &sealed).unwrap(), SECRET);
        }
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

proptest! {
    #[test]
    fn whatever_is_read_nothing_but_what_was_sealed_opens(
        noise in proptest::collection::vec(any::<u8>(), 0..100),
        at in any::<prop::sample::Index>(),
        flip in 1..=u8::MAX,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let vault = set(&folder, &[ONE]);
        let sealed = seal(&vault);
        prop_assert!(opened(&vault, PLACE, &noise).is_err());
        let cut = at.index(sealed.len());
        prop_assert!(opened(&vault, PLACE, &sealed[..cut]).is_err());
        let mut garbled = sealed.clone();
        garbled[cut] ^= flip;
        prop_assert!(opened(&vault, PLACE, &garbled).is_err());
        let headed = [&sealed[..29], &noise].concat();
        prop_assert!(opened(&vault, PLACE, &headed).is_err());
        vault.is_current(&noise);
    }
}
