// A shop by the client for TypeScript that openapi-generator makes: it buys, cancels, and takes what it does not know.

import assert from "node:assert/strict";

import { Configuration, NewPayment, Payment, PaymentsApi, ProblemFromJSON, ResponseError } from "./client";

const PATIENCE_MS = 30_000;

function client(url: string): PaymentsApi {
    return new PaymentsApi(new Configuration({ basePath: url, accessToken: setting("DANPAY_API_KEY") }));
}

function setting(name: string): string {
    const value = process.env[name];
    assert(value, name);
    return value;
}

/** The payer, played by the sandbox. */
async function pays(payment: Payment): Promise<void> {
    const answer = await fetch(`${setting("SANDBOX_URL")}/_sandbox/payer`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ tid: payment.tid, script: "pays_by_card", follow: true }),
    });
    assert(answer.ok);
}

async function untilApproved(payments: PaymentsApi, payment: Payment): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while ((await payments.getPayment({ id: payment.id })).status !== "approved") {
        assert(Date.now() < deadline, "it is never approved");
        await new Promise((wake) => setTimeout(wake, 20));
    }
}

async function shop(): Promise<void> {
    const payments = client(setting("DANPAY_URL"));
    const newPayment: NewPayment = {
        orderId: "order-1",
        userId: "member-1",
        itemName: "초코파이",
        amount: { total: 2200 },
        approval: "automatic",
        metadata: { coupon: "가을" },
    };
    const attempt = { idempotencyKey: "order-1-attempt-1", newPayment };
    const payment = await payments.createPayment(attempt);
    assert.equal(payment.status, "ready");
    assert.deepEqual(payment.metadata, { coupon: "가을" });
    assert.equal(payment.cardInfo, null);
    assert.equal(payment.approvedAt, null);
    assert.equal((await payments.createPayment(attempt)).id, payment.id);
    await pays(payment);
    await untilApproved(payments, payment);

    const id = payment.id;
    let canceled = await payments.cancelPayment({
        id,
        idempotencyKey: "refund-1",
        newCancellation: { amount: { total: 1100 }, expectedLeft: 2200, reason: "품절" },
    });
    assert.equal(canceled.status, "partially_canceled");
    assert.equal(canceled.canceledAmount.total, 1100);
    canceled = await payments.cancelPayment({ id, idempotencyKey: "refund-2", newCancellation: {} });
    assert.equal(canceled.status, "canceled");
    assert.equal(canceled.cancellations.length, 2);
    assert(canceled.cardInfo?.bin);
    assert(canceled.approvedAt instanceof Date);

    const listed = await payments.listPayments({ limit: 1, orderId: "order-1", status: "canceled" });
    assert.deepEqual(listed.data.map((payment) => payment.id), [id]);
    assert.equal(listed.nextCursor, null);
    const again = payments.cancelPayment({ id, idempotencyKey: "refund-3", newCancellation: {} });
    const refused: unknown = await again.then(() => null, (error: unknown) => error);
    assert(refused instanceof ResponseError);
    const problem = ProblemFromJSON(await refused.response.json());
    assert.equal(problem.status, 409);
    assert.equal(problem.code, "wrong_status");
    assert(problem.detailKo);

    const newer = await client(setting("NEWER_URL")).getPayment({ id });
    assert.equal(newer.status, "added_later");
    assert.equal(newer.approval, "added_later");
    assert.equal(newer.paymentMethodType, "added_later");
    assert.equal(newer.amount.total, 2200);
    assert.equal(newer.cancellations[0]?.status, "added_later");
}

shop().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
