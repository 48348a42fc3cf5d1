-- Whose data are restricted, and from what day on their keys may be destroyed.
alter table view.path add column restricted boolean not null default false;
alter table view.path add column shred_on date;
create index path_shred on view.path (shred_on) where shred_on is not null;
