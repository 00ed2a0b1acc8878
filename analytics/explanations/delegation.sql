-- explanation: delegation
-- explains:   The employee acts in the place of somebody, or of a unit, that has the case, the object or the person.
-- sv:         Medarbetaren ersätter eller har delegation från någon, eller en enhet, som har uppdraget för ärendet, objektet eller
--             den enskilde.
-- rests_on:   delegations, assignments

-- In another's place one sees what the other is assigned to, and what is assigned to the unit that the delegation names, or if
-- it names none, to the other's unit by the directory as of then. A delegation that names neither explains nothing. Objects and
-- persons are matched as in person_assignment.
WITH instead AS (
  SELECT person, system, from_person, unit AS only_unit, CAST(NULL AS TEXT) AS unit, row_id, CAST(NULL AS TEXT) AS place, valid_from, valid_to
  FROM delegations
  WHERE from_person IS NOT NULL
  UNION ALL
  SELECT person, system, NULL, NULL, unit, row_id, NULL, valid_from, valid_to
  FROM delegations
  WHERE unit IS NOT NULL
  UNION ALL
  SELECT d.person, d.system, NULL, NULL, p.unit, d.row_id, p.row_id, greatest(d.valid_from, p.valid_from), least(d.valid_to, p.valid_to)
  FROM delegations AS d
  JOIN people AS p ON p.person = d.from_person
  WHERE d.unit IS NULL AND p.unit IS NOT NULL
),
acted AS (
  SELECT a.event_id, a.time, a.system, a.object_type, a.object_id, a.about, d.from_person, d.only_unit, d.unit, d.row_id, d.place
  FROM accesses AS a
  JOIN instead AS d
    ON d.person = a.actor_person
   AND (d.system IS NULL OR d.system = a.system)
   AND a.time >= d.valid_from AND (d.valid_to IS NULL OR a.time < d.valid_to)
),
tied AS (
  SELECT a.event_id, a.row_id AS delegation, a.place, s.row_id
  FROM acted AS a
  JOIN assignments AS s
    ON s.person = a.from_person AND s.system = a.system AND s.object_id = a.object_id
   AND (s.unit IS NULL OR a.only_unit IS NULL OR s.unit = a.only_unit)
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  UNION ALL
  SELECT a.event_id, a.row_id, a.place, s.row_id
  FROM acted AS a
  JOIN assignments AS s
    ON s.person = a.from_person AND s.subject = a.about
   AND (s.unit IS NULL OR a.only_unit IS NULL OR s.unit = a.only_unit)
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  UNION ALL
  SELECT a.event_id, a.row_id, a.place, s.row_id
  FROM acted AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.system = a.system AND s.object_id = a.object_id
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
  UNION ALL
  SELECT a.event_id, a.row_id, a.place, s.row_id
  FROM acted AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.subject = a.about
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
)
SELECT event_id, 'assignments' AS relation, row_id FROM tied
UNION
SELECT event_id, 'delegations' AS relation, delegation AS row_id FROM tied
UNION
SELECT event_id, 'people' AS relation, place AS row_id FROM tied WHERE place IS NOT NULL
ORDER BY event_id, relation, row_id
