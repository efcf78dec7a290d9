"""A shop that is paid by KakaoPay through danpay. `python shop.py` starts it."""

import threading
import time
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.exceptions import HTTPException

import danpay
import orders
import pages
import payments
import settings
from orders import transaction

app = FastAPI(openapi_url=None)
webhook = Webhook(settings.WEBHOOK_SECRET)
# Plain `def` routes run in threads, so one that waits for danpay holds up no other.


def see(address):
    return RedirectResponse(address, 303)  # 303: the browser comes by GET


def find(order_id):
    with transaction() as db:
        return orders.find(db, order_id) or refuse(404)


def refuse(code):
    raise HTTPException(code)


@app.exception_handler(HTTPException)
@app.exception_handler(RequestValidationError)
def refused(_, error):
    return pages.refused(getattr(error, "status_code", 400))


@app.get("/")
def goods():
    return pages.goods()


@app.post("/orders")
def order(product: Annotated[str, Form()]):
    return see(f"/orders/{orders.new_order(product)}") if product in orders.GOODS else refuse(400)


@app.get("/orders")
def desk():  # for the staff alone: a real shop asks for their login here
    with transaction() as db:
        return pages.desk(db.execute("select * from orders order by rowid desc limit 100").fetchall())


@app.get("/orders/{order_id}")
def show(order_id: str):
    return order_page(order_id)


def order_page(order_id, notice=None, code=200):
    order, told = find(order_id), {}
    if order["state"] == "paying":
        told = payments.look(order, order["payment_id"])
    with transaction() as db:
        order = orders.find(db, order_id)
        refunds = db.execute("select * from refunds where order_id = ? order by rowid", (order_id,)).fetchall()
    status = "unknown" if order["state"] == "paying" and not told else order["status"]
    return pages.order(order, status, told.get("checkout_url"), refunds, notice, code)


@app.post("/orders/{order_id}/pay")
def pay(order_id: str):
    find(order_id)
    told = payments.pay(order_id)
    if not told and find(order_id)["state"] == "open":  # a create charges nobody: press again, with the same key
        return order_page(order_id, pages.NOT_OPENED, 503)
    return see(told.get("checkout_url") or f"/orders/{order_id}")


@app.get("/return")
def come_back(order: str, payment_id: str = ""):
    payments.look(find(order), payment_id)  # nothing in the address is believed: danpay says whose payment it is
    return see(f"/orders/{order}")


@app.post("/orders/{order_id}/refunds")
def refund(order_id: str, refund: Annotated[UUID, Form()],
        expected_left: Annotated[int, Form(ge=1)], amount: Annotated[str, Form(pattern="^([1-9][0-9]{0,15})?$")] = ""):
    order = find(order_id)
    if not order["paid"]:
        refuse(400)
    payments.refund(order_id, order["payment_id"], str(refund), int(amount) if amount else None, expected_left)
    return see(f"/orders/{order_id}")


async def raw_body(request: Request):
    return await request.body()  # what is signed is the body as it came, byte for byte


@app.post("/webhooks")
def hook(request: Request, body: Annotated[bytes, Depends(raw_body)]):
    try:
        payment = webhook.verify(body, dict(request.headers))["data"]
    except (WebhookVerificationError, ValueError):  # ValueError: no UTF-8, no base64
        return Response(status_code=400)
    if not danpay.is_payment(payment):  # a ping, or a word of later
        return Response(status_code=204)
    message_id = request.headers["webhook-id"]
    with transaction() as db:
        is_new = db.execute("insert into webhooks values (?) on conflict do nothing", (message_id,)).rowcount == 1
        if is_new:
            orders.book(db, payment)
    if is_new and payments.waits_for_us(payment) and not payments.decide(payment):  # the payer may never come back
        with transaction() as db:
            db.execute("delete from webhooks where id = ?", (message_id,))
        return Response(status_code=503)  # it comes again
    return Response(status_code=204)


def job():
    while True:
        time.sleep(settings.JOB_SECONDS)
        try:
            payments.catch_up()
        except Exception:  # the next round begins anew
            danpay.log.exception("the job")


if __name__ == "__main__":
    orders.make_tables()
    threading.Thread(target=job, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=settings.PORT)
