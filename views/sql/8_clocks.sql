-- The streams beside the paths whose time is kept, each with its alarm, and what units do in their terms. Made by following
-- the log, as everything here.

create table view.clock (
    stream_id uuid primary key,
    subject text not null,
    unit text not null,
    version integer not null,
    position bigint not null,
    closed boolean not null,
    wake_at timestamptz,
    alarm text not null,
    nudge boolean not null
);
create index clock_nudge on view.clock (stream_id) where nudge;
create index clock_open on view.clock (stream_id) where not closed;

create table view.term (
    stream_id uuid primary key,
    unit text not null,
    term text not null,
    version integer not null,
    position bigint not null,
    first_on date not null,
    last_on date not null,
    closes_on date not null,
    closed_on date,
    due_on date,
    waiting_for text[] not null,
    not_done text[] not null,
    rules text[] not null,
    activities text[] not null,
    numbers integer[] not null,
    participants integer[] not null,
    unique (unit, term)
);
create index term_named on view.term (term);

grant select on view.clock, view.term to jieti_reader;
grant select, insert, update, delete on view.clock, view.term to jieti_app;
update view.bookmark set position = 0 where name = 'views';
