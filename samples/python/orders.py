"""The shop's tables, and the one place where a payment is booked."""

import sqlite3
import uuid
from contextlib import contextmanager
from typing import NamedTuple

import settings


class Product(NamedTuple):
    name: str
    english: str
    price: int
    approval: str  # manual: only so many are there, so one is reserved before danpay charges


GOODS = {"choco-pie": Product("초코파이", "Choco pie", 2200, "automatic"),
    "limited": Product("한정판 굿즈", "Limited edition", 15000, "manual")}
PAID = ("approved", "partially_canceled", "canceled")
UNPAID = ("quit", "failed", "expired", "withdrawn")
TABLES = """
pragma journal_mode = wal;
create table if not exists orders (id text primary key, product text not null, total integer not null,
    state text not null default 'open' check (state in ('open', 'paying', 'paid', 'needs_person')),
    status text not null default 'none',     -- danpay's word for the last payment
    pay_key text, payment_id text,           -- of the attempt under way; once paid, of the payment that paid
    sequence integer not null default 0,     -- the largest one of the attempt that was booked, whoever told it
    paid integer not null default 0, refunded integer not null default 0,
    reserved integer not null default 0) strict;
create table if not exists refunds (id text primary key, order_id text not null, payment_id text not null, amount integer,
    expected_left integer, state text not null default 'pending' check (state in ('pending', 'done', 'failed'))) strict;
create table if not exists webhooks (id text primary key) strict;
create table if not exists stock (product text primary key, left integer not null check (left >= 0)) strict;
insert into stock values ('limited', 2) on conflict do nothing;
"""


def make_tables():
    db = sqlite3.connect(settings.DATABASE)
    db.executescript(TABLES)
    db.close()


@contextmanager
def transaction():
    """Takes SQLite's one writer at once, so what is read here stays true until the commit. Never around a call to danpay."""
    db = sqlite3.connect(settings.DATABASE, timeout=10, isolation_level=None)
    db.row_factory = sqlite3.Row
    try:
        db.execute("begin immediate")
        yield db
        db.execute("commit")
    finally:
        db.close()  # takes back what is not committed


def find(db, order_id):
    return db.execute("select * from orders where id = ?", (order_id,)).fetchone()


def new_order(product):
    order_id = f"order-{uuid.uuid4()}"
    with transaction() as db:
        db.execute("insert into orders (id, product, total) values (?, ?, ?)", (order_id, product, GOODS[product].price))
    return order_id


def keep_key(order_id):
    """The order with the key of the attempt under way; a new one if there is none. Stored before danpay is called."""
    with transaction() as db:
        db.execute("update orders set pay_key = coalesce(pay_key, ?) where id = ? and state in ('open', 'paying')",
            (str(uuid.uuid4()), order_id))
        return find(db, order_id)


def order_of(db, payment):
    """The order that this payment is for, or None: not every payment that danpay tells of need be one of this program's."""
    order = find(db, payment["order_id"])
    return order if order and order["total"] == payment["amount"]["total"] else None


def book(db, payment):
    """Books a payment as danpay has told it. The return, the webhook, the page, the desk and the job all come here,
    in any order and more than once."""
    order = order_of(db, payment)
    if order is None:
        return
    payment_id, status = payment["id"], payment["status"]
    is_booked = order["state"] in ("paid", "needs_person")
    is_current = order["payment_id"] == payment_id
    if status in PAID:
        refunded = payment["canceled_amount"]["total"]
        if is_booked and not is_current:  # charged twice
            db.execute("update orders set state = 'needs_person' where id = ?", (order["id"],))
        elif refunded >= order["refunded"]:  # money that went back does not come again: less is older news
            state = order["state"]
            if not is_booked:
                state = "paid" if refunded == order["total"] or reserve(db, order) else "needs_person"
            db.execute("update orders set state = ?, status = ?, payment_id = ?, paid = ?, refunded = ? where id = ?",
                (state, status, payment_id, order["total"], refunded, order["id"]))
    elif is_booked or not is_current or payment["sequence"] < order["sequence"]:
        pass  # older news, or an attempt that is over
    elif status in UNPAID and (payment["failure"] or {}).get("code") != "order_already_paid":
        db.execute("update stock set left = left + ? where product = ?", (order["reserved"], order["product"]))
        db.execute("update orders set state = 'open', status = ?, pay_key = null, payment_id = null, sequence = 0,"
            " reserved = 0 where id = ?", (status, order["id"]))
    else:  # under way, or a word that is not known yet. `order_already_paid`: the payment that paid is told by itself
        db.execute("update orders set state = 'paying', status = ?, sequence = ? where id = ?",
            (status, payment["sequence"], order["id"]))


def reserve(db, order):
    """Takes the goods of an order out of the stock, once. False if there are none."""
    if GOODS[order["product"]].approval == "automatic" or order["reserved"]:
        return True
    if db.execute("update stock set left = left - 1 where product = ? and left > 0", (order["product"],)).rowcount == 0:
        return False
    db.execute("update orders set reserved = 1 where id = ?", (order["id"],))
    return True
