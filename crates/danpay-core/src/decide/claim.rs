//! The approval is claimed: for the payer who comes back, by the shop, or by recovery.
//!
//! **Invariant**: whoever comes second (a reload, another tab, another server) is refused here or
//! loses the commit, and so never calls KakaoPay. A token that cannot be used now is kept.

use jiff::Timestamp;
use serde_json::json;

use crate::calls_in_doubt::CallsInDoubt;
use crate::command::{Context, Holder, Obstacle};
use crate::event::EventKind;
use crate::failure::Failure;
use crate::order::ApprovalMode;
use crate::payment::{Payment, PgToken, Returns, State};
use crate::timing;

use super::{Call, Decision, Draft, Refusal, expiry, refuse};

/// Why a payment has failed whose order another payment has charged.
pub const ORDER_ALREADY_PAID: &str = "order_already_paid";

/// The token of the next call, and the one that is tried if that is not the payer's.
type Tokens = (Option<PgToken>, Option<PgToken>);

/// Since when the payer is back, and how often that was.
type Back = (Timestamp, Returns);

/// The payer is back.
pub(super) fn come_back(
    payment: &Payment,
    (token, other): (PgToken, Option<PgToken>),
    context: Context,
) -> Decision {
    let (since, returns) = match payment.state {
        State::Ready { returns } => (context.now, returns),
        State::Authenticated { since, returns } | State::Approving { since, returns, .. } => {
            (since, returns)
        }
        _ => return refuse(payment),
    };
    // The newest is kept last, in the place of the one before.
    let brought = other.into_iter().chain([token.clone()]);
    let (tokens, returns) = match payment.state {
        State::Ready { .. } => keep((Some(token), None), brought, returns),
        _ => keep(stored(payment), brought, returns),
    };
    let back = (since, returns);
    match (&payment.state, payment.order.approval) {
        (State::Approving { .. }, _) if planted!(ClaimRemoved) => {
            claim(payment, tokens, back, context)
        }
        (State::Approving { .. }, _) => keep_beside_a_call(payment, tokens, returns, context),
        (_, ApprovalMode::Automatic) => claim_for_payer(payment, tokens, back, context),
        (_, ApprovalMode::Manual) => stay(payment, tokens, back, expiry(payment), context),
    }
}

/// The shop approves, now or not at all: what is refused here is not made up for later, since the
/// shop may have given the stock back by then.
pub(super) fn approve(payment: &Payment, context: Context) -> Decision {
    let State::Authenticated { returns, .. } = payment.state else {
        return refuse(payment);
    };
    match context.obstacle {
        None | Some(Obstacle::RefundDay(_)) => {
            claim(payment, stored(payment), (context.now, returns), context)
        }
        Some(Obstacle::Order(holder)) if holder.is_paid => already_paid(payment, holder, context),
        Some(Obstacle::Order(holder)) => {
            Decision::Refuse(Refusal::OrderBeingCharged(holder.payment))
        }
        Some(Obstacle::Restored) => Decision::Refuse(Refusal::Restored),
        Some(Obstacle::Busy) => Decision::Refuse(Refusal::Busy),
    }
}

/// The payer is back, something kept us from claiming the approval, and it is still not paid.
pub(super) fn resume(payment: &Payment, context: Context) -> Decision {
    let State::Authenticated { since, returns } = payment.state else {
        return refuse(payment);
    };
    match context.obstacle {
        None | Some(Obstacle::RefundDay(_)) => {
            claim(payment, stored(payment), (context.now, returns), context)
        }
        Some(Obstacle::Order(holder)) if holder.is_paid => already_paid(payment, holder, context),
        Some(_) => Decision::Wait(Some(look(payment, (since, returns), &context))),
    }
}

/// Anyone who knows the return address can claim, so not often; then recovery does. Between two claims
/// is the time that it takes until the no to the first is believed.
fn claim_for_payer(payment: &Payment, tokens: Tokens, back: Back, context: Context) -> Decision {
    let (since, returns) = back;
    match context.obstacle {
        Some(Obstacle::Order(holder)) if holder.is_paid => already_paid(payment, holder, context),
        None | Some(Obstacle::RefundDay(_)) if returns.claims < timing::CLAIMS_MAX => {
            claim(payment, tokens, (context.now, returns), context)
        }
        _ => {
            let next = look(payment, (since, returns), &context);
            stay(payment, tokens, back, next, context)
        }
    }
}

