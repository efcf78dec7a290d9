<?php // What customers and the desk read: Korean first, English beside it. No script, nothing from elsewhere.

declare(strict_types=1);

const CHECKING = ['결제를 확인하고 있습니다. 다시 결제하지 마세요.', 'Checking your payment. Please do not pay again.'];
const NOT_OPENED = ['결제 화면을 열지 못했습니다. 잠시 후 다시 눌러 주세요.',
    'The payment page could not be opened. Please press again in a moment.'];
const NOT_CHARGED = ['이번에는 결제되지 않았습니다. 다시 결제할 수 있습니다.', 'You were not charged this time. You can pay again.'];
const TEXTS = ['none' => ['주문했습니다. 아직 결제하지 않았습니다.', 'Your order is placed. It is not paid yet.'],
    'ready' => ['아직 결제되지 않았습니다.', 'You have not been charged yet.'], 'quit' => NOT_CHARGED, 'failed' => NOT_CHARGED, 'expired' => NOT_CHARGED,
    'withdrawn' => ['품절되어 결제하지 않았습니다.', 'It is sold out, so you were not charged.'],
    'approved' => ['결제가 완료되었습니다.', 'You have paid.'], 'partially_canceled' => ['일부 취소되었습니다.', 'Partly canceled.'],
    'canceled' => ['결제가 취소되었습니다.', 'The payment was canceled.']];
const NEEDS_PERSON = ['주문을 확인하고 있습니다. 곧 연락드리겠습니다.', 'We are looking at your order and will contact you.'];
const ORDER_PAID = ['이미 결제된 주문입니다.', 'This order is paid already.'];
const REFUNDS = ['pending' => ['환불을 확인하고 있습니다. 끝나면 알려 드리겠습니다.', 'Checking your refund. We will tell you when it is done.'],
    'failed' => ['이번 요청으로는 환불되지 않았습니다. 확인한 뒤 알려 드리겠습니다.',
        'Nothing was refunded by this request. We will look at it and tell you.'],
    'done' => ['환불되었습니다.', 'Refunded.']];
const STYLE = <<<'CSS'
body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:auto;padding:1rem;overflow-wrap:anywhere;word-break:keep-all}
[lang=en]{color:#595959;font-size:.875em}td,th{text-align:left;padding:.25rem}th,b{overflow-wrap:normal}b{white-space:nowrap}
button,input{font:inherit;padding:.5rem .75rem;max-width:100%;box-sizing:border-box}
CSS;

function both(string $korean, string $english): string
{
    return "$korean <span lang=\"en\">$english</span>";
}

function won(int $amount): string
{
    return '<b>' . number_format($amount) . '원</b>';
}

function page(array $title, string $main, int $code = 200): void
{
    http_response_code($code); ?>
<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title><?= $title[0] ?></title><style><?= STYLE ?></style></head>
<body><h1><?= both(...$title) ?></h1><?= $main ?>
<p><a href="/"><?= both('가게', 'Shop') ?></a> · <a href="/orders"><?= both('주문 목록', 'Orders') ?></a></p></body></html>
<?php
}

function goods_page(): void
{
    $main = '';
    foreach (GOODS as $name => ['name' => $korean, 'english' => $english, 'price' => $price]) {
        $main .= '<form method="post" action="/orders"><p>' . both($korean, $english) . ' ' . won($price)
            . "<input type=\"hidden\" name=\"product\" value=\"$name\"> <button id=\"buy-$name\">" . both('주문하기', 'Order')
            . '</button></p></form>';
    }
    page(['초코파이 가게', 'Choco pie shop'], "<main>$main</main>");
}

function desk_page(array $orders): void
{
    $heads = [['주문', 'Order'], ['상태', 'State'], ['결제', 'Paid'], ['환불', 'Refunded']];
    $rows = '<tr>' . implode(array_map(fn ($text) => '<th>' . both(...$text) . '</th>', $heads)) . '</tr>';
    foreach ($orders as ['id' => $id, 'state' => $state, 'paid' => $paid, 'refunded' => $refunded]) {
        $cells = ["<a href=\"/orders/$id\">$id</a>", $state, won($paid), won($refunded)];
        $rows .= "<tr data-order=\"$id\" data-state=\"$state\" data-paid=\"$paid\" data-refunded=\"$refunded\"><td>"
            . implode('</td><td>', $cells) . '</td></tr>';
    }
    page(['주문 목록', 'Orders'], "<main><table>$rows</table></main>");
}

function order_page(array $order, string $status, ?string $checkout_url, array $refunds, ?array $notice, int $code): void
{
    ['id' => $id, 'state' => $state, 'paid' => $paid, 'refunded' => $refunded] = $order;
    ['name' => $korean, 'english' => $english] = GOODS[$order['product']];
    $text = TEXTS[$status] ?? CHECKING;
    if ($state === 'needs_person') {
        $text = NEEDS_PERSON;
    } elseif ($state === 'paying' && in_array($status, UNPAID, true)) {
        $text = ORDER_PAID; // by another payment: everything else that ended unpaid has opened the order again
    }
    $main = "<p>$id</p><p>" . both($korean, $english) . ' ' . won($order['total']) . '</p><p role="status">'
        . both(...$notice ?? $text) . '</p>';
    if ($state === 'open') {
        $main .= "<form method=\"post\" action=\"/orders/$id/pay\"><button id=\"pay\">"
            . both('카카오페이로 결제', 'Pay with KakaoPay') . '</button></form>';
    }
    if ($state === 'paying' && $checkout_url !== null) {
        $main .= '<p><a id="checkout" href="' . htmlspecialchars($checkout_url) . '">' . both('결제 계속하기', 'Go on paying') . '</a></p>';
    }
    if ($refunded < $paid) { // for the staff alone: a real shop asks for their login here
        $main .= "<form method=\"post\" action=\"/orders/$id/refunds\"><input type=\"hidden\" name=\"refund\" value=\""
            . uuid() . '"><input type="hidden" name="expected_left" value="' . ($paid - $refunded) . '"><label>' . both('환불 금액 (비우면 남은 전액)', 'Refund (empty: all that is left)')
            . ' <input id="refund-amount" name="amount" inputmode="numeric" pattern="[1-9][0-9]*"></label> <button id="refund">'
            . both('환불', 'Refund') . '</button></form>';
    }
    $items = '';
    foreach ($refunds as $one) {
        $items .= "<li data-refund=\"$one[state]\">" . ($one['amount'] === null ? '' : won($one['amount'])) . ' '
            . both(...REFUNDS[$one['state']]) . '</li>';
    }
    page(['주문', 'Order'], "<main id=\"order\" data-order=\"$id\" data-state=\"$state\" data-status=\"" . htmlspecialchars($status)
        . "\" data-paid=\"$paid\" data-refunded=\"$refunded\">$main<ul>$items</ul></main>", $code);
}
