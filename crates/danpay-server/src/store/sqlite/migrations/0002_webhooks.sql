-- Where shops want to be told by webhook. Secrets are sealed with the master key.
create table webhook_endpoints (
    id          blob    not null primary key check (length(id) = 16),
    shop_id     blob    not null references shops (id),
    url         text    not null check (length(url) between 1 and 1000),
    description text    not null,
    -- The names of the events that it hears, as JSON; all, if it is null.
    events      text    check (json_valid(events)),
    secret      blob    not null,
    -- The secret before, with which messages are signed as well until then.
    old_secret  blob,
    old_secret_until integer,
    -- When it was replaced: a request for that may come twice.
    rotated_at  integer,
    -- Since when nothing has arrived that was tried.
    failing_since integer,
    disabled_at integer,
    disabled_why text check (disabled_why in ('by_hand', 'gone', 'failing')),
    created_at  integer not null,
    -- Counts its changes.
    version     integer not null check (version >= 1),
    check ((disabled_at is null) = (disabled_why is null)),
    check ((old_secret is null) = (old_secret_until is null)),
    constraint webhook_endpoints_url_once unique (shop_id, url)
) strict;

-- Events on their way to endpoints: born in the event's own transaction, one for each endpoint that hears it.
create table webhook_deliveries (
    shop_id     blob    not null,
    -- Of the time of the event.
    id          blob    not null check (length(id) = 16),
    endpoint_id blob    not null,
    -- The payment that the event is about; or the endpoint, of an event about one.
    subject_id  blob    not null,
    sequence    integer not null,
    event_id    blob    not null,
    type        text    not null,
    status      text    not null check (status in ('pending', 'delivered', 'failed', 'missed')),
    -- How many attempts have ended that count, and how often it was claimed.
    attempts    integer not null,
    claims      integer not null,
    in_flight_since integer,
    is_resend   integer not null check (is_resend in (0, 1)),
    refused_since integer,
    -- When it is tried next; 0 is at once.
    due_at      integer,
    -- The newest attempts, as JSON.
    log         text    not null,
    created_at  integer not null,
    primary key (shop_id, id),
    constraint webhook_deliveries_one_per_event unique (endpoint_id, subject_id, sequence)
) strict;

create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, id)
    where due_at is not null;
