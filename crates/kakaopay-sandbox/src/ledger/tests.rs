//! The ledger at a desk: one payment, and the merchant and the payer who move it.

mod any_moves;

use jiff::SignedDuration;

use super::*;

const CID: &str = "TC0ONETIME";

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_722_340_227 + seconds)
}

pub(super) fn order(total: u64, tax_free: u64) -> Order {
    let url = |path: &str| url::Url::parse(&format!("https://shop.example/{path}")).unwrap();
    Order {
        cid: CID.to_owned(),
        partner_order_id: "order-1".to_owned(),
        partner_user_id: "user-1".to_owned(),
        item_name: "초코파이".to_owned(),
        item_code: None,
        quantity: 1,
        amount: Amount {
            total,
            tax_free,
            vat: default_vat(total, tax_free),
            ..Amount::default()
        },
        approval_url: url("approve?order=1"),
        cancel_url: url("cancel"),
        fail_url: url("fail"),
        only: None,
        available_cards: None,
        install_month: 0,
        share_installment: false,
        subscribes: false,
        states_vat: false,
    }
}

struct Desk {
    ledger: Ledger,
    dice: Dice,
    tid: String,
    page: String,
}

impl Desk {
    fn with(order: Order) -> Self {
        let (mut ledger, mut dice) = (Ledger::new(100), Dice::new(7));
        let payment = ledger.ready(order, at(0), &mut dice);
        let (tid, page) = (payment.tid.clone(), payment.page.clone());
        Self {
            ledger,
            dice,
            tid,
            page,
        }
    }

    fn payment(&self) -> &Payment {
        self.ledger.by_tid(&self.tid).unwrap()
    }

    fn authenticate(&mut self, now: i64) -> String {
        self.ledger
            .choose(&self.page, Method::Money, at(now))
            .unwrap();
        self.ledger
            .authenticate(&self.page, at(now), &mut self.dice)
            .unwrap();
        self.token()
    }

    fn token(&self) -> String {
        match &self.payment().state {
            State::Authenticated { pg_token, .. } => pg_token.clone(),
            _ => String::new(),
        }
    }

    fn ask(&self, pg_token: &str) -> Approve {
        Approve {
            cid: CID.to_owned(),
            tid: self.tid.clone(),
            partner_order_id: "order-1".to_owned(),
            partner_user_id: "user-1".to_owned(),
            pg_token: pg_token.to_owned(),
            total_amount: None,
            payload: None,
        }
    }

    fn approve(&mut self, ask: &Approve, now: i64) -> Result<(), Refused> {
        self.ledger.approve(ask, at(now), &mut self.dice).map(drop)
    }

    fn cancel(&mut self, amount: u64, tax_free: u64, vat: Option<u64>) -> Result<Amount, Refused> {
        let ask = Cancel {
            cid: CID.to_owned(),
            tid: self.tid.clone(),
            amount,
            tax_free,
            vat,
            vat_rule: CancelVat::Strict,
            available: None,
            payload: None,
        };
        let canceled = self.ledger.cancel(&ask, at(60), &mut self.dice);
        canceled.map(|(_, cancellation)| cancellation.amount)
    }

    fn paid(order: Order) -> Self {
        let mut desk = Self::with(order);
        let token = desk.authenticate(1);
        let ask = desk.ask(&token);
        desk.approve(&ask, 2).unwrap();
        desk
    }
}

#[test]
fn the_status_moves_as_the_payer_moves() {
    let mut desk = Desk::with(order(2_200, 0));
    let page = desk.page.clone();
    let mut seen = vec![desk.payment().status()];
    desk.ledger.use_message(&page, at(1)).unwrap();
    seen.push(desk.payment().status());
    desk.ledger.open(&page, at(2)).unwrap();
    seen.push(desk.payment().status());
    desk.ledger.choose(&page, Method::Money, at(3)).unwrap();
    seen.push(desk.payment().status());
    desk.ledger
        .authenticate(&page, at(4), &mut desk.dice)
        .unwrap();
    seen.push(desk.payment().status());
    let ask = desk.ask(&desk.token());
    desk.approve(&ask, 5).unwrap();
    seen.push(desk.payment().status());
    desk.cancel(200, 0, None).unwrap();
    seen.push(desk.payment().status());
    desk.cancel(2_000, 0, None).unwrap();
    seen.push(desk.payment().status());
    let names: Vec<_> = seen.into_iter().map(PaymentStatus::as_str).collect();
    insta::assert_snapshot!(names.join(" "), @"READY SEND_TMS OPEN_PAYMENT SELECT_METHOD AUTH_PASSWORD SUCCESS_PAYMENT PART_CANCEL_PAYMENT CANCEL_PAYMENT");
}

#[test]
fn opening_a_page_again_never_moves_a_payment_back() {
    let mut desk = Desk::with(order(2_200, 0));
    let page = desk.page.clone();
    desk.ledger.choose(&page, Method::Money, at(1)).unwrap();
    desk.ledger.open(&page, at(2)).unwrap();
    desk.ledger.use_message(&page, at(2)).unwrap();
    assert_eq!(desk.payment().status(), PaymentStatus::SelectMethod);
}

#[test]
fn a_payment_lives_fifteen_minutes_and_not_a_second_longer() {
    for (second, expected) in [(899, Ok(())), (900, Err(Refused::Expired))] {
        let mut desk = Desk::with(order(2_200, 0));
        let token = desk.authenticate(1);
        let ask = desk.ask(&token);
        assert_eq!(desk.approve(&ask, second), expected, "at second {second}");
    }
}

