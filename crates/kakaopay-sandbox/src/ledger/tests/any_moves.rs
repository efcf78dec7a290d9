//! Whatever is done to a payment, in whatever order, its sums agree.

use proptest::prelude::*;

use super::*;

/// Anything that a merchant, a payer or the clock may do.
#[derive(Clone, Debug)]
enum Act {
    Wait(i64),
    Message,
    Open,
    Choose,
    Authenticate,
    Quit,
    Approve {
        right: bool,
    },
    Cancel {
        amount: u64,
        tax_free: u64,
        vat: Option<u64>,
    },
    CancelAll,
    Give(Wallet),
    End(Outcome),
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => (0..400i64).prop_map(Act::Wait),
        1 => Just(Act::Message),
        1 => Just(Act::Open),
        3 => Just(Act::Choose),
        3 => Just(Act::Authenticate),
        1 => Just(Act::Quit),
        4 => any::<bool>().prop_map(|right| Act::Approve { right }),
        8 => (1..1_500u64, 0..600u64, proptest::option::of(0..80u64))
            .prop_map(|(amount, tax_free, vat)| Act::Cancel { amount, tax_free, vat }),
        1 => Just(Act::CancelAll),
        2 => (0..900u64, 0..300u64).prop_map(|(points, discount)| Act::Give(Wallet { points, discount })),
        2 => proptest::sample::select(&Outcome::ALL[..]).prop_map(Act::End),
        1 => Just(Act::Restart),
    ];
    proptest::collection::vec(act, 0..60)
}

/// Cancels all that is left, as a merchant who knows the books would.
fn cancel_all(desk: &mut Desk) -> Result<Amount, Refused> {
    let left = desk.payment().cancel_available();
    desk.cancel(left.total, left.tax_free, None)
}

/// As through a file.
fn restart(desk: &mut Desk, now: i64) {
    let saved = serde_json::to_string(&desk.ledger.save()).unwrap();
    desk.ledger = Ledger::new(100);
    desk.ledger
        .load(serde_json::from_str(&saved).unwrap(), at(now));
}

proptest! {
    #[test]
    fn no_sequence_of_moves_approves_twice_or_loses_a_won(
        total in 1..1_200u64,
        tax_free in 0..600u64,
        green_deposit in prop_oneof![3 => Just(0u64), 1 => 1..300u64],
        acts in acts(),
    ) {
        let mut asked = order(total, tax_free.min(total));
        asked.amount.green_deposit = green_deposit;
        let mut desk = Desk::with(asked);
        let page = desk.page.clone();
        let (mut now, mut given_back) = (0, Amount::default());
        // What approve said yes to, once, and what it was when it was first seen paid.
        let (mut approvals, mut paid) = (0, None);
        let mut points = 0;
        for act in acts {
            let was_paid = desk.payment().paid().is_some();
            // Refusals are part of the game; what must hold is checked after each move.
            match act {
                Act::Wait(seconds) => now += seconds,
                Act::Message => _ = desk.ledger.use_message(&page, at(now)),
                Act::Open => _ = desk.ledger.open(&page, at(now)),
                Act::Choose => _ = desk.ledger.choose(&page, Method::Money, at(now)),
                Act::Authenticate => {
                    _ = desk.ledger.authenticate(&page, at(now), &mut desk.dice);
                }
                Act::Quit => _ = desk.ledger.quit(&page, at(now)),
                Act::Approve { right } => {
                    let token = if right { desk.token() } else { "wrong".to_owned() };
                    let ask = desk.ask(&token);
                    approvals += u32::from(desk.approve(&ask, now).is_ok());
                }
                Act::Cancel { amount, tax_free, vat } => {
                    if let Ok(part) = desk.cancel(amount, tax_free, vat) {
                        given_back = given_back.plus(part);
                    }
                }
                Act::CancelAll => {
                    let left = desk.payment().cancel_available();
                    let all = cancel_all(&mut desk);
                    // What is left can always be given back.
                    prop_assert_eq!(all.ok(), (left.total > 0).then_some(left));
                    given_back = given_back.plus(left);
                }
                Act::Give(wallet) => {
                    desk.ledger.give("user-1".to_owned(), wallet);
                    // New points replace the old; those in the payment stay there.
                    points = wallet.points + paid.map_or(0, |paid: Amount| paid.minus(given_back).point);
                }
                Act::End(outcome) => _ = desk.ledger.lead_to(&page, outcome, at(now)),
                Act::Restart => restart(&mut desk, now),
            }
            let payment = desk.payment();
            if let Some(now_paid) = payment.paid() {
                // Whatever was paid stays what it was when it was paid.
                prop_assert_eq!(*paid.get_or_insert(now_paid.amount), now_paid.amount);
                let amount = now_paid.amount;
                prop_assert_eq!(Amount { point: 0, discount: 0, ..amount }, payment.order.amount);
                prop_assert!(amount.point + amount.discount <= amount.total);
            }
            prop_assert!(!was_paid || payment.paid().is_some());
            prop_assert!(approvals <= u32::from(paid.is_some()));
            prop_assert_eq!(payment.canceled(), given_back);
            let left = payment.cancel_available();
            prop_assert_eq!(given_back.plus(left), paid.unwrap_or_default());
            prop_assert!(left.tax_free <= left.total);
            prop_assert!(left.point + left.discount <= left.total);
            // No point is made or lost: what is not in the wallet is in the payment.
            prop_assert_eq!(desk.ledger.wallet("user-1").points + left.point, points);
        }
    }
}
