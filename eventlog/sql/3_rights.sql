-- Four roles, none of which can log in: whoever logs in is made a member of one. Roles belong to the whole cluster,
-- so they may be there already, or be made by a migration of another database at this very moment.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['jieti_owner', 'jieti_app', 'jieti_reader', 'jieti_signer'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
    -- Only a member can give something to the owner. Who is no superuser becomes one here.
    if not pg_has_role(current_user, 'jieti_owner', 'member') then
        execute format('grant jieti_owner to %I', current_user);
    end if;
end
$$;

alter schema log owner to jieti_owner;   -- first: only who owns the schema can own what is in it
alter table log.entry owner to jieti_owner;
alter table log.head owner to jieti_owner;
alter function log.refuse() owner to jieti_owner;
alter function log.append(uuid[], integer[], bytea[], text[], bytea[], timestamptz[], integer[], text[], bytea[],
    bytea[], boolean) owner to jieti_owner;
alter function log.append_one(uuid, integer, bytea, text, bytea, timestamptz, text, bytea, bytea)
    owner to jieti_owner;

-- A new function may be executed by everybody until somebody says otherwise.
revoke all on all functions in schema log from public;
grant usage on schema log to jieti_app, jieti_reader, jieti_signer;
grant select on log.entry, log.head to jieti_app, jieti_reader, jieti_signer;
grant execute on function log.append(uuid[], integer[], bytea[], text[], bytea[], timestamptz[], integer[], text[],
    bytea[], bytea[], boolean) to jieti_app;
grant execute on function log.append_one(uuid, integer, bytea, text, bytea, timestamptz, text, bytea, bytea)
    to jieti_app;
