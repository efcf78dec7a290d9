<?php // The job, each JOB_SECONDS: whatever was missed. `php job.php` runs it, beside the server.

declare(strict_types=1);

require __DIR__ . '/payments.php';

while (true) {
    usleep((int) (JOB_SECONDS * 1_000_000));
    try {
        catch_up();
    } catch (Throwable $error) { // the next round begins anew
        error_log("the job: $error");
    }
}
