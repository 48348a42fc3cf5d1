-- What is owed on each open path, one row an obligation: whether it is late is asked of the day, and judged by nobody anew.
-- The rows are made anew with the paths'.

create table view.owed (
    path_id uuid not null references view.path on delete cascade,
    obligation text not null,
    step text not null,
    owed_by text not null,
    since date not null,
    start date,
    due_on date not null,
    tells boolean not null,
    zh text not null,
    en text not null,
    edition text not null,
    sources text[] not null,
    confidence text not null,
    provisional boolean not null,
    tightened_by text not null,
    rests_on integer[] not null,
    primary key (path_id, obligation)
);
create index owed_due on view.owed (due_on) where not tells;
grant select on view.owed to jieti_reader;
grant select, insert, update, delete on view.owed to jieti_app;
update view.bookmark set position = 0 where name = 'views';
