-- Who looked at whose data, when, through what, for what purpose. No part of the immutable log: it tells of readers, is
-- of use for three years, and is then removed. Until then nobody may change it, its owner included.

create schema access;

create table access.look (
    number  bigint generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    actor   text        not null,
    role    text        not null,
    unit    text        not null,
    route   text        not null,   -- through what: the operation of the API, or the command
    purpose text        not null,
    path_id uuid,                   -- whose dossier; null for a list as a whole
    opened  text[]      not null,   -- which groups of values were shown readable
    listed  integer,                -- of a list: how many persons it showed
    asked   text        not null default ''  -- of a list: how it was narrowed, without values about a person
);
create index look_path on access.look (path_id, number) where path_id is not null;
create index look_at on access.look (at);

create function access.refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'DELETE' and old.at < clock_timestamp() - interval '3 years' then
        return old;
    end if;
    raise exception '% on access.look is refused: who has looked stands for three years', tg_op
        using errcode = 'restrict_violation';
end
$$;
create trigger look_stays before update or delete on access.look for each row execute function access.refuse();
create trigger looks_stay before truncate on access.look for each statement execute function access.refuse();
alter table access.look enable always trigger look_stays;
alter table access.look enable always trigger looks_stay;

alter schema access owner to jieti_owner;
alter table access.look owner to jieti_owner;
alter function access.refuse() owner to jieti_owner;
revoke all on all functions in schema access from public;
grant usage on schema access to jieti_app;
grant select, insert on access.look to jieti_app;
