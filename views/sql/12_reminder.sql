-- What was told of each path and of each unit's term, and what is to be told yet, one row a reminder: a planned one for the
-- rung, a told one for each recipient. The rows are made anew with the others.
create table view.reminder (
    stream_id uuid not null,
    key text not null,
    state text not null check (state in ('planned', 'sent', 'refused', 'unknown')),
    at timestamptz not null,
    obligation text not null,
    step text not null,
    owed_by text not null,
    due_on date not null,
    rung_days integer not null,
    workdays boolean not null,
    kind text not null,
    times integer not null,
    climbs_to text not null,
    version integer,
    recipient uuid,
    recipients integer not null,
    channel text,
    code text,
    letter text,
    passed_over text[] not null,
    asked_again boolean not null,
    primary key (stream_id, key)
);
create index reminder_at on view.reminder (at, stream_id, key);
create index reminder_state on view.reminder (state, at) where state <> 'sent';
create index reminder_recipient on view.reminder (recipient) where recipient is not null;

grant select on view.reminder to jieti_reader;
grant select, insert, update, delete on view.reminder to jieti_app;
update view.bookmark set position = 0 where name = 'views';
