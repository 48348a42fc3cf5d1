-- One key for each subject and group, wrapped by a key that is not in any database. Kept in a database of its own,
-- whose backups live short: an old backup of a key would undo its destruction.

create schema keys;

create table keys.data_key (
    subject uuid        not null,
    grp     text        not null,
    kek_id  text        not null,   -- which key of the settings wraps it
    wrapped bytea       not null,
    made_at timestamptz not null default clock_timestamp(),
    primary key (subject, grp)
);

create table keys.destroyed (
    subject      uuid primary key,
    destroyed_at timestamptz not null,
    keys         integer     not null
);

-- How many keys there should be. Only the functions below count, so a key taken away by hand shows.
create table keys.tally (
    single   boolean primary key default true check (single),
    expected bigint  not null
);
insert into keys.tally (expected) values (0);

create function keys.make(subjects uuid[], groups text[], kek text, wraps bytea[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    gone uuid;
    made bigint;
begin
    -- A shared turn: destroying waits for all makers and they for it, so no key is made for whom it is just over.
    perform pg_advisory_xact_lock_shared(7381642101);
    select d.subject into gone from keys.destroyed d where d.subject = any(subjects) limit 1;
    if gone is not null then
        raise exception 'the keys of % were destroyed', gone using errcode = 'JT010', detail = gone::text;
    end if;
    with wanted as (
        select * from unnest(subjects, groups, wraps) as w(subject, grp, wrapped) order by w.subject, w.grp
    ), entered as (
        insert into keys.data_key (subject, grp, kek_id, wrapped)
        select w.subject, w.grp, kek, w.wrapped from wanted w
        on conflict do nothing
        returning 1
    )
    select count(*) into made from entered;
    if made > 0 then
        update keys.tally set expected = expected + made;
    end if;
end
$$;

create function keys.destroy(whose uuid, moment timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    found integer;
begin
    perform pg_advisory_xact_lock(7381642101);
    with gone as (delete from keys.data_key where subject = whose returning 1)
    select count(*) into found from gone;
    insert into keys.destroyed (subject, destroyed_at, keys) values (whose, moment, found)
        on conflict (subject) do update set keys = keys.destroyed.keys + excluded.keys;
    update keys.tally set expected = expected - found where found > 0;
    perform pg_notify('keys', whose::text);
    return found;
end
$$;

-- A key wrapped anew under a younger key of the settings; the data key inside is the same.
create function keys.rewrap(subjects uuid[], groups text[], old bytea[], kek text, wraps bytea[]) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with renewed as (
        update keys.data_key k set kek_id = kek, wrapped = w.wrapped
          from unnest(subjects, groups, old, wraps) as w(subject, grp, old, wrapped)
         where k.subject = w.subject and k.grp = w.grp and k.wrapped = w.old
        returning 1
    )
    select count(*) from renewed
$$;

do $$
declare
    wanted text;
begin
    foreach wanted in array array['jieti_owner', 'jieti_keeper'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
    if not pg_has_role(current_user, 'jieti_owner', 'member') then
        execute format('grant jieti_owner to %I', current_user);
    end if;
end
$$;

alter schema keys owner to jieti_owner;
alter table keys.data_key owner to jieti_owner;
alter table keys.destroyed owner to jieti_owner;
alter table keys.tally owner to jieti_owner;
alter function keys.make(uuid[], text[], text, bytea[]) owner to jieti_owner;
alter function keys.destroy(uuid, timestamptz) owner to jieti_owner;
alter function keys.rewrap(uuid[], text[], bytea[], text, bytea[]) owner to jieti_owner;
revoke all on all functions in schema keys from public;
grant usage on schema keys to jieti_keeper;
grant select on all tables in schema keys to jieti_keeper;
grant execute on all functions in schema keys to jieti_keeper;
