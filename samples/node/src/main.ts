// The shop's addresses.
import { randomUUID } from "node:crypto";
import express from "express";
import { changes, goods, order, rows, type Order, type Refund } from "./database.js";
import { startJob } from "./job.js";
import { errorPage, homePage, orderPage, ordersPage, TEXTS } from "./pages.js";
import { pay, refund, settle } from "./payments.js";
import { settings } from "./settings.js";
import { webhooks } from "./webhooks.js";

const shop = express();
shop.disable("x-powered-by");
// Before any parser: the signature needs the raw body.
shop.post("/webhooks", express.raw({ type: "*/*", limit: "256kb" }), webhooks);
shop.use(express.urlencoded({ extended: false }));

const page = (of: Order, notice?: readonly [string, string], status?: string) =>
  orderPage(of, rows<Refund>("select * from refunds where order_id = ? order by rowid", of.id), randomUUID(), notice, status);

shop.get("/", (_request, response) => void response.send(homePage()));

shop.post("/orders", (request, response) => {
  const product = goods.find(({ id }) => id === request.body?.product);
  if (!product) return void response.status(400).send(errorPage());
  // A number of the shop's own, before anything is asked of danpay. It stays through every attempt.
  const id = `order-${randomUUID()}`;
  changes("insert into orders (id, product, total) values (?, ?, ?)", id, product.id, product.price);
  response.redirect(303, `/orders/${id}`);
});

// In a real shop this page and refunds are behind the staff's login, and an order behind its customer's.
shop.get("/orders", (_request, response) => void response.send(ordersPage(rows<Order>("select * from orders order by rowid"))));

shop.get("/orders/:id", async (request, response) => {
  const found = order(request.params.id);
  if (!found) return void response.status(404).send(errorPage());
  const { id, state, payment_id } = found;
  const isKnown = state !== "paying" || (payment_id !== null && (await settle(payment_id, id)));
  const now = order(id)!;
  response.send(page(now, undefined, isKnown || now.state !== "paying" ? now.status : "unknown"));
});

shop.post("/orders/:id/pay", async (request, response) => {
  const found = order(request.params.id);
  if (!found) return void response.status(404).send(errorPage());
  const hasPage = found.state !== "open" || (await pay(found));
  const now = order(found.id)!;
  if (!hasPage && now.state === "open") {
    // Nobody was charged, and the key stays: pressing again is safe.
    return void response.status(503).send(page(now, TEXTS.B));
  }
  // 303, since the browser would post once more after a 307.
  response.redirect(303, now.checkout_url ?? `/orders/${now.id}`);
});

shop.get("/return", async (request, response) => {
  const found = order(request.query.order);
  if (!found) return void response.status(404).send(errorPage());
  // Anybody can open this address, with any payment: danpay is asked, and nothing else believed.
  if (typeof request.query.payment_id === "string") await settle(request.query.payment_id, found.id);
  response.redirect(303, `/orders/${found.id}`);
});

shop.post("/orders/:id/refunds", async (request, response) => {
  const found = order(request.params.id);
  if (!found) return void response.status(404).send(errorPage());
  const { refund: id, amount, expected_left: left } = request.body ?? {};
  const won = String(amount ?? "").trim();
  const isDecision = /^[0-9a-f-]{36}$/.test(id) && /^([1-9]\d{0,14})?$/.test(won) && /^\d{1,15}$/.test(left);
  if (!isDecision || found.paid === 0) return void response.status(400).send(errorPage());
  await refund(id, found, won === "" ? null : Number(won), Number(left));
  response.redirect(303, `/orders/${found.id}`);
});

shop.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
  console.error(error);
  response.status(500).send(errorPage());
});

shop.listen(settings.port, "127.0.0.1", () => console.log(`The shop is at ${settings.shopUrl}`));
startJob();
