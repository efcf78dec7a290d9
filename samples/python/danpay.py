"""danpay's API, as far as this shop needs it."""

import logging
from urllib.parse import quote

import httpx

import settings

log = logging.getLogger("shop")
client = httpx.Client(base_url=settings.DANPAY_URL, headers={"authorization": f"Bearer {settings.API_KEY}"},
    timeout=httpx.Timeout(30, connect=3))  # danpay answers within 25 s: who gives up earlier misses money that moves


def ask(method, path, key=None, body=None):
    """The answer: a payment, or a problem with its `code`. `{}` is no answer, or none of danpay's: nothing is known."""
    try:
        told = client.request(method, path, headers={"idempotency-key": key} if key else None, json=body).json()
    except (httpx.HTTPError, ValueError) as error:
        log.error("%s %s: no answer (%s)", method, path, type(error).__name__)
        return {}
    if not isinstance(told, dict):
        return {}
    if not is_payment(told):
        log.error("%s %s: %s: %s (%s)", method, path, *map(told.get, ("code", "detail", "request_id")))
    return told


def get(payment_id):
    return ask("GET", f"/v1/payments/{quote(payment_id, safe='')}")


def is_payment(told):
    return told.get("object") == "payment"
