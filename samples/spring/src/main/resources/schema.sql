create table if not exists orders (
  id varchar(64) primary key,
  product varchar(64) not null,
  total bigint not null,
  state varchar(16) not null,          -- open, paying, paid, needs_person
  status varchar(64),                  -- danpay's word for the last payment, as it was told last
  pay_key varchar(64),                 -- the Idempotency-Key of the attempt that is under way
  payment_id varchar(64),              -- the payment of that attempt, or the one that paid
  sequence bigint default 0 not null,  -- the largest one of the attempt that was booked, whoever told it
  reserved boolean default false not null,
  paid bigint default 0 not null,
  refunded bigint default 0 not null
);
create table if not exists refunds (
  id varchar(64) primary key,          -- of the decision; the Idempotency-Key
  order_id varchar(64) not null references orders,
  amount bigint,                       -- null: all that is left
  expected_left bigint,                -- what the desk saw
  state varchar(16) not null           -- pending, done, failed
);
create table if not exists webhooks (
  id varchar(64) primary key           -- webhook-id
);
create table if not exists stock (
  product varchar(64) primary key,
  remaining bigint not null
);
insert into stock select 'limited', 2 where not exists (select 1 from stock where product = 'limited');
