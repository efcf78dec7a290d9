"""A shop's own tests against `danpay dev`: buy, let a payment expire, and get the webhooks.

    pytest examples/dev/test_shop.py

`DANPAY` is the program, if it is not found as `danpay`. Python's standard library and pytest are all it needs.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PATIENCE_S = 20


class Hook:
    """The shop's own address for webhooks. It keeps what was signed as it has to be."""

    def __init__(self):
        self.secret = None
        self.received = queue.Queue()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                is_signed = hook.is_signed(self.headers, body)
                if is_signed:
                    hook.received.put(json.loads(body))
                self.send_response(204 if is_signed else 400)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def is_signed(self, headers, body):
        """Standard Webhooks 1.0; in a shop, the library `standardwebhooks` does it."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = headers["webhook-signature"].split()
        return any(hmac.compare_digest(one, f"v1,{code}") for one in given)

    def gets(self, kind, payment):
        """Waits for this event of this payment."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            event = self.received.get(timeout=max(0.01, deadline - time.monotonic()))
            if event["type"] == kind and event["data"]["id"] == payment["id"]:
                return event["data"]


class Danpay:
    """`danpay dev`, by what its ready file says."""

    def __init__(self, folder, hook):
        ready_file = folder / "dev.json"
        program = os.environ.get("DANPAY", "danpay")
        words = ["dev", "--port", "0", "--ready-file", ready_file, "--forward-to", hook.url]
        self.process = subprocess.Popen([program, *words, "--exit-with-parent"])
        deadline = time.monotonic() + PATIENCE_S
        while not ready_file.exists():
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        self.ready = json.loads(ready_file.read_text())
        hook.secret = self.ready["webhook_secret"]

    def creates(self, order_id):
        order = {
            "order_id": order_id,
            "user_id": "member-1",
            "item_name": "초코파이",
            "amount": {"total": 2200},
        }
        return self.api("/v1/payments", order)

    def shows(self, payment):
        return self.api(f"/v1/payments/{payment['id']}")

    def api(self, path, body=None):
        key = {"authorization": f"Bearer {self.ready['api_key']}"}
        return ask(self.ready["api_url"] + path, body, key)

    def pays(self, payment):
        """The payer, with a card, back at the shop."""
        payer = {"tid": payment["tid"], "script": "pays_by_card", "follow": True}
        ask(self.ready["sandbox_url"] + "/_sandbox/payer", payer)

    def passes(self, seconds):
        """Time, at the sandbox and at danpay."""
        ask(self.ready["sandbox_url"] + "/_sandbox/clock", {"advance_s": seconds})


def ask(url, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def hook():
    return Hook()


@pytest.fixture(scope="module")
def danpay(tmp_path_factory, hook):
    danpay = Danpay(tmp_path_factory.mktemp("danpay"), hook)
    yield danpay
    danpay.process.terminate()
    danpay.process.wait(PATIENCE_S)


def test_a_payer_buys_and_the_shop_is_told(danpay, hook):
    payment = danpay.creates("order-1")
    danpay.pays(payment)
    paid = hook.gets("payment.approved", payment)
    assert paid["order_id"] == "order-1"
    assert paid["amount"]["total"] == 2200
    assert danpay.shows(payment)["status"] == "approved"


def test_a_payment_that_nobody_pays_expires_and_the_shop_is_told(danpay, hook):
    payment = danpay.creates("order-2")
    danpay.passes(1_000)
    hook.gets("payment.expired", payment)
    assert danpay.shows(payment)["status"] == "expired"
