-- explanation: unit_responsibility
-- explains:   The unit that the employee works in answers for the object, by its task.
-- sv:         Den enhet som medarbetaren arbetar i ansvarar för objektet i sin verksamhet.
-- rests_on:   responsibilities
-- params:     shortest INTEGER (characters of a pattern that may explain what is about a person) = 3

-- A unit that answers for a register doesn't thereby have a reason to look at any one person in it, or all snooping in one's
-- own register were explained. So a responsibility explains what isn't known to be about a person; and what is, only if it
-- names the unit's own place in one system: a pattern (its folder, its series of cases), and one that isn't so short that
-- it says no more than the system does. The unit is found as in unit_assignment.
WITH placed AS (
  SELECT event_id, time, system, asset, object_type, object_id, object_path, about, actor_unit AS unit,
         CAST(NULL AS TEXT) AS relation, CAST(NULL AS TEXT) AS row_id
  FROM accesses
  WHERE actor_unit IS NOT NULL
  UNION ALL
  SELECT a.event_id, a.time, a.system, a.asset, a.object_type, a.object_id, a.object_path, a.about, w.unit, w.relation, w.row_id
  FROM accesses AS a
  JOIN workplaces AS w
    ON w.person = a.actor_person AND (a.actor_unit IS NULL OR a.actor_unit <> w.unit)
   AND a.time >= w.valid_from AND (w.valid_to IS NULL OR a.time < w.valid_to)
),
answered AS (
  SELECT a.event_id, a.relation, a.row_id, s.row_id AS responsibility
  FROM placed AS a
  JOIN responsibilities AS s
    ON s.unit = a.unit
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE (s.asset IS NOT NULL OR s.system IS NOT NULL OR s.pattern IS NOT NULL)
    AND (s.asset IS NULL OR s.asset = a.asset)
    AND (s.system IS NULL OR s.system = a.system)
    AND (s.object_type IS NULL OR s.object_type = a.object_type)
    AND (s.pattern IS NULL OR starts_with(a.object_path, s.pattern) OR starts_with(a.object_id, s.pattern))
    AND (a.about IS NULL OR (s.system IS NOT NULL AND length(s.pattern) >= $shortest))
)
SELECT event_id, 'responsibilities' AS relation, responsibility AS row_id FROM answered
UNION
SELECT event_id, relation, row_id FROM answered WHERE row_id IS NOT NULL
ORDER BY event_id, relation, row_id
