use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn allowances(per_second: u32, burst: u32) -> Allowances<u32> {
    Allowances::new(Some(Rate { per_second, burst }))
}

fn is_allowed(allowances: &Allowances<u32>, comer: u32, millis: i64) -> bool {
    let taken = allowances.take(comer, at(millis)).unwrap();
    taken.retry_after_s.is_none()
}

#[test]
fn a_burst_is_let_through_and_then_so_many_a_second() {
    let ten = allowances(10, 20);
    for taken in 1..=20 {
        let allowance = ten.take(1, at(0)).unwrap();
        let expected = Allowance {
            limit: 20,
            remaining: 20 - taken,
            reset_s: if taken <= 10 { 1 } else { 2 },
            retry_after_s: None,
        };
        assert_eq!(allowance, expected);
    }
    let refused = ten.take(1, at(0)).unwrap();
    assert_eq!((refused.remaining, refused.reset_s), (0, 2));
    assert_eq!(refused.retry_after_s, Some(1));
    // Whoever is refused has taken nothing; another comer has an allowance of its own.
    assert!(is_allowed(&ten, 2, 0));
    assert!(!is_allowed(&ten, 1, 99));
    assert!(is_allowed(&ten, 1, 100));
    let a_second = (101..=1_100).filter(|millis| is_allowed(&ten, 1, *millis));
    assert_eq!(a_second.count(), 10);
}

#[test]
fn a_rest_gives_back_no_more_than_the_burst() {
    let ten = allowances(10, 3);
    for start in [0, 60_000, 86_400_000] {
        let at_once = (0..10).filter(|_| is_allowed(&ten, 1, start));
        assert_eq!(at_once.count(), 3);
    }
}

#[test]
fn a_clock_that_is_set_back_locks_out_nobody() {
    let ten = allowances(10, 3);
    assert!(is_allowed(&ten, 1, 3_600_000));
    while is_allowed(&ten, 1, 0) {}
    assert!(is_allowed(&ten, 1, 100));
}

#[test]
fn without_a_rate_everything_is_let_through_and_known() {
    let any = Allowances::new(None);
    assert!(!any.know(1, at(0)));
    for _ in 0..10_000 {
        assert_eq!(any.take(1, at(0)), None);
    }
    assert!(any.know(1, at(59_000)));
    assert!(!any.know(1, at(61_000)));
    assert!(!any.know(2, at(0)));
}

#[test]
fn who_finds_no_room_shares_an_allowance_until_others_have_rested() {
    let one = allowances(1, 1);
    let most = u32::try_from(limits::COMERS).unwrap();
    for comer in 0..most {
        assert!(is_allowed(&one, comer, 0));
    }
    assert!(is_allowed(&one, most, 0));
    assert!(!is_allowed(&one, most + 1, 0));
    // Those who have a place keep it.
    assert!(!is_allowed(&one, 0, 0));
    assert!(one.comers.lock().unwrap().full_at_us.len() <= limits::COMERS + 1);
    assert!(is_allowed(&one, most + 1, 2_000));
    assert!(is_allowed(&one, most + 2, 2_000));
    assert_eq!(one.comers.lock().unwrap().full_at_us.len(), 2);
}
