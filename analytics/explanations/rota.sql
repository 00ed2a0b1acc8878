-- explanation: rota
-- explains:   By the rota the employee worked at that hour in a unit that has the case, the object or the person, or to which it
--             was referred, or that answers for the object.
-- sv:         Enligt schemat arbetade medarbetaren vid den tiden i en enhet som har uppdraget för ärendet, objektet eller den
--             enskilde, som det har remitterats till, eller som ansvarar för objektet.
-- rests_on:   rota
-- params:     overlap INTEGER (minutes before and after a shift) = 60;
--             most INTEGER (units that one may work in at once) = 2;
--             days INTEGER (days after a referral, as in referral) = 90;
--             shortest INTEGER (characters, as in unit_responsibility) = 3

-- Covers substitutes from other units. A shift alone explains nothing, nor does one that ends before it begins, nor a rota
-- that has somebody in more units at once than anyone can work in. Assignments, referrals and responsibilities are
-- matched as in unit_assignment, referral and unit_responsibility.
WITH shifts AS (
  SELECT person, unit, row_id, valid_from - $overlap * INTERVAL 1 MINUTE AS starts, valid_to + $overlap * INTERVAL 1 MINUTE AS stops
  FROM rota
  WHERE unit IS NOT NULL AND valid_to > valid_from
),
-- A person has hundreds of shifts, of which a day has one or two: so they are found by person and day, and only what is longer
-- than two days by person alone.
shift_days AS (
  SELECT person, unit, row_id, starts, stops, date_trunc('day', starts) AS day
  FROM shifts
  WHERE stops <= starts + INTERVAL 2 DAY
  UNION ALL
  SELECT person, unit, row_id, starts, stops, date_trunc('day', starts) + INTERVAL 1 DAY
  FROM shifts
  WHERE stops <= starts + INTERVAL 2 DAY AND stops > date_trunc('day', starts) + INTERVAL 1 DAY
  UNION ALL
  SELECT person, unit, row_id, starts, stops, date_trunc('day', starts) + INTERVAL 2 DAY
  FROM shifts
  WHERE stops <= starts + INTERVAL 2 DAY AND stops > date_trunc('day', starts) + INTERVAL 2 DAY
),
worked AS (
  SELECT a.event_id, a.time, a.system, a.asset, a.object_type, a.object_id, a.object_path, a.about, r.unit, r.row_id
  FROM accesses AS a
  JOIN shift_days AS r ON r.person = a.actor_person AND r.day = date_trunc('day', a.time) AND a.time >= r.starts AND a.time < r.stops
  UNION ALL
  SELECT a.event_id, a.time, a.system, a.asset, a.object_type, a.object_id, a.object_path, a.about, r.unit, r.row_id
  FROM accesses AS a
  JOIN shifts AS r ON r.person = a.actor_person AND a.time >= r.starts AND a.time < r.stops
  WHERE r.stops > r.starts + INTERVAL 2 DAY
),
referred AS (
  SELECT system, object_type, object_id, subject, to_unit, row_id, valid_from,
         coalesce(valid_to, valid_from) + $days * INTERVAL 1 DAY AS until
  FROM referrals
),
tied AS (
  SELECT a.event_id, a.row_id AS shift, 'assignments' AS relation, s.row_id
  FROM worked AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.system = a.system AND s.object_id = a.object_id
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
  UNION ALL
  SELECT a.event_id, a.row_id, 'assignments', s.row_id
  FROM worked AS a
  JOIN assignments AS s
    ON s.unit = a.unit AND s.subject = a.about
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE s.person IS NULL
  UNION ALL
  SELECT a.event_id, a.row_id, 'referrals', s.row_id
  FROM worked AS a
  JOIN referred AS s
    ON s.to_unit = a.unit AND s.system = a.system AND s.object_id = a.object_id
   AND (s.object_type IS NULL OR s.object_type = a.object_type)
   AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
   AND a.time >= s.valid_from AND a.time < s.until
  UNION ALL
  SELECT a.event_id, a.row_id, 'referrals', s.row_id
  FROM worked AS a
  JOIN referred AS s
    ON s.to_unit = a.unit AND s.subject = a.about
   AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
   AND (s.system IS NULL OR s.system = a.system)
   AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
   AND a.time >= s.valid_from AND a.time < s.until
  UNION ALL
  SELECT a.event_id, a.row_id, 'responsibilities', s.row_id
  FROM worked AS a
  JOIN responsibilities AS s
    ON s.unit = a.unit
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  WHERE (s.asset IS NOT NULL OR s.system IS NOT NULL OR s.pattern IS NOT NULL)
    AND (s.asset IS NULL OR s.asset = a.asset)
    AND (s.system IS NULL OR s.system = a.system)
    AND (s.object_type IS NULL OR s.object_type = a.object_type)
    AND (s.pattern IS NULL OR starts_with(a.object_path, s.pattern) OR starts_with(a.object_id, s.pattern))
    AND (a.about IS NULL OR (s.system IS NOT NULL AND length(s.pattern) >= $shortest))
),
torn AS (
  SELECT event_id FROM worked GROUP BY event_id HAVING count(DISTINCT unit) > $most
)
SELECT event_id, relation, row_id FROM tied WHERE event_id NOT IN (SELECT event_id FROM torn)
UNION
SELECT event_id, 'rota' AS relation, shift AS row_id FROM tied WHERE event_id NOT IN (SELECT event_id FROM torn)
ORDER BY event_id, relation, row_id
