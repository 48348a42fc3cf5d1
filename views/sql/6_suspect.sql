-- Workflows in which an activity has failed, as the worker that tried it noted: no list of Temporal's names them. The watch asks
-- Temporal about each and strikes out those that go on.
create table view.suspect (
    workflow_id text primary key,
    workflow_type text not null
);
alter table view.trouble drop column said;
grant select on view.suspect to jieti_reader;
grant select, insert, update, delete on view.suspect to jieti_app;
