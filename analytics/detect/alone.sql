-- Some events alone, to tell what explains them: their accesses, and of what lies around them only that of the same actors and
-- persons concerned until then: no explanation looks beyond that.
INSERT INTO judged SELECT *, true, {ordinal} FROM accesses WHERE {fresh} AND time >= {near_first} AND time < {near_last};

CREATE OR REPLACE TEMP TABLE concerned AS
SELECT DISTINCT actor_person AS name, 'person' AS kind FROM judged
UNION SELECT DISTINCT actor_account, 'account' FROM judged
UNION SELECT DISTINCT about, 'about' FROM judged;

INSERT INTO judged
SELECT *, false, 0 FROM accesses
WHERE time >= {far_first} AND time < {near_last} AND NOT {fresh}
  AND (actor_person IN (SELECT name FROM concerned WHERE kind = 'person')
       OR actor_account IN (SELECT name FROM concerned WHERE kind = 'account')
       OR about IN (SELECT name FROM concerned WHERE kind = 'about'));
