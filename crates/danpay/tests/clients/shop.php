<?php
// A shop by the client for PHP that openapi-generator makes: it buys, cancels, and takes what it does not know.

declare(strict_types=1);

use Danpay\Api\PaymentsApi;
use Danpay\ApiException;
use Danpay\Configuration;
use Danpay\Model\CancelAmount;
use Danpay\Model\NewAmount;
use Danpay\Model\NewCancellation;
use Danpay\Model\NewPayment;
use Danpay\Model\Payment;
use GuzzleHttp\Client;

const PATIENCE_S = 30;

// What PHP warns of is a fault of the client's.
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

/** An assert() of PHP's may be switched off. */
function check(bool $holds, string $what = 'that is not what was to be'): void
{
    if (!$holds) {
        throw new LogicException($what);
    }
}

require '/usr/share/php/GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    require __DIR__ . '/client/lib/' . str_replace('\\', '/', substr($class, strlen('Danpay\\'))) . '.php';
});

function client(string $url): PaymentsApi
{
    $settings = (new Configuration())->setHost($url)->setAccessToken(getenv('DANPAY_API_KEY'));
    return new PaymentsApi(new Client(), $settings);
}

/** The payer, played by the sandbox. */
function pays(Payment $payment): void
{
    $payer = ['tid' => $payment->getTid(), 'script' => 'pays_by_card', 'follow' => true];
    (new Client())->post(getenv('SANDBOX_URL') . '/_sandbox/payer', ['json' => $payer]);
}

function until_approved(PaymentsApi $payments, Payment $payment): void
{
    $deadline = microtime(true) + PATIENCE_S;
    while ($payments->getPayment($payment->getId())->getStatus() !== 'approved') {
        check(microtime(true) < $deadline, 'it is never approved');
        usleep(20_000);
    }
}

// Every file of the client is PHP.
foreach (glob(__DIR__ . '/client/lib/{,*/}*.php', GLOB_BRACE) as $file) {
    require_once $file;
}

$payments = client(getenv('DANPAY_URL'));
$order = new NewPayment([
    'order_id' => 'order-1',
    'user_id' => 'member-1',
    'item_name' => '초코파이',
    'amount' => new NewAmount(['total' => 2200]),
    'approval' => NewPayment::APPROVAL_AUTOMATIC,
    'metadata' => ['coupon' => '가을'],
]);
$payment = $payments->createPayment($order, 'order-1-attempt-1');
check($payment->getStatus() === 'ready' && $payment->getMetadata() === ['coupon' => '가을']);
check($payment->getCardInfo() === null && $payment->getApprovedAt() === null);
check($payments->createPayment($order, 'order-1-attempt-1')->getId() === $payment->getId());
pays($payment);
until_approved($payments, $payment);

$id = $payment->getId();
$part = new NewCancellation([
    'amount' => new CancelAmount(['total' => 1100]),
    'expected_left' => 2200,
    'reason' => '품절',
]);
$canceled = $payments->cancelPayment($id, 'refund-1', $part);
check($canceled->getStatus() === 'partially_canceled' && $canceled->getCanceledAmount()->getTotal() === 1100);
$canceled = $payments->cancelPayment($id, 'refund-2', new NewCancellation());
check($canceled->getStatus() === 'canceled' && count($canceled->getCancellations()) === 2);
check($canceled->getCardInfo()->getBin() !== null && $canceled->getApprovedAt() instanceof DateTime);

$listed = $payments->listPayments(limit: 1, order_id: 'order-1', status: 'canceled');
check(count($listed->getData()) === 1 && $listed->getData()[0]->getId() === $id);
check($listed->getNextCursor() === null);
try {
    $payments->cancelPayment($id, 'refund-3', new NewCancellation());
    check(false, 'there is nothing left to cancel');
} catch (ApiException $refused) {
    $problem = $refused->getResponseObject();
    check($refused->getCode() === 409 && $problem->getCode() === 'wrong_status' && $problem->getDetailKo() !== '');
}

$newer = client(getenv('NEWER_URL'))->getPayment($id);
check($newer->getStatus() === 'added_later' && $newer->getApproval() === 'added_later');
check($newer->getPaymentMethodType() === 'added_later' && $newer->getAmount()->getTotal() === 2200);
check($newer->getCancellations()[0]->getStatus() === 'added_later');
