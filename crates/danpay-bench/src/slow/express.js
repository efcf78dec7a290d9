// What many shops have: ready, a map in memory, approve. Nothing is kept, and nothing is asked twice.
const express = require("express");
const base = process.env.KAKAOPAY;
const app = express();
app.use(express.json());
const orders = new Map();
let url;

async function kakaopay(path, body) {
  const answer = await fetch(`${base}/online/v1/payment/${path}`, {
    method: "POST",
    headers: { Authorization: "SECRET_KEY DEV", "Content-Type": "application/json" },
    body: JSON.stringify({ cid: "TC0ONETIME", ...body }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

app.post("/v1/payments", async (request, response) => {
  const { order_id, user_id, item_name, amount } = request.body;
  const back = `${url}/back/${order_id}`;
  const { tid } = await kakaopay("ready", {
    partner_order_id: order_id, partner_user_id: user_id, item_name, quantity: 1,
    total_amount: amount.total, tax_free_amount: 0,
    approval_url: back, cancel_url: back, fail_url: back,
  });
  orders.set(order_id, { tid, user_id });
  response.status(201).json({ tid });
});

app.get("/back/:order_id", async (request, response) => {
  const { order_id } = request.params;
  const { tid, user_id } = orders.get(order_id);
  const { pg_token } = request.query;
  await kakaopay("approve", {
    tid, partner_order_id: order_id, partner_user_id: user_id, pg_token,
  });
  response.redirect(303, "http://127.0.0.1:7700/done");
});

const server = app.listen(0, "127.0.0.1", () => {
  url = `http://127.0.0.1:${server.address().port}`;
  console.log(url);
});
