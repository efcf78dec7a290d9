//! Every limit of the server, with its reason.

use std::time::Duration;

use danpay_core::webhook;

use jiff::SignedDuration;

use crate::http::rate::Rate;

/// A request's body. The largest honest one, with full metadata, is below 50 KiB.
pub(crate) const BODY_BYTES: usize = 64 * 1024;

/// How deep a body is nested. Ours are nested twice; each level takes of the stack.
pub(crate) const JSON_DEPTH: usize = 32;

/// So many errors are told in one answer: more than a body of ours has members.
pub(crate) const ERRORS_TOLD: usize = 50;

/// So many of them as sentences in the problem's `detail`, which most programs log alone.
pub(crate) const ERRORS_IN_DETAIL: usize = 3;

/// So many characters of a value, or of a name that is not known, are repeated in an answer.
pub(crate) const VALUE_TOLD_CHARS: usize = 40;

/// Connections at once, at most: as many as payers come in a sale. For a further one an idle one gives
/// way. Where the system allows few open files there are fewer of them (`files.rs`).
pub(crate) const CONNECTIONS: usize = 8_192;

/// So few connections are worth a warning.
pub(crate) const CONNECTIONS_FEW: usize = 512;

/// Never fewer, however few files may be open: a load balancer's look, the shop and some payers.
pub(crate) const CONNECTIONS_MIN: usize = 8;

/// Files that the process has open whatever it does: its standard streams, the listeners, the lock
/// beside the database, what tokio waits on, and a connection that waits for another one's place.
/// These are 14; the rest is for what is open for a moment.
pub(crate) const FILES_OWN: usize = 18;

/// A connection to a SQLite database has its file, its log and the log's index open.
pub(crate) const FILES_OF_SQLITE: usize = 3;

/// Lookups at once, each with a connection of its own to KakaoPay: recovery makes 64, and payers who
/// come back unpaid some. Where there are few files, a third of those for calls.
pub(crate) const FILES_OF_LOOKUPS: usize = 80;

/// As many open files as are ever asked for: more than all settings together can use. Some systems
/// name no limit, and refuse one that is too high.
pub(crate) const FILES_MAX: u64 = 65_536;

/// How long a new connection may take for its first request's head: whoever connects has something to
/// ask. A browser that opened a connection in advance opens another one.
pub(crate) const FIRST_HEAD: Duration = Duration::from_secs(10);

/// How long a connection may say nothing between two requests: above the 60 s after which load
/// balancers close theirs. Where there is no room for others, it gives way before that.
pub(crate) const SILENCE: Duration = Duration::from_secs(75);

/// How long an answer waits for its reader to take some of it.
pub(crate) const UNREAD: Duration = Duration::from_secs(10);

/// How long one answer may take to be read to its end, however little its reader takes at a time: a file of
/// some gigabytes over a slow line.
pub(crate) const ANSWER_READ: Duration = Duration::from_hours(1);

/// Connections at once of whoever watches the server, at its own door.
pub(crate) const WATCHERS: usize = 32;

/// Pause before accepting again after `accept` fails.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A whole request, from its first byte to the answer's: longer than KakaoPay's own 11 s and our
/// 15 s time-out, so that it never cuts off a call that could still be answered.
pub(crate) const REQUEST: Duration = Duration::from_secs(25);

/// How long the payer's browser is kept waiting for an approval before it is shown the waiting
/// page; the approval goes on meanwhile.
pub(crate) const PAYER_WAITS: Duration = Duration::from_secs(4);

/// Above so many calls to approve and cancel that wait or are under way it is less,
pub(crate) const CROWD: u32 = 256;

/// but never less than this: most approvals are answered by then, and the page asks again by itself.
pub(crate) const PAYER_WAITS_MIN: Duration = Duration::from_millis(500);

/// How long the shop's approve and cancel wait for KakaoPay: our whole time-out for the call, and
/// a bit.
pub(crate) const SHOP_WAITS: Duration = Duration::from_secs(17);

/// For how long a shop is known as it was read: an operator's change takes effect within this time.
pub(crate) const SHOPS_LAST: SignedDuration = SignedDuration::from_secs(3);

