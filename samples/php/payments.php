<?php // What the shop asks of danpay, and what it does with the answers. No transaction is open while danpay is called.

declare(strict_types=1);

require_once __DIR__ . '/danpay.php';
require_once __DIR__ . '/orders.php';

/** Creates the payment of this attempt, or finds it again: the same key is the same payment. `[]`: not opened. */
function pay(string $order_id): array
{
    $order = keep_key($order_id);
    if (!in_array($order['state'], ['open', 'paying'], true)) {
        return [];
    }
    $product = GOODS[$order['product']];
    $told = ask('POST', '/v1/payments', $order['pay_key'], ['order_id' => $order_id, 'user_id' => 'member-1',
        'item_name' => $product['name'], 'amount' => ['total' => $order['total']], 'approval' => $product['approval'],
        'return_url' => SHOP_URL . "/return?order=$order_id"]);
    if (($told['code'] ?? '') === 'order_already_paid') {
        return look($order, $told['payment_id']);
    }
    if (($told['code'] ?? '') === 'idempotency_key_reused') { // SHOP_URL has changed: the next press makes a new attempt
        query('update orders set pay_key = null where id = ? and pay_key = ?', $order_id, $order['pay_key']);
    }
    if (!is_payment($told)) {
        return [];
    }
    transaction(function () use ($order, $told) {
        query("update orders set payment_id = ? where id = ? and pay_key = ? and state in ('open', 'paying')",
            $told['id'], $order['id'], $order['pay_key']);
        book($told);
    });
    return $told;
}

/** Asks how a payment stands and acts on it. `[]`: not known, or not a payment of this order. */
function look(array $order, string $payment_id): array
{
    $told = get($payment_id);
    if (!is_payment($told) || [$told['order_id'], $told['amount']['total']] !== [$order['id'], $order['total']]) {
        return [];
    }
    transaction(fn () => book($told));
    return waits_for_us($told) ? decide($told) : $told;
}

function waits_for_us(array $payment): bool
{
    return $payment['approval'] === 'manual' && $payment['status'] === 'authenticated';
}

/** Manual approval: with the goods reserved approve, without them withdraw. `[]`: not known yet how it went. */
function decide(array $payment): array
{
    $id = $payment['id'];
    [$order, $has_goods] = transaction(function () use ($payment) {
        $order = order_of($payment);
        return [$order, $order && $order['payment_id'] === $payment['id'] && reserve($order)];
    });
    if (!$order) {
        return $payment;
    }
    $told = ask('POST', "/v1/payments/$id/" . ($has_goods ? 'approve' : 'withdraw'));
    if (($told['code'] ?? '') === 'approval_ended') {
        $told = $told['payment'];
    } elseif (($told['code'] ?? '') === 'wrong_status') { // the payer is not back, or it was too late to withdraw
        $told = get($id);
    }
    if (!is_payment($told)) {
        return [];
    }
    transaction(fn () => book($told));
    if (!find($order['id'])['reserved'] && in_array($told['status'], ['approved', 'partially_canceled'], true)) {
        refund($order['id'], $id, "no-goods-$id", null, null);
    }
    return $told;
}

/**
 * One decision to give money back, stored with its key before danpay is called. The same key is the same decision.
 * If not `$left` is left, somebody else has decided meanwhile, and nothing goes back by this one.
 */
function refund(string $order_id, string $payment_id, string $key, ?int $amount, ?int $left): void
{
    query('insert into refunds (id, order_id, payment_id, amount, expected_left) values (?, ?, ?, ?, ?) on conflict do nothing',
        $key, $order_id, $payment_id, $amount, $left);
    $stored = query('select * from refunds where id = ? and order_id = ?', $key, $order_id)->fetch();
    if ($stored && $stored['state'] === 'pending') {
        send_refund($stored);
    }
}

function send_refund(array $stored): void
{
    $part = $stored['amount'] === null ? [] : ['amount' => ['total' => $stored['amount']]];
    $told = ask('POST', "/v1/payments/$stored[payment_id]/cancel", $stored['id'],
        $part + ['expected_left' => $stored['expected_left']]);
    $state = 'pending'; // 202, no answer, 5xx: not known. The job sends it again, with its key
    if (is_payment($told)) {
        $ours = array_column($told['cancellations'], 'status', 'id')[$told['cancellation_id']];
        $state = in_array($ours, ['done', 'failed'], true) ? $ours : 'pending';
    } elseif (in_array($told['code'] ?? '',
        ['cancel_refused', 'expected_left_differs', 'wrong_status', 'refund_limit', 'invalid_fields'], true)) {
        $state = 'failed'; // nothing went back by this one
        $told = get($stored['payment_id']); // perhaps by another one
    }
    transaction(function () use ($stored, $told, $state) {
        if (is_payment($told)) {
            book($told);
        }
        query("update refunds set state = ? where id = ? and state = 'pending'", $state, $stored['id']);
    });
}

/** The job: asks for what was missed, and sends again what is pending. */
function catch_up(): void
{
    $waiting = query("select * from orders where state = 'paying' and payment_id is not null")->fetchAll();
    $pending = query("select * from refunds where state = 'pending'")->fetchAll();
    foreach ([...$waiting, ...$pending] as $row) {
        try {
            isset($row['order_id']) ? send_refund($row) : look($row, $row['payment_id']);
        } catch (Throwable $error) { // one that fails holds up no other
            error_log("the job, with $row[id]: $error");
        }
    }
}
