"""Buys a 초코파이 on the sandbox and gives half of it back. Needs Python 3 and nothing else:

    danpay sandbox            (in another terminal)
    python3 examples/sandbox/buy.py
"""

import json
import os
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

KAKAOPAY = os.environ.get("KAKAOPAY_URL", "http://127.0.0.1:7702")
SECRET_KEY = os.environ.get("KAKAOPAY_SECRET_KEY", "DEV")


def post(path, body, **headers):
    headers["Content-Type"] = "application/json"
    request = Request(KAKAOPAY + path, json.dumps(body).encode(), headers)
    # A refusal is an HTTPError; its read() has error_code and error_message.
    with urlopen(request, timeout=15) as response:
        return json.load(response)


def pay(call, body):
    return post(f"/online/v1/payment/{call}", body, Authorization=f"SECRET_KEY {SECRET_KEY}")


order = {"cid": "TC0ONETIME", "partner_order_id": "order-1", "partner_user_id": "user-1"}

# 1. ready: keep the tid with the order, then send the payer to the address for their device.
ready = pay(
    "ready",
    order
    | {
        "item_name": "초코파이",
        "quantity": 1,
        "total_amount": 2200,
        "tax_free_amount": 0,
        "approval_url": "http://localhost:8080/approve",
        "cancel_url": "http://localhost:8080/cancel",
        "fail_url": "http://localhost:8080/fail",
    },
)
tid = ready["tid"]

# 2. The payer: a person opens ready["next_redirect_pc_url"]; here a script pays.
payer = post("/_sandbox/payer", {"tid": tid, "script": "pays_by_money"})
pg_token = parse_qs(urlsplit(payer["redirect_to"]).query)["pg_token"][0]

# 3. approve: now the money moves.
approved = pay("approve", order | {"tid": tid, "pg_token": pg_token, "total_amount": 2200})
print(f"approved {approved['aid']}: {approved['amount']['total']} won by {approved['payment_method_type']}")

# 4. cancel: half of it goes back, if as much is left as we believe.
canceled = pay(
    "cancel",
    {
        "cid": order["cid"],
        "tid": tid,
        "cancel_amount": 1100,
        "cancel_tax_free_amount": 0,
        "cancel_available_amount": 2200,
    },
)
print(f"canceled {canceled['canceled_amount']['total']} won: {canceled['status']}")

# 5. order: how it stands, at any time.
looked = pay("order", {"cid": order["cid"], "tid": tid})
print(f"order {looked['status']}, {looked['cancel_available_amount']['total']} won left")
