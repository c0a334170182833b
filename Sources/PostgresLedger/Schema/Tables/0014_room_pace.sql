-- The pace of a sale's line is one of its terms.

-- How many buyers a second the usher calls; null where no operator has fixed it.
alter table sales add column room_pace int;
alter table sales add constraint sales_room_pace check (room_pace between 1 and 100000);

-- So the log says of the changes before this.
update sale_events set before = before || '{"room_pace": null}', after = after || '{"room_pace": null}';
