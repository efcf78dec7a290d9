<?php // The shop's tables, and the one place where a payment is booked.

declare(strict_types=1);

const GOODS = [
    'choco-pie' => ['name' => '초코파이', 'english' => 'Choco pie', 'price' => 2200, 'approval' => 'automatic'],
    // Only so many are there, so one is reserved before danpay charges.
    'limited' => ['name' => '한정판 굿즈', 'english' => 'Limited edition', 'price' => 15000, 'approval' => 'manual'],
];
const PAID = ['approved', 'partially_canceled', 'canceled'];
const UNPAID = ['quit', 'failed', 'expired', 'withdrawn'];
const TABLES = <<<'SQL'
begin immediate;
create table if not exists orders (id text primary key, product text not null, total integer not null,
    state text not null default 'open' check (state in ('open', 'paying', 'paid', 'needs_person')),
    status text not null default 'none',     -- danpay's word for the last payment
    pay_key text, payment_id text,           -- of the attempt under way; once paid, of the payment that paid
    sequence integer not null default 0,     -- the largest one of the attempt that was booked, whoever told it
    paid integer not null default 0, refunded integer not null default 0,
    reserved integer not null default 0) strict;
create table if not exists refunds (id text primary key, order_id text not null, payment_id text not null, amount integer,
    expected_left integer, state text not null default 'pending' check (state in ('pending', 'done', 'failed'))) strict;
create table if not exists webhooks (id text primary key) strict;
create table if not exists stock (product text primary key, left integer not null check (left >= 0)) strict;
insert into stock values ('limited', 2) on conflict do nothing;
pragma user_version = 1;
commit;
SQL;

function database(): PDO
{
    static $db = null;
    if ($db === null) {
        $db = new PDO('sqlite:' . SHOP_DATABASE, null, null, [PDO::ATTR_TIMEOUT => 10, // seconds to wait for a lock
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);
        if ($db->query('pragma user_version')->fetchColumn() === 0) {
            $db->exec(TABLES);
        }
    }
    return $db;
}

function query(string $sql, mixed ...$values): PDOStatement
{
    $statement = database()->prepare($sql);
    $statement->execute($values);
    return $statement;
}

/** Takes SQLite's one writer at once, so what is read here stays true until the commit. Never around a call to danpay. */
function transaction(callable $work): mixed
{
    database()->exec('begin immediate'); // PDO's beginTransaction() would take it later, and could be too late then
    try {
        $result = $work();
        database()->exec('commit');
        return $result;
    } catch (Throwable $error) {
        database()->exec('rollback');
        throw $error;
    }
}

function uuid(): string
{
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex(random_bytes(16)), 4));
}

function find(string $order_id): ?array
{
    return query('select * from orders where id = ?', $order_id)->fetch() ?: null;
}

function new_order(string $product): string
{
    $id = 'order-' . uuid();
    query('insert into orders (id, product, total) values (?, ?, ?)', $id, $product, GOODS[$product]['price']);
    return $id;
}

/** The order with the key of the attempt under way; a new one if there is none. Stored before danpay is called. */
function keep_key(string $order_id): array
{
    query("update orders set pay_key = coalesce(pay_key, ?) where id = ? and state in ('open', 'paying')",
        uuid(), $order_id);
    return find($order_id);
}

/** The order that this payment is for, or null: not every payment that danpay tells of need be one of this program's. */
function order_of(array $payment): ?array
{
    $order = find($payment['order_id']);
    return $order && $order['total'] === $payment['amount']['total'] ? $order : null;
}

/**
 * Books a payment as danpay has told it. The return, the webhook, the page, the desk and the job all come here,
 * in any order and more than once.
 */
function book(array $payment): void
{
    $order = order_of($payment);
    if (!$order) {
        return;
    }
    ['id' => $payment_id, 'status' => $status] = $payment;
    $is_booked = in_array($order['state'], ['paid', 'needs_person'], true);
    $is_current = $order['payment_id'] === $payment_id;
    if (in_array($status, PAID, true)) {
        $refunded = $payment['canceled_amount']['total'];
        if ($is_booked && !$is_current) { // charged twice
            query("update orders set state = 'needs_person' where id = ?", $order['id']);
        } elseif ($refunded >= $order['refunded']) { // money that went back does not come again: less is older news
            $state = $order['state'];
            if (!$is_booked) {
                $state = $refunded === $order['total'] || reserve($order) ? 'paid' : 'needs_person';
            }
            query('update orders set state = ?, status = ?, payment_id = ?, paid = ?, refunded = ? where id = ?',
                $state, $status, $payment_id, $order['total'], $refunded, $order['id']);
        }
    } elseif ($is_booked || !$is_current || $payment['sequence'] < $order['sequence']) {
        return; // older news, or an attempt that is over
    } elseif (in_array($status, UNPAID, true) && ($payment['failure']['code'] ?? '') !== 'order_already_paid') {
        query('update stock set left = left + ? where product = ?', $order['reserved'], $order['product']);
        query("update orders set state = 'open', status = ?, pay_key = null, payment_id = null, sequence = 0, reserved = 0
            where id = ?", $status, $order['id']);
    } else { // under way, or a word that is not known yet. `order_already_paid`: the payment that paid is told by itself
        query("update orders set state = 'paying', status = ?, sequence = ? where id = ?",
            $status, $payment['sequence'], $order['id']);
    }
}

/** Takes the goods of an order out of the stock, once. False if there are none. */
function reserve(array $order): bool
{
    if (GOODS[$order['product']]['approval'] === 'automatic' || $order['reserved']) {
        return true;
    }
    if (query('update stock set left = left - 1 where product = ? and left > 0', $order['product'])->rowCount() === 0) {
        return false;
    }
    query('update orders set reserved = 1 where id = ?', $order['id']);
    return true;
}
