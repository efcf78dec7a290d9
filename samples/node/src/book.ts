// The one place where the shop's books follow a payment. The return, the webhook, the page, the job and
// refunds all call it, in any order and more than once.
import { changes, order, transaction, type Order } from "./database.js";
import type { Payment } from "./danpay.js";

const PAID = ["approved", "partially_canceled", "canceled"];
export const UNPAID = ["quit", "failed", "expired", "withdrawn"];

/** Whether the payment is really of this order: an address may name any payment. */
export const fits = (of: Order | undefined, payment: Payment): of is Order =>
  of !== undefined && payment.order_id === of.id && payment.amount.total === of.total;

export function book(payment: Payment): void {
  transaction(() => {
    const booked = order(payment.order_id);
    if (!fits(booked, payment)) return console.error("payment", payment.id, "is of no order here");
    if (PAID.includes(payment.status)) return bookMoney(booked, payment);
    // What is paid stays paid. An attempt that was given up changes nothing, nor does older news.
    if (booked.state !== "paying" || booked.payment_id !== payment.id || payment.sequence < booked.sequence) return;
    // The order is paid by another payment, which tells so itself.
    const paidElsewhere = payment.failure?.code === "order_already_paid";
    if (UNPAID.includes(payment.status) && !paidElsewhere) return end(booked, payment.status);
    changes("update orders set status = ?, checkout_url = ?, sequence = ? where id = ?",
      paidElsewhere ? "order_already_paid" : payment.status, payment.checkout_url, payment.sequence, booked.id);
  });
}

function bookMoney(booked: Order, payment: Payment): void {
  if (booked.paid > 0 && booked.payment_id !== payment.id) {
    console.error("order", booked.id, "is paid twice, also by", payment.id);
    changes("update orders set state = 'needs_person' where id = ?", booked.id);
    return;
  }
  // What has gone back only grows: an answer that was on its way for long takes nothing back.
  const refunded = Math.max(booked.refunded, payment.canceled_amount.total);
  const status = refunded === 0 ? "approved" : refunded < payment.amount.total ? "partially_canceled" : "canceled";
  changes(`update orders set state = case state when 'needs_person' then state else 'paid' end, status = ?,
      payment_id = ?, checkout_url = null, paid = ?, refunded = ? where id = ?`,
    status, payment.id, payment.amount.total, refunded, booked.id);
}

/** The attempt has ended unpaid: the goods go back, and the next press is a new attempt with a new key. */
function end(booked: Order, status: string): void {
  changes("update stock set left = left + ? where product = ?", booked.reserved, booked.product);
  changes(`update orders set state = 'open', status = ?, pay_key = null, payment_id = null, checkout_url = null,
      sequence = 0, reserved = 0 where id = ?`, status, booked.id);
}

/** Keeps goods for this order, once. Tells whether they are kept. */
export function reserve(id: string): boolean {
  return transaction(() => {
    const booked = order(id);
    if (!booked || booked.reserved) return booked?.reserved === 1;
    if (!changes("update stock set left = left - 1 where product = ? and left > 0", booked.product)) return false;
    return changes("update orders set reserved = 1 where id = ?", id) === 1;
  });
}