/// For how long an API key is known as it was read: a revoked one is refused within this time.
pub(crate) const KEYS_KNOWN: SignedDuration = SignedDuration::from_secs(3);

/// API keys that are known at once; so many are used by nobody in three seconds.
pub(crate) const KEYS_KNOWN_MAX: usize = 10_000;

/// When a payment is due again for whose contract no lookup was left.
pub(crate) const LOOKUP_PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// The waiting page asks again after this many seconds.
pub(crate) const PAYER_ASKS_AGAIN_S: u32 = 2;

/// `Retry-After` of an approve or a cancel whose outcome is not known yet.
pub(crate) const SHOP_ASKS_AGAIN_S: u32 = 2;

/// What browsers and proxies keep a page of the documentation for: it changes with danpay's version alone.
pub(crate) const DOCS_KEPT_S: u32 = 3600;

/// A visitor can cause one lookup of a payment in this time.
pub(crate) const LOOKUP_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// Calls to ready, approve and cancel under way at once, to one account of KakaoPay's, unless set
/// otherwise: at most. How many there are is found out (`gateway/pace.rs`).
pub(crate) const CALLS_MAX: u32 = 2_048;

/// The least that can be set: what is made in any case, so that payers are served while KakaoPay hangs.
pub(crate) const CALLS_MAX_LEAST: u32 = 64;

/// Lookups in a second of quiet times, unless set otherwise: what recovery needs after a restart.
pub(crate) const LOOKUPS_PER_SECOND: u32 = 20;

/// Lookups in a second while many payments wait for theirs, unless set otherwise: 50,000 payments in five
/// minutes.
pub(crate) const LOOKUPS_PER_SECOND_MAX: u32 = 200;

/// Lookups on a day in Korea, unless set otherwise, after which there are no more than in quiet times. A
/// guess: KakaoPay's documents know a quota a day and do not say how large it is.
pub(crate) const LOOKUPS_PER_DAY: u32 = 100_000;

/// The most that can be set: more connections a process has not.
pub(crate) const CALLS_MAX_MOST: u32 = 16_384;

/// Payments that wait to be made ready; a further one is told at once to come again.
pub(crate) const READY_QUEUE: usize = 4_096;

/// How long one waits, at most: in a sale shops would rather wait than be told to come again, and their
/// own time-outs are longer than that.
pub(crate) const READY_WAITS: SignedDuration = SignedDuration::from_secs(8);

/// At most so long is KakaoPay left alone, whatever it says.
pub(crate) const REST_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A difference of KakaoPay's clock from ours that is worth a warning.
pub(crate) const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(2);

/// It is logged once in this time.
pub(crate) const CLOCK_TOLD_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How long an alert may take to be delivered.
pub(crate) const ALERT_TAKES: Duration = Duration::from_secs(5);

/// How long a server that stops tells what is not told yet.
pub(crate) const ALERTS_END: Duration = Duration::from_secs(1);

/// One of a kind in this time.
pub(crate) const ALERT_INTERVAL: Duration = Duration::from_mins(10);

/// One that was not delivered is sent again after this time.
pub(crate) const ALERT_TRIED_AGAIN: Duration = Duration::from_mins(1);

/// A webhook's whole exchange, with the answer's body: a receiver may do its work before it answers.
pub(crate) const WEBHOOK_TAKES: Duration = webhook::EXCHANGE.unsigned_abs();

/// How long of that it may take until there is a connection, by name resolution, TCP and TLS.
pub(crate) const WEBHOOK_CONNECTS: Duration = Duration::from_secs(10);

/// How long a receiver's name may take to be resolved while a shop waits that its URL is taken.
pub(crate) const WEBHOOK_NAME_TAKES: Duration = Duration::from_secs(5);

/// A receiver's URL.
pub(crate) const WEBHOOK_URL_CHARS: usize = 1_000;

/// So much of a receiver's answer is read: nothing in it is needed.
pub(crate) const WEBHOOK_ANSWER_BYTES: usize = 64 * 1024;

/// So much of it is kept, for whoever looks for the receiver's mistake.
pub(crate) const WEBHOOK_EXCERPT_BYTES: usize = 1024;

/// So much is told of a call's failure: a certificate's complaint may have every name of the certificate.
pub(crate) const WEBHOOK_FAILURE_BYTES: usize = 300;

