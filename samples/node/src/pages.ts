// What people read, in Korean with English beside it. No script, nothing from elsewhere.
import { UNPAID } from "./book.js";
import { goods, type Order, type Refund } from "./database.js";

type Text = readonly [ko: string, en: string];

export const TEXTS = {
  A: ["결제를 확인하고 있습니다. 다시 결제하지 마세요.", "Checking your payment. Please do not pay again."],
  B: ["결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.", "The payment page could not be opened. Please press again in a moment."],
  C: ["이미 결제된 주문입니다.", "This order is paid already."],
  D: ["이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.", "You were not charged this time. You can pay again."],
  none: ["주문했습니다. 아직 결제하지 않았습니다.", "Your order is placed. It is not paid yet."],
  ready: ["아직 결제되지 않았습니다.", "You have not been charged yet."],
  approved: ["결제가 완료되었습니다.", "You have paid."],
  partially_canceled: ["일부 취소되었습니다.", "Partly canceled."],
  canceled: ["결제가 취소되었습니다.", "The payment was canceled."],
  person: ["주문을 확인하고 있습니다. 곧 연락드리겠습니다.", "We are looking at your order and will contact you."],
  withdrawn: ["품절되어 결제하지 않았습니다.", "It is sold out, so you were not charged."],
} satisfies Record<string, Text>;

const REFUNDS: Record<Refund["state"], Text> = {
  pending: ["환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.", "Checking your refund. We will tell you when it is done."],
  done: ["환불되었습니다.", "Refunded."],
  failed: ["이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.", "Nothing was refunded by this request. We will look at it and tell you."],
};

const both = ([ko, en]: Text) => `${ko} <span lang="en">${en}</span>`;
const won = (amount: number) => `<b>${amount.toLocaleString("ko-KR")}원</b>`;
const safe = (text: string) =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const frame = (title: Text, body: string) => `<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title[0]}</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: auto; padding: 1rem;
    overflow-wrap: anywhere; word-break: keep-all; }
  [lang=en] { color: #595959; font-size: .875em; }
  b { white-space: nowrap; }
  th, b { overflow-wrap: normal; }
  td, th { text-align: left; padding: .25rem; }
  button, input { font: inherit; padding: .5rem .75rem; max-width: 100%; box-sizing: border-box; }
</style>
<h1>${both(title)}</h1>
${body}
<p><a href="/">${both(["가게", "Shop"])}</a> · <a href="/orders">${both(["주문 목록", "Orders"])}</a></p>
</html>
`;

export const errorPage = () => frame(["처리하지 못했습니다", "That did not work"], "");

export const homePage = () => frame(["초코파이 가게", "Choco pie shop"], `<main>${goods.map(({ id, ko, en, price }) => `
  <form method="post" action="/orders">
    <p>${both([ko, en])} ${won(price)}
    <input type="hidden" name="product" value="${id}">
    <button id="buy-${id}">${both(["주문하기", "Order"])}</button></p>
  </form>`).join("")}</main>`);

export const ordersPage = (orders: Order[]) => frame(["주문 목록", "Orders"], `<main><table>
  <tr><th>${both(["주문", "Order"])}<th>${both(["상태", "State"])}<th>${both(["결제", "Paid"])}<th>${both(["환불", "Refunded"])}</tr>
  ${orders.map(({ id, state, paid, refunded }) => `<tr data-order="${id}" data-state="${state}" data-paid="${paid}" data-refunded="${refunded}">
    <td><a href="/orders/${id}">${id}</a><td>${state}<td>${won(paid)}<td>${won(refunded)}</tr>`).join("\n")}
</table></main>`);

/** The text for how an order stands. */
function text(of: Order, status: string): Text {
  if (of.state === "needs_person") return TEXTS.person;
  if (status === "order_already_paid") return TEXTS.C;
  if (Object.hasOwn(TEXTS, status)) return TEXTS[status as keyof typeof TEXTS];
  // A word that is new here is as good as unknown.
  return UNPAID.includes(status) ? TEXTS.D : TEXTS.A;
}

/** `newRefund` is the key of the decision that is made with this page: the same button twice is one decision. */
export function orderPage(of: Order, refunds: Refund[], newRefund: string, notice?: Text, status = of.status): string {
  const product = goods.find(({ id }) => id === of.product)!;
  const word = status === "order_already_paid" ? "failed" : status;
  const isLeft = of.paid > of.refunded;
  return frame(["주문", "Order"], `<main id="order" data-order="${of.id}" data-state="${of.state}" data-status="${safe(word)}" data-paid="${of.paid}" data-refunded="${of.refunded}">
  <p>${of.id}</p>
  <p>${both([product.ko, product.en])} ${won(of.total)}</p>
  <p role="status">${both(notice ?? text(of, status))}</p>
  ${of.state !== "open" ? "" : `<form method="post" action="/orders/${of.id}/pay">
    <button id="pay">${both(["카카오페이로 결제", "Pay with KakaoPay"])}</button></form>`}
  ${of.state !== "paying" || status !== "ready" || !of.checkout_url ? "" : `<p><a id="checkout" href="${safe(of.checkout_url)}">${both(["결제 계속하기", "Go on paying"])}</a></p>`}
  ${!isLeft ? "" : `<form method="post" action="/orders/${of.id}/refunds">
    <input type="hidden" name="refund" value="${newRefund}">
    <input type="hidden" name="expected_left" value="${of.paid - of.refunded}">
    <label>${both(["환불 금액 (비우면 남은 전액)", "Refund (empty: all that is left)"])}
    <input id="refund-amount" name="amount" inputmode="numeric"></label>
    <button id="refund">${both(["환불", "Refund"])}</button></form>`}
  <ul>${refunds.map(({ amount, state }) => `<li data-refund="${state}">${amount === null ? "" : won(amount)} ${both(REFUNDS[state])}</li>`).join("")}</ul>
</main>`);
}
