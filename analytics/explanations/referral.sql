-- explanation: referral
-- explains:   The case, the object or the person was referred to the unit that the employee works in.
-- sv:         Ärendet, objektet eller den enskilde har remitterats till den enhet som medarbetaren arbetar i.
-- rests_on:   referrals
-- params:     days INTEGER (days after the referral came, or after it ended) = 90

-- The unit that asked is none that was referred to. The unit is found as in unit_assignment, objects and persons are matched as
-- in person_assignment.
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
referred AS (
  SELECT system, object_type, object_id, subject, to_unit, row_id, valid_from,
         coalesce(valid_to, valid_from) + $days * INTERVAL 1 DAY AS until
  FROM referrals
),
came AS (
  SELECT a.event_id, a.relation, a.row_id, s.row_id AS referral
  FROM placed AS a
  JOIN referred AS s
    ON s.to_unit = a.unit AND s.system = a.system AND s.object_id = a.object_id
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND a.time < s.until
  UNION ALL
  SELECT a.event_id, a.relation, a.row_id, s.row_id AS referral
  FROM placed AS a
  JOIN referred AS s
    ON s.to_unit = a.unit AND s.subject = a.about
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND a.time < s.until
)
SELECT event_id, 'referrals' AS relation, referral AS row_id FROM came
UNION
SELECT event_id, relation, row_id FROM came WHERE row_id IS NOT NULL
ORDER BY event_id, relation, row_id