/// The longest `Retry-After` of a receiver's that is believed.
pub(crate) const WEBHOOK_RETRY_AFTER_MAX: Duration = webhook::RETRY_AFTER_MAX.unsigned_abs();

/// Connections to one receiver that are kept for its next message,
pub(crate) const WEBHOOK_IDLE_CONNECTIONS: usize = 16;

/// and for how long: less than most servers keep theirs, so that few are closed under a message.
pub(crate) const WEBHOOK_IDLE: Duration = Duration::from_secs(15);

/// Entries of `webhook_networks`: each address is held against them.
pub(crate) const WEBHOOK_NETWORKS: usize = 64;

/// Their characters together.
pub(crate) const WEBHOOK_NETWORKS_CHARS: usize = 4_096;

/// The same trouble with our own key or merchant code is logged once in this time.
pub(crate) const COMPLAINT_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// Files of keys are read again at most once in this time.
pub(crate) const KEY_READ_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// So long after a payment's last call its payer's page may ask that it is looked up before others: until
/// then KakaoPay's answer to the call itself is waited for.
pub(crate) const LOOK_FIRST_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// How many payments recovery looks up at once: 200 a second where an answer takes 300 ms.
pub(crate) const RECOVERED_AT_ONCE: usize = 64;

/// So many of these may be under way still when recovery takes further ones: each time is a commit.
pub(crate) const RECOVERED_BEFORE: usize = 32;

/// Recovery takes by turns those that became due last, as a payer waits for them, and a share of this of
/// those that are due for longest.
pub(crate) const RECOVERY_OF_OLDEST: u32 = 4;

/// How long recovery waits when no lookup is left: a part of the second that they are counted by.
pub(crate) const RECOVERY_PAUSE: Duration = Duration::from_millis(100);

/// So many payments that wait for their lookup are many: more than the pace of quiet times makes in a
/// quarter of a minute.
pub(crate) const MANY_WAITING: u64 = 300;

/// How often they are counted while there are more than are taken at once.
pub(crate) const WAITING_COUNTED: SignedDuration = SignedDuration::from_secs(2);

/// How often it is logged how many there are.
pub(crate) const WAITING_TOLD: SignedDuration = SignedDuration::from_secs(30);

/// They are counted up to here: some milliseconds.
pub(crate) const WAITING_MAX: u32 = 1_000_000;

/// For how long recovery has a payment to itself: two calls of at most 15 s, and slack.
pub(crate) const RECOVERY_LEASE: SignedDuration = SignedDuration::from_secs(45);

/// How often a sandbox elsewhere is asked for its time, where payments follow its clock: a test that moves it waits
/// for no more than this, and recovery's own look.
pub(crate) const TEST_CLOCK_LOOKS: Duration = Duration::from_millis(500);

/// How long its answer may take.
pub(crate) const TEST_CLOCK_TAKES: Duration = Duration::from_secs(2);

/// How long it is waited for at the start, when it may be starting as well.
pub(crate) const TEST_CLOCK_BEGINS: Duration = Duration::from_secs(5);

/// What it says is shorter than 100 bytes.
pub(crate) const TEST_CLOCK_BYTES: usize = 4 * 1024;

/// Recovery asks the database this often whether a payment is due, and the sequencer whether an event waits:
/// one read of an index.
pub(crate) const WORKER_IDLE: Duration = Duration::from_secs(1);

/// Events that get their positions in one transaction: some milliseconds, for which SQLite's other
/// writes wait.
pub(crate) const SEQUENCE_BATCH: u32 = 200;

/// For how long the sequencer's work is one server's: if that one dies, events wait so long.
pub(crate) const SEQUENCE_LEASE: SignedDuration = SignedDuration::from_secs(10);

/// How long a worker rests that has panicked: what it stumbled over may still be there.
pub(crate) const WORKER_PAUSE: Duration = Duration::from_secs(1);

/// Calls to one webhook endpoint under way at once, by each server.
pub(crate) const DELIVERIES_OF_ENDPOINT: u32 = 16;

/// While an endpoint fails, so few: one that hangs takes no more room from others.
pub(crate) const DELIVERIES_OF_FAILING: u32 = 2;

