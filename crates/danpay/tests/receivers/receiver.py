"""A shop's receiver of webhooks: it takes what the official library of Standard Webhooks verifies."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


def say(value):
    print(json.dumps(value), flush=True)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    webhook = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Receiver.webhook.verify(body, headers)
            self.answer(200)
            say({"headers": headers, "body": body.decode()})
        except WebhookVerificationError:
            self.answer(400)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
say(server.server_port)
# danpay makes the secret for the address.
for secret in sys.stdin:
    Receiver.webhook = Webhook(secret.strip())
    say("ready")
