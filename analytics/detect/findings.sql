-- What the rows that detections raised become: one version of a finding for each cause and month.
--
-- reads:  raised(ordinal, detection, severity, group_key, facts, evidence), proof(event_id, fresh, and the event's columns),
--         held (the findings' versions in force), exceptions, ran; $now
-- gives:  schemas.finding.FINDING without run, events and risk (see ranking.sql)
--
-- A row counts if it rests on an event that is new (fresh). What an older version rests on besides stays; what was computed
-- again (fresh too) stays only if it was raised again. Severity and risk follow the highest level of what was touched.
WITH counted AS (
  SELECT r.ordinal, r.detection, r.severity, r.group_key, r.facts, strftime(min(p.time) OVER (PARTITION BY r.ordinal), '%Y-%m') AS month,
         bool_or(p.fresh) OVER (PARTITION BY r.ordinal) AS counts, min(p.time) OVER (PARTITION BY r.ordinal) AS began, p.*
  FROM (SELECT * EXCLUDE (evidence), unnest(evidence) AS event_id FROM raised) AS r JOIN proof AS p USING (event_id)
),
-- What is found of a source is nobody's act, whoever's the events are between which it was silent.
now_found AS (
  SELECT substr(sha256(detection || chr(0) || group_key || chr(0) || month), 1, 16) AS finding, * REPLACE (
           CASE WHEN NOT o.of_source THEN c.actor_account END AS actor_account, CASE WHEN NOT o.of_source THEN c.actor_person END AS actor_person,
           CASE WHEN NOT o.of_source THEN c.actor_unit END AS actor_unit, CASE WHEN NOT o.of_source THEN c.about END AS about)
  FROM counted AS c JOIN (SELECT detection AS named, bool_or(of_source) AS of_source FROM ran GROUP BY detection) AS o ON o.named = c.detection
  WHERE counts AND NOT EXISTS (
    SELECT 1 FROM exceptions AS x
    WHERE x.detection = c.detection AND x.key = c.group_key AND c.began >= x.valid_from AND (x.valid_to IS NULL OR c.began < x.valid_to))
),
-- What an older version rests on and nobody computed again. `proof` has the fresh ones of them.
kept AS (
  SELECT h.*, list_filter(h.evidence, lambda id: NOT list_contains(coalesce(f.ids, []), id)) AS stays
  FROM held AS h LEFT JOIN (
    SELECT o.finding, list(p.event_id) AS ids
    FROM (SELECT finding, unnest(evidence) AS event_id FROM held) AS o JOIN proof AS p USING (event_id)
    WHERE p.fresh GROUP BY o.finding) AS f USING (finding)
),
grown AS (
  SELECT n.finding, any_value(n.detection) AS detection, any_value(n.severity) AS severity, any_value(n.group_key) AS group_key,
         any_value(n.month) AS month, list_distinct(list(n.event_id)) AS ids, arg_max(n.facts, n.ordinal) AS facts,
         min(n.time) AS first, max(n.time) AS last,
         CASE WHEN count(DISTINCT n.actor_account) = 1 THEN min(n.actor_account) END AS actor_account,
         CASE WHEN count(DISTINCT n.actor_person) = 1 THEN min(n.actor_person) END AS actor_person,
         arg_max(n.actor_unit, (n.time, n.event_id)) AS actor_unit,
         CASE WHEN count(DISTINCT n.about) = 1 THEN min(n.about) END AS about,
         CASE WHEN count(DISTINCT n.system) = 1 THEN min(n.system) END AS system,
         -- Of several at the highest level always the same, or who asks twice would see another nämnd.
         arg_max(n.asset, (coalesce(greatest(n.k, n.r, n.t), -1), coalesce(n.asset, ''), coalesce(n.controller, ''))) AS asset,
         arg_max(n.controller, (coalesce(greatest(n.k, n.r, n.t), -1), coalesce(n.asset, ''), coalesce(n.controller, ''))) AS controller,
         max(n.k) AS k, max(n.r) AS r, max(n.t) AS t,
         count(DISTINCT CASE WHEN n.explained THEN n.event_id END) AS explained
  FROM now_found AS n
  GROUP BY n.finding
),
joined AS (
  SELECT g.finding, coalesce(h.found, $now) AS found, 'found' AS state, g.detection, g.severity, g.group_key, g.month,
         coalesce(g.actor_account, h.actor_account) AS actor_account, coalesce(g.actor_person, h.actor_person) AS actor_person,
         coalesce(g.actor_unit, h.actor_unit) AS actor_unit, coalesce(g.about, h.about) AS about, coalesce(g.system, h.system) AS system,
         coalesce(g.asset, h.asset) AS asset, coalesce(g.controller, h.controller) AS controller,
         greatest(g.k, h.k) AS k, greatest(g.r, h.r) AS r, greatest(g.t, h.t) AS t, least(g.first, h.first) AS first,
         greatest(g.last, h.last) AS last, list_sort(list_distinct(list_concat(coalesce(h.stays, []), g.ids))) AS evidence, g.facts,
         g.explained + CASE WHEN h.finding IS NULL THEN 0 ELSE least(h.explained, len(list_filter(h.stays, lambda id: NOT list_contains(g.ids, id)))) END AS explained,
         h.evidence AS before, h.state AS was
  FROM grown AS g LEFT JOIN kept AS h USING (finding)
),
-- Raised once, computed again, and not raised any more.
changed AS (
  SELECT * FROM kept AS h
  WHERE h.state = 'found' AND len(h.stays) < len(h.evidence) AND h.detection IN (SELECT detection FROM ran)
    AND NOT EXISTS (SELECT 1 FROM grown AS g WHERE g.finding = h.finding)
),
versions AS (
  SELECT finding, found, state, detection, severity, group_key, month, actor_account, actor_person, actor_unit, about, system, asset, controller,
         k, r, t, first, last, evidence, facts, explained
  FROM joined
  WHERE before IS DISTINCT FROM evidence OR was IS DISTINCT FROM state
  UNION ALL
  SELECT finding, found, 'changed', detection, severity, group_key, month, actor_account, actor_person, actor_unit, about, system, asset, controller,
         k, r, t, first, last, evidence, facts, explained
  FROM changed
)
SELECT * FROM versions ORDER BY finding
