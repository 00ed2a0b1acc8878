-- question: unknown_actors
-- asks:     Which accounts did something in the period that the staff directory couldn't name?
-- sv:       Vilka konton har gjort något under perioden utan att personalkatalogen vet vem som hade kontot?
-- params:   start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  source TEXT, system TEXT, actor_account TEXT, actor_domain TEXT, events BIGINT, successes BIGINT, failures BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   events without a known person and without a known kind (a robot or integration that the directory lists is known);
--           the row without account is events whose record names no actor
-- order:    by all columns but the last two
-- narrow:   time
-- limits:   judged with the directory as it stood when the record was read: after a late staff file `sparhund rederive` names them.
--           A failed sign-in with a misspelt name is here too: see failures.
-- sv_counts: händelser utan känd person och utan känt slag (ett automatiskt konto som personalkatalogen listar är känt); raden utan
--           konto är händelser vars post inte anger någon
-- sv_limits: bedömt med den personalkatalog som gällde när posten lästes in: efter en sen personalfil behöver händelserna räknas
--           om. En misslyckad inloggning med felskrivet namn är också här
SELECT source, system, actor_account, actor_domain, count(*) AS events,
       CAST(sum(CASE WHEN outcome = 'success' THEN 1 ELSE 0 END) AS BIGINT) AS successes,
       CAST(sum(CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END) AS BIGINT) AS failures,
       min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE actor_person IS NULL AND actor_kind IS NULL
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
GROUP BY source, system, actor_account, actor_domain
ORDER BY source, system, actor_account, actor_domain
