-- question: persons_affected
-- asks:     How many persons' information has been seen, and how many at most can't be ruled out?
-- sv:       Hur många enskildas uppgifter har visats, och hur många kan högst inte uteslutas?
-- params:   actors TEXT[] (accounts, or ids of the staff directory: only what they did) = NULL; objects TEXT[] (ids, or whole paths: only
--           what was done to what is called so in any system) = NULL; objects_in TEXT[] (objects of one system, only what was done to them: SYSTEM|TYPE|ID
--           or, of any type, SYSTEM||ID, and the path where there is no id) = NULL; start, stop TIMESTAMPTZ (start <= time < stop); days INTEGER (days before start in which a
--           system was used, or told of a person) = 90
-- returns:  bound TEXT, why TEXT, system TEXT, subjects BIGINT, objects BIGINT, events BIGINT
-- counts:   bound 'least': persons whom proved content was about, each once. bound 'most': besides those, persons by each reason for which
--           they can't be ruled out: 'possible' and 'attempt' (events that prove no content but weren't refused); and all persons known in a
--           system that the actors had used in those days, or have a duty in, if none of its sources logs reads ('not_logged'), one
--           was silent for longer than it may be ('silent'), or lacks records or holds some that can't be read, received from start on ('gap',
--           'reject'). Rows with a system overlap; 'all' is the sum without overlap, of 'most' with the persons of 'least'. objects = things
--           (by system, type and id) touched of which it isn't known whom they are about, but for what the register has at K 0, which is public and tells of nobody
-- narrow:   time days before
-- order:    by bound, why and system; so a sum comes first
-- limits:   no row means that nothing was touched that proves anything, and nothing is blind. All that the actors did counts, what duty explains too: choose the period so that it is the incident's. Refused attempts don't count. A person whom
--           neither an event of those days nor object_subject names in a system isn't known to be there; a thing may be about many persons
-- sv_counts: minst: de personer vars uppgifter bevisligen visades, var och en en gång. Högst: dessutom personer som inte kan
--           uteslutas, efter skäl: händelser som inte bevisar att innehåll visades men inte nekades, och alla personer som är
--           kända i ett system som användarna hade använt de dagarna eller har uppdrag i, om ingen av dess källor loggar läsning,
--           om en var tyst för länge, eller om den saknar poster eller har otolkade. Rader för olika system överlappar; summan är
--           utan överlapp. Objekt är sådant som användes utan att det är känt vem det handlar om, utom det som är klassat K 0 och därmed öppet för alla
-- sv_limits: ingen rad betyder att inget användes som visar något, och att inget är dolt. Allt som användarna gjorde räknas, också
--           det som tjänsten förklarar: välj perioden så att den är incidentens. Nekade försök räknas inte. En person som ingen
--           händelse de dagarna eller känt objekt anger i ett system är inte känd där; ett objekt kan handla om många
WITH asked AS (SELECT unnest(CAST($actors AS TEXT[])) AS name),
given AS (
  SELECT key, split_part(key, '|', 1) AS system, split_part(key, '|', 2) AS object_type FROM (SELECT unnest(CAST($objects_in AS TEXT[])) AS key) AS listed
),
-- An id is one thing's within its system and type only. What follows the second bar is the id, which may hold bars itself.
things AS (
  SELECT unnest(CAST($objects AS TEXT[])) AS thing, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type
  UNION ALL
  SELECT replace(key, system || '|' || object_type || '|', '') AS thing, system, nullif(object_type, '') AS object_type FROM given
),
-- A file on a share has the share's name for an id, and its place on the server as path, by which other records of it know it.
-- A way in is a branch of its own, so that of a file only that is read which one column chooses; what two of them find counts once.
mine AS (
  SELECT event_id, system, about, CASE WHEN about IS NULL AND coalesce(k, 1) > 0
              THEN coalesce(system, '') || '|' || lower(coalesce(object_type, '')) || '|'
                   || CASE WHEN starts_with(object_id, chr(92) || chr(92)) THEN coalesce(object_path, object_id) ELSE coalesce(object_id, object_path) END
              END AS thing,
         CASE WHEN proves = 'content' THEN 'content' WHEN proves = 'possible' THEN 'possible' ELSE 'attempt' END AS why
  FROM (
    SELECT a.* FROM accesses AS a WHERE a.actor_person IN (SELECT name FROM asked)
    UNION ALL
    SELECT a.* FROM accesses AS a WHERE a.actor_account IN (SELECT name FROM asked)
    UNION ALL
    SELECT a.* FROM accesses AS a WHERE a.object_id IN (SELECT thing FROM things) AND NOT EXISTS (SELECT 1 FROM asked)
    UNION ALL
    SELECT a.* FROM accesses AS a WHERE a.object_path IN (SELECT thing FROM things) AND NOT EXISTS (SELECT 1 FROM asked)
  ) AS found
  WHERE time >= $start AND time < $stop AND coalesce(outcome, 'unknown') <> 'failure'
    AND (NOT EXISTS (SELECT 1 FROM things)
         OR EXISTS (SELECT 1 FROM things AS t
                    WHERE t.thing IN (found.object_id, found.object_path) AND (t.system IS NULL OR t.system = found.system)
                      AND (t.object_type IS NULL OR t.object_type = found.object_type)))
),
used AS (
  SELECT system, time, outcome, source FROM events WHERE actor_person IN (SELECT name FROM asked)
  UNION ALL
  SELECT system, time, outcome, source FROM events WHERE actor_account IN (SELECT name FROM asked)
),
reached AS (
  SELECT system FROM mine WHERE system IS NOT NULL
  UNION
  SELECT system FROM used
  WHERE time >= $start - $days * INTERVAL 1 DAY AND time < $stop AND system IS NOT NULL AND coalesce(outcome, 'unknown') <> 'failure'
    AND source <> 'sparhund' AND NOT EXISTS (SELECT 1 FROM things)
  UNION
  SELECT d.system FROM duties AS d
  WHERE d.valid_from < $stop AND (d.valid_to IS NULL OR d.valid_to > $start) AND NOT EXISTS (SELECT 1 FROM things)
    AND (d.account IN (SELECT name FROM asked)
         OR d.account IN (SELECT a.account FROM accounts AS a WHERE a.person IN (SELECT name FROM asked)))
),
watched AS (
  SELECT s.source, s.system, s.logs, s.silent_after_s FROM sources AS s JOIN reached AS r ON r.system = s.system
),
heard AS (
  SELECT e.source, date_trunc('hour', e.time) AS hour_utc, min(e.time) AS first, max(e.time) AS last
  FROM events AS e
  WHERE e.time >= $start AND e.time < $stop AND e.source IN (SELECT source FROM watched)
  GROUP BY e.source, date_trunc('hour', e.time)
),
pauses AS (
  SELECT source, last AS since, lead(first) OVER (PARTITION BY source ORDER BY hour_utc) AS until FROM heard
  UNION ALL
  SELECT w.source, $start AS since, min(h.first) AS until
  FROM watched AS w LEFT JOIN heard AS h ON h.source = w.source
  GROUP BY w.source
),
blind AS (
  SELECT r.system, 'not_logged' AS why FROM reached AS r
  WHERE NOT EXISTS (SELECT 1 FROM watched AS w WHERE w.system = r.system AND list_contains(w.logs, 'read'))
  UNION
  SELECT w.system, 'silent' AS why
  FROM pauses AS p JOIN watched AS w ON w.source = p.source
  WHERE coalesce(p.until, $stop) > p.since + w.silent_after_s * INTERVAL 1 SECOND
  UNION
  SELECT w.system, 'gap' AS why FROM gaps AS g JOIN watched AS w ON w.source = g.source WHERE g.received >= $start
  UNION
  SELECT w.system, 'reject' AS why FROM rejects AS j JOIN watched AS w ON w.source = j.source WHERE j.received >= $start
),
known AS (
  SELECT system, subject FROM object_subject
  WHERE valid_from < $stop AND (valid_to IS NULL OR valid_to > $start) AND system IN (SELECT system FROM blind)
  UNION
  SELECT system, subject FROM events
  WHERE time >= $start - $days * INTERVAL 1 DAY AND time < $stop AND subject IS NOT NULL AND source <> 'sparhund'
    AND system IN (SELECT system FROM blind)
),
proved AS (SELECT DISTINCT about FROM mine WHERE why = 'content' AND about IS NOT NULL),
hidden AS (
  SELECT system, count(*) AS subjects FROM known WHERE subject NOT IN (SELECT about FROM proved) GROUP BY system
)
SELECT CASE WHEN why = 'content' THEN 'least' ELSE 'most' END AS bound, why, system,
       count(DISTINCT CASE WHEN why = 'content' OR about NOT IN (SELECT about FROM proved) THEN about END) AS subjects,
       count(DISTINCT thing) AS objects, count(DISTINCT event_id) AS events
FROM mine
GROUP BY why, system
UNION ALL
SELECT 'most' AS bound, b.why, b.system, coalesce(h.subjects, 0) AS subjects, 0 AS objects, 0 AS events
FROM blind AS b LEFT JOIN hidden AS h ON h.system = b.system
UNION ALL
SELECT 'least' AS bound, 'all' AS why, NULL AS system, count(DISTINCT about) AS subjects, count(DISTINCT thing) AS objects,
       count(DISTINCT event_id) AS events
FROM mine
WHERE why = 'content'
GROUP BY why
UNION ALL
SELECT 'most' AS bound, 'all' AS why, NULL AS system, count(DISTINCT about) AS subjects, count(DISTINCT thing) AS objects,
       count(DISTINCT event_id) AS events
FROM (
  SELECT about, thing, event_id FROM mine
  UNION ALL
  SELECT subject, NULL, NULL FROM known
  UNION ALL
  SELECT NULL, NULL, NULL FROM blind
) AS together
HAVING count(*) > 0
ORDER BY bound, why, system
