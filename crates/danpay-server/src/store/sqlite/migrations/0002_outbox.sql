-- What waits to be told to the shop: one row for each event, born in the event's own transaction.
-- Whoever has told it takes the row away.
create table outbox (
    event_id    blob    not null primary key references events (id),
    payment_id  blob    not null references payments (id),
    sequence    integer not null,
    created_at  integer not null,
    constraint outbox_in_order unique (payment_id, sequence)
) strict;

alter table events add column review text;

-- What has happened is never rewritten.
create trigger events_append_only before update on events
begin
    select raise(abort, 'constraint: events are append-only');
end;

-- A shop looks its payments up by its own order number.
create index payments_by_order on payments (order_id, id);
