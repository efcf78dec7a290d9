"""A shop by the client for Python that openapi-generator makes: it buys, cancels, and takes what it does not know."""

import json
import os
import time
import urllib.request

import danpay
from danpay import CancelAmount, NewAmount, NewCancellation, NewPayment

PATIENCE_S = 30


def client(url):
    key = os.environ["DANPAY_API_KEY"]
    return danpay.PaymentsApi(danpay.ApiClient(danpay.Configuration(host=url, access_token=key)))


def pays(payment):
    """The payer, played by the sandbox."""
    payer = {"tid": payment.tid, "script": "pays_by_card", "follow": True}
    url = os.environ["SANDBOX_URL"] + "/_sandbox/payer"
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(payer).encode(), headers)
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def until_approved(payments, payment):
    deadline = time.monotonic() + PATIENCE_S
    while payments.get_payment(payment.id).status != "approved":
        assert time.monotonic() < deadline, "it is never approved"
        time.sleep(0.02)


payments = client(os.environ["DANPAY_URL"])
order = NewPayment(
    order_id="order-1",
    user_id="member-1",
    item_name="초코파이",
    amount=NewAmount(total=2200),
    approval="automatic",
    metadata={"coupon": "가을"},
)
payment = payments.create_payment(order, idempotency_key="order-1-attempt-1")
assert payment.status == "ready" and payment.metadata == {"coupon": "가을"}
assert payment.card_info is None and payment.approved_at is None
assert payments.create_payment(order, idempotency_key="order-1-attempt-1").id == payment.id
pays(payment)
until_approved(payments, payment)

part = NewCancellation(amount=CancelAmount(total=1100), expected_left=2200, reason="품절")
canceled = payments.cancel_payment(payment.id, "refund-1", part)
assert canceled.status == "partially_canceled" and canceled.canceled_amount.total == 1100
canceled = payments.cancel_payment(payment.id, "refund-2", NewCancellation())
assert canceled.status == "canceled" and len(canceled.cancellations) == 2
assert canceled.card_info.bin and canceled.approved_at.year >= 2026

listed = payments.list_payments(limit=1, order_id="order-1", status="canceled")
assert [listed.id for listed in listed.data] == [payment.id] and listed.next_cursor is None
try:
    payments.cancel_payment(payment.id, "refund-3", NewCancellation())
    raise AssertionError("there is nothing left to cancel")
except danpay.ApiException as refused:
    assert refused.status == 409 and refused.data.code == "wrong_status" and refused.data.detail_ko

newer = client(os.environ["NEWER_URL"]).get_payment(payment.id)
assert newer.status == newer.approval == newer.payment_method_type == "added_later"
assert newer.amount.total == 2200 and newer.cancellations[0].status == "added_later"
