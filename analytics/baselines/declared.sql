-- The peer group of every actor in each block (a week): those with the same unit and role, where five or more are known to have them,
-- else those of the same unit, else those who touch alike.
--
-- reads:   learned (as peers; by block, what was known when it began), facts, actors; $first, $periods, $hours
-- returns: actor, block, peer_group (negative: a unit)
WITH posts AS (
  SELECT a.actor, ((f.hour // $hours)::INTEGER - $first) // $periods + 1 AS block, arg_max(a.actor_unit, f.hour) AS unit, arg_max(a.actor_role, f.hour) AS role
  FROM facts AS f JOIN actors AS a USING (who)
  WHERE a.actor_unit IS NOT NULL
  GROUP BY ALL
),
standing AS (
  SELECT p.actor, p.block, p.peer_group, s.unit, s.role,
         count(s.unit) OVER (PARTITION BY p.block, s.unit) AS of_unit, count(s.unit) OVER (PARTITION BY p.block, s.unit, s.role) AS of_role
  FROM learned AS p ASOF LEFT JOIN posts AS s ON s.actor = p.actor AND s.block <= p.block
)
SELECT actor, block,
       CASE WHEN of_role >= 5 THEN -(hash(unit, role) // 4294967296)::BIGINT - 1
            WHEN of_unit >= 5 THEN -(hash(unit) // 4294967296)::BIGINT - 1
            ELSE peer_group END AS peer_group
FROM standing
