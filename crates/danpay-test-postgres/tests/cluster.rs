//! The cluster does what tests rely on.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use danpay_test_postgres::{Bouncer, Cluster, Settings};

#[test]
fn what_was_committed_outlives_a_killed_server_and_another_cluster_knows_nothing_of_it() {
    let mut cluster = Cluster::start(&Settings::quick()).unwrap();
    let name = cluster.create_database().unwrap();
    cluster
        .sql(&name, "create table t (n int); insert into t values (7)")
        .unwrap();
    cluster.kill().unwrap();
    assert!(cluster.sql(&name, "select 1").is_err());

    let other = Cluster::start(&Settings::durable().with("work_mem = 5MB")).unwrap();
    assert_ne!(cluster.port(), other.port());
    assert_eq!(other.sql("postgres", "show work_mem").unwrap(), "5MB");
    assert_eq!(other.sql("postgres", "show fsync").unwrap(), "on");
    assert!(other.sql(&name, "select 1").is_err());

    cluster.restart().unwrap();
    assert_eq!(cluster.sql(&name, "select n from t").unwrap(), "7");
    let folder = cluster.folder().to_owned();
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can reach its socket");
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn a_bouncer_answers_until_it_is_dropped() {
    let cluster = Cluster::start(&Settings::quick()).unwrap();
    let bouncer = Bouncer::start(&cluster).unwrap();
    let socket = cluster.folder().join(".s.PGSQL.6432");
    assert!(UnixStream::connect(&socket).is_ok());
    drop(bouncer);
    assert!(UnixStream::connect(&socket).is_err());
}