/// Calls to all webhook endpoints under way at once, by each server.
pub(crate) const DELIVERIES: u32 = 512;

/// Where few files may be open, one in so many is for a webhook.
pub(crate) const FILES_PER_DELIVERY: usize = 16;

/// Between two looks for webhooks that are due, while some are: what comes meanwhile is claimed together.
pub(crate) const DELIVERIES_PAUSE: Duration = Duration::from_millis(20);

/// So many deliveries go, or are sent once more, in one transaction: a fraction of a second.
pub(crate) const DELIVERIES_BATCH: u32 = 500;

/// Deliveries on a page are sought among so many, full or not: some ten milliseconds.
pub(crate) const DELIVERIES_PASSED: u32 = 5_000;

/// How long deliveries are kept, unless set otherwise, in days.
pub(crate) const DELIVERIES_DAYS: u32 = 90;

/// The shortest that can be set: longer than a delivery is tried.
pub(crate) const DELIVERIES_DAYS_MIN: u32 = 4;

/// The longest that can be set: ten years.
pub(crate) const DELIVERIES_DAYS_MAX: u32 = 3_653;

/// Webhook endpoints of one shop.
pub(crate) const ENDPOINTS_OF_SHOP: usize = 16;

/// An endpoint's secret is shown again to whoever repeats the request that made it, or rotated it, for so
/// long: an answer may be lost.
pub(crate) const SECRET_SHOWN_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// For how long the secret before signs as well, at most.
pub(crate) const OLD_SECRET_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A webhook's body, in bytes.
pub(crate) const WEBHOOK_BYTES: usize = 64 * 1024;

/// So many of a payment's cancellations are in a webhook, the newest.
pub(crate) const WEBHOOK_CANCELLATIONS: usize = 50;

/// After a SIGTERM, approvals under way have this long; what is left is recovered after the
/// restart.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(9);

/// How long a server that shares its database goes on taking connections after it has begun to say
/// that it is not ready, unless set otherwise: load balancers look every few seconds.
pub(crate) const DRAIN_S: u32 = 5;

/// At most so long: whatever stops processes does not wait for ever.
pub(crate) const DRAIN_MAX_S: u32 = 300;

/// Payments, or events, on a page of a list, unless the shop asks for another number.
pub(crate) const PAGE: u32 = 20;

/// At most so many: about 150 KiB of JSON.
pub(crate) const PAGE_MAX: u32 = 100;

/// Rows of a file that are read at once, and that a slow reader makes us keep: about 200 KiB.
pub(crate) const EXPORT_PAGE: u32 = 200;

/// Files that are read by one shop at once, from each server: each keeps a part of a processor busy.
pub(crate) const EXPORTS_OF_SHOP: u32 = 2;

/// The same of all shops: a file has one reader of the database while a page is read.
pub(crate) const EXPORTS: u32 = 8;

/// How long a file may take to come to its end once the server stops: less than [`SHUTDOWN`], so that what is
/// broken off is so in time.
pub(crate) const EXPORT_ENDS: Duration = Duration::from_secs(5);

/// How long a shop that follows its events may wait for the next one, at most: within the limit of a
/// request, and shorter than proxies wait for an answer.
pub(crate) const FOLLOWER_WAITS_S: u32 = 20;

/// So many requests wait for one shop's next event at once; a further one is answered without waiting.
pub(crate) const FOLLOWERS: usize = 32;

/// How often whoever waits looks, since other servers commit too: one read of an index.
pub(crate) const FOLLOWER_LOOKS: Duration = Duration::from_secs(1);

/// Recorded changes read at once: most payments have fewer than ten in all.
pub(crate) const EVENTS_READ: u32 = 100;

/// After so many recorded changes a page of events ends, full or not: shops are not told of each.
pub(crate) const EVENTS_PASSED: u32 = 1_000;

/// After so many payments a page of a filtered list ends, full or not: some ten milliseconds, where the
/// filter leaves nothing.
pub(crate) const PAYMENTS_PASSED: u32 = 10_000;

/// An `Idempotency-Key`.
pub(crate) const IDEMPOTENCY_KEY_CHARS: usize = 255;

