//! The times of deliveries, with their reasons.

use jiff::{SignedDuration, Timestamp};

use crate::timing::{Jitter, after};

/// A whole exchange with a receiver, from the look-up of its name to the last byte of its answer.
pub const EXCHANGE: SignedDuration = SignedDuration::from_secs(20);

/// A call whose claim is older than this is not made: it would last longer than its lease.
pub const CLAIM_HOLDS: SignedDuration = SignedDuration::from_secs(5);

/// For how long a claimed delivery is nobody else's: a claim as old as it may be, the exchange, and slack to
/// record it.
pub const LEASE: SignedDuration = SignedDuration::from_secs(40);

/// A delivery waits no longer than this for the one before it, from when that one was refused first. Else a
/// `ready` that a shop refuses would hold up the `approved` for days.
pub const WAITS_FOR_PREDECESSOR: SignedDuration = SignedDuration::from_mins(5);

/// While the one before it is in flight, it is looked for so often.
pub(super) const LOOKS_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// What cannot be tried for a reason of our own (a key, the database) is tried again so much later.
pub(super) const OWN_TROUBLE: SignedDuration = SignedDuration::from_secs(15);

/// No receiver's `Retry-After` is believed beyond this.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);

/// An endpoint that has failed for so long, without a success, is disabled.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// After a failed attempt, the next one is made about so much later. There are none after the last wait.
const WAITS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];

/// How often a delivery is tried, in about three days: at once, and after each of the waits.
pub const ATTEMPTS: u32 = 10;

/// When it is tried again after so many attempts, the last of which has failed now; never, if that was the
/// last. Up to a tenth later than the wait, so that what failed together is not tried together.
pub(super) fn next(
    attempts: u32,
    now: Timestamp,
    retry_after: Option<SignedDuration>,
    jitter: Jitter,
) -> Option<Timestamp> {
    let failed = attempts.checked_sub(1)?;
    let wait = *WAITS.get(usize::try_from(failed).ok()?)?;
    let wait = wait + jitter.of(wait / 10);
    let told = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    Some(after(now, wait.max(told)))
}
