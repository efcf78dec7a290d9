<?php // Every request comes here: from `php -S` on your machine, from php-fpm as its one front controller elsewhere.

declare(strict_types=1);

require __DIR__ . '/payments.php';
require __DIR__ . '/pages.php';

/** A field of a form or an address; '' if it is not there, or is no text. */
function field(array $from, string $name): string
{
    return is_string($from[$name] ?? null) ? $from[$name] : '';
}

function see(string $address): void
{
    header("Location: $address", true, 303); // 303: the browser comes by GET
}

function refuse(int $code): never
{
    page(['처리하지 못했습니다', 'That did not work'], '', $code);
    exit;
}

function take_order(string $product): void
{
    see('/orders/' . new_order(isset(GOODS[$product]) ? $product : refuse(400)));
}

function desk(): void // for the staff alone: a real shop asks for their login here
{
    desk_page(query('select * from orders order by rowid desc limit 100')->fetchAll());
}

function show_order(array $order, ?array $notice = null, int $code = 200): void
{
    $told = $order['state'] === 'paying' ? look($order, $order['payment_id']) : [];
    $order = find($order['id']);
    $status = $order['state'] === 'paying' && !$told ? 'unknown' : $order['status'];
    $refunds = query('select * from refunds where order_id = ? order by rowid', $order['id'])->fetchAll();
    order_page($order, $status, $told['checkout_url'] ?? null, $refunds, $notice, $code);
}

function press_pay(array $order): void
{
    $told = pay($order['id']);
    $order = find($order['id']);
    if (!$told && $order['state'] === 'open') { // a create charges nobody: press again, with the same key
        show_order($order, NOT_OPENED, 503);
    } else {
        see($told['checkout_url'] ?? "/orders/$order[id]");
    }
}

function come_back(array $order, string $payment_id): void
{
    look($order, $payment_id); // nothing in the address is believed: danpay says whose payment it is
    see("/orders/$order[id]");
}

function press_refund(array $order): void
{
    [$key, $amount, $left] = [field($_POST, 'refund'), field($_POST, 'amount'), field($_POST, 'expected_left')];
    if (!$order['paid'] || !ctype_digit($left) || !preg_match('/^[0-9a-f-]{32,36}$/D', $key) || !preg_match('/^([1-9][0-9]{0,15})?$/D', $amount)) {
        refuse(400);
    }
    refund($order['id'], $order['payment_id'], $key, $amount === '' ? null : (int) $amount, (int) $left);
    see("/orders/$order[id]");
}

/** The status that danpay is answered: 204 once it is stored, 503 so that it comes again. */
function take_webhook(string $body): int
{
    if (!is_signed($body)) { // what is signed is the body as it came, byte for byte
        return 400;
    }
    $payment = json_decode($body, true)['data'];
    if (!is_payment($payment)) { // a ping, or a word of later
        return 204;
    }
    $id = $_SERVER['HTTP_WEBHOOK_ID'];
    $is_new = transaction(function () use ($id, $payment) {
        $is_new = query('insert into webhooks values (?) on conflict do nothing', $id)->rowCount() === 1;
        if ($is_new) {
            book($payment);
        }
        return $is_new;
    });
    if ($is_new && waits_for_us($payment) && !decide($payment)) { // the payer may never come back
        query('delete from webhooks where id = ?', $id);
        return 503;
    }
    return 204;
}

$path = strtok($_SERVER['REQUEST_URI'], '?');
$id = field($_GET, 'order');
if (preg_match('#^/orders/([^/]+)(.*)$#', $path, $parts)) {
    [$path, $id] = ["/orders/{id}$parts[2]", $parts[1]];
}
$order = fn () => find($id) ?? refuse(404);
match ("$_SERVER[REQUEST_METHOD] $path") {
    'GET /' => goods_page(),
    'POST /orders' => take_order(field($_POST, 'product')),
    'GET /orders' => desk(),
    'GET /orders/{id}' => show_order($order()),
    'POST /orders/{id}/pay' => press_pay($order()),
    'POST /orders/{id}/refunds' => press_refund($order()),
    'GET /return' => come_back($order(), field($_GET, 'payment_id')),
    'POST /webhooks' => http_response_code(take_webhook(file_get_contents('php://input'))),
    default => refuse(404),
};
