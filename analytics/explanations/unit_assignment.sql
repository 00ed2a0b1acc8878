-- explanation: unit_assignment
-- explains:   The unit that the employee works in is assigned to the case, the object or the person whom it is about.
-- sv:         Den enhet som medarbetaren arbetar i har uppdraget för ärendet, objektet eller den enskilde.
-- rests_on:   assignments

-- The unit is the one that the event names; or as of then the one of the directory, of an account of the employee, or
-- that the employee heads, and then it rests on that row too. A row that names an employee is hers alone. Objects and
-- persons are matched as in person_assignment.
WITH placed AS (
  SELECT event_id, time, system, object_type, object_id, about, actor_unit AS unit,
         CAST(NULL AS TEXT) AS relation, CAST(NULL AS TEXT) AS row_id
  FROM accesses
  WHERE actor_unit IS NOT NULL
  UNION ALL
  SELECT a.event_id, a.time, a.system, a.object_type, a.object_id, a.about, w.unit, w.relation, w.row_id
  FROM accesses AS a
  JOIN workplaces AS w
    ON w.person = a.actor_person AND (a.actor_unit IS NULL OR a.actor_unit <> w.unit)
   AND a.time >= w.valid_from AND (w.valid_to IS NULL OR a.time < w.valid_to)
),
assigned AS (
  SELECT a.event_id, a.relation, a.row_id, s.row_id AS assignment
  FROM placed AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.system = a.system AND s.object_id = a.object_id
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
  UNION ALL
  SELECT a.event_id, a.relation, a.row_id, s.row_id AS assignment
  FROM placed AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.subject = a.about
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
)
SELECT event_id, 'assignments' AS relation, assignment AS row_id FROM assigned
UNION
SELECT event_id, relation, row_id FROM assigned WHERE row_id IS NOT NULL
ORDER BY event_id, relation, row_id
