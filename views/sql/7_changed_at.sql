-- When the newest of the facts was recorded that an obligation rests on: calendars say since when an event is as it is.

alter table view.owed add column changed_at timestamptz not null default 'epoch';
alter table view.owed alter column changed_at drop default;
update view.bookmark set position = 0 where name = 'views';
