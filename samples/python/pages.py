"""What customers and the desk read: Korean first, English beside it. No script, nothing from elsewhere."""

import uuid
from html import escape

from fastapi.responses import HTMLResponse

from orders import GOODS, UNPAID

CHECKING = "결제를 확인하고 있습니다. 다시 결제하지 마세요.", "Checking your payment. Please do not pay again."
NOT_OPENED = ("결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.",
    "The payment page could not be opened. Please press again in a moment.")
NOT_CHARGED = ("이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.", "You were not charged this time. You can pay again.")
TEXTS = {"none": ("주문했습니다. 아직 결제하지 않았습니다.", "Your order is placed. It is not paid yet."),
    "ready": ("아직 결제되지 않았습니다.", "You have not been charged yet."), "quit": NOT_CHARGED, "failed": NOT_CHARGED, "expired": NOT_CHARGED,
    "withdrawn": ("품절되어 결제하지 않았습니다.", "It is sold out, so you were not charged."),
    "approved": ("결제가 완료되었습니다.", "You have paid."), "partially_canceled": ("일부 취소되었습니다.", "Partly canceled."),
    "canceled": ("결제가 취소되었습니다.", "The payment was canceled.")}
NEEDS_PERSON = "주문을 확인하고 있습니다. 곧 연락드리겠습니다.", "We are looking at your order and will contact you."
ORDER_PAID = "이미 결제된 주문입니다.", "This order is paid already."
REFUNDS = {"pending": ("환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.", "Checking your refund. We will tell you when it is done."),
    "failed": ("이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.",
        "Nothing was refunded by this request. We will look at it and tell you."),
    "done": ("환불되었습니다.", "Refunded.")}
STYLE = """body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:auto;padding:1rem;overflow-wrap:anywhere;word-break:keep-all}
[lang=en]{color:#595959;font-size:.875em}td,th{text-align:left;padding:.25rem}th,b{overflow-wrap:normal}b{white-space:nowrap}
button,input{font:inherit;padding:.5rem .75rem;max-width:100%;box-sizing:border-box}"""


def both(korean, english):
    return f'{korean} <span lang="en">{english}</span>'


def won(amount):
    return f"<b>{amount:,}원</b>"


def page(title, main, code=200):
    return HTMLResponse(f"""<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>{title[0]}</title><style>{STYLE}</style></head>
<body><h1>{both(*title)}</h1>{main}
<p><a href="/">{both("가게", "Shop")}</a> · <a href="/orders">{both("주문 목록", "Orders")}</a></p></body></html>""", code)


def refused(code):
    return page(("처리하지 못했습니다", "That did not work"), "", code)


def goods():
    forms = [f"""<form method="post" action="/orders"><p>{both(product.name, product.english)} {won(product.price)}
<input type="hidden" name="product" value="{name}"> <button id="buy-{name}">{both("주문하기", "Order")}</button></p></form>"""
        for name, product in GOODS.items()]
    return page(("초코파이 가게", "Choco pie shop"), f"<main>{''.join(forms)}</main>")


def desk(orders):
    heads = ("주문", "Order"), ("상태", "State"), ("결제", "Paid"), ("환불", "Refunded")
    rows = [f"<tr>{''.join(f'<th>{both(*text)}</th>' for text in heads)}</tr>"]
    for order in orders:
        id, state, paid, refunded = (order[name] for name in ("id", "state", "paid", "refunded"))
        rows.append(f"""<tr data-order="{id}" data-state="{state}" data-paid="{paid}" data-refunded="{refunded}">
<td><a href="/orders/{id}">{id}</a></td><td>{state}</td><td>{won(paid)}</td><td>{won(refunded)}</td></tr>""")
    return page(("주문 목록", "Orders"), f"<main><table>{''.join(rows)}</table></main>")


def order(order, status, checkout_url, refunds, notice=None, code=200):
    id, state, paid, refunded = (order[name] for name in ("id", "state", "paid", "refunded"))
    product, text = GOODS[order["product"]], TEXTS.get(status, CHECKING)
    if state == "needs_person":
        text = NEEDS_PERSON
    elif state == "paying" and status in UNPAID:
        text = ORDER_PAID  # by another payment: everything else that ended unpaid has opened the order again
    parts = [f"<p>{id}</p><p>{both(product.name, product.english)} {won(order['total'])}</p>",
        f'<p role="status">{both(*notice or text)}</p>']
    if state == "open":
        parts.append(f"""<form method="post" action="/orders/{id}/pay"><button id="pay">
{both("카카오페이로 결제", "Pay with KakaoPay")}</button></form>""")
    if state == "paying" and checkout_url:
        parts.append(f'<p><a id="checkout" href="{escape(checkout_url)}">{both("결제 계속하기", "Go on paying")}</a></p>')
    if refunded < paid:  # for the staff alone: a real shop asks for their login here
        parts.append(f"""<form method="post" action="/orders/{id}/refunds"><input type="hidden" name="refund" value="{uuid.uuid4()}">
<input type="hidden" name="expected_left" value="{paid - refunded}">
<label>{both("환불 금액 (비우면 남은 전액)", "Refund (empty: all that is left)")}
<input id="refund-amount" name="amount" inputmode="numeric" pattern="[1-9][0-9]*"></label>
<button id="refund">{both("환불", "Refund")}</button></form>""")
    items = [f"""<li data-refund="{one['state']}">{'' if one['amount'] is None else won(one['amount'])} {both(*REFUNDS[one['state']])}</li>"""
        for one in refunds]
    data = f'data-order="{id}" data-state="{state}" data-status="{escape(status)}" data-paid="{paid}" data-refunded="{refunded}"'
    return page(("주문", "Order"), f'<main id="order" {data}>{"".join(parts)}<ul>{"".join(items)}</ul></main>', code)
