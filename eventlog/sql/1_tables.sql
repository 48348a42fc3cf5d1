-- The entries, exactly as they were hashed, and the one counter that orders them.

create schema log;

create table log.entry (
    position    bigint      primary key check (position > 0),
    stream_id   uuid        not null,
    version     integer     not null check (version > 0),
    topic       text        not null,
    recorded_at timestamptz not null,
    key         text        not null,
    request     bytea       not null check (length(request) = 32),
    payload     bytea       not null,   -- never jsonb, which would change the bytes
    previous    bytea       not null check (length(previous) = 32),
    digest      bytea       not null check (length(digest) = 32),
    opens       boolean     not null,   -- the first entry of its append, the one that holds the key
    stamped_at  timestamptz not null default clock_timestamp()  -- this server's own clock, outside the hash
);

create unique index entry_version on log.entry (stream_id, version);
create unique index entry_key on log.entry (stream_id, key) where opens;

create table log.head (
    single boolean primary key default true check (single),
    size bigint  not null check (size >= 0)
) with (fillfactor = 10);   -- updated with every append: room for the new row beside the old one

insert into log.head (size) values (0);

-- Mistakes of everybody, superusers included, end here. What nothing in a database can stop, its owner's intent,
-- is for the signer and the witness to find.

create function log.refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '% on %.% is refused: the log only grows', tg_op, tg_table_schema, tg_table_name
        using errcode = 'restrict_violation';
end
$$;

create trigger entry_stays before update or delete on log.entry for each row execute function log.refuse();
create trigger entries_stay before truncate on log.entry for each statement execute function log.refuse();
create trigger head_grows before update on log.head for each row when (new.size <= old.size)
    execute function log.refuse();
create trigger head_stays before delete on log.head for each row execute function log.refuse();
create trigger heads_stay before truncate on log.head for each statement execute function log.refuse();

-- ALWAYS: a plain trigger sleeps while session_replication_role is `replica`.
alter table log.entry enable always trigger entry_stays;
alter table log.entry enable always trigger entries_stay;
alter table log.head enable always trigger head_grows;
alter table log.head enable always trigger head_stays;
alter table log.head enable always trigger heads_stay;
