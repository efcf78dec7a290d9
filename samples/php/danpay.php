<?php // What the shop is told by its environment, and danpay's API as far as this shop needs it.

declare(strict_types=1);

ini_set('display_errors', '0'); // to the log, and never to a customer
ini_set('log_errors', '1');

function required(string $name, callable $read): string
{
    $value = $read((string) getenv($name));
    if ($value === '' || $value === false) {
        error_log("$name is missing or broken. danpay has made it for this shop: see README.md.");
        http_response_code(500);
        exit(1);
    }
    return $value;
}

define('SHOP_URL', getenv('SHOP_URL') ?: 'http://127.0.0.1:' . (getenv('PORT') ?: '3000'));
define('DANPAY_URL', getenv('DANPAY_URL') ?: 'http://127.0.0.1:7701');
define('SHOP_DATABASE', getenv('SHOP_DATABASE') ?: __DIR__ . '/shop.db');
define('JOB_SECONDS', (float) (getenv('JOB_SECONDS') ?: 60));
define('API_KEY', required('DANPAY_API_KEY', fn ($value) => $value));
define('WEBHOOK_KEY', required('DANPAY_WEBHOOK_SECRET', fn ($value) => base64_decode(substr($value, strlen('whsec_')), true)));

/** The answer: a payment, or a problem with its `code`. `[]` is no answer, or none of danpay's: nothing is known. */
function ask(string $method, string $path, ?string $key = null, ?array $body = null): array
{
    $headers = ['Authorization: Bearer ' . API_KEY, 'Content-Type: application/json'];
    if ($key !== null) {
        $headers[] = "Idempotency-Key: $key";
    }
    $curl = curl_init(DANPAY_URL . $path);
    curl_setopt_array($curl, [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => $headers, CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 3, CURLOPT_TIMEOUT => 30]); // danpay answers within 25 s: who gives up earlier misses money
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode((object) $body, JSON_THROW_ON_ERROR)); // (object): `{}`, not `[]`
    }
    $answer = curl_exec($curl);
    $told = is_string($answer) ? json_decode($answer, true) : null;
    if (!is_array($told)) {
        error_log("$method $path: no answer (" . (curl_error($curl) ?: 'not JSON') . ')');
        return [];
    }
    if (!is_payment($told)) {
        error_log("$method $path: " . ($told['code'] ?? '') . ': ' . ($told['detail'] ?? '') . ' (' . ($told['request_id'] ?? '') . ')');
    }
    return $told;
}

function get(string $payment_id): array
{
    return ask('GET', '/v1/payments/' . rawurlencode($payment_id));
}

function is_payment(array $told): bool
{
    return ($told['object'] ?? null) === 'payment';
}

/** Standard Webhooks: whether danpay has signed this body, as it came, in the last five minutes. */
function is_signed(string $body): bool
{
    [$id, $time, $signatures] = array_map(fn ($name) => $_SERVER["HTTP_WEBHOOK_$name"] ?? '', ['ID', 'TIMESTAMP', 'SIGNATURE']);
    if ($id === '' || !ctype_digit($time) || abs(time() - (int) $time) > 300) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", WEBHOOK_KEY, true));
    foreach (explode(' ', $signatures) as $one) { // two while a secret is rotated
        if (hash_equals($expected, $one)) {
            return true;
        }
    }
    return false;
}
