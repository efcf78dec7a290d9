<?php // The job, each JOB_SECONDS: whatever was missed. `php start.php` runs it; elsewhere `php job.php` is a service of its own.

declare(strict_types=1);

require_once __DIR__ . '/payments.php';

while (!isset($server) || proc_get_status($server)['running']) {
    usleep((int) (JOB_SECONDS * 1_000_000));
    catch_up();
}
