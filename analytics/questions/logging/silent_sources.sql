-- question: silent_sources
-- asks:     Which sources have stopped sending, have never sent, or send without being declared?
-- sv:       Vilka källor har tystnat, har aldrig skickat något, eller skickar utan att vara deklarerade?
-- params:   controller TEXT (only of systems in which this nämnd has an asset, - for those in which none has) = NULL;
--           now TIMESTAMPTZ (as of when, without: the present) = NULL
-- returns:  state TEXT, source TEXT, system TEXT, silent_after_s BIGINT, last_utc TIMESTAMPTZ, last_received_utc TIMESTAMPTZ, events BIGINT
-- counts:   state = 'silent' (no event for longer than the source declares), 'never' (declared, no event yet), 'undeclared' (events,
--           but no such source in the settings). Events with a time after `now` do not make a source speak
-- order:    by state, then source
-- limits:   as of an earlier `now` a source counts as it is declared today, and one that was connected later is not silent. A source
--           without silent_after_s may be silent and is never 'silent'. Records that couldn't be read are no events:
--           see the rejects.
-- sv_counts: tyst: ingen händelse på längre tid än källan får vara tyst; aldrig: angiven, men ingen händelse ännu; inte angiven:
--           händelser, men ingen sådan källa i inställningarna. Händelser i framtiden räknas inte
-- sv_limits: bakåt i tiden räknas källorna så som de är angivna i dag, och en som anslöts senare är inte tyst. En källa utan angiven tid får vara tyst. Poster som inte kunde tolkas är inga händelser: se otolkade poster
WITH seen AS (
  SELECT source, max(system) AS system, max(CASE WHEN time <= $now THEN time END) AS last_utc, max(received) AS last_received_utc,
         min(received) AS first_received, count(*) AS events
  FROM events
  GROUP BY source
),
judged AS (
  SELECT CASE WHEN e.source IS NULL THEN 'never'
              WHEN d.silent_after_s IS NOT NULL
                   AND ((e.last_utc IS NULL AND e.first_received <= $now) OR e.last_utc + d.silent_after_s * INTERVAL 1 SECOND < $now) THEN 'silent' END AS state,
         d.source, d.system, d.silent_after_s, e.last_utc, e.last_received_utc, coalesce(e.events, 0) AS events
  FROM sources AS d LEFT JOIN seen AS e ON e.source = d.source
  UNION ALL
  SELECT 'undeclared' AS state, e.source, e.system, NULL AS silent_after_s, e.last_utc, e.last_received_utc, e.events
  FROM seen AS e
  WHERE e.source <> 'sparhund' AND NOT EXISTS (SELECT 1 FROM sources AS d WHERE d.source = e.source)
),
held AS (
  SELECT a.controller, a.systems
  FROM assets AS a
  WHERE a.controller IS NOT NULL AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
)
SELECT state, source, system, silent_after_s, last_utc, last_received_utc, events
FROM judged
WHERE state IS NOT NULL AND ($controller IS NULL
  OR EXISTS (SELECT 1 FROM held AS h WHERE h.controller = $controller AND list_contains(h.systems, judged.system))
  OR ($controller = '-' AND NOT EXISTS (SELECT 1 FROM held AS h WHERE list_contains(h.systems, judged.system))))
ORDER BY state, source
