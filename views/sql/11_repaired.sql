-- How often a path was repaired: that stays visible for ever. The rows are made anew.

alter table view.path add column repaired integer not null default 0;
update view.bookmark set position = 0 where name = 'views';
