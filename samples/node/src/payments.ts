// What the shop asks of danpay, and what it does with each answer.
import { randomUUID } from "node:crypto";
import { book, fits, reserve } from "./book.js";
import { danpay, type Payment } from "./danpay.js";
import { changes, goods, order, row, type Order, type Refund } from "./database.js";
import { settings } from "./settings.js";

/** Begins an attempt to pay, or goes on with the one that has begun. False: there is no page to pay at. */
export async function pay(of: Order): Promise<boolean> {
  // The key is stored before the request: whatever happens to the answer, the next press sends it again.
  changes("update orders set pay_key = coalesce(pay_key, ?) where id = ?", randomUUID(), of.id);
  const key = order(of.id)!.pay_key;
  const product = goods.find(({ id }) => id === of.product)!;
  const told = await danpay.create(key!, {
    order_id: of.id,
    user_id: "guest", // a real shop's number of the member
    item_name: product.ko,
    amount: { total: of.total },
    approval: product.approval,
    return_url: `${settings.shopUrl}/return?order=${of.id}`,
  });
  if (told.code === "order_already_paid" && told.paidBy) return settle(told.paidBy, of.id);
  if (!told.payment) return false;
  // A double click comes here twice, with the same payment.
  changes(`update orders set state = 'paying', payment_id = ? where id = ? and pay_key = ? and state = 'open'`,
    told.payment.id, of.id, key);
  book(told.payment);
  return true;
}

/** Asks how a payment stands and books it. False: danpay does not say, or it is of another order. */
export async function settle(paymentId: string, orderId: string): Promise<boolean> {
  const { payment } = await danpay.ask(paymentId);
  if (!payment || !fits(order(orderId), payment)) return false;
  book(payment);
  await decide(payment);
  return true;
}

/** Manual approval: the payer has come back, so goods are reserved first, and charged then. */
export async function decide(payment: Payment): Promise<void> {
  if (payment.approval !== "manual" || payment.status !== "authenticated") return;
  if (order(payment.order_id)?.payment_id !== payment.id) return;
  const reserved = reserve(payment.order_id);
  const told = await (reserved ? danpay.approve(payment.id) : danpay.withdraw(payment.id));
  // Whatever the answer was: how it stands now is what counts.
  const now = told.payment ?? (await danpay.ask(payment.id)).payment;
  if (now) book(now);
  // Charged all the same, and there are no goods: the money goes back.
  const booked = order(payment.order_id)!;
  if (booked.state === "paid" && !booked.reserved) await refund(`no-stock-${payment.id}`, booked, null, null);
}

/** One decision to refund, under one key: sent again as often as need be, the money goes back once. */
export async function refund(id: string, of: Order, amount: number | null, left: number | null): Promise<void> {
  changes("insert or ignore into refunds (id, order_id, amount, expected_left) values (?, ?, ?, ?)", id, of.id, amount, left);
  const decision = row<Refund>("select * from refunds where id = ?", id)!;
  if (decision.state !== "pending" || decision.order_id !== of.id) return;
  const told = await danpay.cancel(of.payment_id!, decision);
  if (told.payment) book(told.payment);
  if (told.http === 200) changes("update refunds set state = 'done' where id = ?", id);
  // Nothing went back by this one for certain. All else stays pending, and the job sends it again.
  const refused = ["cancel_refused", "expected_left_differs", "wrong_status", "refund_limit", "invalid_fields"];
  if (refused.includes(told.code ?? "")) changes("update refunds set state = 'failed' where id = ?", id);
}
