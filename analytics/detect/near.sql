-- A slice of few events: all accesses of a day before and after them; of the days further off only those of the same actors
-- and persons concerned. Whoever groups otherwise groups within a day (see the header key `window`). Of what lies ahead only that
-- counts which is not judged in this run, since the rest has its own slice.
INSERT INTO judged
SELECT *, {fresh}, {ordinal} FROM accesses WHERE time >= {near_first} AND time < {near_last};

CREATE OR REPLACE TEMP TABLE concerned AS
SELECT DISTINCT actor_person AS name, 'person' AS kind FROM judged WHERE fresh
UNION SELECT DISTINCT actor_account, 'account' FROM judged WHERE fresh
UNION SELECT DISTINCT about, 'about' FROM judged WHERE fresh;

INSERT INTO judged
SELECT *, {fresh}, {ordinal} FROM accesses
WHERE time >= {far_first} AND time < {far_last} AND NOT (time >= {near_first} AND time < {near_last})
  AND (time < {near_last} OR NOT {fresh})
  AND (actor_person IN (SELECT name FROM concerned WHERE kind = 'person')
       OR actor_account IN (SELECT name FROM concerned WHERE kind = 'account')
       OR about IN (SELECT name FROM concerned WHERE kind = 'about'));
