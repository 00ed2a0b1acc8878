-- A slice of many events: all accesses as far back as anything looks. What the slice before had stays. Of what lies ahead as
-- in near.sql.
DELETE FROM judged WHERE time < {far_first} OR time >= {covered};
DELETE FROM explained WHERE event_id NOT IN (SELECT event_id FROM judged);
INSERT INTO judged
SELECT *, {fresh}, {ordinal} FROM accesses
WHERE time >= greatest({far_first}, {covered}) AND time < {far_last} AND (time < {near_last} OR NOT {fresh});
