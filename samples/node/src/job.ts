// What webhooks and returns have missed is found by asking.
import { order, rows, type Order, type Refund } from "./database.js";
import { refund, settle } from "./payments.js";
import { settings } from "./settings.js";

async function run(): Promise<void> {
  const paying = rows<Order>("select * from orders where state = 'paying' and payment_id is not null");
  for (const { id, payment_id } of paying) await settle(payment_id!, id);
  const pending = rows<Refund>("select * from refunds where state = 'pending'");
  for (const { id, order_id, amount, expected_left } of pending) await refund(id, order(order_id)!, amount, expected_left);
}

/** The next run begins after the one before has ended. */
export function startJob(): void {
  const next = () => setTimeout(() => run().catch(console.error).finally(next), settings.jobSeconds * 1_000);
  next();
}
