//! What servers keep of themselves.

use tokio_postgres::types::Type;

use super::{Query, Task};

query!(ADD_SERVER_KEY Write (TEXT, BYTEA) "
insert into server_keys (name, key) values ($1, $2) on conflict (name) do nothing");

query!(SERVER_KEY Read (TEXT) "select key from server_keys where name = $1");

query!(NEWEST_RESTORED Read () "select newest_at from restored");

query!(MARK_RESTORED Write (TIMESTAMPTZ) "
insert into restored (only_one, newest_at)
values (true, coalesce((select created_at from payments order by id desc limit 1), $1))
on conflict (only_one) do nothing");

query!(CLEAR_RESTORED Write () "delete from restored");

// A standby, and a server that has been told to take no writes, answer but cannot be written.
query!(PROBE Write (UUID, TIMESTAMPTZ) "
insert into server_probes (server, at) values ($1, $2) on conflict (server) do update set at = excluded.at");

query!(PRUNE_PROBES Write (TIMESTAMPTZ) "delete from server_probes where at < $1");
