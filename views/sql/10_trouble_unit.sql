-- Whose trouble it is, where it is about a unit and no path.
alter table view.trouble add column unit text;
