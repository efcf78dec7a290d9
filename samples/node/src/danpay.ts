// danpay's API, as far as the shop needs it.
import { Agent, fetch } from "undici";
import type { Refund } from "./database.js";
import { settings } from "./settings.js";

/** What the shop reads of a payment. `status` stays a text: new words may come. */
export interface Payment {
  object: "payment";
  id: string;
  status: string;
  sequence: number;
  order_id: string;
  amount: { total: number };
  canceled_amount: { total: number };
  checkout_url: string | null;
  approval: string;
  failure: { code: string } | null;
}

/** `http` is 0 if there was no answer, or none of danpay's: then nothing is known. */
export interface Answer {
  http: number;
  payment?: Payment;
  code?: string;
  paidBy?: string;
}

// danpay answers within 25 seconds. Who waits for less gives up while the money moves.
const dispatcher = new Agent({ connect: { timeout: 3_000 } });

async function call(method: string, path: string, key?: string, body?: object): Promise<Answer> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${settings.apiKey}`,
    "content-type": "application/json",
  };
  if (key) headers["idempotency-key"] = key;
  const request = { method, headers, dispatcher, signal: AbortSignal.timeout(30_000) };
  try {
    const answer = await fetch(settings.danpayUrl + path, { ...request, body: body && JSON.stringify(body) });
    const told: any = await answer.json();
    if (told.object === "payment") return { http: answer.status, payment: told };
    console.error(method, path, answer.status, told.code, told.detail, told.request_id);
    return { http: answer.status, code: told.code, paidBy: told.payment_id };
  } catch (error) {
    console.error(method, path, "has no answer:", String(error));
    return { http: 0 };
  }
}

const at = (id: string) => `/v1/payments/${encodeURIComponent(id)}`;

export const danpay = {
  create: (key: string, order: object) => call("POST", "/v1/payments", key, order),
  ask: (id: string) => call("GET", at(id)),
  approve: (id: string) => call("POST", `${at(id)}/approve`, undefined, {}),
  withdraw: (id: string) => call("POST", `${at(id)}/withdraw`, undefined, {}),
  /** Without an amount, all that is left. */
  cancel: (payment: string, { id, amount, expected_left }: Refund) =>
    call("POST", `${at(payment)}/cancel`, id, { expected_left, ...(amount !== null && { amount: { total: amount } }) }),
};
