-- Writes many appends, each to another stream, in one call and one transaction. The first six arrays have one element
-- an append. The other four have one an entry; `owners` names its append by the place from 1, and the entries of one
-- append stand in their order.
--
-- Outcomes, one an append: 0 written, 1 repeated (the key wrote before: nothing is written now), 2 the key was used
-- for another request, 3 the stream has moved. `firsts` has the position of the first entry written, or 0. With
-- `whole`, an outcome of 2 or 3 raises JT002 or JT003 with the append's place as detail, and nothing is written.
-- Two appends to one stream raise unique_violation, and nothing is written.
--
-- One lock orders all writers until they commit, so positions have no gap and become visible in their order: whoever
-- reads `position > last` misses nothing.

create function log.append(
    stream_ids uuid[], versions integer[], heads bytea[], keys text[], requests bytea[], moments timestamptz[],
    owners integer[], topics text[], payloads bytea[], digests bytea[], whole boolean,
    out outcomes smallint[], out firsts bigint[]
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
set plan_cache_mode = force_generic_plan   -- planning anew takes longer than running
as $$
declare
    nothing constant bytea := decode(repeat('00', 32), 'hex');
    started bigint;
    written bigint;
    refused integer;
begin
    perform pg_advisory_xact_lock(7381642093);
    select h.size into strict started from log.head h;

    with judged as materialized (
        select asked.*,
               case
                   when earlier.request = asked.request then 1
                   when earlier.request is not null then 2
                   when coalesce(tip.version, 0) = asked.version and coalesce(tip.digest, nothing) = asked.head then 0
                   else 3
               end as outcome
          from unnest(stream_ids, versions, heads, keys, requests, moments) with ordinality
               as asked(stream_id, version, head, key, request, moment, place)
               -- The limits matter: they make each of these one index probe an append. Without them, or asked as
               -- EXISTS .. OR .., the planner may read the whole table instead.
          left join lateral (select e.request from log.entry e
                              where e.stream_id = asked.stream_id and e.key = asked.key and e.opens
                              limit 1) earlier on true
          left join lateral (select e.version, e.digest from log.entry e
                              where e.stream_id = asked.stream_id
                              order by e.version desc limit 1) tip on true
    ), chained as (
        select e.*, row_number() over link as step, lag(e.digest) over link as previous
          from unnest(owners, topics, payloads, digests) with ordinality as e(owner, topic, payload, digest, place)
        window link as (partition by e.owner order by e.place)
    ), entered as (
        insert into log.entry (position, stream_id, version, topic, recorded_at, key, request, payload, previous,
                               digest, opens)
        select started + row_number() over (order by c.owner, c.place), j.stream_id, j.version + c.step, c.topic,
               j.moment, j.key, j.request, c.payload, coalesce(c.previous, j.head), c.digest, c.step = 1
          from chained c join judged j on j.place = c.owner
         where j.outcome = 0
        returning position, stream_id, opens
    )
    select array_agg(j.outcome order by j.place), array_agg(coalesce(e.position, 0) order by j.place),
           (select count(*) from entered), min(j.place) filter (where j.outcome > 1)
      into outcomes, firsts, written, refused
      from judged j left join entered e on e.opens and e.stream_id = j.stream_id;

    if whole and refused is not null then
        raise exception 'append % cannot be written', refused
            using errcode = 'JT00' || outcomes[refused], detail = refused;
    end if;
    if written > 0 then
        update log.head set size = started + written;
        perform pg_notify('log', (started + written)::text);
    end if;
end
$$;

-- Writes one append of one entry: the same promises, outcome and position in the fewest steps. Ten arrays of one
-- element each would take a quarter longer.

create function log.append_one(
    stream_id uuid, version integer, head bytea, key text, request bytea, moment timestamptz,
    topic text, payload bytea, digest bytea,
    out outcome smallint, out first bigint
)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    nothing constant bytea := decode(repeat('00', 32), 'hex');
    earlier bytea;
    reached integer;
    tip     bytea;
begin
    perform pg_advisory_xact_lock(7381642093);
    first := 0;

    select e.request into earlier from log.entry e
     where e.stream_id = append_one.stream_id and e.key = append_one.key and e.opens;
    if found then
        outcome := case when earlier = append_one.request then 1 else 2 end;
        return;
    end if;

    select e.version, e.digest into reached, tip from log.entry e
     where e.stream_id = append_one.stream_id order by e.version desc limit 1;
    if coalesce(reached, 0) <> append_one.version or coalesce(tip, nothing) <> append_one.head then
        outcome := 3;
        return;
    end if;

    outcome := 0;
    update log.head set size = size + 1 returning size into strict first;
    insert into log.entry (position, stream_id, version, topic, recorded_at, key, request, payload, previous, digest,
                           opens)
    values (first, append_one.stream_id, append_one.version + 1, append_one.topic, moment, append_one.key,
            append_one.request, append_one.payload, append_one.head, append_one.digest, true);
    perform pg_notify('log', first::text);
end
$$;
