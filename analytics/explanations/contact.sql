-- explanation: contact
-- explains:   The person concerned was in contact with the employee, or with the unit that the employee works in.
-- sv:         Den enskilde har själv haft kontakt med medarbetaren eller med den enhet som medarbetaren arbetar i.
-- rests_on:   contacts
-- params:     before INTEGER (days that a contact is prepared) = 7; after INTEGER (days that it is followed up) = 30

-- Days are whole days in UTC: a client is seen several times a day. What a contact is followed up by ends where the next contact
-- begins, so that an access rests on the latest before it, not on hundreds. The unit is found as in unit_assignment.
WITH met AS (
  SELECT subject, 'unit:' || unit AS party, date_trunc('day', valid_from) AS day,
         date_trunc('day', greatest(valid_from, coalesce(valid_to, valid_from))) AS last_day, row_id
  FROM contacts
  UNION ALL
  SELECT subject, 'person:' || person, date_trunc('day', valid_from),
         date_trunc('day', greatest(valid_from, coalesce(valid_to, valid_from))), row_id
  FROM contacts
  WHERE person IS NOT NULL
),
met_days AS (
  SELECT subject, party, day, max(last_day) AS last_day, min(row_id) AS row_id FROM met GROUP BY subject, party, day
),
followed AS (
  SELECT subject, party, day, last_day, row_id, lead(day) OVER (PARTITION BY subject, party ORDER BY day) AS next_day FROM met_days
),
reached AS (
  SELECT subject, party, row_id, day - $before * INTERVAL 1 DAY AS first_day,
         CASE WHEN last_day <= next_day THEN least(last_day + $after * INTERVAL 1 DAY, next_day - INTERVAL 1 DAY)
              ELSE last_day + $after * INTERVAL 1 DAY END AS last_day
  FROM followed
),
placed AS (
  SELECT event_id, date_trunc('day', time) AS day, about, 'person:' || actor_person AS party,
         CAST(NULL AS TEXT) AS relation, CAST(NULL AS TEXT) AS row_id
  FROM accesses
  WHERE about IS NOT NULL AND actor_person IS NOT NULL
  UNION ALL
  SELECT event_id, date_trunc('day', time), about, 'unit:' || actor_unit, NULL, NULL
  FROM accesses
  WHERE about IS NOT NULL AND actor_unit IS NOT NULL
  UNION ALL
  SELECT a.event_id, date_trunc('day', a.time), a.about, 'unit:' || w.unit, w.relation, w.row_id
  FROM accesses AS a
  JOIN workplaces AS w
    ON w.person = a.actor_person AND (a.actor_unit IS NULL OR a.actor_unit <> w.unit)
   AND a.time >= w.valid_from AND (w.valid_to IS NULL OR a.time < w.valid_to)
  WHERE a.about IS NOT NULL
),
known AS (
  SELECT a.event_id, a.relation, a.row_id, m.row_id AS contact
  FROM placed AS a
  JOIN reached AS m ON m.subject = a.about AND m.party = a.party AND a.day >= m.first_day AND a.day <= m.last_day
)
SELECT event_id, 'contacts' AS relation, contact AS row_id FROM known
UNION
SELECT event_id, relation, row_id FROM known WHERE row_id IS NOT NULL
ORDER BY event_id, relation, row_id
