-- The accesses that a slice's detections see, as a table, since explanations and detections read them many times.
--
-- All of a day before and after the new events; of the days further off only those of the same actors and persons concerned.
-- Whoever groups otherwise groups within a day (see the header key `window`).
CREATE OR REPLACE TEMP TABLE judged AS
SELECT *, {fresh} AS fresh FROM accesses WHERE time >= getvariable('near_first') AND time < getvariable('near_last');

CREATE OR REPLACE TEMP TABLE concerned AS
SELECT DISTINCT actor_person AS name, 'person' AS kind FROM judged WHERE fresh
UNION SELECT DISTINCT actor_account, 'account' FROM judged WHERE fresh
UNION SELECT DISTINCT about, 'about' FROM judged WHERE fresh;

INSERT INTO judged
SELECT *, {fresh} FROM accesses
WHERE time >= getvariable('far_first') AND time < getvariable('far_last') AND NOT (time >= getvariable('near_first') AND time < getvariable('near_last'))
  AND (actor_person IN (SELECT name FROM concerned WHERE kind = 'person')
       OR actor_account IN (SELECT name FROM concerned WHERE kind = 'account')
       OR about IN (SELECT name FROM concerned WHERE kind = 'about'));

CREATE OR REPLACE TEMP VIEW accesses AS SELECT * EXCLUDE (fresh) FROM judged;
CREATE OR REPLACE TEMP TABLE explained (event_id VARCHAR, explanation VARCHAR, relation VARCHAR, row_id VARCHAR);
CREATE OR REPLACE TEMP TABLE ran (detection VARCHAR);
CREATE OR REPLACE TEMP TABLE raised (
  ordinal BIGINT, detection VARCHAR, severity VARCHAR, group_key VARCHAR, facts VARCHAR, evidence VARCHAR[]);
