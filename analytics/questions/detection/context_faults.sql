-- question: context_faults
-- asks:     What is wrong or missing in what the municipality says of its own staff, units, rota and assignments?
-- sv:       Vad är fel eller saknas i det som kommunen själv har angett om personal, enheter, schema och uppdrag?
-- params:   overlap INTEGER (minutes before and after a shift, as in the explanation rota) = 60;
--           most INTEGER (units that one may work in at once, as there) = 2; named INTEGER (rows that are named) = 5
-- returns:  state TEXT, relation TEXT, field TEXT, reason TEXT, number BIGINT, first_rows TEXT[]
-- counts:   rows of a table, by what is wrong: 'set aside' (a row in fault), 'torn shifts' (somebody is in more units at one hour than
--           anyone can work in), 'unknown person' and 'unknown unit' (the row names one that the staff directory doesn't have): they
--           explain nothing. 'no directory' and 'no context': there is no such table at all, so there is no row to count
-- order:    by state, relation, field and reason
-- limits:   only what contradicts itself or the directory. A row that is missing, or wrong in a way that could be true, is not seen.
--           Rows are named as explanations name them: rota:117 is the 117th below the column names
-- sv_counts: rader i en tabell, efter vad som är fel: undantagen (raden är felaktig), motsägande pass (någon är i fler enheter vid en och
--           samma tid än man kan arbeta i), okänd person och okänd enhet (raden anger en som inte finns i personalkatalogen): de
--           förklarar ingenting. Ingen personalkatalog och ingen tabell: det finns inga rader att räkna
-- sv_limits: bara det som motsäger sig självt eller katalogen. En rad som saknas, eller är fel på ett sätt som kunde vara sant, syns inte
--           här. Rader anges som i en förklaring: rota:117 är den 117:e under kolumnnamnen
WITH persons AS (
  SELECT person FROM people
  UNION
  SELECT person FROM accounts WHERE person IS NOT NULL
),
of_persons AS (
  SELECT 'rota' AS relation, 'person' AS field, person AS name, row_id FROM rota
  UNION ALL SELECT 'absence', 'person', person, row_id FROM absence
  UNION ALL SELECT 'kin', 'person', person, row_id FROM kin
  UNION ALL SELECT 'subjects', 'person', person, row_id FROM subjects
  UNION ALL SELECT 'contacts', 'person', person, row_id FROM contacts
  UNION ALL SELECT 'delegations', 'person', person, row_id FROM delegations
  UNION ALL SELECT 'delegations', 'from_person', from_person, row_id FROM delegations
  UNION ALL SELECT 'assignments', 'person', person, row_id FROM assignments
  UNION ALL SELECT 'investigations', 'person', person, row_id FROM investigations
),
of_units AS (
  SELECT 'rota' AS relation, 'unit' AS field, unit AS name, row_id FROM rota
  UNION ALL SELECT 'contacts', 'unit', unit, row_id FROM contacts
  UNION ALL SELECT 'delegations', 'unit', unit, row_id FROM delegations
  UNION ALL SELECT 'assignments', 'unit', unit, row_id FROM assignments
  UNION ALL SELECT 'referrals', 'from_unit', from_unit, row_id FROM referrals
  UNION ALL SELECT 'referrals', 'to_unit', to_unit, row_id FROM referrals
  UNION ALL SELECT 'responsibilities', 'unit', unit, row_id FROM responsibilities
  UNION ALL SELECT 'people', 'unit', unit, row_id FROM people
  UNION ALL SELECT 'accounts', 'unit', unit, row_id FROM accounts
),
-- As in the explanation rota: a shift is found by person and day, and only what is longer than two days by person alone.
shifts AS (
  SELECT person, unit, row_id, valid_from - $overlap * INTERVAL 1 MINUTE AS starts, valid_to + $overlap * INTERVAL 1 MINUTE AS stops
  FROM rota
  WHERE unit IS NOT NULL
    AND person IN (SELECT person FROM rota GROUP BY person HAVING count(DISTINCT unit) > $most)
),
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
-- More units than $most at one time are so at the beginning of some shift.
beginnings AS (
  SELECT DISTINCT person, starts, date_trunc('day', starts) AS day FROM shifts
),
at_once AS (
  SELECT b.person, b.starts, s.unit, s.row_id
  FROM beginnings AS b JOIN shift_days AS s ON s.person = b.person AND s.day = b.day AND s.starts <= b.starts AND s.stops > b.starts
  UNION ALL
  SELECT b.person, b.starts, s.unit, s.row_id
  FROM beginnings AS b JOIN shifts AS s ON s.person = b.person AND s.starts <= b.starts AND s.stops > b.starts
  WHERE s.stops > s.starts + INTERVAL 2 DAY
),
torn AS (
  SELECT person, starts FROM at_once GROUP BY person, starts HAVING count(DISTINCT unit) > $most
),
wrong AS (
  SELECT DISTINCT 'torn shifts' AS state, 'rota' AS relation, 'unit' AS field, a.row_id
  FROM at_once AS a JOIN torn AS t ON t.person = a.person AND t.starts = a.starts
  UNION ALL
  SELECT 'unknown person', n.relation, n.field, n.row_id
  FROM of_persons AS n
  WHERE n.name IS NOT NULL AND EXISTS (SELECT 1 FROM persons) AND NOT EXISTS (SELECT 1 FROM persons AS p WHERE p.person = n.name)
  UNION ALL
  SELECT 'unknown unit', n.relation, n.field, n.row_id
  FROM of_units AS n
  WHERE n.name IS NOT NULL AND EXISTS (SELECT 1 FROM units) AND NOT EXISTS (SELECT 1 FROM units AS u WHERE u.unit = n.name)
),
placed AS (
  SELECT state, relation, field, row_id,
         row_number() OVER (PARTITION BY state, relation, field ORDER BY length(row_id), row_id) AS place
  FROM wrong
),
held AS (
  SELECT (SELECT count(*) FROM persons) AS persons,
         (SELECT count(*) FROM of_persons WHERE relation NOT IN ('kin', 'subjects'))
         + (SELECT count(*) FROM of_units WHERE relation NOT IN ('people', 'accounts'))
         + (SELECT count(*) FROM duties) + (SELECT count(*) FROM jobs) + (SELECT count(*) FROM table_faults) AS reasons
)
SELECT 'set aside' AS state, relation, field, reason, number, first_rows FROM table_faults
UNION ALL
SELECT state, relation, field, NULL, count(*), list_sort(list(row_id) FILTER (WHERE row_id IS NOT NULL AND place <= $named))
FROM placed
GROUP BY state, relation, field
UNION ALL
SELECT 'no directory', 'people', NULL, NULL, 0, NULL FROM held WHERE persons = 0
UNION ALL
SELECT 'no context', NULL, NULL, NULL, 0, NULL FROM held WHERE reasons = 0
ORDER BY state, relation, field, reason
