use super::*;

fn blob(first: u8) -> Value {
    Value::Blob([vec![1, 2, 3, 4, 5, first], vec![0x70; 10]].concat())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn database(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("danpay.db");
    let database = Connection::open(&file).unwrap();
    database
        .execute_batch(
            r#"create table payments (id blob primary key, tid text unique, order_id text,
                   "order" text, created_at integer, shop_id blob);
               create table events (id blob primary key, payment_id blob references payments (id),
                   sequence integer, at integer, state text);
               create table keys (hash blob);"#,
        )
        .unwrap();
    insert(
        &database,
        "insert into payments values (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            blob(9),
            text("T123456789"),
            text("order-0001"),
            text(r#"{"order_id":"order-0001"}"#),
            Value::Integer(1_000),
            blob(7),
        ],
    )
    .unwrap();
    for step in 1..=3_u8 {
        insert(
            &database,
            "insert into events values (?1, ?2, ?3, 1000, ?4)",
            &[
                blob(step),
                blob(9),
                Value::Integer(i64::from(step)),
                text(&format!("state {step} of T123456789")),
            ],
        )
        .unwrap();
    }
    file
}

#[test]
fn twins_fill_the_same_tables_and_none_is_like_another() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = Pattern::read(&database(folder.path())).unwrap();
    let full = pattern.database(&folder.path().join("full.db")).unwrap();
    let inserts = pattern.inserts();
    for number in 0..50 {
        let life = pattern.life(number).unwrap();
        let later_ms = i64::try_from(number).unwrap();
        for row in life.twin(Twin { number, later_ms }) {
            insert(&full, &inserts[row.table], &row.values).unwrap();
        }
    }
    let count = |query: &str| full.query_row(query, [], |row| row.get::<_, i64>(0));
    assert_eq!(count("select count(*) from payments").unwrap(), 50);
    assert_eq!(count("select count(*) from events").unwrap(), 150);
    let same = r#"select count(*) from payments
        where length(tid) = 10 and "order" ->> '$.order_id' = order_id"#;
    assert_eq!(count(same).unwrap(), 50);
    let shops = "select count(distinct shop_id) from payments";
    assert_eq!(count(shops).unwrap(), 1, "all are of one shop");
    let max = "select max(created_at) from payments";
    assert_eq!(count(max).unwrap(), 1_049);
}

#[test]
fn a_life_tells_its_state_after_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = Pattern::read(&database(folder.path())).unwrap();
    let life = pattern.life(7).unwrap();
    assert_eq!(life.state(2), "state 2 of T123456789");
}

#[test]
fn a_payment_that_was_not_approved_is_no_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path());
    let database = Connection::open(&file).unwrap();
    database
        .execute("delete from events where sequence = 3", [])
        .unwrap();
    assert!(Pattern::read(&file).is_err());
}
