-- question: touched_before
-- asks:     How many colleagues, and others, had taken part of each of these persons' information or objects before, and how often had this employee?
-- sv:       Hur många kollegor, och andra, hade redan tagit del av samma uppgifter, och hur ofta hade medarbetaren gjort det?
-- params:   person TEXT (id of the staff directory, or an account); subjects TEXT[] (tokens of the persons whom the information is about) = NULL;
--           objects TEXT[] (ids) = NULL; start, stop TIMESTAMPTZ (start <= time < stop)
-- returns:  about TEXT, object_id TEXT, own_before BIGINT, colleagues_before BIGINT, colleagues BIGINT, others_before BIGINT
-- counts:   accesses of the period that weren't refused, each once. own_before = the employee's own; colleagues_before = different colleagues who had
--           any, of so many colleagues: those who, by the staff directory, worked at stop in a unit in which the employee did.
--           others_before = different persons (accounts where the person isn't known) besides the employee, the colleagues among them
-- narrow:   time; any subjects via object_subject, objects
-- order:    what the employee had never touched first; then what fewest colleagues and fewest others had; then the columns from the left
-- limits:   no row means that nobody is known to compare with. It reaches back as far as start and the logs do. An id that two systems use counts for
--           both. A colleague who had no occasion counts among the colleagues
-- sv_counts: åtkomster i perioden som inte nekades, var och en en gång. Först medarbetarens egna, sedan hur många olika kollegor
--           som hade någon, av hur många kollegor: de som enligt personalkatalogen arbetade i samma enhet vid periodens slut.
--           Andra är alla utom medarbetaren, kollegorna inräknade
-- sv_limits: ingen rad betyder att ingen är känd att jämföra med. Det räknas så långt tillbaka som perioden och loggarna räcker.
--           Ett id som två system använder räknas för båda. En kollega som inte hade anledning räknas ändå bland kollegorna
WITH things AS (
  SELECT unnest(CAST($subjects AS TEXT[])) AS about, CAST(NULL AS TEXT) AS object_id
  UNION
  SELECT CAST(NULL AS TEXT), unnest(CAST($objects AS TEXT[]))
),
-- A way in is a branch of its own, so that of a file only that is read which one column chooses; what two of them find counts once.
hits AS (
  SELECT DISTINCT event_id, coalesce(actor_person, lower(actor_account)) AS who, coalesce(about, '') AS about, coalesce(thing, '') AS thing
  FROM (
    SELECT e.event_id, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account, e.subject AS about, CAST(NULL AS TEXT) AS thing
    FROM events AS e
    WHERE e.subject IN (SELECT about FROM things)
    UNION ALL
    SELECT e.event_id, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account, t.subject, CAST(NULL AS TEXT)
    FROM events AS e JOIN object_subject AS t
      ON t.object_id = e.object_id AND t.system = e.system AND (t.object_type IS NULL OR t.object_type = e.object_type)
     AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)
    WHERE e.subject IS NULL AND t.subject IN (SELECT about FROM things)
    UNION ALL
    SELECT e.event_id, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account, CAST(NULL AS TEXT), e.object_id
    FROM events AS e
    WHERE e.object_id IN (SELECT object_id FROM things)
  ) AS found
  WHERE time >= $start AND time < $stop AND source <> 'sparhund' AND coalesce(outcome, 'unknown') <> 'failure'
    AND coalesce(action, '') IN ('read', 'search', 'create', 'update', 'delete', 'copy', 'export', 'print', 'share', 'sign', 'break_glass')
    AND (actor_person IS NOT NULL OR actor_account IS NOT NULL)
),
places AS (
  SELECT person, unit FROM workplaces WHERE valid_from < $stop AND (valid_to IS NULL OR valid_to >= $stop)
),
staff AS (
  SELECT DISTINCT person FROM places
  WHERE person <> $person AND unit IN (SELECT unit FROM places WHERE person = $person)
),
counted AS (
  SELECT t.about, t.object_id,
         count(DISTINCT CASE WHEN h.who IN ($person, lower($person)) THEN h.event_id END) AS own_before,
         count(DISTINCT s.person) AS colleagues_before,
         (SELECT count(*) FROM staff) AS colleagues,
         count(DISTINCT CASE WHEN h.who NOT IN ($person, lower($person)) THEN h.who END) AS others_before
  FROM things AS t
  LEFT JOIN hits AS h ON h.about = coalesce(t.about, '') AND h.thing = coalesce(t.object_id, '')
  LEFT JOIN staff AS s ON s.person = h.who
  WHERE t.about IS NOT NULL OR t.object_id IS NOT NULL
  GROUP BY t.about, t.object_id
)
SELECT about, object_id, own_before, colleagues_before, colleagues, others_before
FROM counted
WHERE own_before + colleagues + others_before > 0
ORDER BY CASE WHEN own_before > 0 THEN 1 ELSE 0 END, colleagues_before, others_before, about, object_id
