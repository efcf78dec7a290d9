"""What customers and the desk read: Korean first, English beside it. No script, nothing from elsewhere."""

import uuid
from html import escape

from fastapi.responses import HTMLResponse

from orders import GOODS, UNPAID

CHECKING = "결제를 확인하고 있습니다. 다시 결제하지 마세요.", "Checking your payment. Please do not pay again."
NOT_OPENED = ("결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.",
    "The payment page could not be opened. Please press again in a moment.")
NOT_CHARGED = ("이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.", "You were not charged this time. You can pay again.")
NOT_YET = "아직 결제되지 않았습니다.", "You have not been charged yet."
TEXTS = {"none": NOT_YET, "ready": NOT_YET, "quit": NOT_CHARGED, "failed": NOT_CHARGED, "expired": NOT_CHARGED,
    "withdrawn": ("상품이 품절되어 결제하지 않았습니다.", "The goods are sold out. You were not charged."),
    "approved": ("결제가 완료되었습니다.", "You have paid."), "partially_canceled": ("일부 취소되었습니다.", "Partly canceled."),
    "canceled": ("결제가 취소되었습니다.", "The payment was canceled.")}
ORDER_PAID = "이미 결제된 주문입니다.", "This order is paid already."
REFUNDS = {"pending": ("환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.", "Checking your refund. We will tell you when it is done."),
    "failed": ("이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.",
        "Nothing was refunded by this request. We will look at it and tell you."),
    "done": ("환불되었습니다.", "Refunded.")}
STYLE = """body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:auto;padding:1rem}small{color:#595959}
button,input,#checkout{font:inherit;padding:.6rem 1rem;box-sizing:border-box;max-width:100%}
button{border:0;border-radius:.4rem;background:#fee500;color:#191919}table{border-collapse:collapse;width:100%}
td,th{padding:.4rem;text-align:left;overflow-wrap:anywhere;border-bottom:1px solid #ddd}"""


def page(main, code=200, head=""):
    return HTMLResponse(f"""<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>초코상점</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}<style>{STYLE}</style></head>
<body><p><a href="/">초코상점 <small lang="en">Choco shop</small></a></p>{main}</body></html>""", code)


def both(text):
    return f'{text[0]} <small lang="en">{text[1]}</small>'


def goods():
    forms = "".join(f"""<li>{product.name} {product.price:,}원 <form method="post" action="/orders">
<input type="hidden" name="product" value="{name}"><button id="buy-{name}">{both(("주문하기", "Order"))}</button></form></li>"""
        for name, product in GOODS.items())
    return page(f"<main><h1>{both(('상품', 'Goods'))}</h1><ul>{forms}</ul></main>")


def desk(orders):
    rows = "".join(f"""<tr data-order="{one['id']}" data-state="{one['state']}" data-paid="{one['paid']}"
data-refunded="{one['refunded']}"><td><a href="/orders/{one['id']}">{one['id']}</a></td><td>{GOODS[one['product']].name}</td>
<td>{one['state']}</td><td>{one['paid']:,}</td><td>{one['refunded']:,}</td></tr>""" for one in orders)
    head = "".join(f"<th>{both(text)}</th>" for text in (("주문", "Order"), ("상품", "Goods"), ("상태", "State"), ("결제", "Paid"),
        ("환불", "Refunded")))
    return page(f"<main><h1>{both(('주문 목록', 'Orders'))}</h1><table><tr>{head}</tr>{rows}</table></main>")


def order(order, status, checkout_url, refunds, notice=None, code=200):
    state, paid, left = order["state"], order["paid"], order["paid"] - order["refunded"]
    text = TEXTS.get(status, CHECKING)
    if state == "needs_person":
        text = CHECKING
    elif state == "paying" and status in UNPAID:
        text = ORDER_PAID  # by another payment: everything else that ended unpaid has opened the order again
    parts = [f"<h1>{GOODS[order['product']].name} {order['total']:,}원</h1><p>{both(notice or text)}</p>"]
    if state == "open":
        parts.append(f"""<form method="post" action="/orders/{order['id']}/pay"><button id="pay">
{both(("카카오페이로 결제", "Pay with KakaoPay"))}</button></form>""")
    if state == "paying" and checkout_url:
        parts.append(f'<p><a id="checkout" href="{escape(checkout_url)}">{both(("결제 화면으로 가기", "To the payment"))}</a></p>')
    if paid:
        parts.append(f"<p>{both(('결제', 'Paid'))} {paid:,}원, {both(('환불', 'refunded'))} {order['refunded']:,}원</p>")
    if state == "paid" and left:  # for the staff alone: a real shop asks for their login here
        parts.append(f"""<form method="post" action="/orders/{order['id']}/refunds">
<input type="hidden" name="refund" value="{uuid.uuid4()}"><label>{both(("환불할 금액, 비우면 남은 전부", "Amount; empty is all that is left"))}
<input id="refund-amount" name="amount" inputmode="numeric" pattern="[1-9][0-9]*"></label> <button id="refund">{both(("환불", "Refund"))}</button></form>""")
    for one in refunds:
        amount = "남은 전부" if one["amount"] is None else f"{one['amount']:,}원"
        parts.append(f"""<p data-refund="{escape(one['id'])}" data-state="{one['state']}">{amount}: {both(REFUNDS[one['state']])}</p>""")
    refresh = '<meta http-equiv="refresh" content="5">' if state == "paying" and text == CHECKING else ""
    return page(f"""<main id="order" data-order="{order['id']}" data-state="{state}" data-status="{escape(status)}"
data-paid="{paid}" data-refunded="{order['refunded']}">{"".join(parts)}</main>""", code, refresh)