/// How long a key is known. A cancellation keeps its own for as long as it exists.
pub(crate) const KEYS_LAST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many keys go in one transaction: a fraction of a second.
pub(crate) const KEYS_BATCH: u32 = 1_000;

/// How long the sum of a day's refunds is kept: a refund may fail so much later, and goes out of the sum of
/// its own day then.
pub(crate) const REFUND_DAYS_LAST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a server is known by its probe of the database.
pub(crate) const PROBES_LAST: SignedDuration = SignedDuration::from_hours(24);

/// For how long a probe that succeeded speaks for what comes after it: whoever watches a server may ask as
/// often as it likes.
pub(crate) const PROBE_LASTS: Duration = Duration::from_secs(1);

/// How long a probe may take: who waits longer for a commit is not served.
pub(crate) const PROBE_WAITS: Duration = Duration::from_secs(3);

/// How often maintenance runs: it removes old keys, and creates event partitions for the next two
/// months.
pub(crate) const MAINTENANCE: Duration = Duration::from_hours(1);

/// The same by a clock that tests move.
pub(crate) const MAINTENANCE_MOVED: SignedDuration = SignedDuration::from_hours(1);

/// Connections to PostgreSQL, unless it is set otherwise. Each is a process there and works on one statement at a time: a few
/// for each of its processors keep it busy, more only make it slower.
pub(crate) const DATABASE_CONNECTIONS: u32 = 16;

/// How long a statement waits for a free connection: the payer waits 4 s for all of it.
pub(crate) const DATABASE_TURN: Duration = Duration::from_secs(3);

/// How many changes of payments one statement writes at most: enough to share its cost, few enough to be
/// quick.
pub(crate) const DATABASE_GROUP: usize = 64;

/// How many statements that write a shop's changes of one kind are under way at once: one is read by the
/// database while another one's commit is flushed. What comes meanwhile goes together with the next one.
pub(crate) const DATABASE_GROUPS: usize = 2;

/// How long making a connection may take, on each of the addresses given.
pub(crate) const DATABASE_CONNECT: Duration = Duration::from_secs(3);

/// A statement takes a few milliseconds; one that takes this long would come too late for whoever
/// waits for it, so PostgreSQL gives it up.
pub(crate) const DATABASE_STATEMENT: Duration = Duration::from_secs(5);

/// How long a statement waits for a row that another one has: less than the whole statement, so
/// that the log says what it was that took so long.
pub(crate) const DATABASE_LOCK: Duration = Duration::from_secs(2);

/// How long we wait for a statement's answer: PostgreSQL's own limit, and the way there and back.
/// After this the connection is given up, since whoever is at its other end may be gone.
pub(crate) const DATABASE_ANSWER: Duration = Duration::from_secs(7);

/// After this long without a word, a connection is asked whether the other end is still there.
pub(crate) const DATABASE_SILENCE: Duration = Duration::from_secs(15);

/// How long a server waits at its start for another that brings the tables up to date, and how
/// long that may take: an index of a hundred million rows takes minutes.
pub(crate) const DATABASE_MIGRATION: Duration = Duration::from_mins(10);

/// The file of the master keys: some ninety keys, far more than are ever rotated.
pub(crate) const MASTER_KEY_FILE_BYTES: usize = 8 * 1024;

/// What each API key is let do at the shop's door: no honest shop makes 250 payments a second with one
/// key, asking after each, and a script that reads everything is told to slow down.
pub(crate) const RATE_PER_KEY: Rate = Rate {
    per_second: 500,
    burst: 1_000,
};

/// What each address is let do there without a key that opened it lately: a shop needs one request.
pub(crate) const RATE_PER_ADDRESS: Rate = Rate {
    per_second: 50,
    burst: 200,
};

/// The highest rate and burst that can be set: above what a process can answer.
pub(crate) const RATE_MAX: u32 = 1_000_000;

/// How many keys, and how many addresses, have an allowance of their own: about a megabyte.
pub(crate) const COMERS: usize = 10_000;

/// For so long a key that opened the door is let look again before its address pays for it.
pub(crate) const COMER_KNOWN_S: i64 = 60;

/// Addresses of `X-Forwarded-For` that are read: far more than proxies stand behind each other.
pub(crate) const FORWARDED_HOPS: usize = 16;
