"""What the shop is told by its environment. It does not start without the key and the secret."""

import os
import sys


def required(name):
    return os.environ.get(name) or sys.exit(f"{name} is missing. danpay has made it for this shop: see README.md.")


PORT = int(os.environ.get("PORT", "3000"))
SHOP_URL = os.environ.get("SHOP_URL", f"http://127.0.0.1:{PORT}")
DANPAY_URL = os.environ.get("DANPAY_URL", "http://127.0.0.1:7701")
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
JOB_SECONDS = float(os.environ.get("JOB_SECONDS", "60"))
API_KEY = required("DANPAY_API_KEY")
WEBHOOK_SECRET = required("DANPAY_WEBHOOK_SECRET")
