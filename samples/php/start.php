<?php // The shop on your machine: the tables, PHP's own server, and the job. `php start.php` starts it.

declare(strict_types=1);

require __DIR__ . '/payments.php'; // ends here without the key or the secret

make_tables();
$words = [PHP_BINARY, '-d', 'display_errors=0', '-d', 'log_errors=1', '-S', '127.0.0.1:' . PORT, __DIR__ . '/router.php'];
// Workers: a request that waits for danpay holds up no other.
$server = proc_open($words, [], $pipes, null, ['PHP_CLI_SERVER_WORKERS' => '4'] + getenv());
pcntl_async_signals(true);
foreach ([SIGINT, SIGTERM] as $signal) {
    pcntl_signal($signal, function () use ($server) {
        proc_terminate($server, SIGINT); // SIGINT ends the workers as well
        exit(0);
    });
}
require __DIR__ . '/job.php';
