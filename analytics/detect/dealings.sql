-- The accesses by which a unit is seen to work with a person: those that duty explains, and those that document about the person (create,
-- update, sign, if it didn't fail), whatever explains them: who snoops leaves nothing written. Where the unit's row is missing in
-- a register, its others have written all the same. Portable, since detections rest on it.
CREATE OR REPLACE TEMP VIEW dealings AS
SELECT a.event_id, a.about, a.actor_person, a.actor_unit
FROM accesses AS a
WHERE a.about IS NOT NULL AND a.actor_unit IS NOT NULL
  AND ((a.action IN ('create', 'update', 'sign') AND a.outcome IS DISTINCT FROM 'failure')
    OR EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id));
