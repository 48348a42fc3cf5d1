-- With a cause that rests on an obligation: when it was told last, through which channel, and what that answered. The rows are
-- made anew with the paths'.
alter table view.cause add column told_on date;
alter table view.cause add column told_through text not null default '';
alter table view.cause add column told_as text not null default '';
update view.bookmark set position = 0 where name = 'views';
