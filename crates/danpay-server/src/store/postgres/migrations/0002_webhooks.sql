-- Where shops want to be told by webhook. Secrets are sealed with the master key.
create table webhook_endpoints (
    id          uuid    not null primary key,
    shop_id     uuid    not null references shops (id),
    url         text    not null constraint webhook_endpoints_url_length
                        check (length(url) between 1 and 1000),
    description text    not null,
    -- The names of the events that it hears, as JSON; all, if it is null.
    events      text,
    secret      bytea   not null,
    -- The secret before, with which messages are signed as well until then.
    old_secret  bytea,
    old_secret_until timestamptz,
    -- When it was replaced: a request for that may come twice.
    rotated_at  timestamptz,
    -- Since when nothing has arrived that was tried.
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_why text constraint webhook_endpoints_why_is_known
                        check (disabled_why in ('by_hand', 'gone', 'failing')),
    created_at  timestamptz not null,
    -- Counts its changes.
    version     integer not null constraint webhook_endpoints_version_counts check (version >= 1),
    constraint webhook_endpoints_disabled check ((disabled_at is null) = (disabled_why is null)),
    constraint webhook_endpoints_old_secret check (
        (old_secret is null) = (old_secret_until is null)),
    constraint webhook_endpoints_url_once unique (shop_id, url)
)
with (fillfactor = 50);

-- Events on their way to endpoints: born in the event's own statement, one for each endpoint that hears it.
-- No foreign key: an endpoint may go while they are on their way.
create table webhook_deliveries (
    shop_id     uuid    not null,
    -- Of the time of the event.
    id          uuid    not null,
    endpoint_id uuid    not null,
    -- The payment that the event is about; or the endpoint, of an event about one.
    subject_id  uuid    not null,
    sequence    integer not null,
    event_id    uuid    not null,
    type        text    not null,
    status      text    not null constraint webhook_deliveries_status_is_known
                        check (status in ('pending', 'delivered', 'failed', 'missed')),
    -- How many attempts have ended that count, and how often it was claimed.
    attempts    integer not null,
    claims      integer not null,
    in_flight_since timestamptz,
    is_resend   boolean not null,
    refused_since timestamptz,
    -- When it is tried next; the epoch is at once.
    due_at      timestamptz,
    -- The newest attempts, as JSON.
    log         json    not null,
    created_at  timestamptz not null,
    constraint webhook_deliveries_once primary key (shop_id, id),
    constraint webhook_deliveries_one_per_event unique (endpoint_id, subject_id, sequence)
)
with (autovacuum_vacuum_scale_factor = 0.02,
      autovacuum_vacuum_insert_scale_factor = 0.05);

create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, id)
    where due_at is not null;
-- Old ones go; they were added in the order of their time.
create index webhook_deliveries_by_age on webhook_deliveries using brin (created_at);
