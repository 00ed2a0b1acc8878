-- explanation: follow_up
-- explains:   The employee documented in this object earlier, or was assigned to it or to the person until a short while ago.
-- sv:         Medarbetaren har tidigare själv dokumenterat i objektet, eller hade nyligen uppdraget för det eller för den enskilde.
-- rests_on:   accesses
-- window:     90
-- params:     days INTEGER (days after the employee's own documentation) = 90;
--             ended INTEGER (days after the assignment ended) = 30

-- To document is to create, change or sign, if it didn't fail: it leaves the employee's name in the case, and to have read it
-- once is no reason to read it again. Where a log names no object, the person's record in the system is the object. An access
-- rests on the latest day before it, by that day's first act.
WITH objects AS (
  SELECT event_id, time, action, outcome, actor_person, system, object_type, object_id IS NULL AS whole, coalesce(object_id, about) AS object
  FROM accesses
  WHERE actor_person IS NOT NULL
),
numbered AS (
  SELECT event_id, time, actor_person, system, object_type, whole, object,
         row_number() OVER (PARTITION BY actor_person, system, object_type, whole, object, date_trunc('day', time)
                            ORDER BY time, event_id) AS number
  FROM objects
  WHERE action IN ('create', 'update', 'sign') AND outcome <> 'failure' AND object IS NOT NULL
),
documented AS (
  SELECT event_id, time, actor_person, system, object_type, whole, object, time + $days * INTERVAL 1 DAY AS until,
         lead(time) OVER (PARTITION BY actor_person, system, object_type, whole, object ORDER BY time) AS next_time
  FROM numbered
  WHERE number = 1
),
earlier AS (
  SELECT o.event_id, d.event_id AS row_id
  FROM objects AS o
  JOIN documented AS d
    ON d.actor_person = o.actor_person AND d.system = o.system AND d.object = o.object AND d.whole = o.whole
   AND d.object_type IS NOT DISTINCT FROM o.object_type
   AND o.time > d.time AND o.time < d.until AND (d.next_time IS NULL OR o.time <= d.next_time)
)
SELECT event_id, 'events' AS relation, row_id FROM earlier
UNION
SELECT a.event_id, 'assignments' AS relation, s.row_id
FROM accesses AS a
JOIN assignments AS s
  ON s.person = a.actor_person AND s.system = a.system AND s.object_id = a.object_id
 AND (s.object_type IS NULL OR s.object_type = a.object_type)
 AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
 AND a.time >= s.valid_to AND a.time < s.valid_to + $ended * INTERVAL 1 DAY
UNION
SELECT a.event_id, 'assignments' AS relation, s.row_id
FROM accesses AS a
JOIN assignments AS s
  ON s.person = a.actor_person AND s.subject = a.about
 AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
 AND (s.system IS NULL OR s.system = a.system)
 AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
 AND a.time >= s.valid_to AND a.time < s.valid_to + $ended * INTERVAL 1 DAY
ORDER BY event_id, relation, row_id