#[test]
fn the_minutes_do_not_take_back_what_was_paid() {
    let desk = Desk::paid(order(2_200, 0));
    assert_eq!(desk.payment().standing(at(1_000_000)), Standing::Paid);
}

#[test]
fn the_checks_of_approve_come_in_their_order() {
    let mut desk = Desk::with(order(2_200, 0));
    let mut ask = desk.ask("wrong");
    ask.partner_order_id = "other".to_owned();
    ask.partner_user_id = "other".to_owned();
    ask.total_amount = Some(1);
    assert_eq!(desk.approve(&ask, 1), Err(Refused::OrderIdDiffers));
    ask.partner_order_id = "order-1".to_owned();
    assert_eq!(desk.approve(&ask, 1), Err(Refused::UserIdDiffers));
    ask.partner_user_id = "user-1".to_owned();
    assert_eq!(desk.approve(&ask, 1), Err(Refused::NotAuthenticated));
    ask.pg_token = "still wrong".to_owned();
    let token = desk.authenticate(1);
    assert_eq!(desk.approve(&ask, 1), Err(Refused::WrongToken));
    ask.pg_token = token;
    assert_eq!(desk.approve(&ask, 1), Err(Refused::TotalDiffers));
    ask.total_amount = Some(2_200);
    assert_eq!(desk.approve(&ask, 1), Ok(()));
    assert_eq!(desk.approve(&ask, 1), Err(Refused::AlreadyApproved));
    assert_eq!(desk.payment().approve_calls, 7);
}

#[test]
fn the_redirects_keep_the_shops_own_query() {
    let mut desk = Desk::with(order(2_200, 0));
    let token = desk.authenticate(1);
    let to = desk.payment().leads_to(at(2)).map(String::from);
    assert_eq!(
        to,
        Some(format!(
            "https://shop.example/approve?order=1&pg_token={token}"
        ))
    );
    let late = desk.payment().leads_to(at(900)).map(String::from);
    assert_eq!(late.as_deref(), Some("https://shop.example/fail"));
}

#[test]
fn canceling_in_parts_gives_back_every_won_of_vat() {
    // 100 won hold 9 of VAT; three parts of 33 round to 3 each and the last won to 0.
    let mut desk = Desk::paid(order(100, 0));
    let vats: Vec<_> = [33, 33, 33, 1]
        .map(|part| desk.cancel(part, 0, None).unwrap().vat)
        .into();
    assert_eq!(vats, [3, 3, 3, 0]);
    // 16 parts of 6 would round to 16, but there are only 9.
    let mut desk = Desk::paid(order(96, 0));
    let sum: u64 = (0..16).map(|_| desk.cancel(6, 0, None).unwrap().vat).sum();
    assert_eq!(sum, 9);
    assert_eq!(desk.payment().status(), PaymentStatus::CancelPayment);
}

/// 55 won hold 5 of VAT, of which parts of 4 carry none by the rule.
#[test]
fn what_is_left_has_room_for_the_vat_that_is_left() {
    let mut desk = Desk::paid(order(55, 0));
    for _ in 0..13 {
        desk.cancel(4, 0, None).unwrap();
        let left = desk.payment().cancel_available();
        assert!(left.vat <= left.total, "{left:?}");
    }
    let mut desk = Desk::paid(order(1_000, 0));
    assert_eq!(desk.cancel(950, 0, Some(0)), Err(Refused::SplitDoesNotFit));
    assert_eq!(desk.cancel(10, 0, Some(11)), Err(Refused::SplitDoesNotFit));
    assert_eq!(desk.cancel(950, 0, Some(41)).unwrap().vat, 41);
}

#[test]
fn a_split_that_does_not_fit_is_refused() {
    let mut desk = Desk::paid(order(1_000, 400));
    assert_eq!(desk.cancel(500, 501, None), Err(Refused::SplitDoesNotFit));
    assert_eq!(desk.cancel(500, 401, None), Err(Refused::SplitDoesNotFit));
    assert_eq!(desk.cancel(601, 0, None), Err(Refused::SplitDoesNotFit));
    assert_eq!(desk.cancel(500, 0, Some(56)), Err(Refused::SplitDoesNotFit));
    assert_eq!(
        desk.cancel(1_000, 400, Some(54)),
        Err(Refused::SplitDoesNotFit)
    );
    assert_eq!(desk.cancel(1_001, 400, None), Err(Refused::AboveAvailable));
    assert!(desk.cancel(1_000, 400, Some(55)).is_ok());
}

#[test]
fn a_payment_with_a_cup_deposit_goes_back_as_a_whole_or_not_at_all() {
    let mut cup = order(2_200, 0);
    cup.amount.green_deposit = 300;
    let mut desk = Desk::paid(cup);
    assert_eq!(
        desk.cancel(2_199, 0, None),
        Err(Refused::DepositNeedsFullCancel)
    );
    assert_eq!(desk.cancel(2_200, 0, None).unwrap().green_deposit, 300);
}

#[test]
fn no_payment_grows_without_end_by_its_cancellations() {
    let mut desk = Desk::paid(order(10_000, 0));
    for _ in 0..cancel::CANCELLATIONS_MAX {
        desk.cancel(1, 0, None).unwrap();
    }
    let refused = desk.cancel(1, 0, None);
    assert_eq!(refused, Err(Refused::TooManyCancellations));
}
