-- What each actor touched, did and was in each period: a row for each trait, however often.
--
-- reads:   facts, actors (who -> actor), acts (act -> system, action), aspects (facet, system -> aspect); $hours = the period's length, 1 or 24
-- returns: aspect (a facet; things and containers of each system apart), actor, item UBIGINT, period INTEGER (whole periods since 1970)
WITH seen AS (
  SELECT f.*, a.actor, (f.hour // $hours)::INTEGER AS period, t.aspect AS of_thing, c.aspect AS of_container,
         k.action IN ('login', 'connect', 'share', 'execute', 'other') AS linking
  FROM facts AS f JOIN actors AS a USING (who) JOIN acts AS k USING (act)
  JOIN aspects AS t ON t.facet = 'thing' AND t.system IS NOT DISTINCT FROM k.system
  JOIN aspects AS c ON c.facet = 'container' AND c.system IS NOT DISTINCT FROM k.system
),
single AS (
  SELECT 'subject' AS facet, actor, subject AS item, period FROM seen WHERE subject IS NOT NULL
  UNION ALL
  SELECT 'target', actor, target, period FROM seen WHERE target IS NOT NULL
  UNION ALL
  SELECT 'target', actor, target_domain, period FROM seen WHERE target_domain IS NOT NULL
  UNION ALL
  SELECT 'act', actor, act, period FROM seen
  UNION ALL
  -- the kind of act by day, evening, night, day off
  SELECT 'act_time', actor, hash(act, CASE WHEN slot >= 24 THEN 3 WHEN slot BETWEEN 6 AND 17 THEN 0 WHEN slot BETWEEN 18 AND 21 THEN 1 ELSE 2 END), period
  FROM seen
  UNION ALL
  SELECT 'place', actor, host, period FROM seen WHERE host IS NOT NULL
  UNION ALL
  SELECT 'place', actor, network, period FROM seen WHERE network IS NOT NULL
  UNION ALL
  SELECT 'place', actor, device, period FROM seen WHERE device IS NOT NULL
  UNION ALL
  SELECT 'place', actor, agent, period FROM seen WHERE agent IS NOT NULL
  UNION ALL
  -- from where to where: log-ons, shares and connections between machines
  SELECT 'link', actor, hash(coalesce(host, network), coalesce(thing, target)), period FROM seen
  WHERE coalesce(host, network) IS NOT NULL AND coalesce(thing, target) IS NOT NULL AND linking
)
SELECT DISTINCT of_thing AS aspect, actor, thing AS item, period FROM seen WHERE thing IS NOT NULL
UNION ALL
SELECT DISTINCT of_container, actor, item, period
FROM (SELECT of_container, actor, container AS item, period FROM seen UNION ALL SELECT of_container, actor, extension, period FROM seen)
WHERE item IS NOT NULL
UNION ALL
SELECT DISTINCT a.aspect, s.actor, s.item, s.period FROM single AS s JOIN aspects AS a USING (facet)
