-- What can be read without judging anew. All of it is made by following the log and may be emptied at any time.

create schema view;

-- How far the views have followed the log, and under which rules they were made.
create table view.bookmark (
    name text primary key,
    position bigint not null check (position >= 0),
    rules text not null default ''
);
insert into view.bookmark (name, position) values ('views', 0);

-- One row a path, as it was judged when the log stood at its `position`. Name and number stay sealed.
create table view.path (
    path_id uuid primary key,
    version integer not null,
    position bigint not null,
    person_id uuid not null,
    name text not null,
    student_no text not null,
    unit text not null,
    stage text not null,
    outcome text not null,
    pending text not null,
    edition text not null,
    opened_on date not null,
    due_on date,
    waiting_for text[] not null,
    rules text[] not null,
    severity text not null,
    wake_at timestamptz,
    alarm text not null,
    nudge boolean not null
);
create index path_opened on view.path (opened_on, path_id);
create index path_due on view.path (coalesce(due_on, 'infinity'::date), path_id);
create index path_person on view.path (person_id);
create index path_unit on view.path (unit);
create index path_nudge on view.path (path_id) where nudge;

create table view.unit (
    unit_id text primary key,
    version integer not null,
    position bigint not null,
    kind text not null,
    name text not null,
    name_en text not null,
    superior text,
    authority boolean not null,
    established_on date not null,
    dissolved_on date
);
create index unit_superior on view.unit (superior);

grant usage on schema view to jieti_app, jieti_reader;
grant select on all tables in schema view to jieti_reader;
grant select, insert, update, delete on all tables in schema view to jieti_app;
