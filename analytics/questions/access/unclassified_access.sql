-- question: unclassified_access
-- asks:     Which things were used that the asset register places in no information asset?
-- sv:       Vilken information har använts som inte hör till någon informationstillgång i registret?
-- params:   system TEXT (only in this system) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  source TEXT, system TEXT, object_type TEXT, action TEXT, proves TEXT, events BIGINT, actors BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   events without asset, except sign-ins, sign-outs and network connections, which touch no information.
--           actors = different persons, or accounts where the person isn't known
-- order:    by all columns but the last four
-- narrow:   time
-- limits:   judged with the register as it stood when the record was read: after a new rule `sparhund rederive` places them.
-- sv_counts: händelser utan informationstillgång, utom inloggning, utloggning och nätverksanslutning, som inte rör någon
--           information. Användare räknas som olika personer, eller konton där personen inte är känd
-- sv_limits: bedömt med den klassning som gällde när posten lästes in: efter en ny regel behöver händelserna räknas om
WITH by_actor AS (
  SELECT source, system, object_type, action, proves, actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS account,
         count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
  FROM events
  WHERE asset IS NULL AND action NOT IN ('login', 'logout', 'connect')
    AND ($system IS NULL OR system = $system)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY source, system, object_type, action, proves, actor_person, CASE WHEN actor_person IS NULL THEN actor_account END
)
SELECT source, system, object_type, action, proves, CAST(sum(events) AS BIGINT) AS events,
       CAST(sum(CASE WHEN actor_person IS NULL AND account IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS actors,
       min(first_utc) AS first_utc, max(last_utc) AS last_utc
FROM by_actor
GROUP BY source, system, object_type, action, proves
ORDER BY source, system, object_type, action, proves
