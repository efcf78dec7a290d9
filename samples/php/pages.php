<?php // What customers and the desk read: Korean first, English beside it. No script, nothing from elsewhere.

declare(strict_types=1);

const CHECKING = ['결제를 확인하고 있습니다. 다시 결제하지 마세요.', 'Checking your payment. Please do not pay again.'];
const NOT_OPENED = ['결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.',
    'The payment page could not be opened. Please press again in a moment.'];
const NOT_CHARGED = ['이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.', 'You were not charged this time. You can pay again.'];
const NOT_YET = ['아직 결제되지 않았습니다.', 'You have not been charged yet.'];
const TEXTS = ['none' => NOT_YET, 'ready' => NOT_YET, 'quit' => NOT_CHARGED, 'failed' => NOT_CHARGED, 'expired' => NOT_CHARGED,
    'withdrawn' => ['상품이 품절되어 결제하지 않았습니다.', 'The goods are sold out. You were not charged.'],
    'approved' => ['결제가 완료되었습니다.', 'You have paid.'], 'partially_canceled' => ['일부 취소되었습니다.', 'Partly canceled.'],
    'canceled' => ['결제가 취소되었습니다.', 'The payment was canceled.']];
const ORDER_PAID = ['이미 결제된 주문입니다.', 'This order is paid already.'];
const REFUNDS = ['pending' => ['환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.', 'Checking your refund. We will tell you when it is done.'],
    'failed' => ['이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.',
        'Nothing was refunded by this request. We will look at it and tell you.'],
    'done' => ['환불되었습니다.', 'Refunded.']];
const STYLE = <<<'CSS'
body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:auto;padding:1rem}small{color:#595959}
button,input,#checkout{font:inherit;padding:.6rem 1rem;box-sizing:border-box;max-width:100%}
button{border:0;border-radius:.4rem;background:#fee500;color:#191919}table{border-collapse:collapse;width:100%}
td,th{padding:.4rem;text-align:left;overflow-wrap:anywhere;border-bottom:1px solid #ddd}
CSS;

function page(string $main, int $code = 200, string $head = ''): void
{
    http_response_code($code);
    $style = STYLE;
    echo <<<HTML
<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>초코상점</title>
<meta name="viewport" content="width=device-width, initial-scale=1">$head<style>$style</style></head>
<body><p><a href="/">초코상점 <small lang="en">Choco shop</small></a></p>$main</body></html>
HTML;
}

function both(string $korean, string $english): string
{
    return "$korean <small lang=\"en\">$english</small>";
}

function won(int $amount): string
{
    return number_format($amount) . '원';
}

function goods_page(): void
{
    $main = '<h1>' . both('상품', 'Goods') . '</h1><ul>';
    foreach (GOODS as $name => $product) {
        $main .= "<li>$product[name] " . won($product['price']) . ' <form method="post" action="/orders">'
            . "<input type=\"hidden\" name=\"product\" value=\"$name\"><button id=\"buy-$name\">" . both('주문하기', 'Order')
            . '</button></form></li>';
    }
    page("<main>$main</ul></main>");
}

function desk_page(array $orders): void
{
    $heads = [['주문', 'Order'], ['상품', 'Goods'], ['상태', 'State'], ['결제', 'Paid'], ['환불', 'Refunded']];
    $rows = '<tr>' . implode(array_map(fn ($text) => '<th>' . both(...$text) . '</th>', $heads)) . '</tr>';
    foreach ($orders as ['id' => $id, 'product' => $product, 'state' => $state, 'paid' => $paid, 'refunded' => $refunded]) {
        $cells = ["<a href=\"/orders/$id\">$id</a>", GOODS[$product]['name'], $state, won($paid), won($refunded)];
        $rows .= "<tr data-order=\"$id\" data-state=\"$state\" data-paid=\"$paid\" data-refunded=\"$refunded\"><td>"
            . implode('</td><td>', $cells) . '</td></tr>';
    }
    page('<main><h1>' . both('주문 목록', 'Orders') . "</h1><table>$rows</table></main>");
}

function order_page(array $order, string $status, ?string $checkout_url, array $refunds, ?array $notice, int $code): void
{
    ['id' => $id, 'state' => $state, 'paid' => $paid, 'refunded' => $refunded] = $order;
    $text = TEXTS[$status] ?? CHECKING;
    if ($state === 'needs_person') {
        $text = CHECKING;
    } elseif ($state === 'paying' && in_array($status, UNPAID, true)) {
        $text = ORDER_PAID; // by another payment: everything else that ended unpaid has opened the order again
    }
    $main = '<h1>' . GOODS[$order['product']]['name'] . ' ' . won($order['total']) . '</h1><p>' . both(...$notice ?? $text) . '</p>';
    if ($state === 'open') {
        $main .= "<form method=\"post\" action=\"/orders/$id/pay\"><button id=\"pay\">"
            . both('카카오페이로 결제', 'Pay with KakaoPay') . '</button></form>';
    }
    if ($state === 'paying' && $checkout_url !== null) {
        $main .= '<p><a id="checkout" href="' . htmlspecialchars($checkout_url) . '">' . both('결제 화면으로 가기', 'To the payment') . '</a></p>';
    }
    if ($paid) {
        $main .= '<p>' . both('결제', 'Paid') . ' ' . won($paid) . ', ' . both('환불', 'refunded') . ' ' . won($refunded) . '</p>';
    }
    if ($state === 'paid' && $refunded < $paid) { // for the staff alone: a real shop asks for their login here
        $main .= "<form method=\"post\" action=\"/orders/$id/refunds\"><input type=\"hidden\" name=\"refund\" value=\""
            . bin2hex(random_bytes(16)) . '"><label>' . both('환불할 금액, 비우면 남은 전부', 'Amount; empty is all that is left')
            . ' <input id="refund-amount" name="amount" inputmode="numeric" pattern="[1-9][0-9]*"></label> <button id="refund">'
            . both('환불', 'Refund') . '</button></form>';
    }
    foreach ($refunds as $one) {
        $main .= '<p data-refund="' . htmlspecialchars($one['id']) . "\" data-state=\"$one[state]\">"
            . ($one['amount'] === null ? '남은 전부' : won($one['amount'])) . ': ' . both(...REFUNDS[$one['state']]) . '</p>';
    }
    page("<main id=\"order\" data-order=\"$id\" data-state=\"$state\" data-status=\"" . htmlspecialchars($status)
        . "\" data-paid=\"$paid\" data-refunded=\"$refunded\">$main</main>", $code,
        $state === 'paying' && $text === CHECKING ? '<meta http-equiv="refresh" content="5">' : '');
}