/// Claims the approval: committed, together with the order's claim, before KakaoPay is called.
fn claim(payment: &Payment, tokens: Tokens, (since, returns): Back, context: Context) -> Decision {
    let now = context.now;
    let check = timing::after(now, timing::CALL_SETTLES);
    let state = State::Approving {
        since,
        calls: CallsInDoubt::first(now),
        refused: None,
        returns: Returns {
            claims: returns.claims.saturating_add(1),
            ..returns
        },
    };
    Draft::of(payment, state, EventKind::Approving)
        .tokens(tokens)
        .check_at(Some(check).filter(|_| !planted!(ClaimNeverChecked)))
        .call(Call::Approve)
        .commit(context)
}

/// Another payment has charged the order. No call of this one can take effect, so it has failed.
pub(super) fn already_paid(payment: &Payment, holder: Holder, mut context: Context) -> Decision {
    let failure = Failure {
        code: ORDER_ALREADY_PAID.to_owned(),
        message: "The order was already paid, by another payment.".to_owned(),
        message_ko: "다른 결제로 이미 결제된 주문입니다.".to_owned(),
        kakaopay: None,
    };
    context
        .evidence
        .get_or_insert_with(|| json!({ "order_charged_by": holder.payment }));
    let at = context.now;
    Draft::of(payment, State::Failed { failure, at }, EventKind::Failed)
        .review(None)
        .check_at(Some(expiry(payment)))
        .commit(context)
}

/// The payer is back and nothing is claimed now.
fn stay(
    payment: &Payment,
    tokens: Tokens,
    (since, returns): Back,
    next: Timestamp,
    context: Context,
) -> Decision {
    let state = State::Authenticated { since, returns };
    let kind = match payment.state {
        State::Authenticated { .. } if tokens == stored(payment) => return refuse(payment),
        State::Authenticated { .. } => EventKind::ReturnedAgain,
        _ => EventKind::Authenticated,
    };
    Draft::of(payment, state, kind)
        .tokens(tokens)
        .check_at(Some(next))
        .commit(context)
}

/// A call is out, or its outcome is not known: another token is kept, and tried if the first was
/// not the payer's.
fn keep_beside_a_call(
    payment: &Payment,
    tokens: Tokens,
    kept: Returns,
    context: Context,
) -> Decision {
    let mut state = payment.state.clone();
    if let State::Approving { returns, .. } = &mut state {
        *returns = kept;
    }
    if tokens == stored(payment) || planted!(FurtherTokenDropped) {
        return refuse(payment);
    }
    Draft::of(payment, state, EventKind::ReturnedAgain)
        .tokens(tokens)
        .check_at(Some(timing::after(context.now, timing::FIRST_LOOK)))
        .commit(context)
}

/// Keeps what is new of the tokens that a browser brought, each in the place of the one before.
fn keep(
    (token, mut further): Tokens,
    brought: impl Iterator<Item = PgToken>,
    mut returns: Returns,
) -> (Tokens, Returns) {
    for new in brought.map(Some) {
        if new != token && new != further && returns.kept < timing::TOKENS_MAX {
            further = new;
            returns.kept += 1;
        }
    }
    ((token, further), returns)
}

fn stored(payment: &Payment) -> Tokens {
    (payment.pg_token.clone(), payment.further_pg_token.clone())
}

/// When recovery looks at a payer who is back and not yet charged. Whoever has used up the claims
/// waits as long as if nobody had come back before.
pub(super) fn look(payment: &Payment, (since, returns): Back, context: &Context) -> Timestamp {
    let (now, jitter) = (context.now, context.jitter);
    let next = if returns.claims < timing::CLAIMS_MAX {
        timing::next_look_in_doubt(since, now, jitter)
    } else {
        timing::next_look(payment.created_at, now, jitter)
    };
    next.min(expiry(payment).max(context.now))
}
