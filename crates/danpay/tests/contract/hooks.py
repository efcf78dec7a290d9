"""What stands around danpay while its contract is tried: shops that ask after what they have made, with a new key
each time, and payers who pay."""

import itertools
import os

import requests
import schemathesis

import checks  # noqa: F401  it makes itself known

API = os.environ["DANPAY_API_URL"]
SANDBOX = os.environ["DANPAY_SANDBOX_URL"]
KEY = {"Authorization": f"Bearer {os.environ['DANPAY_API_KEY']}"}
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"
PATIENCE_S = 30
# The most that the sandbox takes; KakaoPay publishes no limit.
SANDBOX_MOST = 1_000_000_000_000

# What is not carried out if it is made up, though it fits its schema: checks.py has the rules.
MADE_UP = {
    "createPayment": ["return_url", "redirect_scheme_url", "cid", "available_cards", "approval"],
    "cancelPayment": ["amount", "expected_left"],
}

numbers = itertools.count(1)
# The ids of what there is, by their prefix.
made = {"pay": [], "we": [], "dlv": []}


@schemathesis.hook
def before_call(context, case, **kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw["operationId"]
    number = next(numbers)
    if number == 1:
        begin()
    renew_key(case, number)
    if case.meta.phase.name.name == "FUZZING" and number % 4:
        name_what_there_is(case, number)
        for name in MADE_UP.get(operation, []):
            case.body.pop(name, None)
        if operation == "createPayment":
            case.body["order_id"] = f"order-{number}"
            case.body["amount"] = {"total": case.body["amount"]["total"]}
    if operation == "createPayment":
        # KakaoPay's limit is its own: what is above it is refused by KakaoPay, which is 502.
        case.body["amount"]["total"] = min(case.body["amount"]["total"], SANDBOX_MOST)
    if operation in ("approvePayment", "cancelPayment"):
        pay(case.path_parameters["id"])
    if operation in ("createWebhookEndpoint", "updateWebhookEndpoint"):
        stay_on_this_machine(case.body, number)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code in (200, 201) and response.headers["content-type"] == ["application/json"]:
        remember(response.json())


def begin():
    """A payment, an endpoint, and a delivery from the one to the other."""
    ask("POST", "/v1/webhook_endpoints", {"url": NOWHERE})
    order = {"order_id": "o", "user_id": "u", "item_name": "i", "amount": {"total": 2200}}
    ask("POST", "/v1/payments", order)
    ask("GET", "/v1/webhook_deliveries")
    assert all(made.values()), made


def remember(answer):
    for one in [answer, *answer.get("data", [])]:
        known = made.get(one.get("id", "").split("_")[0])
        if known is not None and one["id"] not in known:
            known.append(one["id"])


def renew_key(case, number):
    """One key is for one request. A schema cannot say so, and its examples are the same each time."""
    for name in case.headers or {}:
        if name.lower() == "idempotency-key":
            case.headers[name] = f"try-{number}"


def name_what_there_is(case, number):
    """An id that is made up is answered 404, and nothing more is seen."""
    newest = made.get((case.path_parameters or {}).get("id", "").split("_")[0], [])[-5:]
    if newest:
        case.path_parameters["id"] = newest[number % len(newest)]


def pay(payment_id):
    """A payer pays what is to be approved or canceled, if it is a payment that can be paid."""
    found = requests.get(f"{API}/v1/payments/{payment_id}", headers=KEY, timeout=PATIENCE_S)
    if found.status_code == 200 and found.json()["status"] == "ready":
        url = f"{SANDBOX}/_sandbox/payer"
        # A payment may be for one of them alone, or for cards that no payer has: 409.
        for script in ("pays_by_card", "pays_by_money"):
            payer = {"tid": found.json()["tid"], "script": script, "follow": True}
            answer = requests.post(url, json=payer, timeout=PATIENCE_S)
            if answer.status_code != 409:
                answer.raise_for_status()
                return


def stay_on_this_machine(body, number):
    """No webhook leaves this machine, wherever a made-up address leads."""
    if body.get("url") is not None:
        body["url"] = f"{NOWHERE}/{number}"


def ask(method, path, body=None):
    answer = requests.request(method, API + path, json=body, headers=KEY, timeout=PATIENCE_S)
    answer.raise_for_status()
    remember(answer.json())
