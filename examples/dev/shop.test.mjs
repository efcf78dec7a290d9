// A shop's own tests against `danpay dev`: buy, let a payment expire, and get the webhooks.
//
//     npx vitest run --root examples/dev
//
// `DANPAY` is the program, if it is not found as `danpay`.

import { spawn } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const PATIENCE_MS = 20_000;

let danpay, hook;

beforeAll(async () => {
  hook = await startHook();
  danpay = await startDanpay(hook.url);
  hook.secret = danpay.ready.webhook_secret;
}, PATIENCE_MS);

afterAll(async () => {
  danpay?.process.kill();
  hook?.server.close();
});

test("a payer buys, and the shop is told", async () => {
  const payment = await danpay.create("order-1");
  await danpay.pay(payment);
  const paid = await hook.gets("payment.approved", payment);
  expect(paid).toMatchObject({ order_id: "order-1", amount: { total: 2200 } });
  expect(await danpay.show(payment)).toMatchObject({ status: "approved" });
}, PATIENCE_MS);

test("a payment that nobody pays expires, and the shop is told", async () => {
  const payment = await danpay.create("order-2");
  await danpay.pass(1_000);
  await hook.gets("payment.expired", payment);
  expect(await danpay.show(payment)).toMatchObject({ status: "expired" });
}, PATIENCE_MS);

/** The shop's own address for webhooks. It keeps what was signed as it has to be. */
async function startHook() {
  const received = [];
  const hook = { secret: undefined };
  hook.server = createServer(async (request, answer) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const signed = isSigned(hook.secret, request.headers, body);
    if (signed) received.push(JSON.parse(body));
    answer.writeHead(signed ? 204 : 400).end();
  });
  await new Promise((ready) => hook.server.listen(0, "127.0.0.1", ready));
  hook.url = `http://127.0.0.1:${hook.server.address().port}/hook`;
  /** Waits for this event of this payment. */
  hook.gets = async (type, payment) => {
    const is = (event) => event.type === type && event.data.id === payment.id;
    const event = await until(() => received.find(is));
    return event.data;
  };
  return hook;
}

/** Standard Webhooks 1.0; in a shop, the library `standardwebhooks` does it. */
function isSigned(secret, headers, body) {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`;
  const code = createHmac("sha256", key).update(signed).update(body).digest("base64");
  const expected = Buffer.from(`v1,${code}`);
  return headers["webhook-signature"].split(" ").some((given) => {
    const one = Buffer.from(given);
    return one.length === expected.length && timingSafeEqual(one, expected);
  });
}

/** `danpay dev`, by what its ready file says. */
async function startDanpay(forwardTo) {
  const file = join(mkdtempSync(join(tmpdir(), "danpay-")), "dev.json");
  const words = ["dev", "--port=0", "--ready-file", file, "--forward-to", forwardTo, "--exit-with-parent"];
  const process_ = spawn(process.env.DANPAY ?? "danpay", words, { stdio: ["ignore", "ignore", "inherit"] });
  const ready = await until(() => existsSync(file) && JSON.parse(readFileSync(file, "utf8")));
  const api = (path, body) =>
    ask(ready.api_url + path, body, { authorization: `Bearer ${ready.api_key}` });
  const sandbox = (path, body) => ask(`${ready.sandbox_url}/_sandbox/${path}`, body);
  return {
    ready,
    process: process_,
    create: (order_id) =>
      api("/v1/payments", { order_id, user_id: "member-1", item_name: "초코파이", amount: { total: 2200 } }),
    show: (payment) => api(`/v1/payments/${payment.id}`),
    /** The payer, with a card, back at the shop. */
    pay: (payment) => sandbox("payer", { tid: payment.tid, script: "pays_by_card", follow: true }),
    /** Time, at the sandbox and at danpay. */
    pass: (advance_s) => sandbox("clock", { advance_s }),
  };
}

async function ask(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function until(look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error("it does not come");
    await new Promise((later) => setTimeout(later, 10));
  }
}
