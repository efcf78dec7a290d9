<?php // Every request comes here: `php start.php` serves it on your machine, php-fpm as the one front controller elsewhere.

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

function press_refund(array $order): void
{
    [$key, $amount] = [field($_POST, 'refund'), field($_POST, 'amount')];
    if (!preg_match('/^[0-9a-fA-F-]{32,36}$/D', $key) || !preg_match('/^([1-9][0-9]{0,15})?$/D', $amount)) {
        page('<main><p>' . both('환불할 금액을 확인해 주세요.', 'Please check the amount.') . '</p></main>', 422);
        return;
    }
    if ($order['state'] === 'paid') {
        refund($order['id'], $order['payment_id'], $key, $amount === '' ? null : (int) $amount);
    }
    see("/orders/$order[id]");
}

/** The status that danpay is answered: 204 once it is stored, 503 so that it comes again. */
function take_webhook(string $body): int
{
    if (!is_signed($body)) { // what is signed is the body as it came, byte for byte
        return 400;
    }
    $event = json_decode($body, true);
    $payment = $event['data'];
    if (!is_payment($payment)) { // a ping, or a word of later
        return 204;
    }
    $id = $_SERVER['HTTP_WEBHOOK_ID'];
    $is_new = transaction(function () use ($id, $event, $payment) {
        $is_new = query('insert into webhooks values (?) on conflict do nothing', $id)->rowCount() === 1
            && is_newer($payment['id'], $event['sequence']);
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

$route = $_SERVER['REQUEST_METHOD'] . ' ' . strtok($_SERVER['REQUEST_URI'], '?');
$order = preg_match('#^(?:GET|POST) /orders/([^/]+)#', $route, $parts) ? find($parts[1]) : find(field($_GET, 'order'));
$action = $order && isset($parts[1]) ? str_replace($parts[1], '{id}', $route) : $route;
if ($action === 'GET /') {
    goods_page();
} elseif ($action === 'POST /orders' && isset(GOODS[field($_POST, 'product')])) {
    see('/orders/' . new_order($_POST['product']));
} elseif ($action === 'GET /orders') { // for the staff alone: a real shop asks for their login here
    desk_page(query('select * from orders order by rowid desc limit 100')->fetchAll());
} elseif ($action === 'GET /orders/{id}') {
    show_order($order);
} elseif ($action === 'POST /orders/{id}/pay') {
    press_pay($order);
} elseif ($action === 'POST /orders/{id}/refunds') {
    press_refund($order);
} elseif ($action === 'GET /return' && $order) {
    look($order, field($_GET, 'payment_id')); // nothing in the address is believed: danpay says whose payment it is
    see("/orders/$order[id]");
} elseif ($action === 'POST /webhooks') {
    http_response_code(take_webhook(file_get_contents('php://input')));
} else {
    page('<main><p>' . both('찾을 수 없습니다.', 'Not found.') . '</p></main>', 404);
}
