// Buys a 초코파이 on the sandbox and gives half of it back. Needs Node 18 and nothing else:
//   danpay sandbox            (in another terminal)
//   node examples/sandbox/buy.mjs
const kakaopay = process.env.KAKAOPAY_URL ?? "http://127.0.0.1:7702";
const secretKey = process.env.KAKAOPAY_SECRET_KEY ?? "DEV";

async function post(path, headers, body) {
  const response = await fetch(kakaopay + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const pay = (call, body) =>
  post(`/online/v1/payment/${call}`, { Authorization: `SECRET_KEY ${secretKey}` }, body);

const order = { cid: "TC0ONETIME", partner_order_id: "order-1", partner_user_id: "user-1" };

// 1. ready: keep the tid with the order, then send the payer to the address for their device.
const ready = await pay("ready", {
  ...order,
  item_name: "초코파이",
  quantity: 1,
  total_amount: 2200,
  tax_free_amount: 0,
  approval_url: "http://localhost:8080/approve",
  cancel_url: "http://localhost:8080/cancel",
  fail_url: "http://localhost:8080/fail",
});

// 2. The payer: a person opens ready.next_redirect_pc_url; here a script pays.
const payer = await post("/_sandbox/payer", {}, { tid: ready.tid, script: "pays_by_card" });
const pgToken = new URL(payer.redirect_to).searchParams.get("pg_token");

// 3. approve: now the money moves.
const approved = await pay("approve", {
  ...order,
  tid: ready.tid,
  pg_token: pgToken,
  total_amount: 2200,
});
console.log(`approved ${approved.aid}: ${approved.amount.total} won by ${approved.payment_method_type}`);

// 4. cancel: half of it goes back, if as much is left as we believe.
const canceled = await pay("cancel", {
  cid: order.cid,
  tid: ready.tid,
  cancel_amount: 1100,
  cancel_tax_free_amount: 0,
  cancel_available_amount: 2200,
});
console.log(`canceled ${canceled.canceled_amount.total} won: ${canceled.status}`);

// 5. order: how it stands, at any time.
const looked = await pay("order", { cid: order.cid, tid: ready.tid });
console.log(`order ${looked.status}, ${looked.cancel_available_amount.total} won left`);
