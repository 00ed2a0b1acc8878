-- question: access_by_level
-- asks:     How much was information of each classification used, in which way, and by how many?
-- sv:       Hur mycket har information i varje klassning använts, på vilket sätt och av hur många?
-- params:   system TEXT (only in this system) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  controller TEXT, k INTEGER, r INTEGER, t INTEGER, action TEXT, proves TEXT, events BIGINT, actors BIGINT
-- counts:   every event by the levels (konfidentialitet, riktighet, tillgänglighet) in force at its time; the row without levels is
--           what isn't classified. actors = different persons, or accounts where the person isn't known; those unnamed are not counted
-- order:    by all columns but the counts
-- narrow:   time
-- limits:   events are not records seen: one listing may show a hundred, one record may write several events.
-- sv_counts: alla händelser, efter de nivåer (konfidentialitet, riktighet, tillgänglighet) som gällde då; raden utan nivåer är det
--           som inte är klassat. Användare räknas som olika personer, eller konton där personen inte är känd; de som saknar konto
--           räknas inte
-- sv_limits: händelser är inte detsamma som lästa uppgifter: en lista kan visa hundra poster, och en post kan ge flera händelser
WITH by_actor AS (
  SELECT controller, k, r, t, action, proves, actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS account,
         count(*) AS events
  FROM events
  WHERE ($system IS NULL OR system = $system)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY controller, k, r, t, action, proves, actor_person, CASE WHEN actor_person IS NULL THEN actor_account END
)
SELECT controller, k, r, t, action, proves, CAST(sum(events) AS BIGINT) AS events,
       CAST(sum(CASE WHEN actor_person IS NULL AND account IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS actors
FROM by_actor
GROUP BY controller, k, r, t, action, proves
ORDER BY controller, k, r, t, action, proves
