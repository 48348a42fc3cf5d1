-- For what each open path is stuck, or will be from a day on: which of the causes hold, is asked of the day.
-- The rows are made anew with the paths'.

create table view.cause (
    path_id uuid not null references view.path on delete cascade,
    cause text not null,
    key text not null,
    obligation text not null,
    since date not null,
    from_on date not null,
    to_on date,
    waits_for text not null,
    rests_on integer[] not null,
    zh text not null,
    en text not null,
    primary key (path_id, cause, key)
);
create index cause_from on view.cause (from_on);

-- What the watch has found amiss in what carries the work out: one row each, for as long as it lasts. `about` tells apart what
-- has the same cause: a workflow, a task queue, a part of the system.
create table view.trouble (
    cause text not null,
    about text not null,
    path_id uuid,
    workflow_id text,
    workflow_type text,
    since timestamptz not null,
    zh text not null,
    en text not null,
    said jsonb not null,
    primary key (cause, about)
);
create index trouble_path on view.trouble (path_id) where path_id is not null;

-- When the watch has looked last, at how many paths, and what it could not look at.
create table view.watch (
    name text primary key,
    looked_at timestamptz not null,
    paths integer not null,
    seconds double precision not null,
    away text not null
);

grant select on view.cause, view.trouble, view.watch to jieti_reader;
grant select, insert, update, delete on view.cause, view.trouble, view.watch to jieti_app;
update view.bookmark set position = 0 where name = 'views';
