-- Where a path was ever at home: an audit asks about days on which it was elsewhere. The rows are made anew.

alter table view.path add column homes text[] not null default '{}';
create index path_homes on view.path using gin (homes);
update view.bookmark set position = 0 where name = 'views';
