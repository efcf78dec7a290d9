"""What the shop asks of danpay, and what it does with the answers. No transaction is open while danpay is called."""

import orders
import settings
from danpay import ask, get, is_payment, log
from orders import GOODS, book, transaction


def pay(order_id):
    """Creates the payment of this attempt, or finds it again: the same key is the same payment. `{}`: not opened."""
    order = orders.keep_key(order_id)
    if order["state"] not in ("open", "paying"):
        return {}
    product = GOODS[order["product"]]
    told = ask("POST", "/v1/payments", order["pay_key"], {"order_id": order_id, "user_id": "member-1",
        "item_name": product.name, "amount": {"total": order["total"]}, "approval": product.approval,
        "return_url": f"{settings.SHOP_URL}/return?order={order_id}"})
    if told.get("code") == "order_already_paid":
        return look(order, told["payment_id"])
    with transaction() as db:
        if told.get("code") == "idempotency_key_reused":  # SHOP_URL has changed: the next press makes a new attempt
            db.execute("update orders set pay_key = null where id = ? and pay_key = ?", (order_id, order["pay_key"]))
        if is_payment(told):
            db.execute("update orders set payment_id = ? where id = ? and pay_key = ? and state in ('open', 'paying')",
                (told["id"], order_id, order["pay_key"]))
            book(db, told)
            return told
    return {}


def look(order, payment_id):
    """Asks how a payment stands and acts on it. `{}`: not known, or not a payment of this order."""
    told = get(payment_id)
    if not is_payment(told) or (told["order_id"], told["amount"]["total"]) != (order["id"], order["total"]):
        return {}
    with transaction() as db:
        book(db, told)
    return decide(told) if waits_for_us(told) else told


def waits_for_us(payment):
    return payment["approval"] == "manual" and payment["status"] == "authenticated"


def decide(payment):
    """Manual approval: with the goods reserved approve, without them withdraw. `{}`: not known yet how it went."""
    payment_id = payment["id"]
    with transaction() as db:
        order = orders.order_of(db, payment)
        if order is None:
            return payment
        has_goods = order["payment_id"] == payment_id and orders.reserve(db, order)
    told = ask("POST", f"/v1/payments/{payment_id}/{'approve' if has_goods else 'withdraw'}")
    if told.get("code") == "approval_ended":
        told = told["payment"]
    elif told.get("code") == "wrong_status":  # the payer is not back, or it was too late to withdraw
        told = get(payment_id)
    if not is_payment(told):
        return {}
    with transaction() as db:
        book(db, told)
        order = orders.find(db, order["id"])
    if not order["reserved"] and told["status"] in ("approved", "partially_canceled"):
        refund(order["id"], payment_id, f"no-goods-{payment_id}", None, None)
    return told


def refund(order_id, payment_id, key, amount, expected_left):
    """One decision to give money back, stored with its key before danpay is called. The same key is the same decision.
    If not `expected_left` is left, somebody else has decided meanwhile, and nothing goes back by this one."""
    with transaction() as db:
        db.execute("insert into refunds (id, order_id, payment_id, amount, expected_left) values (?, ?, ?, ?, ?)"
            " on conflict do nothing", (key, order_id, payment_id, amount, expected_left))
        stored = db.execute("select * from refunds where id = ? and order_id = ?", (key, order_id)).fetchone()
    if stored and stored["state"] == "pending":
        send_refund(stored)


def send_refund(stored):
    part = {} if stored["amount"] is None else {"amount": {"total": stored["amount"]}}
    told = ask("POST", f"/v1/payments/{stored['payment_id']}/cancel", stored["id"],
        part | {"expected_left": stored["expected_left"]})
    state = "pending"  # 202, no answer, 5xx: not known. The job sends it again, with its key
    if is_payment(told):
        ours = next(one for one in told["cancellations"] if one["id"] == told["cancellation_id"])
        state = ours["status"] if ours["status"] in ("done", "failed") else "pending"
    elif told.get("code") in ("cancel_refused", "expected_left_differs", "wrong_status", "refund_limit", "invalid_fields"):
        state = "failed"  # nothing went back by this one
        told = get(stored["payment_id"])  # perhaps by another one
    with transaction() as db:
        if is_payment(told):
            book(db, told)
        db.execute("update refunds set state = ? where id = ? and state = 'pending'", (state, stored["id"]))


def catch_up():
    """The job: asks for what was missed, and sends again what is pending."""
    with transaction() as db:
        waiting = db.execute("select * from orders where state = 'paying' and payment_id is not null").fetchall()
        pending = db.execute("select * from refunds where state = 'pending'").fetchall()
    work = [(look, order, order["payment_id"]) for order in waiting] + [(send_refund, stored) for stored in pending]
    for call, *arguments in work:
        try:
            call(*arguments)
        except Exception:  # one that fails holds up no other
            log.exception("the job, with %s", arguments[0]["id"])
